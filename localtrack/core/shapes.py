"""The shapes in which the SDK gives back what was logged to one metric."""

from __future__ import annotations

from typing import Any

from localtrack.journal import LIST, ROW, TABLE
from localtrack.store.metrics import Series


def shaped(parts: list[Series]) -> Any:
    """Return the value of one metric of one run.

    Args:
        parts: Its series, one for each kind in which something was logged to it.
    """
    values: list[Any] = []
    columns: dict[str, list[Any]] = {}
    for series in parts:
        for _, _, value in series.points:
            if series.kind in (ROW, TABLE):
                for column, items in value.items():
                    columns.setdefault(column, []).extend(items)
            elif series.kind == LIST:
                values += value
            else:
                values.append(value)
    if columns:
        values.append({column: _single(items) for column, items in columns.items()})
    return _single(values)


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
