"""What submitting a script costs, in starts of a bare Python."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

from measuring import Figure, experiment_in, python_start, timed

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace

_SUBMITS = 7  # for one ratio
_BASE = "one start of a bare Python"
_GOAL_SUBMIT = 4
_GOAL_COMPLETED = 20
_SCRIPT = "train.py"


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return how long a caller waits for `submit`, and for the end of an empty script."""
    project = os.path.join(folder, "project")
    experiment = experiment_in(project)
    source = _source(project)
    _submit(experiment, source)
    later = [_measure(lambda: _submit(experiment, source)) for _ in range(repeats)]
    first = [_measure(lambda: _submit_in_new_process(project)) for _ in range(repeats)]
    # A script that has nothing to do, so that what is left is localtrack's.
    return [
        Figure("submit() returns", _BASE, [(submit, base) for submit, _, base in later], _GOAL_SUBMIT),
        Figure("submit() returns, a process's first", _BASE, [(submit, base) for submit, _, base in first]),
        Figure("submit() until Completed", _BASE, [(end, base) for _, end, base in later], _GOAL_COMPLETED),
        Figure("submit() until Completed, a process's first", _BASE, [(end, base) for _, end, base in first]),
    ]


def _measure(submit: Callable[[], tuple[int, int]]) -> tuple[float, float, float]:
    """Return how long until submit returned, until the run was completed, and a Python start."""
    returned, completed, base = [], [], []
    for _ in range(_SUBMITS):
        base.append(python_start())
        durations = submit()
        returned.append(durations[0])
        completed.append(durations[1])
    return median(returned), median(completed), median(base)


def _submit(experiment: Experiment, source: str) -> tuple[int, int]:
    """Submit the script and wait for its end; return how long until each, in nanoseconds."""
    config = ScriptRunConfig(source_directory=source, script=_SCRIPT)
    submitted: list[Run] = []
    start = perf_counter_ns()
    returned = timed(lambda: submitted.append(experiment.submit(config)))
    submitted[0].wait_for_completion()
    completed = perf_counter_ns() - start
    _wait_for_supervisor(submitted[0])
    return returned, completed


def _wait_for_supervisor(run: Run) -> None:
    """Wait until the supervisor is gone, which would take the next run too, and sooner than a new one."""
    record = run._reload()
    assert record.owner is not None
    while not run._store.owners.is_dead(record.owner):
        time.sleep(0.005)


def _submit_in_new_process(project: str) -> tuple[int, int]:
    found = subprocess.run(
        [sys.executable, __file__], cwd=project, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    return int(found[0]), int(found[1])


def _source(project: str) -> str:
    folder = os.path.join(project, "source")
    os.mkdir(folder)
    for name, text in ((_SCRIPT, ""), ("model.py", "LAYERS = 3\n"), ("README.md", "An example.\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return folder


if __name__ == "__main__":
    print(*_submit(Experiment(Workspace.from_config(), "figures"), os.path.join(os.getcwd(), "source")))
