"""What a workspace stands on: SQLite, the file system, the write lock."""

from __future__ import annotations

import fcntl
import os
import sqlite3

from localtrack.store.database import Database

OLDEST_SQLITE = (3, 37, 0)

_LOCK_SECONDS = 5.0
# https://sqlite.org/wal.html, "The WAL-reset bug": from 3.7.0 on, and where it was mended.
_WAL_RESET = (3, 7, 0)
_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the SQLite that this Python has."""
    return sqlite3.sqlite_version_info


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Whether a version of SQLite can damage a database when a commit and a checkpoint of two processes overlap.

    localtrack's write lock keeps them apart.
    """
    mended = any(version[:2] == each[:2] and version >= each for each in _MENDED) or version >= _MENDED[-1]
    return version >= _WAL_RESET and not mended


def file_system(folder: str) -> str | None:
    """Return the type of the file system that a folder is on, or None where that can't be told."""
    import psutil

    found, kind = "", None
    for part in psutil.disk_partitions(all=True):
        inside = folder == part.mountpoint or folder.startswith(os.path.join(part.mountpoint, ""))
        if inside and len(part.mountpoint) >= len(found):
            found, kind = part.mountpoint, part.fstype
    return kind


def journal_mode(database: Database) -> str:
    """Return SQLite's journal mode, which should be ``wal``."""
    mode: str = database.tuples("PRAGMA journal_mode")[0][0]
    return mode


def lock_fault(database: Database) -> str | None:
    """Return what is wrong with the write lock, or None.

    Raises:
        ServiceException: It can't be had, or the database can't be changed.
    """
    with database.transaction(seconds=_LOCK_SECONDS) as connection:
        connection.execute("DELETE FROM journals WHERE owner IS NULL")  # no row; SQLite looks whether it may write
        second = os.open(database.layout.write_lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        finally:
            os.close(second)
    return "two can hold it at once: this file system has no locks"


def backups(database_path: str) -> list[str]:
    """Return the backups that were made beside a database before its tables were changed, the newest first."""
    folder, name = os.path.split(database_path)
    try:
        found = [each for each in os.listdir(folder) if each.startswith(f"{name}.v") and each.endswith(".backup")]
    except FileNotFoundError:
        return []
    return sorted((os.path.join(folder, each) for each in found), key=os.path.getmtime, reverse=True)
