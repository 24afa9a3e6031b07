"""Whatever has happened to the database: a clear error, log() goes on, nothing gets worse, and the doctor knows."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # the modules beside this one
import damage
from damage import Damage, cut, executed, filled, flipped, replaced

import localtrack
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import ServiceException, WorkspaceException
from localtrack.store import database
from localtrack.store.store import close_store

FLIPS = 80  # of each run of the tests; `faults.py` goes on for as long as it is told to

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A project that nobody uses."""
    folder = tmp_path_factory.mktemp("whole")
    before = os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALTRACK_HOME", str(folder / "home"))
        damage.make(str(folder / "project"))
    os.chdir(before)
    return str(folder / "project")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))


def gone(path: str) -> None:
    os.unlink(path)
    os.symlink(f"{path}.elsewhere", path)


def a_folder(path: str) -> None:
    os.unlink(path)
    os.mkdir(path)


REFUSED: dict[str, Damage] = {
    **{f"cut to {size} bytes": cut(size) for size in (0, 1, 100, 512, 4096, 5000, 100_000)},
    "cut by a page": cut(-4096),
    "a text": filled(b"not a database, but somebody's file" * 100),
    "zeros": filled(bytes(100_000)),
    "random bytes": filled(random.Random(1).randbytes(50_000)),
    "of a newer version": executed(f"PRAGMA user_version={database.SCHEMA_VERSION + 1}"),
    "of another program": executed("PRAGMA application_id=7"),
    "another program's": replaced("CREATE TABLE theirs (x)"),
    "without tables": replaced("PRAGMA user_version=0"),
    "a link that leads nowhere": gone,
    "a folder": a_folder,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_database_that_can_t_be_used(whole: str, tmp_path: Path, kind: str) -> None:
    assert damage.faults(whole, str(tmp_path / "project"), REFUSED[kind], refused=True) == []


def test_flipped_bits(whole: str, tmp_path: Path) -> None:
    for number in range(FLIPS):
        flip = f"the same each time/{number}"
        assert (flip, damage.faults(whole, str(tmp_path / "project"), flipped(flip))) == (flip, [])


def test_other_tools_refuse_it(whole: str, tmp_path: Path) -> None:
    kinds = {"cut to 5000 bytes": "damaged", "a text": "not a database", "of a newer version": "newer"}
    for kind, said in kinds.items():
        project = tmp_path / "project"
        shutil.copytree(whole, project)
        REFUSED[kind](damage.database_of(str(project)))
        for arguments in (["run", "list", "-e", "train"], ["doctor"]):
            done = command(project, *arguments)
            assert done.returncode == 1
            assert "localtrack.db" in done.stdout + done.stderr
            assert said in done.stdout + done.stderr
            assert "Traceback" not in done.stderr
        shutil.rmtree(project)


def command(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "localtrack", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(Path(localtrack.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A project whose last process was killed, so that SQLite's log is beside the database."""
    folder = tmp_path_factory.mktemp("killed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALTRACK_HOME", str(folder / "home"))
        damage.make_killed(str(folder / "project"))
        damage.make_killed(str(folder / "other"), "large", before=40)
    return str(folder)


@pytest.fixture
def project(killed: str, tmp_path: Path) -> Iterator[str]:
    shutil.copytree(f"{killed}/project", tmp_path / "project")
    yield str(tmp_path / "project")
    close_store(damage.Layout(tmp_path / "project" / ".azureml"))


def ids(project: str) -> list[str]:
    return sorted(run.id for run in Experiment(Workspace.from_config(project), "train").get_runs())


ALL = [f"train{number}" for number in range(5)]


def test_a_log_that_was_taken_away_is_missed(project: str, tmp_path: Path) -> None:
    """SQLite would go on with what was in the database before, and never say so."""
    path = damage.database_of(project)
    os.rename(f"{path}-wal", tmp_path / "wal")
    before = Path(path).read_bytes()
    with pytest.raises(WorkspaceException, match=r"localtrack\.db-wal is not there.*put it back"):
        Workspace.from_config(project)
    done = command(Path(project), "doctor")
    assert (done.returncode, "localtrack.db-wal is not there" in done.stdout) == (1, True)
    assert Path(path).read_bytes() == before
    os.rename(tmp_path / "wal", f"{path}-wal")
    assert ids(project) == ALL


def test_going_on_without_the_log_that_was_taken_away(project: str) -> None:
    path = damage.database_of(project)
    os.unlink(f"{path}-wal")
    os.unlink(f"{path}-shm")
    workspace = Workspace.from_config(project)
    assert workspace.check(deep=True) == []
    with Experiment(workspace, "train").start_logging(run_id="new", outputs=False) as run:
        run.log("m", 1)
    assert "new" in ids(project)


def test_a_database_that_was_taken_away_from_its_log(project: str, tmp_path: Path) -> None:
    """A new one in its place would be given the old one's changes."""
    path = damage.database_of(project)
    os.rename(path, tmp_path / "db")
    with pytest.raises(WorkspaceException, match=r"is not there, but .*localtrack\.db-wal is.*put it back"):
        Workspace.from_config(project)
    assert "Put it back" in command(Path(project), "doctor").stdout
    os.rename(tmp_path / "db", path)
    assert ids(project) == ALL


def test_a_log_s_index_that_is_gone_is_made_again(project: str) -> None:
    os.unlink(f"{damage.database_of(project)}-shm")
    assert ids(project) == ALL


@pytest.mark.parametrize("place", [0, 40, 5000])
def test_a_log_that_is_damaged_costs_only_what_comes_behind(project: str, place: int) -> None:
    path = Path(f"{damage.database_of(project)}-wal")
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    workspace = Workspace.from_config(project)
    found = ids(project)
    assert found == ALL[: len(found)]
    workspace.check(fix=True)
    assert workspace.check(deep=True) == []


def test_the_log_of_another_database(killed: str, project: str) -> None:
    """SQLite can't tell, but its check finds that pages don't fit together."""
    path = damage.database_of(project)
    shutil.copy(f"{damage.database_of(f'{killed}/other')}-wal", f"{path}-wal")
    os.unlink(f"{path}-shm")
    done = command(Path(project), "doctor")
    assert done.returncode == 1
    assert "The database is damaged" in done.stdout


@pytest.fixture
def held(start_python: Callable) -> Callable[..., "subprocess.Popen[str]"]:
    """Hold the database as another program does that knows nothing of localtrack's lock."""

    def hold(path: str, *statements: str) -> "subprocess.Popen[str]":
        process = start_python(HOLD, path, *statements)
        assert process.stdout.readline() == "held\n"
        return process

    return hold


def test_a_database_that_another_program_holds(workspace: Workspace, held: Callable) -> None:
    run = Experiment(workspace, "e").start_logging(run_id="run", outputs=False)
    run.tag("before")
    other = held(workspace._layout.database, "BEGIN IMMEDIATE")
    workspace._store.database.connection().execute("PRAGMA busy_timeout=100")
    with pytest.raises(ServiceException, match=r"locked\. Another program holds the database: close it, then do it"):
        run.tag("meanwhile")
    run.log("m", 1)
    other.kill()
    other.wait()
    run.tag("after")
    assert sorted(run.get_tags()) == ["after", "before"]
    assert run.get_metrics() == {"m": 1}


@pytest.mark.parametrize("kind", ["a program that writes", "localtrack"])
def test_who_waits_for_a_lock_goes_on_when_it_is_free(
    workspace: Workspace, held: Callable, hold_lock: Callable, wait_until: Callable, kind: str
) -> None:
    run = Experiment(workspace, "e").start_logging(run_id="run", outputs=False)
    path = workspace._layout.write_lock
    other = hold_lock(path) if kind == "localtrack" else held(workspace._layout.database, "BEGIN IMMEDIATE")
    if kind == "localtrack":
        with pytest.raises(ServiceException, match=r"Another process has held .*localtrack\.lock for 0\.2 s"):
            run.log("m", 1)
            run.flush(timeout_seconds=0.2)
    thread = threading.Thread(target=lambda: run.tag("waited"))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    other.kill()
    thread.join(30)
    assert "waited" in run.get_tags()


CHANGE = """
import os, sys, warnings
from localtrack.core import Run, Workspace
from localtrack.core.context import _SubmittedRun
from localtrack.exceptions import AzureMLException
from localtrack.paths import Layout
warnings.simplefilter("ignore")
run = Workspace.from_config(sys.argv[1]).get_run("run")
print(run.get_metrics(), run.get_status())
for call in (lambda: run.tag("new"), run.complete, lambda: run.upload_file("x", ".azureml/config.json")):
    try:
        call()
    except AzureMLException as error:
        print(type(error).__name__, error)
try:
    _SubmittedRun(Layout(os.path.join(sys.argv[1], ".azureml")), "run").log("m", 2)
    print(run.get_metrics())
except AzureMLException as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_can_t_be_written(
    workspace: Workspace, run_python: Callable, unprivileged: Callable, read_only: Callable, what: str
) -> None:
    """Of a file, values are still kept: the journals are beside it."""
    with Experiment(workspace, "e").start_logging(run_id="run", outputs=False) as run:
        run.log("m", 1)
    close_store(workspace._layout)
    project = workspace._layout.project
    if what == "file":
        os.chmod(workspace._layout.database, 0o444)
    else:
        os.makedirs(os.path.join(workspace._layout.runs, "run", "files"))
        read_only(project)
    first, *refusals, last = unprivileged(CHANGE, project).strip().split("\n")
    assert first == "{'m': 1} Completed"
    assert len(refusals) >= 2
    assert all(" can't be " in each and project in each for each in refusals), refusals
    if what == "file":
        assert last == "{'m': [1, 2]}"
        os.chmod(workspace._layout.database, 0o644)
        assert Workspace.from_config(project).get_run("run").get_metrics() == {"m": [1, 2]}
    else:
        assert last.startswith("ServiceException The metric 'm' of run run could not be written")


def test_a_folder_that_disappears_while_it_is_used(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(run_id="run", outputs=False)
    run.log("m", 1)
    shutil.rmtree(workspace._layout.root)
    for call in (lambda: run.tag("late"), run.complete, run.child_run, run.flush):
        with pytest.raises((ServiceException, WorkspaceException), match=r"localtrack\.(lock|db)"):
            call()
    assert not os.path.exists(workspace._layout.root)
    assert "There is no workspace here" in command(Path(workspace._layout.project), "doctor").stdout


def test_a_database_that_was_never_finished_is_made_by_the_next(tmp_path: Path, start_python: Callable) -> None:
    """A process is killed at the moment at which it would put it in its place."""
    program = """
    import os, signal
    from localtrack.core import Workspace
    os.rename = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
    Workspace.create(name="demo")
    """
    assert start_python(program, measured=False).wait(60) < 0
    names = os.listdir(tmp_path / ".azureml")
    assert "localtrack.db.new" in names
    assert "localtrack.db" not in names
    workspace = Workspace.create(name="demo", exist_ok=True)
    assert "localtrack.db.new" not in os.listdir(tmp_path / ".azureml")
    assert workspace.check() == []
    close_store(workspace._layout)


def test_documents_that_are_none_any_more(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(run_id="run", outputs=False)
    run.fail("because")
    close_store(workspace._layout)
    with closing(sqlite3.connect(workspace._layout.database)) as connection:
        connection.execute("UPDATE runs SET error = substr(error, 3)")
        connection.commit()
    with pytest.raises(ServiceException, match="The error of run run is no JSON any more, so the database is damaged"):
        Workspace.from_config().get_run("run")
    found = json.loads(command(Path(workspace._layout.project), "doctor").stdout)["checks"]
    assert any(each["status"] == "error" and "run run is no JSON" in each["detail"] for each in found)
