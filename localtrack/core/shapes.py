"""The shapes in which the SDK gives back what was logged to one metric."""

from __future__ import annotations

from typing import Any

from localtrack.journal import LIST, ROW, TABLE
from localtrack.store.metrics import Values


def shaped(parts: list[Values]) -> Any:
    """Return the value of one metric of one run.

    Args:
        parts: Its values, once for each kind in which something was logged to it.
    """
    values: list[Any] = []
    columns: dict[str, list[Any]] = {}
    for part in parts:
        if part.kind in (ROW, TABLE):
            for table in part.values:
                for column, items in table.items():
                    columns.setdefault(column, []).extend(items)
        elif part.kind == LIST:
            for items in part.values:
                values += items
        else:
            values += part.values
    if columns:
        values.append({column: _single(items) for column, items in columns.items()})
    return _single(values)


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
