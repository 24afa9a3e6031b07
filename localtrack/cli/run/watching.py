"""Watching a run until it ends."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from knack.log import get_logger

from localtrack.exceptions import ActivityFailedException, ExperimentExecutionException
from localtrack.printable import printable
from localtrack.store import status

if TYPE_CHECKING:
    from types import FrameType

    from localtrack.core.run import Run

_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.001, 1e9  # none at all would mean no limit

_logger = get_logger(__name__)


def completes(run: Run, *, show_output: bool = True, seconds: float | None = None) -> bool:
    """Wait for a run's end, say on stderr what became of it, and return whether it completed.

    Args:
        run: The run.
        show_output: Whether its output is shown meanwhile, on stdout if that is a terminal, else on stderr.
        seconds: How long to wait; without end when left out.

    Raises:
        KeyboardInterrupt: Ctrl-C; the run goes on.
        ExperimentExecutionException: The run will never start.
    """
    from localtrack.core.watching import wait

    began = time.monotonic()
    try:
        with _limit(seconds):
            wait(run, show_output, True, stream=_stream())
    except (ActivityFailedException, _TooLongError):
        pass  # what there is to say, the run knows
    except (KeyboardInterrupt, ExperimentExecutionException) as interruption:
        if isinstance(interruption, KeyboardInterrupt) or isinstance(interruption.__context__, KeyboardInterrupt):
            _logger.warning("Run %s goes on. See how it is with `localtrack run show -r %s`.", run.id, run.id)
            raise KeyboardInterrupt from None
        raise
    return _has_completed(run, time.monotonic() - began)


def _has_completed(run: Run, waited: float) -> bool:
    record = run._reload()
    if record.status not in status.TERMINAL:
        _logger.error("Run %s is %s after %.1f seconds, and goes on.", run.id, record.status, waited)
    elif record.status == status.FAILED:
        error = (record.error or {}).get("error", {})
        log = run._folder.std_log
        place = f"\nIts output is in {printable(log)}." if os.path.exists(log) else ""
        _logger.error("Run %s has failed. %s%s", run.id, printable(str(error.get("message", ""))), place)
    elif record.status != status.COMPLETED:
        _logger.error("Run %s was %s.", run.id, record.status.lower())
    return record.status == status.COMPLETED


def _stream() -> TextIO:
    stream = sys.stdout if sys.stdout.isatty() else sys.stderr
    return cast("TextIO", _Terminal(stream)) if stream.isatty() else stream


class _Terminal:
    """A terminal that shows what a script has printed, and does not obey it, but for a line's begin and end.

    A progress bar goes back to its line's begin.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(printable(text, keep="\n\r\t"))

    def flush(self) -> None:
        self._stream.flush()


class _TooLongError(BaseException):
    """No `Exception`, for as little as Ctrl-C may it be taken for a fault of what is going on."""


@contextmanager
def _limit(seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
