"""What is logged to a run, and read back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from localtrack import journal
from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException
from localtrack.values import check_name, check_scalar, check_text

if TYPE_CHECKING:
    from localtrack.store.metrics import Series

_INT64 = 1 << 63


class RunMetrics(RunBase):
    """The metrics of a run."""

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log a value to a metric. When this returns, no kill of any process loses it, and any reader sees it.

        Args:
            name: The metric's name.
            value: A number, text, bool or None, also numpy's and torch's; an object of another kind is kept as its
                ``repr``.
            description: What the metric is.
            step: Kept with the value; an integer of 64 bits.

        Raises:
            UserErrorException: Name, value or step can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.
        """
        if type(name) is not str or name not in self._names:
            name = self._checked_name(name)
        if step is not None:
            step = _checked_step(step, name)
        if description:
            description = check_text(description, "The description")
        self._writer.log(self._id, name, value, step)
        if description:
            self._describe(name, description)

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """Log many values at once; none if there are none.

        Args:
            name: The metric's name.
            value: The values, each of which `log` would take: a list, an array of one dimension, a generator.
            description: What the metric is.

        Raises:
            UserErrorException: Something can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.
        """
        name = self._checked_name(name)
        if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
            raise UserErrorException(f"log_list({name!r}) needs a list of values, not {value!r:.100}.")
        self._log_document(name, [check_scalar(item, name) for item in value], journal.LIST, description)

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Log a row of a table: a value for each column; none if there are no columns.

        Args:
            name: The metric's name.
            description: What the metric is.
            **kwargs: The values by column, each of which `log` would take.

        Raises:
            UserErrorException: Something can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.
        """
        name = self._checked_name(name)
        row = {check_name(column, "column"): [check_scalar(item, name)] for column, item in kwargs.items()}
        self._log_document(name, row, journal.ROW, description or "")

    def log_table(self, name: str, value: dict[str, Any], description: str = "") -> None:
        """Log the rows of a table; none if there are no columns.

        Args:
            name: The metric's name.
            value: The columns: lists of one length, or single values for one row.
            description: What the metric is.

        Raises:
            UserErrorException: The columns have several lengths, or something can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.
        """
        name = self._checked_name(name)
        if not isinstance(value, dict):
            raise UserErrorException(f"log_table({name!r}) needs a dict of columns, not {value!r:.100}.")
        columns = {check_name(column, "column"): _cells(items, name) for column, items in value.items()}
        lengths = {column: len(items) for column, items in columns.items()}
        if len(set(lengths.values())) > 1:
            raise UserErrorException(f"The columns of the table {name!r} have several lengths: {lengths}.")
        self._log_document(name, columns, journal.TABLE, description)

    def log_image(
        self, name: str, path: str | os.PathLike[str] | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """Log an image: a file, or a plot that is saved as PNG.

        Args:
            name: The metric's name.
            path: An image file; or
            plot: a matplotlib figure, or ``matplotlib.pyplot``.
            description: What the image shows.

        Raises:
            UserErrorException: Not exactly one of path and plot is given, or the file is no image.
        """
        from localtrack.core import files

        name = self._checked_name(name)
        artifact = files.keep_image(self._store, self._id, name, path, plot)
        place = f"aml://artifactId/ExperimentRun/dcid.{self._id}/{artifact}"
        self._writer.log(self._id, name, place, kind=journal.IMAGE)
        if description:
            self._describe(name, check_text(description, "The description"))

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """Return what was logged: ``{name: value}``.

        A value is a scalar, or a list where there are several; of rows and tables it is a dict of columns, each a
        scalar or a list likewise. So a list of one element, or a table of one row, reads back as scalars, as in the
        SDK.

        Args:
            name: Only this metric.
            recursive: Whether runs below this one are read too; the result is then ``{run id: {name: value}}``.
            run_type: Only runs of this type.
            populate: Accepted; images are always given as the names of their files.
        """
        from localtrack.core.shapes import shaped

        store = self._store
        records = [self._reload()]
        if recursive:
            from localtrack.store.runs import RunFilter

            records += store.runs.walk(RunFilter(ancestor=self._id))
        ids = [record.id for record in records if run_type in (None, record.type)]
        found: dict[str, dict[str, list[Series]]] = {}
        for series in store.metrics.series(ids, name):
            found.setdefault(series.run_id, {}).setdefault(series.name, []).append(series)
        metrics = {run_id: {key: shaped(parts) for key, parts in names.items()} for run_id, names in found.items()}
        return metrics if recursive else metrics.get(self._id, {})

    def flush(self, timeout_seconds: float = 300) -> None:
        """Move what was logged into the database. It is safe before that: there is never a need to call this.

        Raises:
            ServiceException: The database can't be written within the time.
        """
        self._store.ingest.take(seconds=timeout_seconds)

    def _log_document(self, name: str, document: Any, kind: int, description: str) -> None:
        if description:
            description = check_text(description, "The description")
        if not document:
            return
        self._writer.log(self._id, name, document, kind=kind)
        if description:
            self._describe(name, description)

    def _describe(self, name: str, description: str) -> None:
        if self._names[name] != description:
            self._writer.log(self._id, name, description, kind=journal.DESCRIPTION)
            self._names[name] = description

    def _checked_name(self, name: object) -> str:
        text = check_name(name, "metric")
        self._names.setdefault(text, "")
        return text


def _checked_step(step: Any, name: str) -> int:
    try:
        number = step.__index__()
    except (AttributeError, TypeError):
        raise UserErrorException(f"The step of the metric {name!r} must be an integer, not {step!r}.") from None
    if not -_INT64 <= number < _INT64:
        raise UserErrorException(f"The step of the metric {name!r} must be an integer of 64 bits, not {step!r}.")
    return int(number)


def _cells(items: Any, name: str) -> list[Any]:
    """Return the values of one column of a table."""
    several = isinstance(items, Iterable) and not isinstance(items, str) and getattr(items, "ndim", True)
    return [check_scalar(item, name) for item in (items if several else [items])]
