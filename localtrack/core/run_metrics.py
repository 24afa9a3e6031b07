"""What is logged to a run, and read back."""

from __future__ import annotations

import os
from typing import Any

from localtrack import journal
from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException
from localtrack.values import check_name, check_text

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
        self._writer.log(self._id, name, value, step)
        if description and self._names[name] != description:
            self._writer.log(self._id, name, check_text(description, "The description"), kind=journal.DESCRIPTION)
            self._names[name] = description

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
            self._writer.log(self._id, name, check_text(description, "The description"), kind=journal.DESCRIPTION)

    def get_metrics(
        self, name: str | None = None, recursive: bool = False, run_type: str | None = None, populate: bool = False
    ) -> dict[str, Any]:
        """Return what was logged: ``{name: value}``, with a list of the values where there are several.

        Args:
            name: Only this metric.
            recursive: Whether runs below this one are read too; the result is then ``{run id: {name: value}}``.
            run_type: Only runs of this type.
            populate: Accepted; images are always given as the names of their files.
        """
        store = self._store
        records = [self._reload()]
        if recursive:
            from localtrack.store.runs import RunFilter

            records += store.runs.walk(RunFilter(ancestor=self._id))
        ids = [record.id for record in records if run_type in (None, record.type)]
        found: dict[str, dict[str, Any]] = {}
        for series in store.metrics.series(ids, name):
            logged = [value for _, _, value in series.points]
            found.setdefault(series.run_id, {}).setdefault(series.name, []).extend(logged)
        shaped = {
            run_id: {metric: logged[0] if len(logged) == 1 else logged for metric, logged in metrics.items()}
            for run_id, metrics in found.items()
        }
        return shaped if recursive else shaped.get(self._id, {})

    def flush(self, timeout_seconds: float = 300) -> None:
        """Move what was logged into the database. It is safe before that: there is never a need to call this.

        Raises:
            ServiceException: The database can't be written within the time.
        """
        self._store.ingest.take(seconds=timeout_seconds)

    def _checked_name(self, name: object) -> str:
        text = check_name(name, "metric")
        self._names.setdefault(text, "")
        return text


def _checked_step(step: Any, name: str) -> int:
    try:
        number = step.__index__()
    except AttributeError:
        raise UserErrorException(f"The step of the metric {name!r} must be an integer, not {step!r}.") from None
    if not -_INT64 <= number < _INT64:
        raise UserErrorException(f"The step of the metric {name!r} must be an integer of 64 bits, not {step!r}.")
    return int(number)
