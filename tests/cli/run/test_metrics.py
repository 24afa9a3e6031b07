"""``localtrack run metrics``."""

import json
import math
from datetime import datetime

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.printable import printable

HOSTILE = "\x1b[2J\nnew\u202e \N{GRINNING FACE}"


@pytest.fixture
def run(attached) -> Run:
    return Experiment(Workspace.from_config(attached.folder), "train").start_logging(run_id="run", outputs=False)


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def test_metrics_are_what_get_metrics_gives(attached, run):
    for step, loss in enumerate([0.9, 0.5, 0.25]):
        run.log("loss", loss, step=step)
    run.log_list("list", [1, 2])
    run.log_row("row", x=1, y="a")
    run.log("none", None)
    with run.child_run(run_id="child") as child:
        child.log("loss", 1)
    run.complete()

    assert json.loads(attached("run", "metrics", "-r", "run").out) == run.get_metrics()
    assert json.loads(attached("run", "metrics", "-r", "r", "--recursive").out) == run.get_metrics(recursive=True)

    lines = attached("run", "metrics", "-r", "last", "-o", "table").out.splitlines()
    assert lines[0].split() == ["Metric", "Last", "Min", "Max", "Values"]
    assert lines[2].split() == ["loss", "0.25", "0.25", "0.9", "3"]
    assert lines[3].split() == ["list", "1,", "2", "1"]
    assert lines[4].split() == ["row", "x=1,", "y=a", "1"]
    recursive = attached("run", "metrics", "-r", "last", "-o", "table", "--recursive").out.splitlines()
    assert recursive[0].split() == ["Run", "Metric", "Last", "Min", "Max", "Values"]
    assert recursive[-1].split() == ["child", "loss", "1", "1", "1", "1"]


def test_numbers_that_json_lacks_are_texts(attached, run):
    run.log_list("odd", [math.nan, math.inf, -math.inf, 1.5])
    run.log("nan", math.nan)
    run.log("large", 1 << 70)
    run.log("too long", -(1 << 40_000))
    run.complete()
    found = json.loads(attached("run", "metrics", "-r", "run").out, parse_constant=no_constant)
    assert found["odd"] == ["NaN", "Infinity", "-Infinity", 1.5]
    assert found["nan"] == "NaN"
    assert found["large"] == 1 << 70
    assert int(found["too long"], 16) == -(1 << 40_000)
    history = attached("run", "metrics", "-r", "run", "--history", "nan").out
    assert json.loads(history, parse_constant=no_constant)[0]["value"] == "NaN"
    table = attached("run", "metrics", "-r", "run", "-o", "table").out
    assert "an integer of 40001 bits" in table
    assert "NaN, Infinity, -Infinity, 1.5" in table  # the same words


def test_the_history_of_a_metric(attached, run, monkeypatch):
    monkeypatch.setenv("TZ", "UTC-03:00")  # three hours before UTC's, in spite of the sign
    run.log("loss", 0.5, step=10)
    run.log("loss", 0.25)
    run.complete()
    found = json.loads(attached("run", "metrics", "-r", "run", "--history", "loss").out)
    assert [(each["step"], each["value"]) for each in found] == [(10, 0.5), (None, 0.25)]
    times = [datetime.fromisoformat(each["time"]) for each in found]
    assert times == [point.time for point in run.get_metric_history("loss")]

    header, _, first, second = attached(
        "run", "metrics", "-r", "run", "--history", "loss", "-o", "table"
    ).out.splitlines()
    assert header.split() == ["Step", "Time", "Value"]
    local = f"{times[0]:%Y-%m-%d} {(times[0].hour + 3) % 24:02}:{times[0]:%M:%S}"
    assert first.split()[0::3] == ["10", "0.5"]
    assert local[11:] in first
    assert second.split()[-1] == "0.25"

    error = attached("run", "metrics", "-r", "run", "--history", "los", code=1).err
    assert error == "ERROR: Nothing was logged to run run as 'los'. It has 'loss'.\n"
    assert (
        "leave --recursive out"
        in attached("run", "metrics", "-r", "run", "--history", "loss", "--recursive", code=2).err
    )


def test_a_run_without_metrics(attached, run):
    run.complete()
    assert json.loads(attached("run", "metrics", "-r", "run").out) == {}
    assert attached("run", "metrics", "-r", "run", "-o", "table").out.strip() == ""
    assert "It has no metrics." in attached("run", "metrics", "-r", "run", "--history", "x", code=1).err


def test_hostile_texts_break_no_table(attached, run):
    run.log(HOSTILE, HOSTILE)
    run.log_list(f"{HOSTILE} list", [HOSTILE])
    run.complete()
    for arguments, rows in (([], 2), (["--history", HOSTILE], 1)):
        table = attached("run", "metrics", "-r", "run", "-o", "table", *arguments)
        assert all(char.isprintable() or char == "\n" for char in table.out)
        assert len(table.out.splitlines()) == 2 + rows
        assert printable(HOSTILE) in table.out
    error = attached("run", "metrics", "-r", "run", "--history", "\x1b[2J", code=1).err
    assert error.replace("\n", "").isprintable()
