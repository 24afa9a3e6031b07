"""What it costs to work off a queue, in starts of a bare Python."""

from __future__ import annotations

import os
import time
from statistics import median
from time import perf_counter_ns

from measuring import Figure, experiment_in, python_start

from localtrack.core import ComputeTarget, Experiment, ScriptRunConfig
from localtrack.core.compute import AmlCompute
from localtrack.executor.launch import start_supervisors

_RUNS = 200  # for one ratio
_SLOTS = 2
_STARTS = 15  # for one ratio
_GOAL = 1


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return how long each of many queued scripts takes that have nothing to do."""
    project = os.path.join(folder, "project")
    experiment = experiment_in(project)
    pairs = []
    for _ in range(repeats):
        base = median(python_start() for _ in range(_STARTS))
        pairs.append((_work_off(experiment, project) / _RUNS, 2 * base))
    name = f"each of {_RUNS} queued scripts of no work, {_SLOTS} at once"
    return [Figure(name, "two starts of a bare Python", pairs, _GOAL)]


def _work_off(experiment: Experiment, project: str) -> int:
    """Return how long it takes from the first supervisor's start until the last run has ended, in nanoseconds."""
    store = experiment.workspace._store
    target = ComputeTarget.create(experiment.workspace, "queue", AmlCompute.provisioning_configuration(max_nodes=0))
    source = os.path.join(project, "source")
    os.makedirs(source, exist_ok=True)
    with open(os.path.join(source, "nothing.py"), "w", encoding="utf-8"):
        pass  # so that what is left is localtrack's
    runs = [experiment.submit(ScriptRunConfig(source, "nothing.py", compute_target=target)) for _ in range(_RUNS)]
    target.update(max_nodes=_SLOTS)
    start = perf_counter_ns()
    start_supervisors(store)
    while store.queue.lengths() or store.queue.busy(target.name):
        time.sleep(0.02)
    duration = perf_counter_ns() - start
    statuses = {store.runs.get(run.id).status for run in runs}  # type: ignore[union-attr]
    if statuses != {"Completed"}:
        raise RuntimeError(f"the runs of the queue are {statuses}")
    return duration
