"""The run: one execution, with all that belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack.core.run_children import RunChildren
from localtrack.core.run_files import RunFiles
from localtrack.core.run_labels import RunLabels
from localtrack.core.run_metrics import RunMetrics
from localtrack.exceptions import RunEnvironmentException, UserErrorException

if TYPE_CHECKING:
    from types import TracebackType

    from localtrack.core.experiment import Experiment

_ExceptionType = type[BaseException]  # Run.type hides the name


class Run(RunMetrics, RunLabels, RunChildren, RunFiles):
    """A run (the SDK's ``azureml.core.Run``).

    Calling the class loads a run that is there. Runs are made by `Experiment.start_logging`, `Experiment.submit` and
    `Run.child_run`; a script finds its own with `Run.get_context`.

    Args:
        experiment: The run's experiment.
        run_id: The run's id.
        outputs: The folder whose files are kept when the run ends; none when left out.
        **kwargs: Accepted for the SDK's sake.

    Raises:
        UserErrorException: The workspace has no such run.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        from localtrack.core.runs import require

        record = require(experiment.workspace, run_id)
        self._attach(experiment.workspace._layout, run_id)
        self._experiment = experiment
        self._record = record
        self._outputs = outputs

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Run:
        """Return the run whose script this process is.

        Args:
            allow_offline: Whether a process that is no submitted script's gets an offline run.
            used_for_context_manager: Accepted and not used.
            **kwargs: Accepted and not used.

        Raises:
            RunEnvironmentException: This process is no submitted script's, and ``allow_offline`` is false.
        """
        from localtrack.core.context import submitted

        found = submitted()
        if found is not None:
            return found
        if not allow_offline:
            raise RunEnvironmentException(
                "This process is not the script of a submitted run, and allow_offline is False: submit the script, "
                "or leave allow_offline out."
            )
        from localtrack.core.offline_run import offline

        return offline()

    def get_status(self) -> str:
        """Return the run's status now: one of the SDK's, such as ``Running``, ``Completed``, ``Failed``, ``Canceled``.

        A run whose process is gone is ``Failed``.
        """
        self.experiment.workspace._refresh()
        return self._reload().status

    def get_details(self) -> dict[str, Any]:
        """Return the SDK's details of the run: ids, status, times, error, properties, definition, log files."""
        from localtrack.core.details import details

        return details(self.experiment.workspace._refresh(), self._reload())

    def get_details_with_logs(self) -> dict[str, Any]:
        """Return `get_details` with the text of each log file in place of its path."""
        from localtrack.core.details import with_logs

        return with_logs(self.get_details())

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended.

        Args:
            show_output: Whether the script's output is printed as it grows.
            wait_post_processing: Accepted; the run has always ended altogether when this returns.
            raise_on_error: Whether a failed run is an error.

        Returns:
            `get_details`.

        Raises:
            ActivityFailedException: The run has failed, and ``raise_on_error`` is true.
            ExperimentExecutionException: Ctrl-C while output was shown; the run goes on.
        """
        from localtrack.core.watching import wait

        return wait(self, show_output, raise_on_error)

    def complete(self) -> None:
        """Keep the files of the outputs folder and set the status to Completed.

        Raises:
            UserErrorException: The run has another last status; it stays.
        """
        self._finish("Completed")

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """Set the status to Failed, also after Completed; a script that is running is ended first.

        Args:
            error_details: What went wrong.
            error_code: A code for it; ``UserError`` when left out.

        Raises:
            TypeError: ``error_details`` is neither text nor an exception.
            UserErrorException: The run was canceled; that stays.
        """
        from localtrack.core.details import error_document

        self._finish("Failed", error=error_document(error_details, error_code))

    def cancel(self) -> None:
        """Set the status to Canceled; a script that is running, or waits, is ended with all its processes."""
        self._finish("Canceled")

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, exit_type: _ExceptionType | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from localtrack.core.details import ended_well

        if self.get_status() in ("Completed", "Failed", "Canceled"):
            return  # the code inside has decided
        if value is None or ended_well(value):
            self.complete()
        else:
            self.fail(value)

    def _finish(self, new: str, error: dict[str, Any] | None = None) -> None:
        """Set the run's last status, once everything that belongs to it is kept."""
        from localtrack import notify
        from localtrack.core import files
        from localtrack.store.status import PERSON, TERMINAL

        store = self.experiment.workspace._refresh()
        if self._reload().definition is not None and self.status not in TERMINAL:
            self._end_script(new, error)
            if self._reload().status == new:
                return
        if self._outputs is not None:
            files.collect(store, self._id, self._outputs)
        store.ingest.take()
        moved = store.runs.move(self._id, PERSON, new, error=error)
        if not moved and self._reload().status != new:
            raise UserErrorException(f"Run {self._id} is {self.status} and can't become {new}; it stays as it is.")
        self._reload()
        notify.status_changed(self._layout)

    def _end_script(self, new: str, error: dict[str, Any] | None) -> None:
        from localtrack.executor.cancellation import end

        if new == "Completed":
            raise UserErrorException(
                f"Run {self._id} is {self.status}: it is the run of a script, which completes when the script ends "
                "well. Use cancel() to end it."
            )
        if new == "Failed" and error is None:
            error = {"error": {"code": "UserError", "message": "Marked as failed."}}
        end(self._store, self._id, error)


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True) -> Run:
    """Return a run of an experiment's workspace.

    Raises:
        UserErrorException: There is none of that id.
    """
    from localtrack.core.runs import load

    return load(experiment.workspace, run_id)


def __getattr__(name: str) -> Any:
    # Where the SDK has these classes; programs ask `isinstance(run, _OfflineRun)`.
    if name == "_OfflineRun":
        from localtrack.core.offline_run import _OfflineRun

        return _OfflineRun
    if name == "_SubmittedRun":
        from localtrack.core.context import _SubmittedRun

        return _SubmittedRun
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: localtrack does not have it")
