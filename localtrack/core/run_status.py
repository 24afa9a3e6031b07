"""The status of a run: asking for it, waiting for its end, and ending it."""

from __future__ import annotations

import os
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast

from localtrack.core.run_base import RunBase
from localtrack.exceptions import UserErrorException
from localtrack.paths import contained

if TYPE_CHECKING:
    from types import TracebackType

    from localtrack.core.run import Run
    from localtrack.core.tee import Tee
    from localtrack.store.store import Store

_ENDED = ("Completed", "Failed", "Canceled")
_ExceptionType = type[BaseException]  # RunBase.type hides the name


class RunStatus(RunBase):
    """The life of a run."""

    _tee: Tee | None = None  # of a ``with`` block

    def get_status(self) -> str:
        """Return the run's status now: one of the SDK's, such as ``Running``, ``Completed``, ``Failed``, ``Canceled``.

        A run whose process is gone is ``Failed``.

        Example:
            >>> run.get_status()
            'Running'
        """
        self.experiment.workspace._refresh()
        return self._reload().status

    def get_detailed_status(self) -> dict[str, Any]:
        """Return the status with what there is to say about it.

        Returns:
            ``status`` as `get_status` gives it, and ``details``: why it waits or has failed, else None.

        Example:
            >>> run.get_detailed_status()
            {'status': 'Running', 'details': None}
        """
        from localtrack.core.details import explanation

        status = self.get_status()
        return {"status": status, "details": explanation(self._cached())}

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the run has ended.

        Args:
            show_output: Whether the script's output is printed as it grows.
            wait_post_processing: Accepted; the run has always ended altogether when this returns.
            raise_on_error: Whether a failed run is an error.

        Returns:
            What ``get_details`` gives then.

        Raises:
            ActivityFailedException: The run has failed, and ``raise_on_error`` is true.
            ExperimentExecutionException: Ctrl-C while output was shown; the run goes on.

        Example:
            >>> run.complete()
            >>> run.wait_for_completion()["status"]
            'Completed'
        """
        from localtrack.core.watching import wait

        return wait(cast("Run", self), show_output, raise_on_error)

    def start(self) -> None:
        """Set the status to Running; a run that is running stays so.

        Raises:
            UserErrorException: The run has ended, or is a script that waits for its turn.

        Example:
            >>> run.start()
            >>> run.get_status()
            'Running'
        """
        from localtrack.executor import deliverer
        from localtrack.store.status import PERSON, RUNNING

        store = self._store
        moved = store.runs.move(self._id, PERSON, RUNNING)
        if not moved and self._reload().status != RUNNING:
            raise UserErrorException(f"Run {self._id} is {self.status} and can't be started.")
        self._reload()
        deliverer.tell(store)

    def complete(self, _set_status: bool = True) -> None:
        """Keep the files of the outputs folder and set the status to Completed.

        Args:
            _set_status: Whether the status is set; else only the files are kept.

        Raises:
            UserErrorException: The run has another last status; it stays.
            ServiceException: A file could not be kept; the run goes on, and can be completed when there is room.

        Example:
            >>> run.complete()
            >>> run.get_status()
            'Completed'
        """
        if _set_status:
            self._finish("Completed")
        else:
            self._keep_outputs(self._store)

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Set the status to Failed, also after Completed; a script that is running is ended first.

        Args:
            error_details: What went wrong.
            error_code: A code for it; ``UserError`` when left out.
            _set_status: Whether the status is set; else only the files are kept.

        Raises:
            TypeError: ``error_details`` is neither text nor an exception.
            UserErrorException: The run was canceled; that stays.

        Example:
            >>> run.complete()
            >>> run.fail("It was the wrong script.")
            >>> run.get_status(), run.get_details()["error"]["error"]["message"]
            ('Failed', 'It was the wrong script.')
        """
        from localtrack.core.details import error_document

        error = error_document(error_details, error_code)
        if _set_status:
            self._finish("Failed", error=error)
        else:
            self._keep_outputs(self._store)

    def cancel(self) -> None:
        """Set the status to Canceled; a script that is running, or waits, is ended with all its processes.

        A run that has ended keeps its status, which is worth a warning only: it may have ended this very moment.

        Example:
            >>> run.cancel()
            >>> run.get_status()
            'Canceled'
        """
        self._finish("Canceled", late=True)

    def __enter__(self) -> Self:
        from localtrack.core.tee import Tee

        if self._tee is None and self._cached().definition is None:
            log = self._folder.user_log
            folder = contained(self._folder.root, os.path.dirname(log))
            self._tee = Tee(os.path.join(folder, os.path.basename(log)))
            self._tee.start()
        return self

    def __exit__(
        self, exit_type: _ExceptionType | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from localtrack.core.details import ended_well

        if value is None or ended_well(value):
            self._keep_logs()
            if self.get_status() not in _ENDED:  # else the code inside has decided
                self.complete()
            return
        faults = []
        for call in (self._keep_logs, partial(self._fail_if_open, value)):
            try:
                call()
            except Exception as error:  # noqa: BLE001 - what can't be kept must not hide why the run has failed
                faults.append(str(error))
        if faults:
            warnings.warn(f"Run {self._id} has failed, and not all of it was kept: {' '.join(faults)}", stacklevel=2)

    def _fail_if_open(self, error: BaseException) -> None:
        if self.get_status() not in _ENDED:
            self.fail(error)

    def _keep_logs(self) -> None:
        """Keep what a ``with`` block has printed, and what was written to ``./logs`` since the run started."""
        from localtrack.core import logs

        if self._tee is None:
            return
        self._tee.stop()
        self._tee = None
        logs.keep(self._store, self._reload())

    def _finish(self, new: str, error: dict[str, Any] | None = None, *, late: bool = False) -> None:
        """Set the run's last status, once everything that belongs to it is kept.

        Args:
            new: The status.
            error: What went wrong.
            late: Whether it may be too late for it.
        """
        from localtrack.store.status import COMPLETED, TERMINAL

        store = self.experiment.workspace._refresh()
        if self._reload().definition is not None and self.status not in TERMINAL:
            self._end_script(new, error)
            if self._reload().status == new:
                return
        if new == COMPLETED:
            self._keep_outputs(store)
            self._move(store, new, error, late)
            return
        try:
            self._keep_outputs(store)
        finally:  # a full disk keeps files from being kept, not the run from having failed
            self._move(store, new, error, late)

    def _keep_outputs(self, store: Store) -> None:
        from localtrack.core import files

        if self._outputs is not None:
            files.collect(store, self._id, self._outputs, self._outputs_since)

    def _move(self, store: Store, new: str, error: dict[str, Any] | None, late: bool) -> None:
        from localtrack.executor import deliverer
        from localtrack.store.status import PERSON

        store.ingest.take()
        moved = store.runs.move(self._id, PERSON, new, error=error)
        if not moved and self._reload().status != new:
            message = f"Run {self._id} is {self.status} and can't become {new}; it stays as it is."
            if not late:
                raise UserErrorException(message)
            warnings.warn(message, stacklevel=4)
        self._reload()
        deliverer.tell(store)

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
