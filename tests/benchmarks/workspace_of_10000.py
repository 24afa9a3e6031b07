"""How long people wait for lists of runs, and for the workspace, where there are 10 000 runs.

Durations, not ratios: what is promised is that nobody waits.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from statistics import median

from measuring import Duration, experiment_in, timed

from localtrack.core import Experiment, Workspace
from localtrack.journal import writer
from localtrack.store import status
from localtrack.store.runs import NewRun

_RUNS = 10_000
_METRICS = ["mse", *(f"metric{number}" for number in range(1, 10))]
_CALLS = 21  # of which one repeat is the median
_OPEN = """
import time
import localtrack.core.config, localtrack.executor.recovery, localtrack.store.store
from localtrack.core import Workspace
start = time.perf_counter_ns()
Workspace.from_config()
print(time.perf_counter_ns() - start)
"""


def durations(folder: str, repeats: int) -> list[Duration]:
    """Return how long lists, searches and opening take."""
    experiment = experiment_in(os.path.join(folder, "project"))
    workspace = experiment.workspace
    fill(experiment, _RUNS)
    wanted = "metrics.mse < 3000 and tags.quality like 'fan%' and status = 'Completed'"
    calls: dict[str, tuple[Callable[[], object], float]] = {
        "get_runs by a tag of 1 %, the first": (lambda: next(experiment.get_runs(tags={"rare": "yes"})), 10),
        "get_runs by a tag of 1 %, all": (lambda: list(experiment.get_runs(tags={"rare": "yes"})), 10),
        "search_runs, the 20 least": (lambda: workspace.search_runs(wanted, ["metrics.mse"], 20), 10),
        "search_runs, the 20 greatest": (lambda: workspace.search_runs(wanted, ["metrics.mse DESC"], 20), 10),
        "search_runs of an experiment": (lambda: experiment.search_runs(wanted, None, 20), 10),
        "the newest 50 runs": (lambda: list(islice(experiment.get_runs(), 50)), 5),
        "the workspace opened again": (Workspace.from_config, 5),
    }
    rows = [
        Duration(f"{name}, of {_RUNS}", [_median(lambda call=call: timed(call)) for _ in range(repeats)], goal * 1e6)  # type: ignore[misc]
        for name, (call, goal) in calls.items()
    ]
    rows.append(
        Duration(f"the workspace opened by a new process, of {_RUNS}", [_median(_opened) for _ in range(repeats)], 5e6)
    )
    return rows


def fill(experiment: Experiment, runs: int) -> None:
    """Give a new experiment runs with 10 metrics and 5 tags each, by the ways that runs of users take."""
    store = experiment.workspace._store
    chance = random.Random(1)
    ids = [f"run_{number:06}" for number in range(runs)]
    for start in range(0, runs, 1000):
        store.runs.create(experiment.id, [_new(run_id, chance) for run_id in ids[start : start + 1000]])
    log = writer(store.layout.journals).log
    for run_id in ids:
        for name in _METRICS:
            log(run_id, name, chance.random() * 6000)
    store.ingest.take()
    for number, run_id in enumerate(ids):
        store.runs.move(run_id, status.PERSON, status.COMPLETED if number % 20 else status.FAILED)


def _new(run_id: str, chance: random.Random) -> NewRun:
    number = int(run_id[4:])
    tags = {
        "quality": chance.choice(["fantastic", "fine", "good", "bad"]),
        "rare": "no" if number % 100 else "yes",
        "rate": str(chance.choice([0.1, 0.01, 0.001])),
        "model": f"model{number % 10}",
        "seed": str(number),
    }
    return NewRun(run_id, status.RUNNING, name=run_id, target="local", tags=tags)


def _median(measured: Callable[[], int]) -> float:
    return median(measured() for _ in range(_CALLS))


def _opened() -> int:
    """Return how long a new process takes to open the workspace, when all that is needed is imported."""
    return int(subprocess.run([sys.executable, "-c", _OPEN], check=True, capture_output=True, text=True).stdout)
