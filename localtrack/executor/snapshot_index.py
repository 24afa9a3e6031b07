"""What the files of a source folder were when they were last read, so that unchanged ones are not read again."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from localtrack.executor import snapshot_objects as objects
from localtrack.executor.snapshot_manifest import MALFORMED
from localtrack.paths import Layout

_TICK_NS = 20_000_000  # kernels stamp files by a clock that moves up to 10 ms at a time
_COARSE_NS = 2_000_000_000  # FAT counts in 2 s, and such times are whole seconds


class Index:
    """The files of one source folder, as of its last snapshot and as of the present one.

    Args:
        layout: The workspace.
        top: The folder, absolute and without links.
        now: The file system's time, in nanoseconds, when the present snapshot was begun.
    """

    def __init__(self, layout: Layout, top: str, now: int) -> None:
        self._layout = layout
        self._path = _path(layout, top)
        self._now = now
        self._time, self._known = _read(self._path)
        self._files: dict[str, list[Any]] = {}
        self._changed = False

    def unchanged(self, name: str, status: os.stat_result) -> str | None:
        """Return the hash of a file's content if it is kept and the file is certainly what it was, else None."""
        was = self._known.get(name)
        if not isinstance(was, list) or was[:4] != _facts(status):
            return None
        # git's racy rule: a file touched in the instant of the last scan may have been changed again with the same time
        grain = _TICK_NS if status.st_mtime_ns % 1_000_000_000 else _COARSE_NS
        if max(status.st_mtime_ns, status.st_ctime_ns) + grain >= self._time:
            return None
        sha = was[-1]
        if not isinstance(sha, str) or not objects.is_sha(sha):
            return None
        return sha if objects.is_kept(self._layout, sha, status.st_size) else None

    def note(self, name: str, status: os.stat_result, sha: str, *, was_read: bool) -> None:
        """Note what a file is now."""
        self._files[name] = [*_facts(status), sha]
        self._changed |= was_read

    def save(self) -> None:
        """Write what was noted, if it is something new; the lock is held."""
        if self._changed or self._files != self._known:
            content = {"time": self._now, "files": self._files}
            objects.write(self._path, json.dumps(content, separators=(",", ":")).encode())


def _path(layout: Layout, top: str) -> str:
    inside = top == layout.project or top.startswith(os.path.join(layout.project, ""))
    key = "./" + os.path.relpath(top, layout.project) if inside else top
    return os.path.join(layout.snapshots, "index", f"{hashlib.sha256(os.fsencode(key)).hexdigest()[:32]}.json")


def _read(path: str) -> tuple[int, dict[str, Any]]:
    try:
        content = json.loads(objects.read(path) or b"{}")
        return int(content["time"]), dict(content["files"])
    except MALFORMED:
        return 0, {}  # it only saves time: everything is read again


def _facts(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
