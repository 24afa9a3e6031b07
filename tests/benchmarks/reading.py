"""What reading back what was logged costs, in a plain read of the same rows; and how long a million values take."""

from __future__ import annotations

import os
import sqlite3
from statistics import median

from measuring import Duration, Figure, experiment_in, timed

from localtrack.core import Run

_POINTS = 200_000
_MANY = 1_000_000
_CALLS = 5  # of which one repeat is the median
_ROWS = "SELECT series, time, owner, position, step, value FROM points ORDER BY series, time, owner, position"


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what `Run.get_metrics` and `Run.get_metric_history` cost."""
    run = _logged(os.path.join(folder, "ratios"), _POINTS)
    connection = sqlite3.connect(run.experiment.workspace._store.layout.database)
    base = f"one fetchall of the same {_POINTS} rows"
    pairs: dict[str, list[tuple[float, float]]] = {"get_metrics": [], "get_metric_history": []}
    for _ in range(repeats):
        plain = median(timed(lambda: connection.execute(_ROWS).fetchall()) for _ in range(_CALLS))
        pairs["get_metrics"].append((median(timed(run.get_metrics) for _ in range(_CALLS)), plain))
        pairs["get_metric_history"].append((timed(run.get_metric_history, "loss"), plain))
    connection.close()
    return [
        Figure(f"{_POINTS} values read by get_metrics", base, pairs["get_metrics"], 1.5),
        Figure("  the same by get_metric_history", base, pairs["get_metric_history"]),
    ]


def durations(folder: str, repeats: int) -> list[Duration]:
    """Return how long reading one metric of a million values takes."""
    run = _logged(os.path.join(folder, "durations"), _MANY)
    return [Duration(f"{_MANY} values read by get_metrics", [timed(run.get_metrics) for _ in range(repeats)], 1e9)]


def _logged(folder: str, points: int) -> Run:
    run = experiment_in(folder).start_logging(outputs=False)
    for number in range(points):
        run.log("loss", number * 0.5)
    run.complete()
    return run
