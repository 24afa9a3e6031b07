"""Journals against what was taken of them, and owners' locks."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress

from localtrack import journal, owner
from localtrack.journal import Reader
from localtrack.store.checks.finding import NOTE, WARNING, Finding, Step
from localtrack.store.database import Database
from localtrack.store.ingest import Ingest
from localtrack.store.owners import Owners

_UNFINISHED = owner.LOCK_SUFFIX + ".new"
_UNFINISHED_SECONDS = 60.0


class Journals:
    """The check of the folder of journals and locks."""

    name = "journals"

    def __init__(self, database: Database, owners: Owners, ingest: Ingest) -> None:
        self._database = database
        self._owners = owners
        self._ingest = ingest
        self._folder = database.layout.journals

    def find(self, step: Step) -> list[Finding]:
        """Return what is wrong with journals, and which owners have ended and left something to be taken in."""
        found = self._set_aside()
        # Journals first: an owner's lock is there before its journal, and longer.
        journals = self._names(journal.SUFFIX)
        locks = {name.removesuffix(owner.LOCK_SUFFIX) for name in self._names(owner.LOCK_SUFFIX)}
        for name in journals:
            step("Checking journals")
            if (known := journal.owner_and_number(name)) is not None:
                who, number = known
                found += self._of_journal(os.path.join(self._folder, name), who, number, who in locks)
        for name in sorted(locks):
            found += self._of_lock(name)
        found += self._unfinished()
        return found

    def repair(self, findings: list[Finding]) -> None:
        """Take in what owners that have ended have left, and remove it, as whoever opens the workspace does."""
        if findings:
            self._ingest.settle()

    def _of_journal(self, path: str, who: str, number: int, has_lock: bool) -> list[Finding]:
        # The offset first: both only grow.
        row = self._database.row("SELECT taken FROM journals WHERE owner = ? AND number = ?", (int(who, 16), number))
        taken = row["taken"] if row else 0
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                return [self._no_journal(path, "no file")]
            with open(os.open(path, journal.READ), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(taken)
                rest = file.read(journal.MOST_BYTES)
        except FileNotFoundError:
            return []  # taken in and removed by somebody else
        found = []
        if size < taken:
            found.append(
                Finding(
                    self.name,
                    "journal-cut",
                    f"{path} has {size:,} bytes, and {taken:,} were taken in: it was cut, or is an older copy",
                    "What was taken in is in the tables. What its process logs from now on may be lost: end the "
                    "process, and the journal is removed.",
                    path=path,
                    fixable=self._is_dead(who),
                )
            )
        reader = Reader()
        for _ in reader.records(rest, complete=len(rest) < journal.MOST_BYTES):
            pass
        if not reader.end and len(rest) == journal.MOST_BYTES:
            return [*found, self._no_journal(path, f"{len(rest):,} bytes without a record")]
        if reader.gaps:
            lost = sum(length for _, length in reader.gaps)
            found.append(
                Finding(
                    self.name,
                    "journal-damaged",
                    f"{lost:,} bytes of {path} are damaged, from byte {taken + reader.gaps[0][0]:,} on; the values in "
                    "them are lost",
                    "The rest is taken in by the next reader, and the damaged bytes are kept in the table set_aside.",
                    path=path,
                    fixable=self._is_dead(who),
                )
            )
        elif reader.end < len(rest) and self._is_dead(who):
            found.append(
                Finding(
                    self.name,
                    "journal-unfinished",
                    f"The last {len(rest) - reader.end:,} bytes of {path} are no whole record: its process was killed "
                    "while it wrote, or the file is damaged",
                    "They are kept in the table set_aside, and the rest is taken in.",
                    severity=WARNING,
                    path=path,
                    fixable=True,
                )
            )
        if not has_lock and os.path.exists(path):
            found.append(
                Finding(
                    self.name,
                    "lock-missing",
                    f"{path} has no lock file beside it, so nothing tells whether its process lives",
                    "It is read, and never removed. Remove it by hand when nothing logs to this workspace any more.",
                    severity=WARNING,
                    path=path,
                )
            )
        return found

    def _no_journal(self, path: str, what: str) -> Finding:
        return Finding(
            self.name,
            "journal-foreign",
            f"{path} is {what}, and no journal",
            "It is not read. Remove it by hand.",
            severity=WARNING,
            path=path,
        )

    def _of_lock(self, who: str) -> list[Finding]:
        path = os.path.join(self._folder, who + owner.LOCK_SUFFIX)
        dead = owner.is_dead(self._folder, who)
        record = owner.read(self._folder, who)
        if not dead or not os.path.exists(path):
            return []  # taken in and removed by somebody else
        if record is None:
            return [
                Finding(
                    self.name,
                    "lock-damaged",
                    f"{path} doesn't say which process of which host it was",
                    "It is left alone. Remove it by hand when nothing logs to this workspace any more.",
                    severity=WARNING,
                    path=path,
                )
            ]
        process = f"The process {record.get('pid')} of {record.get('host')}"
        if not owner.is_of_this_host(record):
            return [
                Finding(
                    self.name,
                    "owner-of-another-host",
                    f"{process} has logged here, and whether it lives can't be told on this host",
                    "It is left alone, and what it has logged is read. If the folder is a copy, remove its lock by "
                    "hand.",
                    severity=WARNING,
                    path=path,
                )
            ]
        return [
            Finding(
                self.name,
                "owner-ended",
                f"{process} has ended, and its journals and its lock are still there",
                "What they hold is taken in and they are removed; whoever opens the workspace next does so, too.",
                severity=NOTE,
                path=path,
                fixable=True,
            )
        ]

    def _unfinished(self) -> list[Finding]:
        found = []
        for name in self._names(_UNFINISHED):
            path = os.path.join(self._folder, name)
            with suppress(FileNotFoundError):
                if time.time() - os.stat(path).st_mtime > _UNFINISHED_SECONDS:
                    found.append(
                        Finding(
                            self.name,
                            "lock-unfinished",
                            f"{path} was left by a process that was killed as it began",
                            "It is removed.",
                            severity=WARNING,
                            path=path,
                            fixable=True,
                        )
                    )
        return found

    def _set_aside(self) -> list[Finding]:
        count, size = self._database.tuples(
            "SELECT count(*), ifnull(sum(length(bytes)), 0) FROM set_aside WHERE reason = 'damaged'"
        )[0]
        if not count:
            return []
        return [
            Finding(
                self.name,
                "values-lost",
                f"{size:,} bytes of journals were damaged when they were taken in, in {count:,} places; the values in "
                "them are lost",
                "They are kept in the table set_aside.",
                severity=WARNING,
                name="set_aside",
            )
        ]

    def _is_dead(self, who: str) -> bool:
        if not owner.is_dead(self._folder, who):
            return False
        record = owner.read(self._folder, who)
        return record is not None and owner.is_of_this_host(record)

    def _names(self, suffix: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(suffix))
        except FileNotFoundError:
            return []
