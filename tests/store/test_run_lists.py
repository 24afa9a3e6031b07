"""Counting runs, and finding ids by what they begin with: the same answers as walking all runs gives."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.store import status
from localtrack.store.run_filter import ANY, RunFilter
from localtrack.store.runs import NewRun

IDS = ["a", "a-1", "a-10", "a-2", "b", "A-1", "b~", "b.c", "run_000001", "run_000002", "last", "ab", "a+"]


def fill(store) -> str:
    experiment = store.experiments.ensure("train").id
    for number, run_id in enumerate(IDS):
        tags = {"odd": str(number)} if number % 2 else {"even": None}
        parent = "a" if number % 3 == 2 else None
        store.runs.create(experiment, [NewRun(run_id, status.RUNNING, parent=parent, target="local", tags=tags)])
    store.runs.create(store.experiments.ensure("other").id, [NewRun("elsewhere", status.RUNNING)])
    return experiment


def test_what_is_counted_is_what_is_walked(store):
    experiment = fill(store)
    for chosen in (
        RunFilter(),
        RunFilter(experiment=experiment),
        RunFilter(experiment="none"),
        RunFilter(parent="a"),
        RunFilter(ancestor="a"),
        RunFilter(top_level=True, tags={"even": ANY}),
        RunFilter(tags={"odd": "3"}, target="local", statuses=("Running",)),
    ):
        walked = [run.id for run in store.runs.walk(chosen)]
        assert store.runs.count(chosen) == len(walked)
        assert store.runs.ids(chosen) == walked
        for most in (0, 1, 3, 100):
            assert [run.id for run in store.runs.walk(chosen, most=most)] == walked[:most]
    assert len(store.runs.ids(RunFilter())) == len(IDS) + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.text("a-1b~.Arun_0\0%\U0010ffff", max_size=4))
def test_ids_are_found_by_what_they_begin_with(store, start):
    if store.runs.get("a") is None:
        fill(store)
    walked = [run.id for run in store.runs.walk(RunFilter()) if run.id.startswith(start)]
    assert store.runs.ids_that_begin(start) == walked


def test_many_runs_are_in_the_order_that_was_asked_for(store):
    fill(store)
    assert [run.id for run in store.runs.get_many(["b", "nobody", "a", "last"])] == ["b", "a", "last"]
    assert store.runs.get_many([]) == []


def test_experiments_have_their_runs(store):
    assert store.runs.by_experiment() == {}
    experiment = fill(store)
    found = store.runs.by_experiment()
    assert found[experiment] == (len(IDS), store.runs.get(IDS[-1]).created)
    assert sorted(number for number, _ in found.values()) == [1, len(IDS)]
