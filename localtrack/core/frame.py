"""Runs as a table: a pandas data frame with a row for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import UserErrorException
from localtrack.journal import SCALAR
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store

if TYPE_CHECKING:
    import pandas

_SECOND = 1e9  # in nanoseconds
_EXACT = 1 << 53  # beyond this, a float is not every integer


def frame(store: Store, records: Sequence[RunRecord]) -> pandas.DataFrame:
    """Return a data frame with a row for each run, in the order given.

    Args:
        store: The store of the runs' workspace.
        records: The runs.

    Returns:
        The columns that `Run.to_pandas` names. ``metrics.NAME`` is a metric's last scalar: lists, rows, tables, images
        and charts have no column. What a run lacks is NaN or None, as pandas has it for the column's type.

    Raises:
        UserErrorException: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise UserErrorException(
            "Runs as a data frame need pandas, and pandas is not installed: pip install pandas", error
        ) from error

    run_ids = [each.id for each in records]
    metrics: dict[str, dict[str, Any]] = {}
    for each in store.metrics.summaries(run_ids, SCALAR):
        metrics.setdefault(each.run_id, {})[each.name] = each.last
    columns = {
        "run_id": run_ids,
        "experiment": [each.experiment for each in records],
        "number": pandas.Series([each.number for each in records], dtype="int64"),
        "parent_id": [each.parent for each in records],
        "name": [each.name for each in records],
        "display_name": [each.display_name for each in records],
        "type": [each.type for each in records],
        "status": [each.status for each in records],
        "target": [each.target for each in records],
        "start_time": _times(pandas, [each.started for each in records]),
        "end_time": _times(pandas, [each.ended for each in records]),
        "duration": pandas.Series([seconds(each) for each in records], dtype="float64"),
        **_columns("metrics", run_ids, metrics),
        **_columns("tags", run_ids, store.labels.tags_of_many(run_ids)),
        **_columns("properties", run_ids, store.labels.properties_of_many(run_ids)),
    }
    exact = {name: pandas.Series(cells, dtype="object") for name, cells in columns.items() if _has_large_integer(cells)}
    return pandas.DataFrame({**columns, **exact})


def seconds(run: RunRecord) -> float | None:
    """Return how long a run took; None for one that has not ended."""
    return None if run.started is None or run.ended is None else (run.ended - run.started) / _SECOND


def _columns(group: str, run_ids: list[str], found: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return a column, a cell for each run, for every name that one of the runs has."""
    columns: dict[str, list[Any]] = {}
    for row, run_id in enumerate(run_ids):
        for name, value in found.get(run_id, {}).items():
            if name not in columns:
                columns[name] = [None] * len(run_ids)
            columns[name][row] = value
    return {f"{group}.{name}": columns[name] for name in sorted(columns)}


def _times(pandas: Any, nanoseconds: list[int | None]) -> Any:
    return pandas.Series(pandas.to_datetime(pandas.array(nanoseconds, dtype="Int64"), unit="ns", utc=True)).astype(
        "datetime64[ns, UTC]"
    )


def _has_large_integer(cells: Any) -> bool:
    """Whether pandas would make floats of integers that are none, where a column has other cells too."""
    return isinstance(cells, list) and any(isinstance(cell, int) and abs(cell) > _EXACT for cell in cells)
