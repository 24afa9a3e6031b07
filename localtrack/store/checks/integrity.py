"""The database file: whether SQLite finds it whole, and whether rows refer to rows that are there."""

from __future__ import annotations

from collections import Counter

from localtrack.exceptions import ServiceException
from localtrack.store.checks.finding import Finding, Step
from localtrack.store.database import Database

_MOST = 20  # of what SQLite says of a damaged file


class Integrity:
    """The check of the database file.

    Args:
        database: The database.
        deep: Whether indexes are compared with their tables too, which takes several times as long.
    """

    name = "integrity"

    def __init__(self, database: Database, *, deep: bool) -> None:
        self._database = database
        self._pragma = "integrity_check" if deep else "quick_check"

    def find(self, step: Step) -> list[Finding]:
        """Return what SQLite says of the file. If it is damaged, the other checks mean nothing."""
        step("Checking the database")
        try:
            rows = self._database.tuples(f"PRAGMA {self._pragma}({_MOST})")
        except ServiceException as error:
            rows = [(str(error),)]
        return [
            damaged(self._database.layout.database, str(text).replace("\n", " ")) for (text,) in rows if text != "ok"
        ]

    def repair(self, findings: list[Finding]) -> None:
        """Repair nothing: a damaged file is for a backup, or for people."""


class References:
    """The check of rows that refer to rows of another table."""

    name = "tables"

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, step: Step) -> list[Finding]:
        """Return which tables have rows that refer to nothing. Runs are named by `Tables`."""
        step("Checking references between tables")
        rows = self._database.tuples("PRAGMA foreign_key_check")
        counts = Counter((table, parent) for table, _, parent, _ in rows if table != "runs")
        return [
            Finding(
                self.name,
                "reference",
                f"{count:,} row{'s' * (count > 1)} of the table {table} refer to a row of {parent} that is not there",
                "They were left as they are. Put a backup in the database's place, or look at them with SQLite.",
                name=f"{table}.{parent}",
            )
            for (table, parent), count in sorted(counts.items())
        ]

    def repair(self, findings: list[Finding]) -> None:
        """Repair nothing: what the rows belonged to is gone."""


def damaged(path: str, said: str) -> Finding:
    """Return the finding of a database that can't be read."""
    return Finding(
        Integrity.name,
        "database-damaged",
        f"The database is damaged: {said}",
        "Put a backup in its place, or save what `sqlite3 FILE .recover` finds. Nothing else was checked or changed.",
        path=path,
    )
