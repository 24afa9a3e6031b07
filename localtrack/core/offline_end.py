"""How a program ends, for the run that ends with it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType

from localtrack.core.offline_exit import watch


class End:
    """Calls a function when this process ends, with what ends it; not in what is forked from it.

    Args:
        reached: Called with the exception that ends the program, or None if it ends well.
        variable: The environment variable that tells the processes which this one starts; it goes at the end.
        value: Its value.
    """

    def __init__(self, reached: Callable[[BaseException | None], None], variable: str, value: str) -> None:
        self._reached = reached
        self._variable = variable
        self._pid = os.getpid()
        self._program = _program()
        self._error: BaseException | None = None
        self._hook = sys.excepthook
        self._own_hook = self._note_error  # as it is compared later: methods are made anew each time
        sys.excepthook = self._own_hook
        self._unwatch = watch(self._program, self._note_exit)
        os.environ[variable] = value
        atexit.register(self.reach)
        _at_end_of_worker(self._reach_in_worker)

    def is_here(self) -> bool:
        """Whether it is this process's, and not yet reached."""
        return self._pid == os.getpid()

    def reach(self) -> None:
        """Call the function, and leave the program's own end alone from now on."""
        atexit.unregister(self.reach)
        if sys.excepthook is self._own_hook:
            sys.excepthook = self._hook
        self._unwatch()
        if self.is_here():
            self._pid = 0
            os.environ.pop(self._variable, None)
            self._reached(self._error or self._displayed())

    def _reach_in_worker(self) -> None:
        """End with a worker process of multiprocessing's, which calls no functions at exit but its own."""
        self._error = self._error or _bad(sys.exc_info()[1])
        self.reach()

    def _displayed(self) -> BaseException | None:
        """Return the exception that has left the program, which the interpreter notes before it calls any hook."""
        error = getattr(sys, "last_value", None)
        traceback = error.__traceback__ if isinstance(error, BaseException) else None
        left = traceback is not None and traceback.tb_frame.f_code is self._program
        return error if left and not hasattr(sys, "ps1") else None

    def _note_error(self, kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        # Others call the hook too, for an error that ends nothing: of a thread, of a line in an interactive session.
        if not hasattr(sys, "ps1") and _in_main_thread() and not _is_running(self._program):
            self._error = value
        self._hook(kind, value, traceback)

    def _note_exit(self, error: BaseException) -> None:
        if not hasattr(sys, "ps1"):
            self._error = _bad(error)


def _bad(error: BaseException | None) -> BaseException | None:
    """Return the error, or None if it is a regular end: ``sys.exit()`` or ``sys.exit(0)``."""
    return None if isinstance(error, SystemExit) and error.code in (None, 0) else error


def _program() -> CodeType | None:
    """Return the code with which the program ends when it is left: the main thread's first, or a worker's task."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_back is not None and not _starts_worker(frame.f_back):
        frame = frame.f_back
    return None if frame is None else frame.f_code


def _starts_worker(frame: FrameType) -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and frame.f_code is process.BaseProcess._bootstrap.__code__


def _is_running(program: CodeType | None) -> bool:
    """Whether this is called from the program, from however far below."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not program:
        frame = frame.f_back
    return frame is not None


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _at_end_of_worker(call: Callable[[], None]) -> None:
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, call, exitpriority=-100)
