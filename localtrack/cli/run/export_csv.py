"""Runs as CSV, written row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TextIO

from localtrack.cli.run.document import plain
from localtrack.core.details import utc
from localtrack.core.frame import seconds
from localtrack.journal import SCALAR
from localtrack.store.parts import parts
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store

_GROUPS = ("metrics", "tags", "properties")
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")  # what makes a formula of a cell
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.ASCII | re.IGNORECASE)


def write_csv(store: Store, run_ids: Sequence[str], target: TextIO, advance: Callable[[int], None]) -> None:
    """Write runs as a table; those that were deleted meanwhile are left out.

    What is kept of runs under names is read twice, first for the columns: what is logged or tagged in between under a
    new name has none.

    Args:
        store: The workspace.
        run_ids: The runs.
        target: Where it is written to, with lines' ends as they are.
        advance: Told how many more runs are written.
    """
    names = {name for part in parts(run_ids) for row in _named(store, part).values() for name in row}
    columns = [*_OF_RUN, *sorted(names, key=_place)]
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    for part in parts(run_ids):
        named = _named(store, part)
        for run in store.runs.get_many(part):
            row = {**{name: value(run) for name, value in _OF_RUN.items()}, **named.get(run.id, {})}
            writer.writerow(_cell(row.get(name)) for name in columns)
        advance(len(part))


def _named(store: Store, run_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the metrics, tags and properties of runs, by run and column."""
    found: dict[str, dict[str, Any]] = {}
    for each in store.metrics.summaries(run_ids, SCALAR):
        found.setdefault(each.run_id, {})[f"metrics.{each.name}"] = each.last
    _add(found, "tags", store.labels.tags_of_many(run_ids).items())
    _add(found, "properties", store.labels.properties_of_many(run_ids).items())
    return found


def _add(found: dict[str, dict[str, Any]], group: str, labels: Iterable[tuple[str, Mapping[str, str | None]]]) -> None:
    for run_id, values in labels:
        found.setdefault(run_id, {}).update({f"{group}.{name}": value for name, value in values.items()})


def _place(column: str) -> tuple[int, str]:
    return _GROUPS.index(column.partition(".")[0]), column


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str) and value.startswith(_CALCULATED) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return plain(value)


_OF_RUN: dict[str, Callable[[RunRecord], Any]] = {
    "run_id": attrgetter("id"),
    "experiment": attrgetter("experiment"),
    "number": attrgetter("number"),
    "parent_id": attrgetter("parent"),
    "name": attrgetter("name"),
    "display_name": attrgetter("display_name"),
    "type": attrgetter("type"),
    "status": attrgetter("status"),
    "target": attrgetter("target"),
    "start_time": lambda run: utc(run.started),
    "end_time": lambda run: utc(run.ended),
    "duration": seconds,
}
