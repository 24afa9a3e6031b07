"""The database's file and those beside it: making it whole or not at all, and what SQLite must not be let near."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress

from localtrack.exceptions import WorkspaceException

_LEAST_BYTES = 512  # a page of SQLite's; a shorter file is taken for a new database by it
_SIDECARS = ("-wal", "-shm", "-journal")
_LOOKS = 3
_LOOK_SECONDS = 0.01


def make(path: str, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a database whole or not at all, so that one that is there and empty has lost what was in it.

    Args:
        path: The file, which isn't there. The caller holds the write lock.
        fill: Makes the tables, in a transaction.

    Raises:
        WorkspaceException: The log of another database is there, or a link that leads nowhere.
        OSError: The file can't be put in its place.
        sqlite3.Error: It can't be written.
    """
    if os.path.islink(path):
        raise WorkspaceException(
            f"{path} leads to {os.path.realpath(path)}, which is not there. Nothing was changed: put it back, or "
            "remove the link to start anew."
        )
    _refuse_sidecars(path)
    new = f"{path}.new"
    _remove(new)  # of a process that was killed
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            fill(connection)
            connection.execute("COMMIT")
            # Last, so that nothing is in a log: SQLite doesn't say so if that can't be moved into the file at the end.
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise WorkspaceException(f"{path} can't be put into WAL mode: SQLite stays in {mode!r}.")
        os.rename(new, path)
        _sync(os.path.dirname(path))
    finally:
        _remove(new)


def back_up(path: str, version: int) -> None:
    """Keep the tables as they are, beside the database, under the version's number.

    Raises:
        OSError: The backup can't be put in its place.
        sqlite3.Error: It can't be written.
    """
    target = f"{path}.v{version}.backup"
    new = f"{target}.new"
    _remove(new)  # of a process that was killed
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(new)) as copy:
            source.backup(copy)
        os.rename(new, target)
    finally:
        _remove(new)


def refuse_remains(path: str) -> None:
    """Refuse what SQLite would take for whole: a file without content, and one whose log was taken away.

    Raises:
        WorkspaceException: It is such a file.
    """
    try:
        size = os.stat(path).st_size
    except OSError:
        return  # SQLite says what is the matter
    if _has_lost_its_log(path):
        raise WorkspaceException(
            f"{path}-wal is not there, which has the latest changes, though {path}-shm is, which goes before it: it "
            "was moved or deleted while the database was used. Nothing was changed: put it back, or, to go on without "
            f"those changes, end the processes that use the workspace and remove {os.path.basename(path)}-shm."
        )
    if os.path.isfile(path) and size < _LEAST_BYTES:
        raise WorkspaceException(
            f"{path} is too short for a database ({size:,} bytes): what was in it is lost. It was left as it is: "
            "put a backup in its place, or move it away to start anew."
        )


def sidecars(path: str) -> list[str]:
    """Return the paths of the log and its index that are there beside a database, or where one was."""
    return [path + suffix for suffix in _SIDECARS if os.path.exists(path + suffix)]


def _has_lost_its_log(path: str) -> bool:
    """Whether the log's index is there without the log: SQLite makes it after the log, and removes it before."""
    for _ in range(_LOOKS):
        if os.path.exists(f"{path}-wal") or not os.path.exists(f"{path}-shm"):
            return False
        time.sleep(_LOOK_SECONDS)  # another process may have made or removed both between the two looks
    return True


def _refuse_sidecars(path: str) -> None:
    """Refuse to make a database beside the log of another one, which SQLite would put into it."""
    left = sidecars(path)
    if left and os.path.exists(f"{path}.deleted"):  # a process was killed while it deleted the workspace
        for each in left:
            os.unlink(each)
    elif left:
        raise WorkspaceException(
            f"{path} is not there, but {left[0]} is, which belongs to it: it was moved or deleted while it was used. "
            "Nothing was changed: put it back, or, to start anew, end the processes that use it and move "
            f"{' and '.join(map(os.path.basename, left))} away too."
        )


def _remove(path: str) -> None:
    for each in (path, *(path + suffix for suffix in _SIDECARS)):
        with suppress(FileNotFoundError):
            os.unlink(each)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
