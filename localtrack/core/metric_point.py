"""What one call logged to a metric."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from localtrack.core.shapes import damaged
from localtrack.journal import ROW
from localtrack.store.metrics import Series

_NANOSECONDS = 1_000_000_000


class MetricPoint(NamedTuple):
    """One call that logged to a metric.

    Attributes:
        value: What was logged: a scalar, a list, the columns of a row or table, or the reference to a file.
        step: The step that was given with it.
        time: When it was logged, in UTC.
    """

    value: Any
    step: int | None
    time: datetime


def history(parts: list[Series]) -> list[MetricPoint]:
    """Return the calls that logged to one metric of one run, in order of time.

    Args:
        parts: Its series, one for each kind in which something was logged to it.

    Raises:
        ServiceException: A row is none, because the database or a journal is damaged.
    """
    points = [(at, step, _as_logged(series, value)) for series in parts for at, step, value in series.points]
    return [MetricPoint(value, step, _utc(at)) for at, step, value in sorted(points, key=itemgetter(0))]


def _as_logged(series: Series, value: Any) -> Any:
    """Return a value as it was given: the store keeps a row as a table of one."""
    if series.kind != ROW:
        return value
    try:
        return {column: items[0] for column, items in value.items()}
    except (AttributeError, TypeError, LookupError) as error:
        raise damaged(series, error) from error


def _utc(nanoseconds: int) -> datetime:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
