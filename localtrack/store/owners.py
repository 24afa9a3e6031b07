"""Owners as the database knows them: which process of which host a number stands for, and whether it is dead."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import suppress
from typing import Any

from localtrack import owner
from localtrack.exceptions import ServiceException
from localtrack.store.database import Database

_NAME = re.compile(r"[0-9a-f]{12}")


class Owners:
    """The processes that write, or wrote, to a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.layout.journals

    def current(self) -> owner.Owner:
        """Return this process's owner.

        Raises:
            ServiceException: Its lock file can't be made.
        """
        try:
            return owner.current(self._folder)
        except OSError as error:
            raise ServiceException(
                f"No lock file could be made in {self._folder}: {error.strerror}. Make room, or make the folder "
                "writable, then do it again.",
                error,
            ) from error

    def note(self, connection: sqlite3.Connection, number: int, record: dict[str, Any] | None = None) -> None:
        """Have a row for an owner; inside the transaction that names it.

        Args:
            connection: Of that transaction.
            number: The owner's.
            record: Its `owner.identity`; this process's when left out.
        """
        if connection.execute("SELECT 1 FROM owners WHERE number = ?", (number,)).fetchone():
            return
        facts = owner.identity() if record is None else record
        connection.execute(
            "INSERT INTO owners (number, host, boot, pid, started, noted) VALUES (?, ?, ?, ?, ?, ?)",
            (number, facts.get("host"), facts.get("boot"), facts.get("pid"), facts.get("started"), time.time_ns()),
        )

    def is_dead(self, number: int) -> bool:
        """Whether an owner with a row is proved dead: it was of this host, and its lock can be taken."""
        if not owner.is_dead(self._folder, name_of(number)):
            return False
        row = self._database.row("SELECT host, boot, ended FROM owners WHERE number = ?", (number,))
        return row is not None and (row["ended"] is not None or owner.is_of_this_host(dict(row)))

    def boot(self, number: int) -> str | None:
        """Return the boot id of the system that an owner ran on, where the system has one."""
        row = self._database.row("SELECT boot FROM owners WHERE number = ?", (number,))
        boot: str | None = row["boot"] if row else None
        return boot

    def pid(self, number: int) -> int | None:
        """Return the pid of a living owner of this host and boot, for poking it; None otherwise."""
        row = self._database.row("SELECT pid, boot, started FROM owners WHERE number = ?", (number,))
        if row is None or row["boot"] != owner.identity()["boot"] or self.is_dead(number):
            return None
        pid: int = row["pid"]
        # In another pid namespace the number is another process's.
        return pid if owner.start_time(pid) == row["started"] else None

    def is_foreign(self, number: int) -> bool:
        """Whether an owner was of another host, so that nothing can be proved about it here."""
        row = self._database.row("SELECT host, boot FROM owners WHERE number = ?", (number,))
        return row is not None and not owner.is_of_this_host(dict(row))

    def describe(self, number: int) -> str:
        """Return what people call an owner: its pid and host."""
        row = self._database.row("SELECT pid, host FROM owners WHERE number = ?", (number,))
        return f"pid {row['pid']} on {row['host']}" if row else "unknown"

    def locks(self) -> list[str]:
        """Return the names of the owners that have a lock file."""
        suffix = owner.LOCK_SUFFIX
        try:
            names = [name.removesuffix(suffix) for name in os.listdir(self._folder) if name.endswith(suffix)]
        except FileNotFoundError:
            return []
        return [name for name in names if _NAME.fullmatch(name)]

    def discard_unfinished(self) -> None:
        """Remove lock files that were never finished."""
        with suppress(FileNotFoundError):
            owner.discard_unfinished(self._folder)

    def bury(self, name: str) -> None:
        """Note that a dead owner has nothing left to take in, and remove its lock."""
        with self._database.transaction(durable=True) as connection:
            self.note(connection, int(name, 16), owner.read(self._folder, name) or {})
            connection.execute("UPDATE owners SET ended = ? WHERE number = ?", (time.time_ns(), int(name, 16)))
        with suppress(FileNotFoundError):  # somebody else may have buried it
            os.unlink(os.path.join(self._folder, name + owner.LOCK_SUFFIX))


def name_of(number: int) -> str:
    """Return the name of the owner with that number."""
    return f"{number:012x}"
