"""Experiments: their names, tags, archive, and how they and their runs go."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localtrack.core import Experiment, Run, ViewType, Workspace
from localtrack.exceptions import UserErrorException


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


def finished(experiment: Experiment, **details: object) -> Run:
    run = experiment.start_logging(outputs=False, **details)  # type: ignore[arg-type]
    run.log("loss", 0.5)
    run.complete()
    return run


def test_it_is_made_by_its_first_run(workspace: Workspace, experiment: Experiment) -> None:
    assert workspace.experiments == {}
    assert list(experiment.get_runs()) == []
    finished(experiment)
    assert list(workspace.experiments) == ["train"]
    assert workspace.experiments["train"].id == experiment.id


def test_tags(workspace: Workspace, experiment: Experiment) -> None:
    experiment.set_tags({"team": "vision", "year": 2026})
    experiment.tag("worth another look")
    experiment.tag("team", "speech")
    assert experiment.tags == {"team": "speech", "worth another look": None, "year": "2026"}
    experiment.remove_tags(["year", "never there"])
    assert Experiment(workspace, "train").tags == {"team": "speech", "worth another look": None}
    with pytest.raises(UserErrorException, match=r"\['team'\]"):
        experiment.remove_tags("team")
    assert "team" in experiment.tags


def test_a_list_by_name_and_tags(workspace: Workspace, experiment: Experiment) -> None:
    other = Experiment(workspace, "other")
    experiment.tag("team", "vision")
    other.tag("team", "speech")
    assert [each.name for each in Experiment.list(workspace)] == ["train", "other"]
    assert [each.name for each in Experiment.list(workspace, "other")] == ["other"]
    assert [each.name for each in Experiment.list(workspace, tags="team")] == ["train", "other"]
    assert [each.name for each in Experiment.list(workspace, tags={"team": "vision"})] == ["train"]
    with pytest.raises(UserErrorException, match="ViewType"):
        Experiment.list(workspace, view_type="everything")


def test_an_archived_experiment_sets_its_name_free(workspace: Workspace, experiment: Experiment) -> None:
    first = finished(experiment)
    assert experiment.archived_time is None
    experiment.archive()
    assert timedelta() <= datetime.now(UTC) - experiment.archived_time < timedelta(minutes=5)
    assert workspace.experiments == {}
    with pytest.raises(UserErrorException, match=r"reactivate\(\)"):
        experiment.start_logging(outputs=False)

    namesake = Experiment(workspace, "train")
    second = finished(namesake)
    assert [run.id for run in namesake.get_runs()] == [second.id]
    assert [run.id for run in experiment.get_runs()] == [first.id]
    assert workspace.get_run(first.id).experiment.id == experiment.id != namesake.id
    archived = Experiment.list(workspace, view_type=ViewType.ArchivedOnly)
    assert [each.id for each in archived] == [experiment.id]
    assert [each.id for each in Experiment.list(workspace, view_type=ViewType.All)] == [experiment.id, namesake.id]


def test_an_archived_experiment_comes_back(workspace: Workspace, experiment: Experiment) -> None:
    finished(experiment)
    experiment.archive()
    experiment.archive()
    Experiment(workspace, "train").tag("taken")
    with pytest.raises(UserErrorException, match="new_name"):
        experiment.reactivate()
    same = Experiment.list(workspace, view_type=ViewType.ArchivedOnly)[0]
    experiment.reactivate(new_name="train-again")
    assert experiment.name == "train-again" and experiment.archived_time is None
    assert [run.experiment.name for run in experiment.get_runs()] == ["train-again"]
    same.refresh()
    assert same.name == "train-again"
    with pytest.raises(UserErrorException, match="experiment's name"):
        experiment.reactivate(new_name="no such name!")


def test_an_experiment_that_another_process_archives_as_soon_as_it_is_made(
    workspace: Workspace, experiment: Experiment, monkeypatch: pytest.MonkeyPatch, run_python: Callable[..., str]
) -> None:
    program = """
    from localtrack.core import Experiment, Workspace
    Experiment(Workspace.from_config(), "train").archive()
    """
    database = workspace._store.database
    real = database.transaction

    @contextmanager
    def transaction(**options: Any) -> Iterator[sqlite3.Connection]:
        with real(**options) as connection:
            yield connection
        monkeypatch.setattr(database, "transaction", real)
        run_python(program)

    monkeypatch.setattr(database, "transaction", transaction)
    assert experiment.id
    assert experiment.archived_time is not None
    with pytest.raises(UserErrorException, match="'train' is archived"):
        experiment.start_logging(outputs=False)


def test_delete_takes_runs_children_and_files(workspace: Workspace, experiment: Experiment) -> None:
    run = finished(experiment)
    child = run.child_run()
    child.log("loss", 1)
    child.tag("t")
    child.upload_file("outputs/model.txt", __file__)
    with pytest.raises(UserErrorException, match=f"{child.id} is Running, so nothing was deleted"):
        Experiment.delete(workspace, experiment.id)
    assert child.get_metrics() == {"loss": 1}
    child.complete()
    kept = finished(Experiment(workspace, "other"))

    Experiment.delete(workspace, experiment.id)
    assert list(workspace.experiments) == ["other"]
    assert os.listdir(workspace._layout.runs) == []
    with pytest.raises(UserErrorException, match="There is no run"):
        workspace.get_run(run.id)
    assert kept.get_metrics() == {"loss": 0.5}
    for table in ("points", "metrics", "tags", "artifacts", "events"):
        rows = workspace._store.database.tuples(f"SELECT count(*) FROM {table}")
        assert rows[0][0] == {"points": 1, "metrics": 1, "events": 2}.get(table, 0), table
    with pytest.raises(UserErrorException, match="no experiment of the id 'train'"):
        Experiment.delete(workspace, "train")
    assert list(Experiment(workspace, "train").get_runs()) == []


def test_a_run_is_deleted_with_those_below_it(workspace: Workspace, experiment: Experiment) -> None:
    top = experiment.start_logging(outputs=False)
    middle = top.child_run()
    lowest = middle.child_run()
    for run in (lowest, middle, top):
        run.log("loss", 1)
        run.complete()
    middle.delete()
    assert [run.id for run in experiment.get_runs(include_children=True)] == [top.id]
    assert top.get_metrics(recursive=True) == {top.id: {"loss": 1}}
    with pytest.raises(UserErrorException, match="not in this workspace"):
        lowest.get_status()
    again = experiment.start_logging(run_id=middle.id, outputs=False)
    assert (again.get_metrics(), again.get_tags(), again.number) == ({}, {}, 4)


def test_what_is_logged_to_a_deleted_run_stops_nobody(experiment: Experiment) -> None:
    run, other = finished(experiment), finished(experiment)
    elsewhere = Run(experiment, run.id)
    run.delete()
    with pytest.raises(UserErrorException, match=f"{run.id} was deleted, so nothing was logged"):
        run.log("loss", 2)
    elsewhere.log("loss", 2)  # as from another process, which can't know yet
    other.log("loss", 3)
    assert other.get_metrics() == {"loss": [0.5, 3]}
    with pytest.raises(UserErrorException, match="not in this workspace any more"):
        run.get_children()


def test_thousands_of_children_go_at_once(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False)
    for child in run.create_children(count=1200):
        experiment.workspace._store.runs.move(child.id, "person", "Completed")
    run.complete()
    run.delete()
    assert list(experiment.get_runs(include_children=True)) == []


def test_the_experiment_of_an_attached_folder(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match="names no experiment"):
        Experiment.from_directory(".")
    attach = [sys.executable, "-m", "localtrack", "folder", "attach", "-w", workspace.name, "-g", "local", "-e", "mine"]
    subprocess.run(attach, check=True, capture_output=True)
    assert Experiment.from_directory(".").name == "mine"


def test_to_pandas(experiment: Experiment) -> None:
    first = finished(experiment, tags={"alpha": 0.1})
    second = finished(experiment)
    table = experiment.to_pandas()
    assert list(table["run_id"]) == [second.id, first.id]
    assert list(table["metrics.loss"]) == [0.5, 0.5]
    assert list(table["tags.alpha"].fillna("")) == ["", "0.1"]
    assert list(Experiment(experiment.workspace, "empty").to_pandas()["run_id"]) == []
