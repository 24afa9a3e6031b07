"""One database, made once, changed under one lock, and never harmed by who can't use it."""

import os
import shutil
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from localtrack.core import Experiment, Workspace
from localtrack.exceptions import ServiceException, WorkspaceException
from localtrack.paths import Layout
from localtrack.store import database, filesystem, status
from localtrack.store.run_filter import RunFilter
from localtrack.store.runs import NewRun
from localtrack.store.store import Store

OPEN = """
import sys
from localtrack.core import Experiment, Workspace
ws = Workspace.create(name="demo", exist_ok=True)
run = Experiment(ws, "e").start_logging(outputs=False)
run.log("m", 1)
run.complete()
"""


def test_eight_processes_open_a_workspace_that_is_not_there(start_python, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    (tmp_path / "project").mkdir()
    processes = [start_python(OPEN, cwd=tmp_path / "project") for _ in range(8)]
    for process in processes:
        assert process.wait(60) == 0, process.stdout.read()
    runs = list(Experiment(Workspace.from_config(tmp_path / "project"), "e").get_runs())
    assert sorted(run.number for run in runs) == list(range(1, 9))
    assert {run.status for run in runs} == {"Completed"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / ".azureml").mkdir()
    return Layout(tmp_path / ".azureml")


def test_a_file_that_is_no_database(layout: Layout) -> None:
    Path(layout.database).write_bytes(b"not a database, but somebody's file" * 100)
    before = Path(layout.database).read_bytes()
    with pytest.raises(WorkspaceException, match=r"localtrack\.db is not a database.*left as it is"):
        Store(layout, create=True)
    assert Path(layout.database).read_bytes() == before


def test_somebody_else_s_database(layout: Layout) -> None:
    connection = sqlite3.connect(layout.database)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = Path(layout.database).read_bytes()
    with pytest.raises(WorkspaceException, match="not one of localtrack's"):
        Store(layout, create=True)
    assert Path(layout.database).read_bytes() == before


def test_a_database_of_a_newer_version(store: Store) -> None:
    with store.database.transaction() as connection:
        connection.execute(f"PRAGMA user_version={database.SCHEMA_VERSION + 1}")
    store.database.close()
    with pytest.raises(WorkspaceException, match="written by a newer localtrack"):
        Store(store.layout)
    connection = sqlite3.connect(store.layout.database)  # the file can be used by who knows it
    connection.execute(f"PRAGMA user_version={database.SCHEMA_VERSION}")
    connection.close()


def test_the_version_counts_the_migrations(store: Store) -> None:
    assert store.database.tuples("SELECT count(*) FROM _sqlite_migrations") == [(database.SCHEMA_VERSION,)]


def test_the_tables_are_backed_up_before_they_are_changed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.SCHEMA_VERSION
    store.experiments.ensure("e")
    store.database.close()
    monkeypatch.setattr(database, "SCHEMA_VERSION", before + 1)
    newer = Store(store.layout)
    assert [each.name for each in newer.experiments.all()] == ["e"]
    newer.database.close()
    backup = sqlite3.connect(f"{store.layout.database}.v{before}.backup")
    assert backup.execute("PRAGMA user_version").fetchone() == (before,)
    assert backup.execute("SELECT name FROM experiments").fetchall() == [("e",)]
    backup.close()


def test_a_damaged_database_says_so(store: Store) -> None:
    store.experiments.ensure("e")
    for number in range(50):
        new = [NewRun(id=f"run{number}", status=status.RUNNING, tags={"text": "x" * 500})]
        store.runs.create(store.experiments.ensure("e").id, new)
    store.database.close()
    path = Path(store.layout.database)
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    path.write_bytes(data)
    with pytest.raises(ServiceException, match="The file is damaged: put a backup in its place"):
        list(Store(store.layout).runs.walk(RunFilter()))


def test_no_database(layout: Layout) -> None:
    with pytest.raises(WorkspaceException, match="There is no localtrack database at"):
        Store(layout)
    assert os.listdir(layout.root) == []


def test_a_network_file_system_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "_mounts", lambda: [("/", "ext4"), (layout.project, "nfs4")])
    with pytest.raises(WorkspaceException, match=r"network file system \(nfs4\)"):
        Store(layout, create=True)
    assert not Path(layout.database).exists()


def test_the_nearest_mount_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "_mounts", lambda: [("/", "nfs"), ("/data", "ext4"), ("/data/far", "cifs")])
    assert filesystem.network_type("/home") == "nfs"
    assert filesystem.network_type("/data/project") is None
    assert filesystem.network_type("/data/far/project") == "cifs"
    assert filesystem.network_type("/data/farther") is None


def test_mount_points_with_blanks(tmp_path: Path) -> None:
    assert filesystem._unescape("/a\\040b\\134c") == "/a b\\c"


def test_an_old_sqlite_is_refused(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(WorkspaceException, match=r"SQLite 3\.37 or newer"):
        Store(layout, create=True)


def test_a_lock_that_is_held_is_named(store, hold_lock) -> None:
    process = hold_lock(store.layout.write_lock)
    with pytest.raises(ServiceException, match=r"localtrack\.lock for 0\.1 s"), store.database.transaction(seconds=0.1):
        pass
    process.kill()
    process.wait()
    with store.database.transaction():
        pass


def test_an_exception_undoes_a_transaction(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.database.transaction() as connection:
        connection.execute("INSERT INTO experiments (id, name, created) VALUES ('i', 'n', 0)")
        raise ZeroDivisionError
    assert store.experiments.all() == []


def test_a_signal_handler_can_t_change_what_it_interrupts_the_change_of(store: Store) -> None:
    """It could not tell its caller the truth: what it interrupts may yet be rolled back."""
    with store.database.transaction() as connection:
        with pytest.raises(ServiceException, match="signal handler"):
            store.experiments.ensure("inner")
        connection.execute("INSERT INTO experiments (id, name, created) VALUES ('i', 'outer', 0)")
    assert [each.name for each in store.experiments.all()] == ["outer"]


class Interrupted(Exception):
    pass


@pytest.mark.skipif(sys.gettrace() is not None, reason="an exception in a tracer leaves the tracer's lock held")
@pytest.mark.timeout(method="thread")  # the signal is the test's
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a lock's file that was just opened
def test_exceptions_of_signal_handlers_leave_nothing_open_or_locked(store, run_python) -> None:
    """Ctrl-C at any moment of a change: the next one works, here and in other processes."""
    armed = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    done = interrupts = 0
    try:
        for number in range(3000):
            try:
                armed = True
                signal.setitimer(signal.ITIMER_REAL, 0.00001 + number % 100 * 0.000001)
                store.experiments.ensure(f"e{number}")
                armed = False
                done += 1
            except Interrupted:
                interrupts += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 10
    store.experiments.ensure("last")
    names = {each.name for each in store.experiments.all()}
    assert len(names) > done
    program = """
    import sys
    from localtrack.paths import Layout
    from localtrack.store.store import open_store
    store = open_store(Layout(sys.argv[1]))
    store.experiments.ensure("elsewhere")
    print(len(store.experiments.all()))
    """
    assert int(run_python(program, store.layout.root)) == len(names) + 1


def test_forks_while_threads_use_the_store(store: Store) -> None:
    stop = threading.Event()

    def work(number: int) -> None:
        count = 0
        while not stop.is_set():
            store.experiments.ensure(f"thread{number}-{count}")
            count += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(50):
            child = os.fork()
            if child == 0:
                try:
                    store.experiments.ensure(f"child{number}")
                    os._exit(0)
                except BaseException:
                    os._exit(1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert {f"child{number}" for number in range(50)} <= {each.name for each in store.experiments.all()}


def test_a_fork_while_the_database_is_open(store: Store) -> None:
    store.experiments.ensure("before")
    child = os.fork()
    if child == 0:
        try:
            store.experiments.ensure("child")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.experiments.ensure("after")
    assert [each.name for each in store.experiments.all()] == ["before", "child", "after"]
    assert store.database.tuples("PRAGMA integrity_check") == [("ok",)]


def test_a_folder_without_write_permission(unprivileged, read_only, tmp_path) -> None:
    (tmp_path / ".azureml").mkdir()
    (tmp_path / ".azureml" / "config.json").write_text(
        '{"subscription_id": "s", "resource_group": "g", "workspace_name": "demo"}'
    )
    read_only(str(tmp_path))
    program = """
    import sys
    from localtrack.core import Workspace
    from localtrack.exceptions import AzureMLException
    try:
        Workspace.from_config(sys.argv[1])
    except AzureMLException as error:
        print(type(error).__name__, error)
    """
    output = unprivileged(program, tmp_path)
    assert output.startswith("ServiceException") and str(tmp_path) in output
    assert os.listdir(tmp_path / ".azureml") == ["config.json"]


def test_changing_a_workspace_that_is_read_only(store, unprivileged, read_only) -> None:
    store.database.close()
    read_only(store.layout.project)
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    from localtrack.exceptions import ServiceException
    try:
        Experiment(Workspace.from_config(sys.argv[1]), "e").start_logging(outputs=False)
    except ServiceException as error:
        print(error)
    """
    assert "can't be changed by this user" in unprivileged(program, store.layout.project)


def test_a_full_disk_leaves_no_half_made_workspace(run_python, tmp_path, monkeypatch) -> None:
    """The same folder works as soon as there is room."""
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    program = """
    import resource, sys
    from localtrack.core import Workspace
    from localtrack.exceptions import AzureMLException
    hard = resource.RLIM_INFINITY
    import localtrack.store.schema, filelock, localtrack.executor.recovery, localtrack.core.registry
    for limit in range(0, 60_000, 3_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            Workspace.create(name="demo", exist_ok=True)
        except AzureMLException as error:
            assert str(error), error
            print("refused", limit)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(Workspace.create(name="demo", exist_ok=True).experiments)
    """
    *refused, made = run_python(program, cwd=tmp_path, measured=False).strip().split("\n")
    assert len(refused) > 3
    assert made == "{}"


def test_a_moved_project(workspace: Workspace, tmp_path: Path) -> None:
    with Experiment(workspace, "e").start_logging(outputs=False) as run:
        run.log("m", 1)
        run.upload_file("notes.txt", __file__)
    workspace._store.database.close()
    os.chdir(tmp_path)
    shutil.move(tmp_path / "project", tmp_path / "moved")
    there = Workspace.from_config(tmp_path / "moved").get_run(run.id)
    there.download_file("notes.txt", tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_bytes() == Path(__file__).read_bytes()
    assert there.get_metrics() == {"m": 1}
