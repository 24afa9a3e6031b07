"""The values of one metric from where a reader was, for readers that come again and again."""

from __future__ import annotations

from typing import Any, NamedTuple

from localtrack.store.store import Store
from localtrack.values import from_column


class Place(NamedTuple):
    """Where a value stands among those of its metric."""

    time: int
    owner: int
    position: int


START = Place(-(1 << 63), 0, 0)


def new_points(
    store: Store, run_id: str, name: str, kind: int, after: Place, most: int
) -> tuple[Place, list[tuple[int | None, Any]]]:
    """Return the values behind a place that are in the tables, in order; what is still in journals is not among them.

    A value of another process can come to stand before the place later on: who counts sees it.

    Args:
        store: The workspace's.
        run_id: The run.
        name: The metric's name.
        kind: The journal's metric kind.
        after: `START`, or the place of the last value that was read.
        most: How many values at most.

    Returns:
        The place of the last of them, and the step and value of each.
    """
    rows = store.database.tuples(
        "SELECT time, owner, position, step, value FROM points WHERE series = ("
        "SELECT series FROM metrics JOIN runs ON runs.key = metrics.run "
        "WHERE runs.id = ? AND metrics.name = ? AND metrics.kind = ?) "
        "AND (time, owner, position) > (?, ?, ?) ORDER BY time, owner, position LIMIT ?",
        (run_id, name, kind, *after, most),
    )
    place = Place(*rows[-1][:3]) if rows else after
    return place, [(step, from_column(value)) for _, _, _, step, value in rows]
