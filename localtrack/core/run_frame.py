"""A run as a row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localtrack.core.run_base import RunBase

if TYPE_CHECKING:
    import pandas


class RunFrame(RunBase):
    """A run, and those below it, as a pandas data frame."""

    def to_pandas(self, recursive: bool = False) -> pandas.DataFrame:
        """Return the run as a row of a data frame. The SDK has no such method.

        Args:
            recursive: Whether each run below this one gets a row too, oldest first.

        Returns:
            The columns ``run_id``, ``experiment``, ``number``, ``parent_id``, ``name``, ``display_name``,
            ``type``, ``status``, ``target``,
            ``start_time``, ``end_time`` (in UTC) and ``duration`` (in seconds), then ``metrics.NAME`` with the last
            value of each metric that `Run.log` wrote, ``tags.NAME`` and ``properties.NAME``, each by name.

        Raises:
            UserErrorException: pandas is not installed.

        Example:
            >>> run.log("loss", 0.5)
            >>> run.tag("stage", "first")
            >>> run.to_pandas()[["status", "metrics.loss", "tags.stage"]].to_dict("records")
            [{'status': 'Running', 'metrics.loss': 0.5, 'tags.stage': 'first'}]
        """
        from localtrack.core.frame import frame
        from localtrack.store.run_filter import RunFilter

        store = self.experiment.workspace._refresh()
        records = [self._reload()]
        if recursive:
            records += reversed(list(store.runs.walk(RunFilter(ancestor=self._id))))
        return frame(store, records)
