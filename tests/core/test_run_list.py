"""Lists of runs, and iterators over them, as people see them."""

import pytest

from localtrack.core import Experiment
from localtrack.core.run_list import RunIterator, RunList


@pytest.fixture
def experiment(workspace) -> Experiment:
    return Experiment(workspace, "train")


def test_a_list_shows_its_first_runs(experiment: Experiment) -> None:
    parent = experiment.start_logging(outputs=False)
    children = RunList(parent.create_children(count=60))
    for child in children[:2]:
        child.log("loss", 0.5)
    shown = children._repr_html_()
    assert [child.id in shown for child in children] == [True] * 50 + [False] * 10
    assert "The first 50 of 60 runs." in shown and "loss" in shown
    assert isinstance(children[:3], RunList) and len(children[:3]) == 3
    assert children[3].id not in children[:3]._repr_html_()
    assert "No runs" in RunList()._repr_html_()


def test_a_list_shows_six_metrics(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False)
    for number in range(8):
        run.log(f"metric{number}", number)
    shown = RunList([run])._repr_html_()
    assert "metric5" in shown and "metric6" not in shown and "2 more metrics" in shown


def test_showing_an_iterator_takes_nothing_from_it(experiment: Experiment) -> None:
    made = [experiment.start_logging(outputs=False).id for _ in range(25)]
    runs = experiment.get_runs()
    assert isinstance(runs, RunIterator)
    assert next(runs).id == made[-1]
    assert "list(" in repr(runs) and len(str(runs).splitlines()) == 1
    shown = runs._repr_html_()
    assert made[-1] in shown and made[5] in shown and made[4] not in shown
    assert "The first 20 runs" in shown
    assert [run.id for run in runs] == made[-2::-1]
    assert list(runs) == []


def test_an_iterator_begins_when_it_is_asked(experiment: Experiment) -> None:
    parent = experiment.start_logging(outputs=False)
    children = parent.get_children()
    assert "No runs" in children._repr_html_()
    child = parent.child_run()
    assert [run.id for run in children] == [child.id]
