"""The clock of the day is set back or forward while runs go on: order, times and statuses stay right, nobody hangs."""

import json
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # the modules beside this one
from shims import CAN_BUILD, library

HOUR, YEAR = 3600 * 10**9, 365 * 24 * 3600 * 10**9

pytestmark = pytest.mark.skipif(not CAN_BUILD, reason="the clock is set by a library built by cc")

SET = """
import io, json, os, struct, sys, time, warnings
from localtrack.core import Experiment, ScriptRunConfig, Workspace
warnings.simplefilter("error")
def set_clock(nanoseconds):
    with open(os.environ["FAULT_CLOCK"], "r+b") as file:
        file.write(struct.pack("<q", nanoseconds))
def wait_for(path):
    for _ in range(3000):
        if os.path.exists(path):
            return
        time.sleep(0.01)
    raise AssertionError(path)
def tell(workspace, *runs):
    print(json.dumps([
        {
            "status": run.get_status(),
            "details": {key: run.get_details().get(key) for key in ("startTimeUtc", "endTimeUtc")},
            "values": [(point.value, point.time.timestamp()) for point in run.get_metric_history("m")],
            "events": [event.time for event in workspace._store.events.of(run.id)],
            "numbers": run.number,
            "files": sorted(run.get_file_names()),
            "findings": [each.what for each in workspace.check(deep=True) if each.severity != "note"],
        }
        for run in runs
    ]))
workspace = Workspace.create(name="clock", exist_ok=True)
experiment = Experiment(workspace, "e")
by = int(sys.argv[1])
"""

LOG = """
os.mkdir("outputs")
run = experiment.start_logging()
run.log("m", 0)
with run.child_run() as child:
    child.log("m", "before")
    set_clock(by)
    child.log("m", "after")
    os.mkdir("logs")
    open("logs/new.txt", "w").write("new")
    child.upload_file("again.txt", io.StringIO("again"))
for value in (1, 2):
    run.log("m", value)
    assert run.get_metrics()["m"][-1] == value
open("outputs/late.txt", "w").write("late")
run.complete()
set_clock(0)
later = experiment.start_logging(outputs=False)
later.log("m", 3)
later.complete()
tell(workspace, run, child, later)
"""

AHEAD = """
set_clock(by)
with experiment.start_logging(outputs=False) as run:
    set_clock(0)  # as is the clock by which the kernel gives files their times
    os.mkdir("logs")
    open("logs/new.txt", "w").write("new")
tell(workspace, run)
"""

SUBMIT = """
run = experiment.submit(ScriptRunConfig(".", "script.py", [os.path.abspath("../go")], max_run_duration_seconds=600))
wait_for(os.path.join(workspace._layout.run(run.id).outputs, "started"))
set_clock(by)
assert run.get_status() == "Running"
open("../go", "w").close()
run.wait_for_completion()
canceled = experiment.submit(ScriptRunConfig(".", "script.py", [os.path.abspath("../never")]))
wait_for(os.path.join(workspace._layout.run(canceled.id).outputs, "started"))
set_clock(-by)
canceled.cancel()
tell(workspace, run, canceled)
"""

SCRIPT = """
import os, sys, time
from localtrack.core import Run
run = Run.get_context()
run.log("m", 0)
open("outputs/started", "w").close()
for _ in range(6000):
    if os.path.exists(sys.argv[1]):
        break
    time.sleep(0.01)
run.log("m", 1)
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return library("clock", tmp_path_factory.mktemp("shim"))


@pytest.fixture
def with_clock(shim: Path, tmp_path: Path, run_python: Callable[..., str]) -> Callable[..., list[dict[str, Any]]]:
    """Run a program whose clock can be set, with that of all that it starts, and return what it tells of runs."""
    clock = tmp_path / "clock"
    clock.write_bytes(struct.pack("<q", 0))

    def run(program: str, by: int) -> list[dict[str, Any]]:
        variables = {"LD_PRELOAD": str(shim), "FAULT_CLOCK": str(clock), "LOCALTRACK_HOME": str(tmp_path / "home")}
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "script.py").write_text(SCRIPT)
        out = run_python(SET + program, by, cwd=tmp_path / "project", env=variables, measured=False)
        found: list[dict[str, Any]] = json.loads(out.splitlines()[-1])
        return found

    return run


def expect(run: dict[str, Any], status: str, values: list[object]) -> None:
    assert run["status"] == status
    assert [value for value, _ in run["values"]] == values
    times = [time for _, time in run["values"]]
    assert times == sorted(times)
    assert run["events"] == sorted(run["events"])
    assert run["details"]["startTimeUtc"] <= run["details"]["endTimeUtc"]
    assert run["findings"] == []


@pytest.mark.parametrize("by", [-HOUR, -YEAR, HOUR, 30 * YEAR], ids=["hour back", "year back", "hour", "30 years"])
def test_a_process_that_logs_while_the_clock_is_set(with_clock: Callable, by: int) -> None:
    run, child, later = with_clock(LOG, by)
    expect(run, "Completed", [0, 1, 2])
    expect(child, "Completed", ["before", "after"])
    expect(later, "Completed", [3])
    assert "outputs/late.txt" in run["files"]
    assert "again.txt" in child["files"]
    assert "logs/new.txt" in child["files"]
    assert [each["numbers"] for each in (run, child, later)] == [1, 2, 3]


def test_files_that_are_written_after_the_clock_was_set_back_are_new(with_clock: Callable) -> None:
    (run,) = with_clock(AHEAD, HOUR)
    expect(run, "Completed", [])
    assert "logs/new.txt" in run["files"]


@pytest.mark.parametrize("by", [-HOUR, 30 * YEAR], ids=["hour back", "30 years"])
def test_a_script_while_the_clock_is_set(with_clock: Callable, by: int) -> None:
    """Its limit, the waiting for it and its queue go by clocks that can't be set."""
    run, canceled = with_clock(SUBMIT, by)
    expect(run, "Completed", [0, 1])
    assert canceled["status"] == "Canceled"
    assert canceled["events"] == sorted(canceled["events"])
