"""Files, journals, snapshots and processes that are not as they should be are named, and living ones are not."""

import io
import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from localtrack import owner
from localtrack.core import Experiment, Model, Run, ScriptRunConfig, Workspace
from localtrack.exceptions import ServiceException
from localtrack.store import status
from localtrack.store.checks.finding import Finding
from localtrack.store.runs import NewRun

LOGGING = """
import os, sys
from localtrack.core import Experiment, Workspace
run = Experiment(Workspace.from_config(sys.argv[1]), "train").start_logging(run_id=sys.argv[2])
for value in range(5):
    run.log("loss", value)
print("logged", flush=True)
sys.stdin.readline()
os._exit(1)
"""


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(run_id="run")


def kinds(found: list[Finding]) -> list[str]:
    return [each.kind for each in found]


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def age(path: str, seconds: float = 3600) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def folder(workspace: Workspace, *parts: str) -> str:
    return os.path.join(workspace._layout.root, *parts)


def write(path: str, text: str = "text") -> str:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("ended", [False, True])
def test_a_file_that_is_gone_or_was_changed(workspace: Workspace, run: Run, ended: bool) -> None:
    for name in ("outputs/a.txt", "b.txt", "c.txt"):
        run.upload_file(name, io.StringIO("kept"))
    if ended:
        run.complete()
    assert workspace.check(deep=True) == []
    os.unlink(folder(workspace, "runs", "run", "outputs", "a.txt"))
    write(folder(workspace, "runs", "run", "files", "b.txt"), "longer")
    write(folder(workspace, "runs", "run", "files", "c.txt"), "KEPT")
    expected = [("b.txt", "file-changed"), ("outputs/a.txt", "file-missing")]
    assert [(each.name, each.kind) for each in workspace.check()] == expected
    found = workspace.check(fix=True, deep=True)
    assert [(each.name, each.kind) for each in found] == [expected[0], ("c.txt", "file-changed"), expected[1]]
    assert {(each.run_id, each.severity, each.fixed) for each in found} == {("run", "error", False)}


def test_the_folder_of_a_run_is_gone(workspace: Workspace, run: Run) -> None:
    run.upload_file("outputs/a.txt", io.StringIO("kept"))
    run.complete()
    shutil.rmtree(folder(workspace, "runs", "run"))
    assert only(workspace.check()).kind == "folder-missing"


def test_a_row_that_leads_out_of_the_run(workspace: Workspace, run: Run) -> None:
    run.upload_file("outputs/a.txt", io.StringIO("kept"))
    with closing(sqlite3.connect(workspace._layout.database)) as connection:
        connection.execute("UPDATE artifacts SET path = '../../../../etc/passwd'")
        connection.commit()
    assert only(workspace.check(deep=True)).kind == "file-outside"


def test_files_that_no_row_tells_of(workspace: Workspace, run: Run) -> None:
    run.upload_file("outputs/a.txt", io.StringIO("kept"))
    stray = write(folder(workspace, "runs", "run", "outputs", "stray.txt"))
    left = write(folder(workspace, "runs", "run", "newer", "0123456789ab", "outputs", "a.txt"))
    assert kinds(workspace.check()) == ["upload-unfinished"], "what a run writes until it ends is its own affair"
    run.complete()
    found = workspace.check(fix=True)
    assert [(each.kind, each.fixed) for each in found] == [("upload-unfinished", True), ("file-without-row", False)]
    assert found[1].path == stray
    assert not os.path.exists(left)
    assert kinds(workspace.check()) == ["file-without-row"]


def test_what_a_block_prints_is_no_stray_file_while_it_goes_on(workspace: Workspace, run: Run) -> None:
    with run:
        print("before")
        run.complete()
        assert workspace.check() == []
    assert workspace.check(deep=True) == []
    with run:
        print("once more")
        assert workspace.check() == []


def test_a_model_whose_files_are_gone(workspace: Workspace, tmp_path: Path) -> None:
    Model.register(workspace, write(str(tmp_path / "model.pkl")), "net")
    assert workspace.check() == []
    os.unlink(folder(workspace, "models", "net", "1", "model.pkl"))
    assert (only(workspace.check()).kind, only(workspace.check()).name) == ("model-missing", "net:1")


@pytest.fixture
def source(run: Run, tmp_path: Path) -> str:
    """A run's snapshot of a file; the id."""
    return run.take_snapshot(write(str(tmp_path / "train.py"), "print(1)"))


def contents(workspace: Workspace) -> list[str]:
    return [str(path) for path in Path(folder(workspace, "snapshots", "objects")).glob("*/*")]


def test_source_code_that_lacks_a_file(workspace: Workspace, source: str) -> None:
    (path,) = contents(workspace)
    os.unlink(path)
    found = only(workspace.check(fix=True))
    assert (found.kind, found.path, found.run_id, found.name) == ("content-missing", path, "run", source)


def test_source_code_that_was_cut_or_changed(workspace: Workspace, source: str) -> None:
    (path,) = contents(workspace)
    os.chmod(path, 0o644)
    write(path, "print(2)")
    assert workspace.check() == []
    assert only(workspace.check(deep=True)).kind == "content-damaged"
    write(path, "")
    assert only(workspace.check()).kind == "content-damaged"


def test_source_code_whose_description_is_damaged_or_gone(workspace: Workspace, source: str) -> None:
    path = folder(workspace, "snapshots", "manifests", f"{source}.json")
    os.chmod(path, 0o644)
    write(path, "{}")
    assert only(workspace.check()).kind == "snapshot-damaged"
    os.unlink(path)
    assert (only(workspace.check()).path, only(workspace.check()).severity) == (path, "error")


def killed(workspace: Workspace, start_python: Callable, run_id: str = "lost") -> str:
    """Log to a run in a process that is killed; return the name of the owner that it was."""
    before = set(workspace._store.owners.locks())
    process = start_python(LOGGING, workspace._layout.project, run_id)
    assert process.stdout.readline() == "logged\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    (name,) = set(workspace._store.owners.locks()) - before
    return name


def test_what_a_killed_process_has_left(workspace: Workspace, start_python: Callable) -> None:
    name = killed(workspace, start_python)
    found = workspace.check()
    assert [(each.kind, each.severity) for each in found] == [("run-lost", "warning"), ("owner-ended", "note")]
    assert found[0].run_id == "lost"
    assert found[1].path == folder(workspace, "journal", f"{name}.lock")
    assert workspace.check() == found
    fixed = workspace.check(fix=True)
    assert all(each.fixed for each in fixed)
    assert workspace.check() == []
    assert workspace.get_run("lost").get_metrics() == {"loss": [0, 1, 2, 3, 4]}
    assert workspace.get_run("lost").get_status() == "Failed"


@pytest.mark.parametrize(
    ("place", "kind", "lost"), [(0.3, "journal-damaged", 1), (0.99, "journal-unfinished", 1), (None, "journal-cut", 0)]
)
def test_a_journal_that_was_damaged(
    workspace: Workspace, start_python: Callable, place: float | None, kind: str, lost: int
) -> None:
    name = killed(workspace, start_python)
    path = folder(workspace, "journal", f"{name}.0.journal")
    data = bytearray(Path(path).read_bytes())
    if place is None:
        workspace._store.ingest.take()
        del data[-10:]
    else:
        data[int(len(data) * place)] ^= 0xFF
    Path(path).write_bytes(data)
    found = {each.kind: each for each in workspace.check()}
    assert found.keys() == {"run-lost", "owner-ended", kind}
    assert found[kind].path == path
    with pytest.warns(UserWarning, match="damaged") if kind == "journal-damaged" else _nothing():
        workspace.check(fix=True)
    assert len(workspace.get_run("lost").get_metrics()["loss"]) == 5 - lost
    assert kinds(workspace.check()) == (["values-lost"] if kind == "journal-damaged" else [])


def _nothing() -> closing:
    return closing(io.StringIO())


def test_locks_that_tell_nothing(workspace: Workspace) -> None:
    strange = write(folder(workspace, "journal", "0123456789ab.lock"), "{")
    foreign = write(folder(workspace, "journal", "0123456789ac.lock"), json.dumps({"host": "elsewhere", "pid": 1}))
    alone = write(folder(workspace, "journal", "0123456789ad.0.journal"), "")
    unfinished = write(folder(workspace, "journal", "0123456789ae.lock.new"), "")
    assert "lock-unfinished" not in kinds(workspace.check())
    age(unfinished)
    assert {each.kind: each.path for each in workspace.check()} == {
        "lock-damaged": strange,
        "owner-of-another-host": foreign,
        "lock-missing": alone,
        "lock-unfinished": unfinished,
    }
    assert [each.kind for each in workspace.check(fix=True) if each.fixed] == ["lock-unfinished"]


def test_folders_that_killed_processes_have_left(workspace: Workspace, run: Run) -> None:
    run.complete()
    deleted = write(folder(workspace, "runs", ".deleted-0123456789ab", "outputs", "a.txt"))
    incoming = write(folder(workspace, "runs", "run", "incoming-0123456789ab", "0"))
    strange = write(folder(workspace, "runs", "strange", "outputs", "a.txt"))
    model = write(folder(workspace, "models", ".new", "0123456789ab.0", "model.pkl"))
    with workspace._store.database.transaction() as connection:
        workspace._store.owners.note(connection, 0x0123456789AB)
    found = workspace.check(fix=True)
    assert {each.kind: each.fixed for each in found} == {
        "deletion-unfinished": True,
        "upload-unfinished": True,
        "folder-without-run": False,
        "model-unfinished": True,
    }
    assert [os.path.exists(path) for path in (deleted, incoming, strange, model)] == [False, False, True, False]


def test_an_upload_that_goes_on_is_no_leftover(workspace: Workspace, run: Run) -> None:
    seen: list[Finding] = []

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            seen.extend(workspace.check())
            return super().read(size)

    run.upload_file("a.bin", Slow(b"content"))
    assert seen == []


def submitted(workspace: Workspace, script: str = "print(1)") -> Run:
    write("src/train.py", script)
    return Experiment(workspace, "train").submit(ScriptRunConfig("src", "train.py"))


def test_a_completed_script_s_working_copy(workspace: Workspace, wait_until: Callable) -> None:
    run = submitted(workspace)
    run.wait_for_completion()
    copy = folder(workspace, "runs", run.id, "code")
    wait_until(lambda: not os.path.exists(copy))
    assert [each for each in workspace.check(deep=True) if each.severity != "note"] == []
    os.makedirs(copy)
    found = workspace.check(fix=True)
    assert [(each.kind, each.run_id) for each in found if each.kind != "owner-ended"] == [("working-copy", run.id)]
    assert not os.path.exists(copy)


def queued(workspace: Workspace, run_id: str, place: str, file: str | None = None) -> None:
    store = workspace._store
    new = NewRun(
        run_id,
        status.QUEUED,
        target="local",
        queue=place,
        definition={"environmentFile": file or write(folder(workspace, "queued", f"{run_id}.0.json"))},
        type="azureml.scriptrun",
    )
    store.runs.create(store.experiments.ensure("train").id, [new])


def test_runs_that_wait_in_vain(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace._store.queue.place
    queued(workspace, "here", place)
    assert workspace.check() == [], "its supervisor is about to begin"
    queued(workspace, "elsewhere", "host:/folder")
    queued(workspace, "poor", place, "gone.json")
    left = write(folder(workspace, "queued", "unknown.0123456789ab.json"))
    age(left)
    late = time.time_ns() + 120 * 10**9
    monkeypatch.setattr("localtrack.executor.checking.time.time_ns", lambda: late)
    assert {(each.kind, each.run_id or each.path) for each in workspace.check()} == {
        ("queue-without-supervisor", "here"),
        ("queued-elsewhere", "elsewhere"),
        ("environment-missing", "poor"),
        ("environment-left", left),
    }
    assert [each.kind for each in workspace.check(fix=True) if each.fixed] == ["environment-left"]
    assert not os.path.exists(left)
    assert workspace.get_run("here").get_status() == "Queued"


WRITING = """
import io, os, sys
from localtrack.core import Experiment, Workspace
workspace = Workspace.from_config(sys.argv[1])
experiment = Experiment(workspace, "writing")
print("begun", flush=True)
number = 0
while os.path.exists(sys.argv[2]):
    run = experiment.start_logging(outputs=None)
    child = run.child_run("child")
    for value in range(200):
        run.log("loss", value / 7, step=value)
        child.log("loss", value)
    run.upload_file("outputs/a.txt", io.StringIO("a" * number))
    child.complete()
    run.complete()
    run.upload_file("late.txt", io.StringIO("late"))
    if number % 2:
        run.delete()
    number += 1
"""


def test_nothing_is_wrong_while_others_write_and_delete(
    workspace: Workspace, start_python: Callable, tmp_path: Path
) -> None:
    flag = write(str(tmp_path / "goes-on"))
    processes = [start_python(WRITING, workspace._layout.project, flag) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "begun\n"
    found: list[Finding] = []
    for number in range(30):
        found += workspace.check(deep=number % 2 == 0)
        workspace._store.ingest.take()
    assert all(process.poll() is None for process in processes)
    assert found == []
    os.unlink(flag)
    for process in processes:
        assert process.wait(30) == 0, process.stdout.read()
    assert [each for each in workspace.check(fix=True, deep=True) if not each.fixed] == []
    assert len(list(Experiment(workspace, "writing").get_runs())) >= 2


def test_a_workspace_that_can_t_be_changed_is_checked(workspace: Workspace, run: Run, unprivileged: Callable) -> None:
    run.upload_file("a.txt", io.StringIO("a"))
    run.upload_file("b.txt", io.StringIO("b"))
    run.complete()
    workspace._store.ingest.settle()
    os.unlink(folder(workspace, "runs", "run", "files", "b.txt"))
    owner.release(workspace._layout.journals)
    program = """
    import os, sys, stat
    from localtrack.core import Workspace
    from localtrack.exceptions import ServiceException
    for top, folders, names in os.walk(sys.argv[1]):
        for name in [top, *(os.path.join(top, name) for name in names)]:
            os.chmod(name, os.stat(name).st_mode & 0o7555)
    workspace = Workspace.from_config(os.path.dirname(sys.argv[1]))
    assert workspace._store.read_only
    print(sorted(each.kind for each in workspace.check(deep=True)))
    try:
        workspace.check(fix=True)
    except ServiceException as error:
        print("can't be changed" in str(error))
    """
    try:
        assert unprivileged(program, workspace._layout.root).splitlines()[-2:] == [
            "['file-missing', 'owner-ended']",
            "True",
        ]
    finally:
        for top, _, names in os.walk(workspace._layout.root):
            for path in (top, *(os.path.join(top, name) for name in names)):
                os.chmod(path, os.stat(path).st_mode | 0o200)


def test_another_host_s_run_is_left_alone(workspace: Workspace, start_python: Callable) -> None:
    killed(workspace, start_python)
    with closing(sqlite3.connect(workspace._layout.database)) as connection:
        connection.execute("UPDATE owners SET host = 'elsewhere', boot = 'other'")
        connection.commit()
    for path in Path(folder(workspace, "journal")).glob("*.lock"):
        path.write_text(json.dumps({"host": "elsewhere", "boot": "other", "pid": 1}), encoding="utf-8")
    expected = {"run-of-another-host", "owner-of-another-host"}
    assert expected <= set(kinds(workspace.check(fix=True)))
    assert workspace.get_run("lost").get_status() == "Running"


def test_a_check_that_can_t_be_done_is_a_finding_and_the_others_are_done(
    workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.upload_file("a.txt", io.StringIO("a"))
    os.unlink(folder(workspace, "runs", "run", "files", "a.txt"))

    def refuse(*_: object) -> None:
        raise ServiceException("The disk is on fire.")

    monkeypatch.setattr("localtrack.store.checks.tables.Tables.find", refuse)
    found = workspace.check(fix=True)
    assert [(each.check, each.kind) for each in found] == [("tables", "not-checked"), ("files", "file-missing")]
    assert found[0].what == "The disk is on fire."
