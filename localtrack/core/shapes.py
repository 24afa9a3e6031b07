"""The shapes in which the SDK gives back what was logged to one metric."""

from __future__ import annotations

from typing import Any

from localtrack.exceptions import ServiceException
from localtrack.journal import LIST, ROW, TABLE
from localtrack.store.metrics import Series, Values


def shaped(parts: list[Values]) -> Any:
    """Return the value of one metric of one run.

    Args:
        parts: Its values, once for each kind in which something was logged to it.

    Raises:
        ServiceException: A list, row or table is none, because the database or a journal is damaged.
    """
    try:
        return _shaped(parts)
    except (AttributeError, TypeError) as error:
        raise damaged(parts[0], error) from error


def damaged(part: Values | Series, error: Exception) -> ServiceException:
    """Return the error for a list, row or table that is none."""
    return ServiceException(
        f"The metric {part.name!r} of run {part.run_id} has a value that is no list, row or table, as nothing that was "
        "logged: the database is damaged. Put a backup in its place; `localtrack doctor` says what else is wrong.",
        error,
    )


def _shaped(parts: list[Values]) -> Any:
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
