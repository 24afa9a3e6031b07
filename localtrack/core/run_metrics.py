"""What is logged to a run, and read back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from localtrack import journal
from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException
from localtrack.values import check_name, check_scalar, check_text

if TYPE_CHECKING:
    from localtrack.core.metric_point import MetricPoint
    from localtrack.store.metrics import Values

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

        Example:
            >>> for step, loss in enumerate([0.9, 0.5, 0.25]):
            ...     run.log("loss", loss, step=step)
            >>> run.get_metrics()
            {'loss': [0.9, 0.5, 0.25]}
        """
        if type(name) is not str or name not in self._names:
            name = self._checked_name(name)
        if step is not None:
            step = _checked_step(step, name)
        if description:
            description = self._checked_description(description)
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

        Example:
            >>> run.log_list("accuracies", (correct / 10 for correct in (6, 7, 7)))
            >>> run.get_metrics()
            {'accuracies': [0.6, 0.7, 0.7]}
        """
        name = self._checked_name(name)
        if isinstance(value, str | bytes | dict) or not _is_several(value):
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

        Example:
            >>> run.log_row("confusion", true=0, taken_for=1, times=12)
            >>> run.get_metrics()
            {'confusion': {'true': 0, 'taken_for': 1, 'times': 12}}
        """
        name = self._checked_name(name)
        row = {check_name(column, "column"): [check_scalar(item, name)] for column, item in kwargs.items()}
        self._log_document(name, row, journal.ROW, description)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Log the rows of a table; none if there are no columns.

        Args:
            name: The metric's name.
            value: A dict of the columns: lists of one length, or single values for one row. Or a data frame of
                pandas, whose index is not kept.
            description: What the metric is.

        Raises:
            UserErrorException: The columns have several lengths, or something can't be kept; nothing was logged.
            ServiceException: The disk refused; nothing was logged.

        Example:
            >>> run.log_table("squares", {"x": [1, 2, 3], "y": [1, 4, 9]})
            >>> run.get_metrics()
            {'squares': {'x': [1, 2, 3], 'y': [1, 4, 9]}}
        """
        name = self._checked_name(name)
        given = _columns(value, name)
        columns = {check_name(column, "column"): _cells(items, name) for column, items in given}
        if len(columns) < len(given):
            raise UserErrorException(f"Two columns of the table {name!r} have one name: {[c for c, _ in given]}.")
        lengths = {column: len(items) for column, items in columns.items()}
        if len(set(lengths.values())) > 1:
            raise UserErrorException(f"The columns of the table {name!r} have several lengths: {lengths}.")
        self._log_document(name, columns, journal.TABLE, description)

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
            populate: Whether images and charts are given as what their files hold, bytes and dicts, and not as the
                references to the files.

        Raises:
            ServiceException: ``populate`` is true, and a file can't be read.

        Example:
            >>> run.log("epochs", 3)
            >>> run.child_run(run_id="child").log("loss", 0.5)
            >>> run.get_metrics()
            {'epochs': 3}
            >>> run.get_metrics(recursive=True) == {run.id: {"epochs": 3}, "child": {"loss": 0.5}}
            True
        """
        from localtrack.core.shapes import shaped

        if name is not None:
            name = check_name(name, "metric")
        store = self._store
        records = [self._reload()]
        if recursive:
            from localtrack.store.run_filter import RunFilter

            records += store.runs.walk(RunFilter(ancestor=self._id))
        ids = [record.id for record in records if run_type in (None, record.type)]
        logged = store.metrics.values(ids, name)
        if populate:
            from localtrack.core.logged_files import populated

            logged = populated(store, logged)
        found: dict[str, dict[str, list[Values]]] = {}
        for part in logged:
            found.setdefault(part.run_id, {}).setdefault(part.name, []).append(part)
        metrics = {run_id: {key: shaped(parts) for key, parts in names.items()} for run_id, names in found.items()}
        return metrics if recursive else metrics.get(self._id, {})

    def get_metric_history(self, name: str) -> list[MetricPoint]:
        """Return every call that logged to a metric, in order of time. The SDK has no such method.

        Unlike in `get_metrics`, each value is what one call logged: of `log_list` a list, of `log_row` and `log_table`
        a dict of columns, of images and charts the reference to the file.

        Args:
            name: The metric's name.

        Returns:
            The calls; none if nothing was logged under that name. ``pandas.DataFrame`` makes a table of them.

        Example:
            >>> run.log("loss", 0.9, step=0)
            >>> run.log("loss", 0.5, step=10)
            >>> [(point.step, point.value) for point in run.get_metric_history("loss")]
            [(0, 0.9), (10, 0.5)]
            >>> import pandas
            >>> pandas.DataFrame(run.get_metric_history("loss")).columns.to_list()
            ['value', 'step', 'time']
        """
        from localtrack.core.metric_point import history

        return history(self._store.metrics.series([self._id], name))

    def flush(self, timeout_seconds: float = 300) -> None:
        """Move what was logged into the database. It is safe before that: there is never a need to call this.

        Raises:
            ServiceException: The database can't be written within the time.
            WorkspaceException: It was deleted or replaced, and what was logged with it.

        Example:
            >>> run.log("loss", 0.5)
            >>> run.flush()
        """
        store = self._store
        store.ingest.take(seconds=timeout_seconds)
        store.database.require_same_file()  # where the folder is gone, there are no journals to be taken in

    def _log_document(self, name: str, document: Any, kind: int, description: str | None) -> None:
        description = self._checked_description(description)
        if not document:
            return
        self._writer.log(self._id, name, document, kind=kind)
        self._describe(name, description)

    def _checked_description(self, description: str | None) -> str:
        return check_text(description, "The description") if description else ""

    def _describe(self, name: str, description: str) -> None:
        if description and self._names[name] != description:
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


def _columns(table: Any, name: str) -> list[tuple[Any, Any]]:
    """Return the names and values of a table's columns."""
    if hasattr(table, "iloc") and hasattr(table, "columns"):  # a data frame of pandas
        return [(column, table.iloc[:, place]) for place, column in enumerate(table.columns)]
    if not isinstance(table, dict):
        raise UserErrorException(f"log_table({name!r}) needs a dict of columns, not {table!r:.100}.")
    return list(table.items())


def _cells(items: Any, name: str) -> list[Any]:
    """Return the values of one column of a table."""
    several = _is_several(items) and not isinstance(items, str | bytes | dict)
    return [check_scalar(item, name) for item in (items if several else [items])]


def _is_several(value: Any) -> bool:
    # An array without dimensions has the method of an iterable, and can't be iterated.
    return isinstance(value, Iterable) and bool(getattr(value, "ndim", True))
