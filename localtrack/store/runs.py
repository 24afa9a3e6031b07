"""Runs: their rows, their hierarchy, and the moves of their status."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import UserErrorException
from localtrack.store import status
from localtrack.store.database import Database
from localtrack.store.owners import Owners

_PAGE = 200  # rows read at once when a list is walked


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's row. Times are nanoseconds since 1970, UTC."""

    key: int
    id: str
    experiment: str
    number: int
    parent: str | None
    root: str | None
    name: str | None
    display_name: str | None
    description: str | None
    type: str | None
    status: str
    inferred: bool
    created: int
    started: int | None
    ended: int | None
    target: str | None
    owner: int | None
    queue: str | None
    definition: dict[str, Any] | None
    snapshot: str | None
    processes: list[Any]
    exit_code: int | None
    error: dict[str, Any] | None
    submitted_by: str | None


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is made from.

    Attributes:
        status: `status.RUNNING` for a run that this process logs to, `status.QUEUED` for one to be executed.
        queue: What tells this host and folder from a copy's; only runs queued here are started here.
    """

    id: str
    status: str
    parent: str | None = None
    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    type: str | None = None
    target: str | None = None
    definition: Mapping[str, Any] | None = None
    snapshot: str | None = None
    queue: str | None = None
    submitted_by: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)
    properties: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list has. A tag or property with the value `ANY` need only be there."""

    experiment: str | None = None
    parent: str | None = None
    ancestor: str | None = None
    top_level: bool = False
    type: str | None = None
    status: str | None = None
    target: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


ANY = object()


class Runs:
    """The runs of a workspace."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def create(self, experiment: str, new: Sequence[NewRun]) -> None:
        """Make runs, all or none, each with its first event.

        Args:
            experiment: The name of an active experiment.
            new: The runs, in the order of their numbers.

        Raises:
            UserErrorException: A run of that id is there already, or the parent isn't.
        """
        running = any(each.status == status.RUNNING for each in new)
        owner = self._owners.current().number if running else None
        with self._database.transaction() as connection:
            if owner is not None:
                self._owners.note(connection, owner)
            row = connection.execute(
                "UPDATE experiments SET last_number = last_number + ? WHERE name = ? AND archived IS NULL "
                "RETURNING key, last_number",
                (len(new), experiment),
            ).fetchone()
            first = row["last_number"] - len(new) + 1
            for number, each in enumerate(new, first):
                self._insert(connection, row["key"], number, each, owner if each.status == status.RUNNING else None)

    def get(self, run_id: str) -> RunRecord | None:
        """Return a run, or None if there is none of that id."""
        row = self._database.row(f"{_SELECT} WHERE runs.id = ?", (run_id,))
        return _record(row) if row else None

    def walk(self, chosen: RunFilter) -> Iterator[RunRecord]:
        """Yield runs, newest first; other calls may come in between."""
        last: tuple[int, int] | None = None
        while page := self._page(chosen, last):
            yield from page
            last = page[-1].created, page[-1].key

    def move(
        self,
        run_id: str,
        who: str,
        new: str,
        *,
        expected: str | None = None,
        error: Mapping[str, Any] | None = None,
        inferred: bool = False,
        **columns: Any,
    ) -> bool:
        """Move a run to another status, with its event, if the table of moves allows it.

        Args:
            run_id: The run.
            who: See `localtrack.store.status`.
            new: The status it gets.
            expected: The status it must have now; any from which the move is allowed when left out.
            error: What went wrong, as the SDK's ``error`` document.
            inferred: Whether ``new`` is only what a dead owner leaves to be inferred.
            **columns: More columns of the run to set in the same transaction.

        Returns:
            Whether it was moved: false if another status was in the way.
        """
        with self._database.transaction(durable=new in status.TERMINAL or new == status.FINALIZING) as connection:
            row = connection.execute(
                "SELECT key, status, inferred, definition FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is not None and row["definition"] is not None and who == status.PERSON:
                who = status.OUTSIDER
            if row is None or (expected is not None and row["status"] != expected):
                return False
            if not status.may_move(who, row["status"], new, inferred=bool(row["inferred"])):
                return False
            now = time.time_ns()
            values: dict[str, Any] = {"status": new, "inferred": inferred, **columns}
            if error is not None or new in status.TERMINAL:
                values["error"] = None if error is None else json.dumps(error)
            if new == status.RUNNING:
                values["started"] = now
            if new in status.TERMINAL:
                values["ended"] = now
            _update(connection, row["key"], values)
            _add_event(connection, row["key"], now, row["status"], new, values.get("error"))
            return True

    def update(self, run_id: str, **columns: Any) -> None:
        """Set columns of a run that are no status."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT key FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is not None:
                _update(connection, row["key"], columns)

    def open_owners(self) -> list[int]:
        """Return the owners of the runs that have not ended."""
        return [
            row["owner"]
            for row in self._database.rows(
                "SELECT DISTINCT owner FROM runs WHERE owner IS NOT NULL "
                "AND status NOT IN ('Completed', 'Failed', 'Canceled')"
            )
        ]

    def open_runs_of(self, owner: int) -> list[RunRecord]:
        """Return the runs of an owner that have not ended."""
        rows = self._database.rows(
            f"{_SELECT} WHERE runs.owner = ? AND runs.status NOT IN ('Completed', 'Failed', 'Canceled')", (owner,)
        )
        return [_record(row) for row in rows]

    def _page(self, chosen: RunFilter, last: tuple[int, int] | None) -> list[RunRecord]:
        where, parameters = _conditions(chosen)
        if last is not None:
            where.append("(runs.created, runs.key) < (?, ?)")
            parameters += last
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self._database.rows(
            f"{_SELECT} {condition} ORDER BY runs.created DESC, runs.key DESC LIMIT {_PAGE}", parameters
        )
        return [_record(row) for row in rows]

    def _insert(
        self, connection: sqlite3.Connection, experiment: int, number: int, new: NewRun, owner: int | None
    ) -> None:
        parent = root = None
        if new.parent is not None:
            found = connection.execute("SELECT key, root FROM runs WHERE id = ?", (new.parent,)).fetchone()
            if found is None:
                raise UserErrorException(f"Run {new.parent} can't get a child: it is not in this workspace any more.")
            parent, root = found["key"], found["root"] or found["key"]
        now = time.time_ns()
        try:
            key = connection.execute(
                "INSERT INTO runs (id, experiment, number, parent, root, name, display_name, description, type, "
                "status, created, started, target, owner, queue, definition, snapshot, submitted_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    new.id,
                    experiment,
                    number,
                    parent,
                    root,
                    new.name,
                    new.display_name,
                    new.description,
                    new.type,
                    new.status,
                    now,
                    now if new.status == status.RUNNING else None,
                    new.target,
                    owner,
                    new.queue,
                    None if new.definition is None else json.dumps(new.definition),
                    new.snapshot,
                    new.submitted_by,
                ),
            ).lastrowid
        except sqlite3.IntegrityError as error:
            raise UserErrorException(
                f"There is a run {new.id} in this workspace already: leave the run id out, or choose another."
            ) from error
        assert key is not None
        for table, pairs in (("tags", new.tags), ("properties", new.properties)):
            if pairs:
                connection.executemany(
                    f"INSERT INTO {table} (run, name, value) VALUES (?, ?, ?)",
                    [(key, name, value) for name, value in pairs.items()],
                )
        _add_event(connection, key, now, None, new.status, None)


_SELECT = """
SELECT runs.*, experiments.name AS experiment_name, parents.id AS parent_id, roots.id AS root_id
FROM runs JOIN experiments ON experiments.key = runs.experiment
LEFT JOIN runs AS parents ON parents.key = runs.parent
LEFT JOIN runs AS roots ON roots.key = runs.root
"""

_BELOW = """
runs.key IN (
    WITH RECURSIVE below (key) AS (
        SELECT runs.key FROM runs JOIN runs AS top ON runs.parent = top.key WHERE top.id = ?
        UNION ALL SELECT runs.key FROM runs JOIN below ON runs.parent = below.key
    ) SELECT key FROM below
)
"""


def _conditions(chosen: RunFilter) -> tuple[list[str], list[Any]]:
    where, parameters = [], []
    columns = (
        ("experiments.name = ? AND experiments.archived IS NULL", chosen.experiment),
        ("parents.id = ?", chosen.parent),
        (_BELOW, chosen.ancestor),
        ("runs.type = ?", chosen.type),
        ("runs.status = ?", chosen.status),
        ("runs.target = ?", chosen.target),
    )
    for condition, value in columns:
        if value is not None:
            where.append(condition)
            parameters.append(value)
    if chosen.top_level:
        where.append("runs.parent IS NULL")
    for table, pairs in (("tags", chosen.tags), ("properties", chosen.properties)):
        for name, value in pairs.items():
            condition = f"SELECT run FROM {table} WHERE name = ?"
            parameters.append(name)
            if value is not ANY:
                condition += " AND value IS ?"
                parameters.append(value)
            where.append(f"runs.key IN ({condition})")
    return where, parameters


def _update(connection: sqlite3.Connection, key: int, values: Mapping[str, Any]) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE runs SET {assignments} WHERE key = ?", (*values.values(), key))


def _add_event(connection: sqlite3.Connection, key: int, at: int, old: str | None, new: str, error: str | None) -> None:
    connection.execute(
        "INSERT INTO events (run, time, old_status, new_status, error) VALUES (?, ?, ?, ?, ?)",
        (key, at, old, new, error),
    )


def _record(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        key=row["key"],
        id=row["id"],
        experiment=row["experiment_name"],
        number=row["number"],
        parent=row["parent_id"],
        root=row["root_id"],
        name=row["name"],
        display_name=row["display_name"],
        description=row["description"],
        type=row["type"],
        status=row["status"],
        inferred=bool(row["inferred"]),
        created=row["created"],
        started=row["started"],
        ended=row["ended"],
        target=row["target"],
        owner=row["owner"],
        queue=row["queue"],
        definition=json.loads(row["definition"]) if row["definition"] else None,
        snapshot=row["snapshot"],
        processes=json.loads(row["processes"]) if row["processes"] else [],
        exit_code=row["exit_code"],
        error=json.loads(row["error"]) if row["error"] else None,
        submitted_by=row["submitted_by"],
    )
