"""Moves what journals hold into the tables, exactly once, whoever does it and whenever it dies.

The rows and the offset up to which a journal was taken are one transaction, kept under the journal's random name. A
journal goes only after its owner was found dead, or has moved on to the next file; it is then read to its end, and
that commit is on disk.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from localtrack import journal, owner
from localtrack.journal import Key, Reader
from localtrack.store.database import LOCK_SECONDS, Database, warn
from localtrack.store.owners import Owners
from localtrack.values import Column

_CHUNK_BYTES = 4 << 20  # of a journal in one transaction: others get their turn in between


class Point(NamedTuple):
    """One logged value that is not in the tables yet."""

    run_id: str
    name: str
    kind: int
    time: int
    owner: int
    position: int
    step: int | None
    value: Column


class _Journal(NamedTuple):
    path: str
    owner_name: str
    number: int
    size: int

    @property
    def owner(self) -> int:
        return int(self.owner_name, 16)

    def position(self, offset: int) -> int:
        """Where a record is in all that its owner wrote: journals of one owner follow each other."""
        return self.number << 32 | offset


@dataclass(slots=True)
class _Series:
    """What one transaction adds to a series."""

    number: int
    values: list[Column] = field(default_factory=list)
    last_time: int = 0
    last: Column = None


class Ingest:
    """Takes in the journals of one workspace."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners
        self._folder = database.layout.journals
        self._taken: dict[str, int] = {}

    def take(self, *, seconds: float = LOCK_SECONDS) -> None:
        """Take in whatever journals hold beyond what was taken; no lock is touched if they have not grown.

        Raises:
            ServiceException: The write lock was not to be had in ``seconds``, or the database refused.
        """
        for each in self._journals():
            if each.size > self._taken.get(each.path, -1):
                self._take(each, seconds)

    def tail(self) -> list[Point]:
        """Return what journals hold beyond what was taken, without changing anything."""
        found = []
        for each in self._journals():
            row = self._database.row(
                "SELECT taken FROM journals WHERE owner = ? AND number = ?", (each.owner, each.number)
            )
            offset = row["taken"] if row else 0
            if each.size > offset:
                data = _read(each.path, offset, min(each.size - offset, journal.MOST_BYTES))
                found += [
                    Point(key.run_id, key.name, key.kind, at, each.owner, each.position(offset + place), step, value)
                    for key, at, step, value, place in Reader().records(data or b"", complete=True)
                ]
        return found

    def settle(self) -> None:
        """Take in the journals of dead owners to their end and remove them, and those their owner is done with."""
        self._owners.discard_unfinished()
        for name in self._owners.locks():
            if self._is_dead(name):
                for each in self._journals(name):
                    self._finish(each)
                self._owners.bury(name)
        journals = self._journals()
        following = {(each.owner_name, each.number) for each in journals}
        for each in journals:
            if (each.owner_name, each.number + 1) in following:
                self._finish(each)

    def _is_dead(self, name: str) -> bool:
        if not owner.is_dead(self._folder, name):
            return False
        record = owner.read(self._folder, name)
        return record is not None and owner.is_of_this_host(record)

    def _journals(self, owner_name: str | None = None) -> list[_Journal]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    known = journal.owner_and_number(entry.name)
                    if known is None or owner_name not in (None, known[0]):
                        continue
                    try:
                        facts = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue  # taken in and removed by somebody else
                    if stat.S_ISREG(facts.st_mode):
                        found.append(_Journal(entry.path, *known, facts.st_size))
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda each: (each.owner_name, each.number))

    def _finish(self, each: _Journal) -> None:
        """Take in a journal that nobody writes any more, keep what is no record, and remove it."""
        self._take(each, LOCK_SECONDS)
        with self._database.transaction(durable=True) as connection:
            offset = _taken(connection, each)
            if each.size - offset >= journal.MOST_BYTES:
                return  # `_take` has warned of it
            rest = _read(each.path, offset)
            if rest:
                self._note_owner(connection, each)
                _set_aside(connection, each, offset, "unfinished", None, rest)
                _note_taken(connection, each, offset + len(rest))
        self._taken.pop(each.path, None)
        with suppress(FileNotFoundError):  # somebody else may have finished it
            os.unlink(each.path)

    def _take(self, each: _Journal, seconds: float) -> None:
        reader = Reader()
        size = _CHUNK_BYTES
        while True:
            with self._database.transaction(durable=True, seconds=seconds) as connection:
                offset = _taken(connection, each)
                data = _read(each.path, offset, size)
                if data is None:
                    return  # somebody else has finished it
                complete = len(data) < size
                gaps = self._insert(connection, each, offset, data, reader, complete)
                if reader.end:
                    self._note_owner(connection, each)
                    _note_taken(connection, each, offset + reader.end)
            self._taken[each.path] = offset + len(data)
            for place, length in gaps:
                warn(
                    f"{length} damaged bytes at {offset + place} of {each.path} were skipped and kept in the table "
                    "set_aside; the values in them are lost."
                )
            if complete:
                return
            if not reader.end:
                size *= 2  # one record is longer than the chunk
            if size > journal.MOST_BYTES:
                warn(
                    f"{each.path} has no record in {journal.MOST_BYTES >> 20} MB, from byte {offset} on, and is no "
                    "journal: remove it."
                )
                return

    def _note_owner(self, connection: sqlite3.Connection, each: _Journal) -> None:
        self._owners.note(connection, each.owner, owner.read(self._folder, each.owner_name) or {})

    def _insert(
        self,
        connection: sqlite3.Connection,
        each: _Journal,
        offset: int,
        data: bytes,
        reader: Reader,
        complete: bool,
    ) -> list[tuple[int, int]]:
        number, base = each.owner, each.position(offset)
        known: dict[Key, _Series | None] = {}
        touched: dict[int, _Series] = {}
        rows = []
        for key, at, step, value, place in reader.records(data, complete):
            try:
                series = known[key]
            except KeyError:
                found = None if key.kind == journal.DESCRIPTION else _find_series(connection, key)
                # Several keys stand for one series: a record's head also depends on its value's type.
                series = known[key] = None if found is None else touched.setdefault(found, _Series(found))
            if key.kind == journal.DESCRIPTION:
                _describe(connection, key, value)
            elif series is None:
                record = journal.record_at(data, place)
                _set_aside(connection, each, offset + place, "unknown run", key.run_id, record)
            else:
                rows.append((series.number, at, number, base + place, step, value))
                series.values.append(value)
                if at >= series.last_time:  # threads may write in another order than they took the time in
                    series.last_time, series.last = at, value
        connection.executemany(
            "INSERT INTO points (series, time, owner, position, step, value) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            rows,
        )
        for series in touched.values():
            _summarize(connection, series)
        for place, length in reader.gaps:
            _set_aside(connection, each, offset + place, "damaged", None, data[place : place + length])
        return reader.gaps


def _find_series(connection: sqlite3.Connection, key: Key) -> int | None:
    """Return the number of a key's series, which is made if it is new; None if there is no such run."""
    run = connection.execute("SELECT key FROM runs WHERE id = ?", (key.run_id,)).fetchone()
    if run is None:
        return None
    chosen = (run[0], key.name, key.kind)
    connection.execute("INSERT INTO metrics (run, name, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", chosen)
    number: int = connection.execute(
        "SELECT series FROM metrics WHERE run = ? AND name = ? AND kind = ?", chosen
    ).fetchone()[0]
    return number


def _describe(connection: sqlite3.Connection, key: Key, text: Column) -> None:
    connection.execute(
        "UPDATE metrics SET description = ? WHERE run = (SELECT key FROM runs WHERE id = ?) AND name = ?",
        (text, key.run_id, key.name),
    )


def _summarize(connection: sqlite3.Connection, series: _Series) -> None:
    if not series.values:
        return
    numbers = [value for value in series.values if isinstance(value, int | float)]
    least, greatest = (min(numbers), max(numbers)) if numbers else (None, None)
    connection.execute(
        """
        UPDATE metrics SET
            count = count + :count,
            last = CASE WHEN last_time IS NULL OR last_time <= :time THEN :last ELSE last END,
            last_time = max(ifnull(last_time, 0), :time),
            least = min(ifnull(least, :least), ifnull(:least, least)),
            greatest = max(ifnull(greatest, :greatest), ifnull(:greatest, greatest))
        WHERE series = :series
        """,
        {
            "count": len(series.values),
            "time": series.last_time,
            "last": series.last,
            "least": least,
            "greatest": greatest,
            "series": series.number,
        },
    )


def _set_aside(
    connection: sqlite3.Connection, each: _Journal, offset: int, reason: str, run_id: str | None, content: bytes
) -> None:
    connection.execute(
        "INSERT INTO set_aside (owner, position, reason, run_id, bytes, noted) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (each.owner, each.position(offset), reason, run_id, content, time.time_ns()),
    )


def _taken(connection: sqlite3.Connection, each: _Journal) -> int:
    row = connection.execute(
        "SELECT taken FROM journals WHERE owner = ? AND number = ?", (each.owner, each.number)
    ).fetchone()
    return row[0] if row else 0


def _note_taken(connection: sqlite3.Connection, each: _Journal, offset: int) -> None:
    connection.execute(
        "INSERT INTO journals (owner, number, taken) VALUES (?, ?, ?) "
        "ON CONFLICT (owner, number) DO UPDATE SET taken = excluded.taken",
        (each.owner, each.number, offset),
    )


def _read(path: str, offset: int, size: int = -1) -> bytes | None:
    """Return a file's bytes from an offset on, or None if there is no such file."""
    try:
        with open(os.open(path, journal.READ), "rb") as file:
            file.seek(offset)
            return file.read(size)
    except FileNotFoundError:
        return None
