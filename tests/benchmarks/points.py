"""What many logged values cost until they are in the database, in one insert of the same rows."""

from __future__ import annotations

import os
from time import perf_counter_ns

from measuring import Figure, experiment_in, insert, points_table, synced_database, timed

_POINTS = 200_000
_BASE = f"one executemany of the same {_POINTS} rows"
_GOAL = 4


def figures(folder: str, repeats: int) -> list[Figure]:
    """Return what a run with many values costs, altogether and by its parts."""
    # Each repeat in a workspace of its own, because the base's table is empty too.
    measured = [_measure(os.path.join(folder, str(number))) for number in range(repeats)]
    return [
        Figure(
            f"{_POINTS} values logged and completed", _BASE, [(log + end, base) for log, end, base in measured], _GOAL
        ),
        Figure("  of this: log()", _BASE, [(log, base) for log, _, base in measured]),
        Figure("  of this: complete()", _BASE, [(end, base) for _, end, base in measured]),
    ]


def _measure(folder: str) -> tuple[int, int, int]:
    """Return how long logging, completing and the base take."""
    experiment = experiment_in(folder)
    run = experiment.start_logging(outputs=False)
    start = perf_counter_ns()
    for number in range(_POINTS):
        run.log("loss", number * 0.5)
    log = perf_counter_ns() - start
    end = timed(run.complete)
    rows = experiment.workspace._store.database.tuples(
        "SELECT series, time, owner, position, step, value FROM points ORDER BY series, time, owner, position"
    )
    assert len(rows) == _POINTS
    connection = synced_database(os.path.join(folder, "base.db"), points_table(experiment))
    base = timed(insert, connection, rows)
    connection.close()
    return log, end, base
