"""What a script that is watched takes of the machine, and what it costs to submit a large folder again."""

from __future__ import annotations

import os
import time
from time import perf_counter_ns

import psutil
from measuring import Duration, Size, experiment_in

from localtrack.core import Experiment, Run, ScriptRunConfig

_MB = 1_000_000
_SECONDS = 1_000_000_000
_SUPERVISOR_GOAL = 35 * _MB
_WATCHED = 5  # seconds that a script is watched for: its supervisor has looked several times
_FILES = 2000
_BYTES = 500 * _MB
_AGAIN_GOAL = 0.5 * _SECONDS
_GROWTH_GOAL = 1 * _MB
_WAITS = "import sys, time\ntime.sleep(float(sys.argv[1]))\n"


def durations(folder: str, repeats: int) -> list[Duration | Size]:
    """Return a supervisor's memory, and how long and how large submitting an unchanged folder again is."""
    experiment = experiment_in(os.path.join(folder, "project"))
    memory = [_supervisor_memory(experiment, os.path.join(folder, f"watched{number}")) for number in range(repeats)]
    source = os.path.join(folder, "large")
    _fill(source)
    _submit(experiment, source, 0)
    snapshots = experiment.workspace._layout.snapshots
    before = _size(snapshots)
    again = [_submitted_again(experiment, source) for _ in range(repeats)]
    growth = (_size(snapshots) - before) / repeats
    what = f"{_FILES} files, {_BYTES // _MB} MB"
    return [
        Size("a supervisor's memory", memory, _SUPERVISOR_GOAL),
        Duration(f"an unchanged folder submitted again, {what}", again, _AGAIN_GOAL),
        Size(f"what that adds to the snapshots, {what}", [growth], _GROWTH_GOAL),
    ]


def _supervisor_memory(experiment: Experiment, source: str) -> float:
    """Return the most that a supervisor holds while its script runs, in bytes."""
    os.makedirs(source)
    run = _submit(experiment, source, _WATCHED, wait=False)
    store = experiment.workspace._store
    most = 0
    while run.get_status() not in ("Completed", "Failed", "Canceled"):
        record = store.runs.get(run.id)
        pid = store.owners.pid(record.owner) if record is not None and record.owner is not None else None
        if pid is not None:
            try:
                most = max(most, psutil.Process(pid).memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.1)
    return most


def _submit(experiment: Experiment, source: str, seconds: float, *, wait: bool = True) -> Run:
    with open(os.path.join(source, "waits.py"), "w", encoding="utf-8") as file:
        file.write(_WAITS)
    run = experiment.submit(ScriptRunConfig(source, "waits.py", [seconds]))
    if wait:
        run.wait_for_completion()
    return run


def _submitted_again(experiment: Experiment, source: str) -> int:
    """Return how long a submission takes, in nanoseconds; when it returns, the script has ended."""
    start = perf_counter_ns()
    run = experiment.submit(ScriptRunConfig(source, "waits.py", [0]))
    duration = perf_counter_ns() - start
    run.wait_for_completion()
    return duration


def _fill(source: str) -> None:
    for number in range(_FILES):
        path = os.path.join(source, f"part{number % 50}", f"{number}.bin")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(os.urandom(_BYTES // _FILES))


def _size(folder: str) -> int:
    """Return how much a folder takes on the disk, in bytes."""
    total = 0
    for top, _, names in os.walk(folder):
        for name in names:
            total += os.lstat(os.path.join(top, name)).st_blocks * 512
    return total
