"""Each value that was returned is in the tables once, whoever takes it in and whenever somebody dies."""

import mmap
import os
import random
import shutil
import signal
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from localtrack import journal, owner
from localtrack.core import Experiment, Workspace
from localtrack.paths import Layout
from localtrack.store import ingest, status
from localtrack.store.runs import NewRun
from localtrack.store.store import Store


@pytest.fixture
def run_id(store: Store) -> str:
    store.experiments.ensure("e")
    store.runs.create(store.experiments.ensure("e").id, [NewRun(id="run", status=status.RUNNING)])
    return "run"


def logged(store: Store, run_id: str = "run", name: str = "m") -> list[object]:
    series = store.metrics.series([run_id], name)
    return [value for one in series for _, _, value in one.points]


def set_aside(store: Store) -> list[tuple[object, ...]]:
    return store.database.tuples("SELECT reason, run_id FROM set_aside ORDER BY owner, position")


LOG = """
import sys
from localtrack import journal
writer = journal.writer(sys.argv[1])
for value in range(int(sys.argv[2])):
    writer.log("run", "m", value)
"""


def test_a_value_is_seen_as_soon_as_its_call_has_returned(store: Store, run_id: str) -> None:
    writer = journal.writer(store.layout.journals)
    for value in range(20):
        writer.log(run_id, "m", value)
        assert logged(store) == list(range(value + 1))


def test_several_processes_log_to_one_run(store, run_id, start_python) -> None:
    processes = [start_python(LOG, store.layout.journals, 1000) for _ in range(4)]
    while any(process.poll() is None for process in processes):
        store.ingest.take()
    assert sorted(logged(store)) == sorted(list(range(1000)) * 4)


def test_a_hundred_kills_lose_nothing_and_double_nothing(store: Store, run_id: str, wait_until) -> None:
    """The child notes in shared memory which calls have returned; it is killed at a random moment."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    shared = mmap.mmap(-1, 8)
    total: list[float] = []
    for round_ in range(100):
        shared[:] = struct.pack("q", -1)
        child = os.fork()
        if child == 0:
            writer = journal.writer(store.layout.journals)
            count = 0
            while True:
                writer.log("run", f"m{round_}", float(count))
                shared[:] = struct.pack("q", count)  # pack_into would write zeros first
                count += 1
        if round_ % 4:  # else it may be killed before it has logged anything
            wait_until(lambda: shared[:] != struct.pack("q", -1))
        time.sleep(chance.random() * 0.006)
        if chance.random() < 0.5:
            store.ingest.take()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        (returned,) = struct.unpack("q", shared)
        store.ingest.settle()
        values = logged(store, "run", f"m{round_}")
        # One record more may be there: it was written, and its call was killed before it returned.
        assert values == [float(value) for value in range(len(values))]
        assert returned + 1 <= len(values) <= returned + 2
        total += values
    assert len(total) > 1000
    for path in Path(store.layout.journals).glob("*.new"):  # of those who were killed while they made their lock
        os.utime(path, (0, 0))
    store.ingest.settle()
    assert os.listdir(store.layout.journals) == [f"{owner.current(store.layout.journals).name}.lock"]


def test_kills_of_who_takes_in(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_CHUNK_BYTES", 20_000)
    writer = journal.writer(store.layout.journals)
    for value in range(20_000):
        writer.log("run", "m", value)
    kills = 0
    for _ in range(200):
        child = os.fork()
        if child == 0:
            store.ingest.take()
            os._exit(0)
        time.sleep(random.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        kills += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0
    assert kills
    assert logged(store) == list(range(20_000))


def test_many_take_in_at_once(store, run_id, start_python, monkeypatch) -> None:
    writer = journal.writer(store.layout.journals)
    for value in range(5000):
        writer.log("run", "m", value)
    program = """
    import sys
    from localtrack.paths import Layout
    from localtrack.store import ingest
    from localtrack.store.store import open_store
    ingest._CHUNK_BYTES = 3000
    open_store(Layout(sys.argv[1])).ingest.take()
    """
    processes = [start_python(program, store.layout.root) for _ in range(4)]
    for process in processes:
        assert process.wait(60) == 0, process.stdout.read()
    assert logged(store) == list(range(5000))


def test_in_the_order_of_time_whoever_reads_first(store, run_id, run_python) -> None:
    writer = journal.writer(store.layout.journals)
    log_one = """
    import sys
    from localtrack import journal
    journal.writer(sys.argv[1]).log("run", "m", sys.argv[2])
    """
    writer.log("run", "m", "first")
    run_python(log_one, store.layout.journals, "second")
    writer.log("run", "m", "third")
    run_python(log_one, store.layout.journals, "fourth")
    assert logged(store) == ["first", "second", "third", "fourth"]


def test_a_dead_owner_s_journal_is_taken_in_and_removed(store, run_id, run_python) -> None:
    run_python(LOG, store.layout.journals, 10)
    assert len(os.listdir(store.layout.journals)) == 3  # its journal, its lock, and this process's lock
    store.ingest.settle()
    assert len(os.listdir(store.layout.journals)) == 1
    assert logged(store) == list(range(10))


def test_a_living_owner_s_journal_stays(store: Store, run_id: str) -> None:
    journal.writer(store.layout.journals).log("run", "m", 1)
    before = sorted(os.listdir(store.layout.journals))
    store.ingest.settle()
    assert sorted(os.listdir(store.layout.journals)) == before


def test_an_owner_of_another_host_is_left_alone(store, run_id, run_python) -> None:
    run_python(LOG, store.layout.journals, 3)
    other = next(name for name in store.owners.locks() if name != owner.current(store.layout.journals).name)
    Path(store.layout.journals, f"{other}.lock").write_text('{"host": "elsewhere", "boot": "another", "pid": 1}')
    store.ingest.settle()
    assert logged(store) == [0, 1, 2]
    assert other in store.owners.locks()


def test_journals_that_their_owner_is_done_with_go(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "JOURNAL_BYTES", 500)
    writer = journal.writer(store.layout.journals)
    for value in range(50):
        writer.log("run", "m", value)
    store.ingest.settle()
    assert len([name for name in os.listdir(store.layout.journals) if name.endswith(".journal")]) == 1
    for value in range(50, 100):
        writer.log("run", "m", value)
    assert logged(store) == list(range(100))


def test_the_torn_end_of_a_dead_owner_is_cut(store, run_id, run_python) -> None:
    run_python(LOG, store.layout.journals, 10)
    (path,) = Path(store.layout.journals).glob("*.journal")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 7)
    store.ingest.settle()
    assert logged(store) == list(range(9))
    assert set_aside(store) == [("unfinished", None)]
    assert not path.exists()


def test_the_torn_end_of_a_living_owner_waits(store: Store, run_id: str) -> None:
    """As if a reader came in the middle of a write: the record is whole when it looks again."""
    writer = journal.writer(store.layout.journals)
    writer.log("run", "m", 0)
    writer.log("run", "m", 1)
    (path,) = Path(store.layout.journals).glob("*.journal")
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(len(whole) - 7)
    assert logged(store) == [0]
    with path.open("ab") as file:
        file.write(whole[-7:])
    assert logged(store) == [0, 1]


def test_damage_is_reported_and_skipped(store, run_id, run_python) -> None:
    run_python(LOG, store.layout.journals, 10)
    (path,) = Path(store.layout.journals).glob("*.journal")
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF
    path.write_bytes(data)
    with pytest.warns(UserWarning, match="damaged bytes at .* were skipped"):
        values = logged(store)
    assert len(values) == 9
    assert set_aside(store) == [("damaged", None)]
    store.ingest.settle()
    assert logged(store) == values


def test_records_of_an_unknown_run_are_set_aside(store: Store, run_id: str) -> None:
    writer = journal.writer(store.layout.journals)
    writer.log("run", "m", 1)
    writer.log("deleted", "m", 2)
    writer.log("run", "m", 3)
    assert logged(store) == [1, 3]
    assert set_aside(store) == [("unknown run", "deleted")]


def test_a_record_that_is_longer_than_a_transaction(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_CHUNK_BYTES", 100)
    writer = journal.writer(store.layout.journals)
    text = "x" * 100_000
    for value in (1, text, 2):
        writer.log("run", "m", value)
    assert logged(store) == [1, text, 2]


def test_a_copied_folder_takes_nothing_in_twice(store, run_id, run_python, tmp_path) -> None:
    run_python(LOG, store.layout.journals, 10)
    shutil.copytree(store.layout.journals, tmp_path / "saved")
    assert logged(store) == list(range(10))
    store.ingest.settle()
    # The journals come back, as from a backup or another copy of the project.
    for path in (tmp_path / "saved").iterdir():
        if not Path(store.layout.journals, path.name).exists():
            shutil.copy(path, store.layout.journals)
    assert logged(store) == list(range(10))
    store.ingest.settle()
    assert logged(store) == list(range(10))


def test_a_copied_project_goes_its_own_way(store, run_id, tmp_path, run_python) -> None:
    journal.writer(store.layout.journals).log("run", "m", 1)
    store.database.close()
    shutil.copytree(store.layout.project, tmp_path / "copy")
    program = """
    import sys
    from localtrack.core import Workspace
    run = Workspace.from_config(sys.argv[1]).get_run("run")
    print(run.get_metrics(), run.get_status())
    """
    assert run_python(program, tmp_path / "copy").strip() == "{'m': 1} Failed"
    journal.writer(store.layout.journals).log("run", "m", 2)
    assert logged(store) == [1, 2]
    assert store.runs.get("run").status == status.RUNNING


READ = """
import sys, warnings
from localtrack.core import Workspace
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run = Workspace.from_config(sys.argv[1]).get_run("run")
    print(run.get_metrics(), run.get_status())
    print(caught[-1].message)
"""


@pytest.mark.parametrize("open_elsewhere", [True, False])
def test_a_reader_without_write_permission(store, run_id, unprivileged, read_only, open_elsewhere) -> None:
    """What the database lacks is read from the journals, and nothing is changed."""
    writer = journal.writer(store.layout.journals)
    writer.log("run", "m", 1)
    assert logged(store) == [1]
    writer.log("run", "m", 2)
    writer.log("run", "other", "x")
    if not open_elsewhere:
        store.database.close()
    read_only(store.layout.project)
    values, message = unprivileged(READ, store.layout.project).strip().split("\n")
    assert values == "{'m': [1, 2], 'other': 'x'} Running"
    assert "read-only" in message


def test_a_reader_that_is_locked_out(store, run_id, hold_lock, monkeypatch) -> None:
    from localtrack.store import metrics

    monkeypatch.setattr(metrics, "_READER_SECONDS", 0.05)
    writer = journal.writer(store.layout.journals)
    writer.log("run", "m", 1)
    assert logged(store) == [1]
    process = hold_lock(store.layout.write_lock)
    writer.log("run", "m", 2)
    with pytest.warns(UserWarning, match="Reading the journals beside the database"):
        assert logged(store) == [1, 2]
    process.kill()
    process.wait()
    assert logged(store) == [1, 2]


def test_summaries(store: Store, run_id: str) -> None:
    writer = journal.writer(store.layout.journals)
    for values in ([3, 1.5, float("nan"), True], ["text", 2**70, -4], [2]):
        for value in values:
            writer.log("run", "m", value)
        store.ingest.take()
    rows = store.database.tuples("SELECT count, least, greatest, last FROM metrics")
    assert rows == [(8, -4, 3, 2)]


def test_a_description(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(outputs=False)
    run.log("m", 1.0, "what it is")
    run.log("m", 2.0, "what it is")
    run.log("n", 2.0)
    assert run.get_metrics() == {"m": [1.0, 2.0], "n": 2.0}
    rows = workspace._store.database.tuples("SELECT name, description FROM metrics ORDER BY name")
    assert rows == [("m", "what it is"), ("n", None)]


def test_nothing_is_locked_where_nothing_has_grown(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.writer(store.layout.journals).log("run", "m", 1)
    assert logged(store) == [1]

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a transaction was opened")

    monkeypatch.setattr(store.database, "transaction", refuse)
    assert logged(store) == [1]


def test_a_journal_folder_that_is_not_there(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ".azureml")
    store = Store(layout, create=True)
    os.rmdir(layout.journals)
    store.ingest.take()
    store.ingest.settle()
    store.database.close()


def test_the_last_value_is_the_latest_one_in_whatever_order_they_were_written(store: Store, run_id: str) -> None:
    """Threads take the time before they write, and another one may be faster."""
    writer = journal.writer(store.layout.journals)

    class Slow(np.float32):
        def item(self) -> float:
            thread = threading.Thread(target=writer.log, args=(run_id, "m", "later, and written first"))
            thread.start()
            thread.join()
            return super().item()

    writer.log(run_id, "m", Slow(1))
    assert logged(store) == [1.0, "later, and written first"]
    assert store.database.tuples("SELECT last FROM metrics") == [("later, and written first",)]
