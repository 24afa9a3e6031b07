"""Two versions of localtrack at once: the older one is told, and nothing that either has kept is lost."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import localtrack
from localtrack import journal
from localtrack.core import Experiment, Run, Workspace
from localtrack.core.context import _SubmittedRun
from localtrack.exceptions import WorkspaceException
from localtrack.store import database, status
from localtrack.store.store import Store, close_store

# A localtrack that is newer by one change of the tables: what it says is in the first argument, what it does behind it.
NEWER = """
import os, signal, sys, warnings
from localtrack.core import Experiment, Workspace
from localtrack.store import database, schema
from localtrack.store.store import open_store
database.SCHEMA_VERSION += 1
@schema.migrations()
def newer(db):
    db.execute(sys.argv[1])
"""

ADDED = "ALTER TABLE runs ADD COLUMN colour TEXT"
RENAMED = "ALTER TABLE tags RENAME COLUMN value TO text"
GUARDED = """
CREATE TRIGGER no_older BEFORE INSERT ON experiments
BEGIN SELECT RAISE(ABORT, 'only a newer localtrack knows how'); END
"""

LOOK = """
run = Workspace.from_config().get_run("run")
print(run.get_status(), run.get_metrics(), run._store.database.tuples("PRAGMA user_version"))
"""

# A localtrack of the first version's tables, which keeps them open.
OLDER = """
import sys
from localtrack import journal
from localtrack.paths import Layout
from localtrack.store import database, events, schema, status
from localtrack.store.runs import NewRun
from localtrack.store.store import Store
database.SCHEMA_VERSION = 1
def add(connection, telling, *values):
    row = (*values, None)[:5]
    connection.execute("INSERT INTO events (run, time, old_status, new_status, error) VALUES (?, ?, ?, ?, ?)", row)
events.add = add
del schema.migrations._migrations[1:]
store = Store(Layout(".azureml"), create=True)
store.runs.create(store.experiments.ensure("e").id, [NewRun(id="run", status=status.RUNNING)])
writer = journal.writer(store.layout.journals)
writer.log("run", "m", 1)
store.ingest.take()
writer.log("run", "m", 2)
print(store.database.tuples("PRAGMA user_version"), flush=True)
sys.stdin.readline()
writer.log("run", "m", 3)
store.ingest.take()
store.experiments.ensure("later")
store.runs.move("run", status.PERSON, status.COMPLETED)
print([each.status for each in store.runs.get_many(["run"])], flush=True)
"""


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "e").start_logging(run_id="run", outputs=False)


@pytest.fixture
def upgrade(workspace: Workspace, run_python: Callable) -> Callable[[str, str], str]:
    """Open the workspace with a newer localtrack."""
    return lambda change, program: run_python(NEWER + program, change)


def refused(project: str) -> None:
    """A process of this version that comes later is told, and so is who asks the doctor."""
    variables = {**os.environ, "PYTHONPATH": str(Path(localtrack.__file__).parents[1])}
    for arguments in (["run", "list", "-e", "e"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "localtrack", *arguments],
            cwd=project,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "was written by a newer localtrack" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_only_added_to_disturbs_no_process_that_goes_on(workspace: Workspace, run: Run, upgrade) -> None:
    run.log("m", 1)
    assert upgrade(ADDED, LOOK).strip() == f"Running {{'m': 1}} [({database.SCHEMA_VERSION + 1},)]"
    refused(workspace._layout.project)
    run.log("m", 2)
    run.tag("key", "value")
    assert (run.get_metrics(), run.get_status()) == ({"m": [1, 2]}, "Running")
    _SubmittedRun(workspace._layout, "run").log("m", 3)
    run.complete()
    assert workspace.check() == []
    assert upgrade(ADDED, LOOK).startswith("Completed {'m': [1, 2, 3]}")
    with closing(sqlite3.connect(f"{workspace._layout.database}.v{database.SCHEMA_VERSION}.backup")) as backup:
        assert backup.execute("SELECT id FROM runs").fetchall() == [("run",)]


@pytest.mark.parametrize("change", [RENAMED, GUARDED], ids=["a column has another name", "older ones are kept out"])
def test_a_change_that_the_older_one_can_t_follow(workspace: Workspace, run: Run, upgrade, change: str) -> None:
    run.tag("before")
    upgrade(change, "open_store(Workspace.from_config()._layout)" if change == GUARDED else LOOK)
    late: tuple[Callable[[], object], ...] = (lambda: run.tag("late"), run.get_tags)
    if change == GUARDED:
        late = (lambda: Experiment(workspace, "another").start_logging(),)
    for call in late:
        with pytest.raises(WorkspaceException, match=r"changed by a newer localtrack since.*go on with the newer"):
            call()
    run.log("m", 1)
    journal.writer(workspace._layout.journals).log("run", "m", 2)
    assert upgrade(change, LOOK).startswith("Running {'m': [1, 2]}")
    run.complete()
    assert upgrade(change, LOOK).startswith("Completed {'m': [1, 2]}")


def test_an_older_one_that_is_killed_loses_nothing(workspace: Workspace, start_python: Callable, upgrade) -> None:
    program = """
    import os, signal, sys
    from localtrack.core import Experiment, Workspace
    run = Experiment(Workspace.from_config(), "e").start_logging(run_id="run", outputs=False)
    run.log("m", 1)
    print("logged", flush=True)
    sys.stdin.readline()
    run.log("m", 2)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    older = start_python(program)
    assert older.stdout.readline() == "logged\n"
    assert upgrade(RENAMED, LOOK).startswith("Running {'m': 1}")
    older.stdin.write("\n")
    older.stdin.flush()
    assert older.wait(30) < 0
    assert upgrade(RENAMED, LOOK).startswith("Failed {'m': [1, 2]}")


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_python: Callable) -> "subprocess.Popen[str]":
    """A process that holds a workspace open which it has made with the first version's tables."""
    (tmp_path / "project" / ".azureml").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    config = {"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}
    Path(".azureml/config.json").write_text(json.dumps(config))
    process = start_python(OLDER, measured=False)
    assert process.stdout.readline() == "[(1,)]\n"
    return process


@pytest.fixture
def opened(older: "subprocess.Popen[str]") -> Iterator[Workspace]:
    workspace = Workspace.from_config()
    yield workspace
    close_store(workspace._layout)


def test_tables_of_the_first_version_are_changed_while_a_process_holds_them(older, opened: Workspace) -> None:
    run = opened.get_run("run")
    assert (run.get_status(), run.get_metrics()) == ("Running", {"m": [1, 2]})
    with closing(sqlite3.connect(f"{opened._layout.database}.v1.backup")) as backup:
        assert backup.execute("SELECT id, status FROM runs").fetchall() == [("run", "Running")]
        assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    older.stdin.write("\n")
    older.stdin.flush()
    assert older.stdout.readline() == "['Completed']\n"
    assert (run.get_status(), run.get_metrics()) == ("Completed", {"m": [1, 2, 3]})
    assert sorted(opened.experiments) == ["e", "later"]
    assert older.wait(30) == 0
    assert all(each.severity == "note" for each in opened.check(deep=True))


def test_many_change_the_tables_at_once(older: "subprocess.Popen[str]", start_python: Callable) -> None:
    program = """
    from localtrack.core import Workspace
    print(Workspace.from_config().get_run("run").get_metrics())
    """
    processes = [start_python(program) for _ in range(4)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["{'m': [1, 2]}\n"] * 4
    assert [name for name in os.listdir(".azureml") if "backup" in name] == ["localtrack.db.v1.backup"]


@pytest.mark.parametrize("moment", ["in the backup", "before the backup is in its place", "before the commit"])
def test_a_process_is_killed_while_it_changes_the_tables(
    older: "subprocess.Popen[str]", start_python: Callable, moment: str
) -> None:
    older.kill()
    older.wait()
    program = """
    import os, signal, sys
    from localtrack.core import Workspace
    from localtrack.store import database, database_file
    def die(*arguments):
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[1] == "in the backup":
        connect = database_file.sqlite3.connect
        class Connection(database_file.sqlite3.Connection):
            def backup(self, copy):
                super().backup(copy, pages=1, progress=die)
        database_file.sqlite3.connect = lambda path, **more: connect(path, **{"factory": Connection, **more})
    elif sys.argv[1] == "before the commit":
        migrate = database._migrate
        database._migrate = lambda connection: die(migrate(connection))
    else:
        database_file.os.rename = die
    Workspace.from_config()
    """
    assert start_python(program, moment, measured=False).wait(60) == -9
    with closing(sqlite3.connect(".azureml/localtrack.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    workspace = Workspace.from_config()
    run = workspace.get_run("run")
    assert (run.get_status(), run.get_metrics()) == ("Failed", {"m": [1, 2]})
    assert not any(name.endswith(".new") for name in os.listdir(".azureml"))
    assert workspace.check(deep=True) == []
    close_store(workspace._layout)


def test_a_backup_that_is_damaged_already_is_made_anew(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = workspace._layout
    close_store(layout)
    path = Path(f"{layout.database}.v{database.SCHEMA_VERSION}.backup")
    path.write_bytes(b"cut off" * 1000)
    monkeypatch.setattr(database, "SCHEMA_VERSION", database.SCHEMA_VERSION + 1)
    Store(layout).database.close()
    with closing(sqlite3.connect(path)) as backup:
        assert backup.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_a_value_of_a_kind_that_only_a_newer_one_knows(workspace: Workspace, run: Run) -> None:
    store = workspace._store
    run.log("m", 1)
    run.flush()
    with store.database.transaction() as connection:
        connection.execute("UPDATE points SET value = ?", (b"\xfenew",))
    with pytest.raises(WorkspaceException, match="written by a newer localtrack"):
        run.get_metrics()
    assert run.get_status() == status.RUNNING
