"""One line that says how far something is which takes more than a second; see `Progress`."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Self

from localtrack.printable import number, printable

_SECONDS_OF_SILENCE = 1.0
_SECONDS_BETWEEN = 0.1
_ERASE = "\r\x1b[K"


class Progress:
    """A context manager that shows on stderr how far something is, on one line that is gone at its end.

    Nothing is written where stderr is no terminal, nor by what takes less than a second.

    Args:
        what: What is done, such as ``Checking runs``.
        total: How many steps it takes; None if nobody knows.

    Example:
        >>> with Progress("Checking runs", total=3) as progress:
        ...     for _ in range(3):
        ...         progress.advance()
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._shown = False
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0

    def __enter__(self) -> Self:
        self._next = time.monotonic() + _SECONDS_OF_SILENCE
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()

    def advance(self, steps: int = 1, *, what: str | None = None, total: int | None = None) -> None:
        """Say that so many more steps are done.

        Args:
            steps: How many.
            what: What is done from now on, if it is something else.
            total: How many steps there are in all, if that is known only now.
        """
        self._done += steps
        self._what = self._what if what is None else what
        self._total = self._total if total is None else total
        now = time.monotonic()
        if self._terminal and now >= self._next:
            self._next = now + _SECONDS_BETWEEN
            self._show()

    def hide(self) -> None:
        """Remove the line, as before something else is written to the terminal."""
        if self._shown:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._shown = False

    def _show(self) -> None:
        if self._total:
            share = min(self._done / self._total, 1)
            text = f"{self._what}: {number(self._done)} of {number(self._total)} ({share:.0%})"
        else:
            text = f"{self._what}: {number(self._done)}" if self._done else f"{self._what} ..."
        # One column is left free: a terminal that is full begins a new line, which nobody would remove.
        width = max(shutil.get_terminal_size().columns - 1, 1)
        sys.stderr.write(_ERASE + printable(text)[:width])
        sys.stderr.flush()
        self._shown = True
