"""What a ``with run:`` block prints, kept in a file of the run's besides."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any, TextIO


class Tee:
    """Stands in for stdout and stderr from `start` to `stop`: what is written goes on to them, and into a file.

    Args:
        path: The file, which is made by the first text; what it has already stays.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._streams: dict[str, _Stream] = {}

    def start(self) -> None:
        """Begin to keep what is printed."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None:  # a program without a terminal may have none
                self._streams[name] = _Stream(stream, self)
                setattr(sys, name, self._streams[name])

    def stop(self) -> None:
        """Leave stdout and stderr as they were, unless somebody else has put something in their place meanwhile."""
        for name, stream in self._streams.items():
            if getattr(sys, name) is stream:
                setattr(sys, name, stream.below)
            stream.tee = None
        if self._file is not None:
            self._keep(self._file.close)

    def copy(self, text: str) -> None:
        """Write a text to the file."""
        self._keep(lambda: self._open().write(text))

    def _open(self) -> TextIO:
        if self._file is None:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            # By lines, and each at the end: forked workers may write to it too.
            self._file = open(self._path, "a", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
        return self._file

    def _keep(self, change: Any) -> None:
        try:
            change()
        except OSError as error:
            # Printing goes on: it must not fail for want of space somewhere else.
            for stream in self._streams.values():
                stream.tee = None
            warnings.warn(
                f"What is printed is not kept in {self._path} any more: {error.strerror}.", RuntimeWarning, stacklevel=2
            )


class _Stream:
    """A text stream whose text goes to a tee's file too; everything else is the stream's own."""

    def __init__(self, below: TextIO, tee: Tee) -> None:
        self.below = below
        self.tee: Tee | None = tee

    def write(self, text: str) -> int:
        written = self.below.write(text)
        if self.tee is not None:
            self.tee.copy(text)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)
