"""Runs as a data frame."""

import math
import sys
from datetime import UTC, datetime

import pandas
import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.core.frame import frame
from localtrack.exceptions import UserErrorException
from localtrack.store.run_filter import RunFilter
from localtrack.store.store import Store

COLUMNS = [
    *("run_id", "experiment", "number", "parent_id", "name", "display_name"),
    *("type", "status", "target", "start_time", "end_time", "duration"),
]


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(outputs=False, display_name="the run")


def test_a_run_is_a_row(run: Run) -> None:
    run.log("loss", 0.5)
    run.log("loss", 0.25)
    run.log("best", "é")
    run.log("acc", 3)
    run.log_list("list", [1, 2])
    run.log_row("row", a=1)
    run.tag("t")
    run.tag("stage", "one")
    run.add_properties({"author": "me"})
    table = run.to_pandas()
    labels = ["tags.stage", "tags.t", "properties.author"]
    assert table.columns.to_list() == [*COLUMNS, "metrics.acc", "metrics.best", "metrics.loss", *labels]
    (row,) = table.to_dict("records")
    assert [row[name] for name in COLUMNS[:6]] == [run.id, "train", 1, None, f"run_{run.id}", "the run"]
    assert [row[name] for name in COLUMNS[6:9]] == [None, "Running", "local"]
    assert [row[f"metrics.{name}"] for name in ("acc", "best", "loss")] == [3, "é", 0.25]
    assert [row[name] for name in labels[:1] + labels[2:]] == ["one", "me"]
    assert pandas.isna(row["tags.t"])
    assert abs(row["start_time"] - datetime.now(UTC)).total_seconds() < 60
    assert pandas.isna(row["end_time"]) and math.isnan(row["duration"])


def test_times_and_duration_of_a_run_that_has_ended(run: Run) -> None:
    run.complete()
    (row,) = run.to_pandas().to_dict("records")
    assert row["status"] == "Completed"
    assert row["duration"] == pytest.approx((row["end_time"] - row["start_time"]).total_seconds(), abs=1e-6)
    assert row["duration"] > 0
    details = run.get_details()
    assert f"{row['end_time'].to_pydatetime(warn=False):%Y-%m-%dT%H:%M:%S.%fZ}" == details["endTimeUtc"]


def test_the_runs_below_follow_oldest_first(run: Run) -> None:
    first, second = run.child_run(), run.child_run()
    below = first.child_run()
    second.log("loss", 1)
    table = run.to_pandas(recursive=True)
    assert table["run_id"].to_list() == [run.id, first.id, second.id, below.id]
    assert table["parent_id"].to_list()[1:] == [run.id, run.id, first.id]
    assert table["metrics.loss"].isna().to_list() == [True, True, False, True]
    assert run.to_pandas()["run_id"].to_list() == [run.id]


def test_rows_are_in_the_order_given_and_columns_by_name(store: Store, run: Run) -> None:
    runs = run.create_children(count=1200)
    for number, each in enumerate(runs):
        each.log("a" if number % 2 else "B", number)
    records = list(store.runs.walk(RunFilter(parent=run.id)))
    table = frame(store, records)
    assert table["run_id"].to_list() == [each.id for each in reversed(runs)]
    assert table.columns.to_list() == [*COLUMNS, "metrics.B", "metrics.a", "tags.azureml.batch_child_number"]
    assert table["tags.azureml.batch_child_number"].to_list() == [str(number) for number in reversed(range(1200))]
    assert table["metrics.a"].dropna().to_list() == list(range(1199, 0, -2))


def test_integers_that_no_float_holds_stay_what_they_are(run: Run) -> None:
    run.child_run().log("seed", 0.5)
    run.child_run().log("seed", 2**53 + 1)
    run.child_run().log("seed", 2**100)
    assert run.to_pandas(recursive=True)["metrics.seed"].dropna().to_list() == [0.5, 2**53 + 1, 2**100]


def test_no_runs(store: Store) -> None:
    table = frame(store, [])
    assert table.columns.to_list() == COLUMNS
    assert len(table) == 0
    assert str(table["start_time"].dtype) == str(table["end_time"].dtype) == "datetime64[ns, UTC]"


def test_without_pandas_the_error_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserErrorException, match="pip install pandas"):
        run.to_pandas()
