"""What a run costs that nothing is logged to, in commits that reach the disk."""

from __future__ import annotations

import os
from statistics import median

from measuring import Figure, experiment_in, insert, points_table, synced_database, timed

from localtrack.core import Experiment

_RUNS = 100  # for one ratio
_ROWS = 100  # of one synced commit
_BASE = f"one synced commit of {_ROWS} rows"
_GOAL = 5
_CHILDREN = 1000
_CHILDREN_GOAL = 400


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what making and completing a run costs."""
    project = os.path.join(folder, "project")
    experiment = experiment_in(project)
    connection = synced_database(os.path.join(project, "base.db"), points_table(experiment))
    _create_and_complete(experiment)
    pairs = []
    for repeat in range(repeats):
        run, base = [], []
        for number in range(_RUNS):
            run.append(timed(_create_and_complete, experiment))
            at = repeat * _RUNS + number
            base.append(timed(insert, connection, [(1, at, 1, row, None, 0.5) for row in range(_ROWS)]))
        pairs.append((median(run), median(base)))
    parent = experiment.start_logging(outputs=False)
    children = [(timed(parent.create_children, _CHILDREN), base) for _, base in pairs]
    connection.close()
    return [
        Figure("a run created and completed", _BASE, pairs, _GOAL),
        Figure(f"{_CHILDREN} children in one call", _BASE, children, _CHILDREN_GOAL),
    ]


def _create_and_complete(experiment: Experiment) -> None:
    experiment.start_logging(outputs=False).complete()
