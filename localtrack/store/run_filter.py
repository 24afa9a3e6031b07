"""Which runs a list has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = object()
SOURCE = """
FROM runs JOIN experiments ON experiments.key = runs.experiment
LEFT JOIN runs AS parents ON parents.key = runs.parent
"""  # what `conditions` refers to


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list has. A tag or property with the value `ANY` need only be there.

    Attributes:
        experiment: An experiment's id.
        statuses: Any of these, or all if there are none.
    """

    experiment: str | None = None
    parent: str | None = None
    ancestor: str | None = None
    top_level: bool = False
    type: str | None = None
    statuses: Collection[str] = ()
    target: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


def conditions(chosen: RunFilter) -> tuple[list[str], list[Any]]:
    """Return what stands behind WHERE for a filter of `localtrack.store.run_record.SELECT`, and its parameters."""
    where, parameters = [], []
    columns = (
        ("experiments.id = ?", chosen.experiment),
        ("parents.id = ?", chosen.parent),
        (_BELOW, chosen.ancestor),
        ("runs.type = ?", chosen.type),
        ("runs.target = ?", chosen.target),
    )
    for condition, value in columns:
        if value is not None:
            where.append(condition)
            parameters.append(value)
    if chosen.statuses:
        where.append(f"runs.status IN ({', '.join('?' * len(chosen.statuses))})")
        parameters += chosen.statuses
    if chosen.top_level:
        where.append("runs.parent IS NULL")
    for condition, values in labelled(chosen):
        where.append(f"runs.key IN ({condition})")
        parameters += values
    return where, parameters


def labelled(chosen: RunFilter) -> Iterator[tuple[str, list[Any]]]:
    """Yield what selects the keys of the runs of each tag and property of a filter, and its parameters."""
    for table, pairs in (("tags", chosen.tags), ("properties", chosen.properties)):
        for name, value in pairs.items():
            condition = f"SELECT run FROM {table} WHERE name = ?"
            if value is ANY:
                yield condition, [name]
            else:
                yield f"{condition} AND value IS ?", [name, value]


_BELOW = """
runs.key IN (
    WITH RECURSIVE below (key) AS (
        SELECT runs.key FROM runs JOIN runs AS top ON runs.parent = top.key WHERE top.id = ?
        UNION ALL SELECT runs.key FROM runs JOIN below ON runs.parent = below.key
    ) SELECT key FROM below
)
"""
