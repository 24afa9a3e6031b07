"""Rows of runs, and the moves of their status."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.exceptions import UserErrorException
from localtrack.store import status
from localtrack.store.run_filter import ANY, RunFilter
from localtrack.store.runs import NewRun
from localtrack.store.store import Store

STATUSES = [
    status.NOT_STARTED,
    status.QUEUED,
    status.PREPARING,
    status.STARTING,
    status.RUNNING,
    status.CANCEL_REQUESTED,
    status.FINALIZING,
    *sorted(status.TERMINAL),
]
AUTOMATIC = [status.SUPERVISOR, status.SWEEP]


@pytest.fixture
def store(store: Store) -> Store:
    store.experiments.ensure("e")
    return store


def make(store: Store, run_id: str, **details: object) -> str:
    store.runs.create(store.experiments.ensure("e").id, [NewRun(id=run_id, **{"status": status.RUNNING, **details})])  # type: ignore[arg-type]
    return run_id


def ids(store: Store, **chosen: object) -> list[str]:
    return [run.id for run in store.runs.walk(RunFilter(**chosen))]  # type: ignore[arg-type]


@pytest.mark.parametrize("who", AUTOMATIC)
@pytest.mark.parametrize("old", sorted(status.TERMINAL))
@pytest.mark.parametrize("new", STATUSES)
def test_nothing_automatic_overwrites_a_last_status(who: str, old: str, new: str) -> None:
    assert not status.may_move(who, old, new)
    assert not status.may_move(who, old, new, inferred=True)


def test_what_a_person_may_change_afterwards() -> None:
    may = {(old, new) for old in status.TERMINAL for new in STATUSES if status.may_move(status.PERSON, old, new)}
    assert may == {(status.COMPLETED, status.FAILED)}
    inferred = {new for new in STATUSES if status.may_move(status.PERSON, status.FAILED, new, inferred=True)}
    assert inferred == status.TERMINAL


def test_a_supervisor_takes_no_step_twice() -> None:
    line = [status.QUEUED, status.PREPARING, status.STARTING, status.RUNNING, status.FINALIZING, status.COMPLETED]
    for old, new in pairwise(line):
        assert status.may_move(status.SUPERVISOR, old, new)
        assert not status.may_move(status.SUPERVISOR, new, old)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.tuples(st.sampled_from([status.PERSON, *AUTOMATIC]), st.sampled_from(STATUSES)), max_size=8))
def test_each_move_is_an_event_and_follows_the_table(store: Store, moves: list[tuple[str, str]]) -> None:
    run_id = make(store, f"run{sum(1 for _ in store.runs.walk(RunFilter()))}", status=status.QUEUED)
    now, events = status.QUEUED, [(None, status.QUEUED)]
    for who, new in moves:
        allowed = status.may_move(who, now, new)
        assert store.runs.move(run_id, who, new) == allowed
        if allowed:
            events.append((now, new))
            now = new
    run = store.runs.get(run_id)
    assert run is not None
    assert run.status == now
    assert (run.ended is not None) == (now in status.TERMINAL)
    assert [(event.old_status, event.new_status) for event in store.events.of(run_id)] == events


def test_a_move_from_an_expected_status_only(store: Store) -> None:
    make(store, "run", status=status.QUEUED)
    assert not store.runs.move("run", status.SUPERVISOR, status.PREPARING, expected=status.STARTING)
    assert store.runs.move("run", status.SUPERVISOR, status.PREPARING, expected=status.QUEUED)


def test_an_inferred_failure_is_put_right(store: Store) -> None:
    make(store, "run")
    store.runs.move("run", status.SWEEP, status.FAILED, error={"error": {"code": "ProcessLost"}}, inferred=True)
    run = store.runs.get("run")
    assert run is not None and run.inferred and run.error == {"error": {"code": "ProcessLost"}}
    assert store.runs.move("run", status.PERSON, status.COMPLETED)
    run = store.runs.get("run")
    assert run is not None and not run.inferred and run.error is None


def test_a_run_that_is_not_there_is_not_moved(store: Store) -> None:
    assert not store.runs.move("nobody", status.PERSON, status.COMPLETED)


def test_numbers_count_in_each_experiment(store: Store) -> None:
    store.experiments.ensure("other")
    make(store, "a")
    store.runs.create(store.experiments.ensure("other").id, [NewRun(id="b", status=status.RUNNING)])
    make(store, "c")
    assert [store.runs.get(run_id).number for run_id in "abc"] == [1, 1, 2]  # type: ignore[union-attr]


def test_all_or_none(store: Store) -> None:
    make(store, "there")
    with pytest.raises(UserErrorException, match="There is a run there"):
        new = [NewRun(id="new", status=status.RUNNING), NewRun(id="there", status=status.RUNNING)]
        store.runs.create(store.experiments.ensure("e").id, new)
    assert ids(store) == ["there"]
    make(store, "next")
    assert store.runs.get("next").number == 2  # type: ignore[union-attr]


def test_a_parent_that_is_not_there(store: Store) -> None:
    with pytest.raises(UserErrorException, match="nobody can't get a child"):
        make(store, "run", parent="nobody")


def test_the_hierarchy(store: Store) -> None:
    make(store, "top")
    make(store, "middle", parent="top")
    make(store, "low", parent="middle")
    make(store, "apart")
    assert ids(store, ancestor="top") == ["low", "middle"]
    assert ids(store, parent="top") == ["middle"]
    assert ids(store, top_level=True) == ["apart", "top"]
    low = store.runs.get("low")
    assert low is not None and (low.parent, low.root) == ("middle", "top")


def test_filters(store: Store) -> None:
    make(store, "a", tags={"quality": "good", "flag": None}, properties={"author": "x"}, type="t")
    make(store, "b", tags={"quality": "bad"}, properties={"author": "x"})
    make(store, "c", tags={"quality": "good' OR 1=1 --"})
    assert ids(store, tags={"quality": "good"}) == ["a"]
    assert ids(store, tags={"quality": ANY}) == ["c", "b", "a"]
    assert ids(store, tags={"flag": None}) == ["a"]
    assert ids(store, tags={"quality": None}) == []
    assert ids(store, tags={"quality": "good' OR 1=1 --"}) == ["c"]
    assert ids(store, properties={"author": "x"}, tags={"quality": "bad"}) == ["b"]
    assert ids(store, type="t") == ["a"]
    assert ids(store, statuses=(status.COMPLETED,)) == []
    assert ids(store, experiment="other") == []


def test_a_long_list_is_walked_in_pages_while_runs_come(store: Store) -> None:
    new = [NewRun(id=f"run{number}", status=status.RUNNING) for number in range(450)]
    store.runs.create(store.experiments.ensure("e").id, new)
    seen = []
    for run in store.runs.walk(RunFilter()):
        seen.append(run.id)
        if len(seen) == 10:
            make(store, "late")
    assert seen == [f"run{number}" for number in reversed(range(450))]


def test_properties_are_kept_all_or_none(store: Store) -> None:
    make(store, "run", properties={"author": "a"})
    with pytest.raises(UserErrorException, match=r"'author'.*permanent record"):
        store.labels.add_properties("run", {"new": "1", "author": "b"})
    assert store.labels.properties("run") == {"author": "a"}
    store.labels.add_properties("run", {"new": "1", "author": "a"})
    assert store.labels.properties("run") == {"author": "a", "new": "1"}


def test_tags_change_and_go(store: Store) -> None:
    make(store, "run")
    store.labels.set_tags("run", {"a": "1", "b": None})
    store.labels.set_tags("run", {"a": "2"})
    store.labels.remove_tags("run", ["b", "not there"])
    assert store.labels.tags("run") == {"a": "2"}


@pytest.mark.parametrize("call", ["set_tags", "add_properties"])
def test_labels_of_no_run(store: Store, call: str) -> None:
    with pytest.raises(UserErrorException, match="nobody is not in this workspace"):
        getattr(store.labels, call)("nobody", {"a": "b"})
