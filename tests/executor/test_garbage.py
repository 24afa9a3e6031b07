"""What nobody refers to goes, and nothing else, whoever submits at the same time."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.executor import environment_folder, garbage, snapshot
from localtrack.executor.environment_folder import EnvironmentFolder
from localtrack.executor.garbage import ENVIRONMENTS, LEFTOVERS, SNAPSHOTS, WORKING_COPIES, Garbage
from localtrack.store import status
from localtrack.store.runs import NewRun


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(run_id="run")


def write(path: Path, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def root(workspace: Workspace) -> Path:
    return Path(workspace._layout.root)


def take_file(workspace: Workspace, path: Path) -> str:
    """Take a snapshot that no run gets."""
    with snapshot.file_taken(workspace._layout, str(path)) as kept:
        return kept.id


def names(found: list[Garbage], kind: str) -> list[str]:
    return sorted(each.name for each in found if each.kind == kind)


def test_nothing_goes_of_a_workspace_in_which_nothing_is_left(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    run.take_snapshot(write(tmp_path / "train.py"))
    assert garbage.find(workspace._store) == []


def test_only_the_working_copies_of_runs_that_have_ended_go(workspace: Workspace, run: Run) -> None:
    ended = Experiment(workspace, "train").start_logging(run_id="ended")
    ended.fail()
    for each in ("run", "ended", "of-no-run"):
        write(root(workspace) / "runs" / each / "code" / "train.py", "x" * 100_000)
        write(root(workspace) / "runs" / each / "outputs" / "a.txt")
    found = garbage.find(workspace._store)
    assert names(found, WORKING_COPIES) == ["ended"]
    assert found[0].size >= 100_000
    assert garbage.remove(workspace._store, found) == found
    assert sorted(path.parent.name for path in root(workspace).glob("runs/*/code")) == ["of-no-run", "run"]
    assert len(list(root(workspace).glob("runs/*/outputs/a.txt"))) == 3


def test_a_run_that_began_anew_since_it_was_looked_at_keeps_its_working_copy(workspace: Workspace, run: Run) -> None:
    write(root(workspace) / "runs" / "run" / "code" / "train.py")
    run.complete()
    found = garbage.find(workspace._store)
    run.delete()
    Experiment(workspace, "train").start_logging(run_id="run")
    code = write(root(workspace) / "runs" / "run" / "code" / "train.py")
    assert garbage.remove(workspace._store, found) == []
    assert code.exists()


def test_source_code_that_no_run_has_goes_but_not_what_others_have_too(
    workspace: Workspace, run: Run, tmp_path: Path
) -> None:
    store = workspace._store
    write(tmp_path / "src" / "common.py", "common")
    write(tmp_path / "src" / "train.py", "first")
    kept = run.take_snapshot(tmp_path / "src")
    write(tmp_path / "src" / "train.py", "second")
    with snapshot.taken(store.layout, str(tmp_path / "src")) as taken:
        other = taken.id
    unfinished = write(root(workspace) / "snapshots" / "objects" / "tmp")
    found = garbage.find(store)
    assert len(found) == 3
    assert {f"snapshots/manifests/{other}.json", "snapshots/objects/tmp"} < set(names(found, SNAPSHOTS))
    assert garbage.remove(store, found) and not unfinished.exists()
    assert garbage.find(store) == []
    assert workspace.check(deep=True) == []
    assert run.restore_snapshot(kept, tmp_path / "zip")


def test_all_source_code_stays_while_a_description_can_t_be_read(
    workspace: Workspace, run: Run, tmp_path: Path
) -> None:
    kept = run.take_snapshot(write(tmp_path / "train.py", "first"))
    take_file(workspace, write(tmp_path / "train.py", "second"))
    path = root(workspace) / "snapshots" / "manifests" / f"{kept}.json"
    path.chmod(0o644)
    path.write_text("{}")
    assert garbage.find(workspace._store) == []


def test_a_snapshot_stays_whose_run_has_come_since_the_look(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    store = workspace._store
    source = write(tmp_path / "train.py")
    take_file(workspace, source)
    found = garbage.find(store)
    assert found
    run.take_snapshot(source)  # the same, so nothing is written
    assert garbage.find(store) == []
    assert garbage.remove(store, found) == []
    assert workspace.check(deep=True) == []


def test_it_waits_for_who_takes_a_snapshot(
    workspace: Workspace, run: Run, tmp_path: Path, hold_lock: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_file(workspace, write(tmp_path / "train.py"))
    found = garbage.find(workspace._store)
    hold_lock(str(root(workspace) / "snapshots" / "lock"))
    monkeypatch.setattr(garbage, "_LOCK_SECONDS", 0.1)
    with pytest.raises(Exception, match="takes a snapshot"):
        garbage.remove(workspace._store, found)
    assert list(root(workspace).glob("snapshots/objects/*/*"))


SUBMITTING = """
import os, sys, time
from localtrack.core import Workspace
from localtrack.executor import snapshot
from localtrack.store import status
from localtrack.store.runs import NewRun
workspace = Workspace.from_config(sys.argv[1])
store = workspace._store
experiment = store.experiments.ensure("submitting").id
print("begun", flush=True)
for number in range(25):
    with open(sys.argv[2], "w") as file:
        file.write(f"print({number % 3})")
    run = f"{sys.argv[3]}-{number}"
    with snapshot.file_taken(store.layout, sys.argv[2]) as kept:
        time.sleep(0.01)
        store.runs.create(experiment, [NewRun(run, status.RUNNING, snapshot=kept.id)])
    workspace.get_run(run).complete()
    if number % 3:
        workspace.get_run(run).delete()
"""


def test_what_submits_refer_to_stays_while_it_runs_all_the_time(
    workspace: Workspace, start_python: Callable, tmp_path: Path
) -> None:
    process = start_python(SUBMITTING, workspace._layout.project, tmp_path / "train.py", "run")
    assert process.stdout.readline() == "begun\n"
    store, removed = workspace._store, []
    while process.poll() is None:
        removed += garbage.remove(store, garbage.find(store))
    assert process.wait() == 0, process.stdout.read()
    assert removed
    assert [each for each in workspace.check(deep=True) if each.severity != "note"] == []
    assert len(list(Experiment(workspace, "submitting").get_runs())) == 9


def test_leftovers_go_but_not_a_folder_that_may_be_somebody_s(workspace: Workspace, run: Run) -> None:
    left = write(root(workspace) / "runs" / ".deleted-0123456789ab" / "a.txt")
    strange = write(root(workspace) / "runs" / "strange" / "outputs" / "a.txt")
    found = garbage.find(workspace._store)
    assert names(found, LEFTOVERS) == ["runs/.deleted-0123456789ab"]
    assert garbage.remove(workspace._store, found) == found
    assert not left.exists()
    assert strange.exists()


def test_environments_go_that_no_run_has_used_for_a_month(workspace: Workspace) -> None:
    for digest in ("old", "new", "used"):
        folder = EnvironmentFolder(digest)
        write(Path(folder.root) / "env" / "bin" / "python")
        os.close(folder.use())
        if digest != "new":
            os.utime(Path(folder.root) / "used", (time.time() - 40 * 86400,) * 2)
    descriptor = EnvironmentFolder("used").use()
    os.utime(Path(EnvironmentFolder("used").root) / "used", (time.time() - 40 * 86400,) * 2)
    try:
        found = garbage.find(workspace._store)
        assert names(found, ENVIRONMENTS) == ["old"]
        garbage.remove(workspace._store, found)
    finally:
        os.close(descriptor)
    assert [each.digest for each in environment_folder.kept()] == ["new", "used"]


def test_only_what_was_chosen_goes(workspace: Workspace, run: Run) -> None:
    for name in ("one", "two"):
        other = Experiment(workspace, "train").start_logging(run_id=name)
        write(root(workspace) / "runs" / name / "code" / "train.py")
        other.complete()
    first, _ = garbage.find(workspace._store)
    assert garbage.remove(workspace._store, [first]) == [first]
    assert names(garbage.find(workspace._store), WORKING_COPIES) == ["two"]


def test_a_run_that_waits_keeps_its_source_code(workspace: Workspace, tmp_path: Path) -> None:
    store = workspace._store
    kept = take_file(workspace, write(tmp_path / "train.py"))
    new = NewRun("waits", status.QUEUED, target="local", queue="elsewhere", snapshot=kept, definition={})
    store.runs.create(store.experiments.ensure("e").id, [new])
    assert garbage.find(store) == []
