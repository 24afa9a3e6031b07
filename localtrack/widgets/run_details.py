"""The SDK's widget for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack.core.run import Run
from localtrack.exceptions import CloudOnlyException, UserErrorException

if TYPE_CHECKING:
    from localtrack.widgets.run_view import RunView


class RunDetails:
    """Shows a run: status, times, tags, metrics as charts, images, children, and the end of the log.

    Args:
        run_instance: The run.

    Raises:
        UserErrorException: It is no run.

    Example:
        >>> from localtrack.widgets import RunDetails
        >>> run.log_list("loss", [0.5, 0.25])
        >>> RunDetails(run).get_widget_data()["run_metrics"][0]["series"][0]["data"]
        [0.5, 0.25]
    """

    def __init__(self, run_instance: Run) -> None:
        if not isinstance(run_instance, Run):
            raise UserErrorException(
                f"RunDetails shows a run, such as Experiment.submit returns, not {run_instance!r}."
            )
        self._run = run_instance

    def show(self, render_lib: Any = None, widget_settings: dict[str, Any] | None = None) -> None:
        """Show the run.

        In a notebook this returns at once, and what is shown is kept up to date until the run has ended. Elsewhere it
        is printed as it is now.

        Args:
            render_lib: Accepted and not used.
            widget_settings: Accepted and not used.

        Raises:
            UserErrorException: The run is not in its workspace any more.
        """
        from localtrack.widgets.notebook import is_notebook

        if is_notebook():
            from localtrack.widgets import refresher

            self._run._reload()
            refresher.show(self._run)
        else:
            from localtrack.widgets.summary_text import summary_text

            print(summary_text(self._view()))

    def get_widget_data(self, widget_settings: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what is shown, as a document that JSON can hold.

        ``run_metrics`` has each line as ``categories`` (steps, or places from 0) and ``data``, of at most 300 points.

        Args:
            widget_settings: Given back in the document.

        Raises:
            UserErrorException: The run is not in its workspace any more.
        """
        from localtrack.widgets.widget_data import widget_data

        return widget_data(self._view(), widget_settings)

    def _view(self) -> RunView:
        from localtrack.widgets.run_view import RunReader

        self._run._reload()
        return RunReader(self._run).read()


class ParallelRunStepDetails:
    """The SDK's widget for a step of a pipeline, of which there are none on one machine.

    Raises:
        CloudOnlyException: Always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise CloudOnlyException(
            "ParallelRunStepDetails shows a step of a pipeline, and pipelines mean something only in Azure. "
            "Use RunDetails for a run."
        )
