"""Waiting for a run's end, with its output shown as it grows."""

from __future__ import annotations

import codecs
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from localtrack.exceptions import ActivityFailedException, ExperimentExecutionException
from localtrack.store.status import FAILED, QUEUED, TERMINAL

if TYPE_CHECKING:
    from localtrack.core.run import Run

_POLL_SECONDS = (0.005, 0.08)  # the shortest and the longest wait between two looks
_POLL_SHARE = 0.1  # of the time since something was last seen
_RESTART_SECONDS = 2.0  # for a supervisor to take a run that could be taken
_RESTARTS = 5
_CHUNK_BYTES = 1 << 16


def wait(run: Run, show_output: bool, raise_on_error: bool, stream: TextIO | None = None) -> dict[str, Any]:
    """Wait until a run has ended; see `Run.wait_for_completion`.

    Args:
        run: The run.
        show_output: Whether its output is shown.
        raise_on_error: Whether a failed run is an error.
        stream: Where the output is shown; stdout when left out.
    """
    output = stream if stream is not None else sys.stdout
    if not show_output or output is None:  # a program without a terminal may have no stdout
        _until_end(run, [])
    else:
        print(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n", file=output, flush=True)
        try:
            folder = run._folder
            submitted = run._cached().definition is not None
            paths = (folder.build_log, folder.std_log) if submitted else (folder.user_log,)
            _until_end(run, [_Log(folder.root, path, output) for path in paths])
        except KeyboardInterrupt:
            raise ExperimentExecutionException(
                f"The output of run {run.id} is not shown any more. The run itself goes on; cancel() ends it."
            ) from None
    details = run.get_details()
    error = details.get("error")
    if show_output and output is not None:
        print(
            f"\nExecution Summary\n=================\nRunId: {run.id}\nWeb View: {run.get_portal_url()}\n", file=output
        )
        if error and not raise_on_error:
            print(f"\nError:\n{json.dumps(error, indent=4)}\n", file=output)
        output.flush()
    if details["status"] == FAILED and raise_on_error:
        raise ActivityFailedException(
            error or "Detailed error not set on the Run. Please check the logs for details.", run_id=run.id
        )
    return details


class _Log:
    """A log file of a run, shown as far as it has grown. Bytes that are no UTF-8 are replaced."""

    def __init__(self, root: str, path: str, output: TextIO) -> None:
        self._path = path
        self._name = os.path.relpath(path, root)
        self._output = output
        self._position = -1
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def show(self) -> bool:
        """Show what is new; return whether there was anything."""
        try:
            file = open(self._path, "rb")  # noqa: SIM115
        except FileNotFoundError:
            return False
        with file:
            if self._position < 0:
                title = f"Streaming {self._name}"
                self._output.write(f"{title}\n{'=' * len(title)}\n\n")
                self._position = 0
            file.seek(self._position)
            shown = False
            while chunk := file.read(_CHUNK_BYTES):
                self._position += len(chunk)
                self._output.write(self._decoder.decode(chunk))
                shown = True
        self._output.flush()
        return shown


def _until_end(run: Run, logs: list[_Log]) -> None:
    from localtrack.executor import deliverer

    shortest, longest = _POLL_SECONDS
    seen = time.monotonic()
    queued = _Queued(run)
    while True:
        status = run.get_status()
        shown = True in [log.show() for log in logs]  # each of them, also when the first has something
        if status in TERMINAL:
            for log in logs:
                log.show()
            deliverer.tell(run._store)  # again, in case that whoever ended the run was killed before it could
            return
        queued.look(status)
        now = time.monotonic()
        if shown:
            seen = now
        time.sleep(min(max((now - seen) * _POLL_SHARE, shortest), longest))


class _Queued:
    """Gets a queue going whose supervisors have all died."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._since: float | None = None
        self._restarts = 0

    def look(self, status: str) -> None:
        from localtrack.executor.launch import log_end, start_supervisors

        if status != QUEUED:
            self._since = None
            return
        store = self._run._store
        if not store.queue.waiting(self._run.id) and self._run.get_status() == QUEUED:
            raise ExperimentExecutionException(
                f"Run {self._run.id} was queued on another host, or in a folder of another name, and is not started "
                "here: cancel() it, and submit it again."
            )
        now = time.monotonic()
        if self._since is None:
            self._since = now
        if now - self._since < _RESTART_SECONDS:
            return
        self._since = now
        if start_supervisors(store):
            self._restarts += 1
        if self._restarts > _RESTARTS:
            raise ExperimentExecutionException(
                f"Run {self._run.id} stays Queued: {_RESTARTS} supervisors were started and none has taken it. The end "
                f"of {self._run._layout.supervisor_log}:\n{log_end(self._run._store)}"
            )
