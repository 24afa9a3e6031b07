"""A returned call is kept; a torn or damaged stretch costs only itself."""

import itertools
import math
import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import journal, owner, values
from localtrack.exceptions import ServiceException, UserErrorException

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
)
STEPS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"), key=lambda path: (path.name.split(".")[0], int(path.name.split(".")[1])))


def read(data: bytes, complete: bool = True) -> tuple[list[tuple[object, ...]], journal.Reader]:
    reader = journal.Reader()
    found = [
        (key.run_id, key.name, step, values.from_column(value))
        for key, _, step, value, _ in reader.records(data, complete)
    ]
    return found, reader


def content(folder: Path) -> list[tuple[object, ...]]:
    return [record for path in journals(folder) for record in read(path.read_bytes())[0]]


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and one == other


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES, STEPS), max_size=30))
def test_what_is_logged_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, object, int]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    writer = journal.Writer(str(folder))
    for name, value, step in records:
        writer.log("run", name, value, step)
    found = content(folder)
    assert [(name, step) for _, name, step, _ in found] == [(name, step) for name, _, step in records]
    assert all(same(back, value) for (_, _, _, back), (_, value, _) in zip(found, records, strict=True))


@pytest.fixture
def written(tmp_path: Path) -> bytes:
    writer = journal.Writer(str(tmp_path))
    writer.log("run", "loss", 0.5)
    writer.log("run", "loss", 0.25, 3)
    writer.log("run", "text", "some text \N{SNOWMAN}")
    writer.log("other", "count", 7)
    writer.log("run", "loss", math.nan)
    return journals(tmp_path)[0].read_bytes()


def test_a_cut_at_any_byte_costs_only_what_is_cut(written: bytes) -> None:
    whole, reader = read(written)
    ends = [0]
    for _ in whole:
        ends.append(ends[-1] + len(journal.record_at(written, ends[-1])))
    assert ends[-1] == reader.end == len(written)
    for size in range(len(written)):
        found, reader = read(written[:size])
        count = sum(end <= size for end in ends) - 1
        assert [record[:3] for record in found] == [record[:3] for record in whole[:count]]
        assert reader.end == ends[count]
        assert reader.gaps == []


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_flip_of_any_byte_costs_only_its_record(written: bytes, flip: int) -> None:
    whole, _ = read(written)
    start = 0
    for index in range(len(whole)):
        end = start + len(journal.record_at(written, start))
        for place in range(start, end):
            damaged = bytearray(written)
            damaged[place] ^= flip
            found, reader = read(bytes(damaged))
            expected = whole[:index] + whole[index + 1 :]
            assert [str(record) for record in found] == [str(record) for record in expected]
            last = index == len(whole) - 1
            assert reader.gaps == ([] if last else [(start, end - start)])
            assert reader.end == (start if last else len(written))
        start = end


def test_the_end_of_a_part_is_no_damage(written: bytes) -> None:
    """More bytes follow: a record that breaks off waits for them, even where a valid one could be made out inside."""
    for size in range(len(written)):
        reader = journal.Reader()
        count = len(list(reader.records(written[:size], complete=False)))
        rest = list(reader.records(written[reader.end :], complete=True))
        assert reader.gaps == []
        assert count + len(rest) == 5


def test_a_part_that_ends_in_a_record_with_a_record_inside(tmp_path: Path, written: bytes) -> None:
    writer = journal.Writer(str(tmp_path))
    writer.log("run", "text", written.decode("latin-1"))
    data = journals(tmp_path)[-1].read_bytes()
    reader = journal.Reader()
    assert list(reader.records(data[:-5], complete=False)) == []
    assert (reader.end, reader.gaps) == (0, [])


def test_several_threads(tmp_path: Path) -> None:
    writer = journal.writer(str(tmp_path))

    def work(number: int) -> None:
        for value in range(2000):
            writer.log(f"run{number}", "m", value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = content(tmp_path)
    for number in range(4):
        assert [value for run, _, _, value in found if run == f"run{number}"] == list(range(2000))


@pytest.mark.timeout(method="thread")  # the signal is the test's
def test_a_signal_handler_may_log(tmp_path: Path) -> None:
    writer = journal.writer(str(tmp_path))
    numbers = itertools.count()

    def handle(number: int, frame: object) -> None:
        writer.log("run", "handled", next(numbers))

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for value in range(30_000):
            writer.log("run", "main", value)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found = content(tmp_path)
    handled = next(numbers)
    assert handled > 10
    assert [value for _, name, _, value in found if name == "main"] == list(range(30_000))
    # On a busy machine the next signal comes while one is handled.
    assert sorted(value for _, name, _, value in found if name == "handled") == list(range(handled))


@pytest.mark.parametrize("interrupted", ["owner.current", "os.open", "os.close"])
def test_a_signal_handler_that_comes_while_a_journal_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: str
) -> None:
    monkeypatch.setattr(journal, "JOURNAL_BYTES", 300)
    writer = journal.Writer(str(tmp_path))
    module, name = {"owner": owner, "os": os}[interrupted.split(".")[0]], interrupted.split(".")[1]
    real = getattr(module, name)
    handled: list[int] = []
    busy = False

    def interrupt(*arguments: object, **options: object) -> object:
        nonlocal busy
        result = real(*arguments, **options)
        if not busy:
            busy = True
            handled.append(len(handled))
            writer.log("run", "handled", handled[-1])
            busy = False
        return result

    monkeypatch.setattr(module, name, interrupt)
    for value in range(50):
        writer.log("run", "main", value)
    monkeypatch.undo()
    found = content(tmp_path)
    assert len(handled) >= 5
    assert [value for _, name, _, value in found if name == "main"] == list(range(50))
    assert [value for _, name, _, value in found if name == "handled"] == handled
    last = journals(tmp_path)[-1].stat().st_size
    writer.log("run", "main", 50)
    assert sum(path.stat().st_size for path in journals(tmp_path)[-1:]) > last, "the last journal is the one written"


def test_a_forked_child_writes_a_journal_of_its_own(tmp_path: Path) -> None:
    writer = journal.writer(str(tmp_path))
    writer.log("run", "m", "before")
    child = os.fork()
    if child == 0:
        try:
            writer.log("run", "m", "child")
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    writer.log("run", "m", "after")
    values_of = [[value for *_, value in read(path.read_bytes())[0]] for path in journals(tmp_path)]
    assert sorted(values_of) == [["before", "after"], ["child"]]


def test_a_long_journal_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "JOURNAL_BYTES", 1000)
    writer = journal.Writer(str(tmp_path))
    for value in range(100):
        writer.log("run", "m", value)
    assert len(journals(tmp_path)) > 3
    assert all(path.stat().st_size < 1100 for path in journals(tmp_path))
    assert [value for *_, value in content(tmp_path)] == list(range(100))


def test_where_no_next_journal_can_be_opened_the_last_goes_on(tmp_path, run_python) -> None:
    program = """
    import os, resource, sys
    from localtrack import journal
    journal.JOURNAL_BYTES = 1000
    writer = journal.Writer(sys.argv[1])
    writer.log("run", "m", 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (os.dup(0), 100))
    for value in range(1, 100):
        writer.log("run", "m", value)
    """
    run_python(program, tmp_path)
    assert len(journals(tmp_path)) == 1
    assert [value for *_, value in content(tmp_path)] == list(range(100))


FULL_DISK = """
import resource, sys
from localtrack import journal
from localtrack.exceptions import ServiceException
limit, folder = int(sys.argv[1]), sys.argv[2]
writer = journal.Writer(folder)
writer.log("run", "m", 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for value in range(1, 40):
    try:
        writer.log("run", "m", value)
    except ServiceException as error:
        assert "run" in str(error) and "'m'" in str(error) and folder in str(error), error
    else:
        print(value)
"""


@pytest.mark.parametrize("limit", range(300, 345, 4))
def test_a_disk_that_is_full_within_a_record(tmp_path, run_python, limit: int) -> None:
    """What was refused left nothing, and what was returned is there: at each place where a record can break off."""
    returned = [int(line) for line in run_python(FULL_DISK, limit, tmp_path, measured=False).split()]
    assert [value for *_, value in content(tmp_path)] == [0, *returned]
    for path in journals(tmp_path):
        _, reader = read(path.read_bytes())
        assert reader.end == path.stat().st_size, "a part of a record was left"


def test_no_room_at_all(run_python, tmp_path) -> None:
    (tmp_path / "journal").mkdir()
    program = """
    import resource, sys
    from localtrack import journal
    from localtrack.exceptions import ServiceException
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        journal.Writer(sys.argv[1]).log("run", "m", 1.0)
    except ServiceException as error:
        print(error)
    """
    assert "could not be written" in run_python(program, tmp_path / "journal", measured=False)
    assert os.listdir(tmp_path / "journal") == []


def test_a_value_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    writer = journal.Writer(str(tmp_path))
    with pytest.raises(UserErrorException):
        writer.log("run", "m", [1, 2])
    assert journals(tmp_path) == []


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ServiceException, match="could not be written to"):
        journal.Writer(str(tmp_path / "gone")).log("run", "m", 1)


def test_a_clock_that_is_set_back_does_not_change_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = journal.Writer(str(tmp_path))
    for now in (100, 50, 120):
        monkeypatch.setattr(journal, "time_ns", lambda now=now: now)
        writer.log("run", "m", now)
    times = [at for _, at, *_ in journal.Reader().records(journals(tmp_path)[0].read_bytes(), complete=True)]
    assert times == [100, 100, 120]
