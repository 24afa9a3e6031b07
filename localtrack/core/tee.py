"""What a ``with run:`` block prints, kept in a file of the run's besides."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterable
from typing import Any, TextIO

from localtrack.copying import write_all


class Tee:
    """Has stdout and stderr be written to a file too, from `start` to `stop`.

    Args:
        path: The file, which is made by the first text; what it has already stays.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: _File | None = None
        self._streams: dict[str, _Stream] = {}

    def start(self) -> None:
        """Begin to keep what is printed."""
        with _guard:
            for name in ("stdout", "stderr"):
                stream = getattr(sys, name)
                if stream is not None:  # a program without a terminal may have none
                    self._streams[name] = shared = _stream_over(stream)
                    shared.tees = (*shared.tees, self)
                    setattr(sys, name, shared)

    def stop(self) -> None:
        """Leave stdout and stderr as they were, once no other block needs them; the file is as it stays."""
        with _guard:
            self._leave()
            for name, stream in self._streams.items():
                if not stream.tees and getattr(sys, name) is stream:
                    setattr(sys, name, stream.below)
            self._file = None

    def copy(self, text: str) -> str | None:
        """Write a text to the file, and return why no more is kept if that fails; the lock is held."""
        try:
            file = self._file
            if file is None:
                self._file = file = _File(self._path)
            file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self._leave()
            return f"What is printed is not kept in {self._path} any more: {error.strerror}."
        return None

    def _leave(self) -> None:
        for stream in self._streams.values():
            stream.tees = tuple(each for each in stream.tees if each is not self)


class _File:
    """A file that is closed once nobody uses it any more: a signal handler may end a block in the middle of a print.

    There is no buffer, and each text goes to the end: a forked worker must have no copy of what is not written yet.
    """

    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, data: bytes) -> None:
        write_all(self._descriptor, data)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)


class _Stream:
    """A text stream whose text goes to tees too; everything else is the stream's own."""

    def __init__(self, below: TextIO) -> None:
        self.below = below
        self.tees: tuple[Tee, ...] = ()

    def write(self, text: str) -> int:
        written = self.below.write(text)
        if self.tees:
            with _guard:  # what comes from other threads is in the file before a block ends, or not at all
                faults = [fault for tee in self.tees if (fault := tee.copy(text)) is not None]
            for fault in faults:  # printing goes on: it must not fail for want of space somewhere else
                warnings.warn(fault, RuntimeWarning, stacklevel=2)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)


def _stream_over(stream: Any) -> _Stream:
    if isinstance(stream, _Stream):
        return stream
    for each in _latest:
        if each.below is stream:
            return each
    made = _Stream(stream)
    _latest.append(made)
    return made


# `print` in another thread uses sys.stdout without counting the use (CPython): one that is let go of at that moment
# would crash the process.
_latest: deque[_Stream] = deque(maxlen=64)
_guard = threading.RLock()


def _renew_guard() -> None:
    # In a forked child: a thread that held it is the parent's.
    global _guard
    _guard = threading.RLock()


os.register_at_fork(after_in_child=_renew_guard)
