"""The last lines of a run's log."""

from __future__ import annotations

import os
import re
import stat
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from localtrack.paths import RunFolder

_LINES = 20
_LINE = 500  # characters
_BYTES = 16 << 10
_FILES = 1000  # looked at to find the one that was written last
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


class LogEnd(NamedTuple):
    """The end of a log file.

    Attributes:
        name: What the run calls the file.
        lines: Its last lines, as a terminal would show them.
        whole: Whether these are all of them.
    """

    name: str
    lines: list[str]
    whole: bool


def log_end(folder: RunFolder) -> LogEnd | None:
    """Return the end of what a run's script has printed, else of the file in ``logs/`` that was written last."""
    path = folder.std_log if _written(folder.std_log) is not None else _newest(folder.logs)
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _BYTES, 0))
            data = file.read(_BYTES)
    except FileNotFoundError:  # a script that is running may have removed it
        return None
    lines = [_shown(line) for line in data.decode(errors="replace").rstrip().split("\n")]
    whole = size <= _BYTES and len(lines) <= _LINES
    name = os.path.relpath(path, folder.root).replace(os.sep, "/")
    return LogEnd(name, lines[-_LINES:], whole)


def _shown(line: str) -> str:
    # A progress bar writes its line again and again.
    shown = _COLOURS.sub("", line.rstrip("\r").rpartition("\r")[2])
    return shown if len(shown) <= _LINE else shown[: _LINE - 1] + "…"


def _newest(folder: str) -> str | None:
    paths = (os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names)
    files = [(written, path) for path in islice(paths, _FILES) if (written := _written(path)) is not None]
    return max(files)[1] if files else None


def _written(path: str) -> int | None:
    """Return when a file was written last; None if there is none, or a link, which could lead out of the folder."""
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        return None
    return facts.st_mtime_ns if stat.S_ISREG(facts.st_mode) else None
