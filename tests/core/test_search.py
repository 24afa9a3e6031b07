"""Searching runs through the objects of the SDK."""

from collections.abc import Callable

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.core.search import search
from localtrack.exceptions import UserErrorException


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


def logged(experiment: Experiment, mse: float, quality: str) -> Run:
    with experiment.start_logging(outputs=False, tags={"quality": quality}) as run:
        run.log("mse", mse)
    return run


def test_the_best_runs_of_a_workspace(workspace: Workspace, experiment: Experiment) -> None:
    good, better = logged(experiment, 2900, "fantastic"), logged(Experiment(workspace, "other"), 1500, "fan")
    logged(experiment, 100, "bad")
    text = "metrics.mse < 3000 and tags.quality like 'fan%' and status = 'Completed'"
    found = search(workspace, text, ["metrics.mse"], 20)
    assert [run.id for run in found] == [better.id, good.id]
    assert [run.id for run in search(workspace, text, "metrics.mse DESC", 1)] == [good.id]
    assert [run.experiment.name for run in found] == ["other", "train"]
    assert found[0].get_metrics() == {"mse": 1500}
    assert "<table" in found._repr_html_()


def test_only_those_of_an_experiment(workspace: Workspace, experiment: Experiment) -> None:
    run = logged(experiment, 1, "fine")
    child = run.child_run("child")
    logged(Experiment(workspace, "other"), 1, "fine")
    assert [each.id for each in search(workspace, experiment=experiment)] == [child.id, run.id]
    assert search(workspace, "metrics.mse = 1", experiment=Experiment(workspace, "not-made")) == []
    assert [each.name for each in Experiment.list(workspace)] == ["train", "other"]


def test_what_is_logged_is_found_at_once(workspace: Workspace, experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False)
    run.log("loss", 0.5)
    assert [each.id for each in search(workspace, "metrics.loss = 0.5 and status = 'Running'")] == [run.id]
    run.tag("quality", "good")
    run.complete()
    assert [each.id for each in search(workspace, "tags.quality = 'good' and status = 'Completed'")] == [run.id]


def test_the_times_of_the_details_are_those_that_are_compared(workspace: Workspace, experiment: Experiment) -> None:
    run = logged(experiment, 1, "fine")
    details = run.get_details()
    text = f"start_time = '{details['startTimeUtc']}' and end_time = '{details['endTimeUtc']}'"
    assert [each.id for each in search(workspace, text)] == [run.id]


def test_a_run_whose_process_is_gone_is_found_as_failed(workspace: Workspace, run_python: Callable[..., str]) -> None:
    run_id = run_python(
        """
        import os
        from localtrack.core import Experiment, Workspace
        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        run.log("loss", 0.5)
        print(run.id, flush=True)
        os._exit(0)
        """
    ).strip()
    assert [run.id for run in search(workspace, "status = 'Failed' and metrics.loss < 1")] == [run_id]


def test_a_filter_that_is_wrong(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match=r"an operator(.|\n)*\^"):
        search(workspace, "metrics.mse 3000")


def test_the_parsing_library_is_loaded_by_searching_alone(workspace: Workspace, run_python: Callable[..., str]) -> None:
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    from localtrack.core.search import search
    workspace = Workspace.from_config()
    with Experiment(workspace, "train").start_logging(outputs=False) as run:
        run.log("loss", 0.5)
    before = "lark" in sys.modules
    print(len(search(workspace, "metrics.loss < 1")), before, "lark" in sys.modules)
    """
    assert run_python(program, measured=False) == "1 False True\n"
