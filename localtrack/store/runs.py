"""Runs: their rows, their hierarchy, and the moves of their status."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import ComputeTargetException, UserErrorException
from localtrack.store import events, status
from localtrack.store.database import Database
from localtrack.store.deletion import set_aside
from localtrack.store.owners import Owners
from localtrack.store.parts import parts
from localtrack.store.place import place
from localtrack.store.queue import LOCAL
from localtrack.store.run_filter import SOURCE, RunFilter, conditions, labelled
from localtrack.store.run_record import SELECT, SELECT_BY_KEY, RunRecord, record

_PAGE = 200  # rows read at once when a list is walked
_NEWEST_FIRST = "ORDER BY runs.created DESC, runs.key DESC"


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is made from.

    Attributes:
        status: `status.RUNNING` for a run that this process logs to, `status.QUEUED` for one to be executed.
        priority: Of the runs that wait for the same target, those of a higher one go first.
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
    priority: int = 0
    definition: Mapping[str, Any] | None = None
    snapshot: str | None = None
    queue: str | None = None
    submitted_by: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)
    properties: Mapping[str, str | None] = field(default_factory=dict)


class Runs:
    """The runs of a workspace."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def create(self, experiment_id: str, new: Sequence[NewRun]) -> None:
        """Make runs, all or none, each with its first event.

        Args:
            experiment_id: An active experiment.
            new: The runs, in the order of their numbers.

        Raises:
            UserErrorException: A run of that id is there already, the parent isn't, or the experiment is archived.
            ComputeTargetException: A run is to wait for a compute target that isn't there.
        """
        running = any(each.status == status.RUNNING for each in new)
        owner = self._owners.current().number if running else None
        with self._database.transaction() as connection:
            if owner is not None:
                self._owners.note(connection, owner)
            row = connection.execute(
                "UPDATE experiments SET last_number = last_number + ? WHERE id = ? AND archived IS NULL "
                "RETURNING key, last_number",
                (len(new), experiment_id),
            ).fetchone()
            if row is None:
                raise _closed(connection, experiment_id)
            first = row["last_number"] - len(new) + 1
            telling = events.telling(self._database.layout)
            for number, each in enumerate(new, first):
                if os.path.lexists(self._database.layout.run(each.id).root):
                    self._discard_leftover(connection, each.id)
                run_owner = owner if each.status == status.RUNNING else None
                key = self._insert(connection, row["key"], number, each, run_owner)
                events.add(connection, telling, key, time.time_ns(), None, each.status)

    def get(self, run_id: str) -> RunRecord | None:
        """Return a run, or None if there is none of that id."""
        row = self._database.row(f"{SELECT} WHERE runs.id = ?", (run_id,))
        return record(row) if row else None

    def get_many(self, run_ids: Sequence[str]) -> list[RunRecord]:
        """Return runs in the order of their ids; those that aren't there are left out."""
        found = {}
        for part in parts(run_ids):
            marks = ", ".join("?" * len(part))
            for row in self._database.rows(f"{SELECT} WHERE runs.id IN ({marks})", part):
                found[row["id"]] = record(row)
        return [found[run_id] for run_id in run_ids if run_id in found]

    def walk(self, chosen: RunFilter, most: int | None = None) -> Iterator[RunRecord]:
        """Yield runs, newest first; other calls may come in between.

        Args:
            chosen: Which runs.
            most: How many, at most; all if None.
        """
        select = SELECT_BY_KEY if self._has_few(chosen) else SELECT
        last: tuple[int, int] | None = None
        left = sys.maxsize if most is None else most
        while left and (page := self._page(select, chosen, last, min(left, _PAGE))):
            yield from page
            left -= len(page)
            last = page[-1].created, page[-1].key

    def count(self, chosen: RunFilter) -> int:
        """Return how many runs there are, without reading them."""
        where, parameters = conditions(chosen)
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        ((number,),) = self._database.tuples(f"SELECT count(*) {SOURCE} {condition}", parameters)
        return int(number)

    def ids(self, chosen: RunFilter) -> list[str]:
        """Return the ids of runs, newest first."""
        where, parameters = conditions(chosen)
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self._database.tuples(f"SELECT runs.id {SOURCE} {condition} {_NEWEST_FIRST}", parameters)
        return [run_id for (run_id,) in rows]

    def ids_that_begin(self, start: str) -> list[str]:
        """Return the ids that begin with a text, of the newest run first; the index of ids is asked, not each run."""
        # The sign keeps SQLite from following the index of times in place of that of ids.
        rows = self._database.tuples(
            "SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY +created DESC, key DESC",
            (start, start + chr(sys.maxunicode)),
        )
        return [run_id for (run_id,) in rows]

    def by_experiment(self) -> dict[str, tuple[int, int]]:
        """Return, by the id of each experiment that has runs: how many, and when the newest was made."""
        rows = self._database.tuples(
            "SELECT experiments.id, count(*), max(runs.created) FROM runs "
            "JOIN experiments ON experiments.key = runs.experiment GROUP BY runs.experiment"
        )
        return {experiment_id: (number, newest) for experiment_id, number, newest in rows}

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
                "SELECT key, status, inferred, definition, queue FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is not None and row["definition"] is not None and who == status.PERSON:
                who = status.OUTSIDER
            if row is None or (expected is not None and row["status"] != expected):
                return False
            if not status.may_move(who, row["status"], new, inferred=bool(row["inferred"])):
                return False
            now = events.moment(connection, row["key"])
            values: dict[str, Any] = {"status": new, "inferred": inferred, **columns}
            if error is not None or new in status.TERMINAL:
                values["error"] = None if error is None else json.dumps(error)
            if new == status.RUNNING:
                values["started"] = now
            if new in status.TERMINAL:
                values["ended"] = now
            _update(connection, row["key"], values)
            # What a copy of the project finds out about the original's scripts is nobody's news.
            telling = events.telling(self._database.layout)
            telling = telling if row["queue"] in (None, place(self._database.layout)) else None
            events.add(connection, telling, row["key"], now, row["status"], new, values.get("error"))
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
            f"{SELECT} WHERE runs.owner = ? AND runs.status NOT IN ('Completed', 'Failed', 'Canceled')", (owner,)
        )
        return [record(row) for row in rows]

    def _has_few(self, chosen: RunFilter) -> bool:
        """Whether so few runs have a tag or property that is asked for that all of them are looked at at once.

        SQLite does not know how many there are, and would walk all runs, newest first, until it meets those few.
        """
        return any(
            self._database.tuples(f"SELECT count(*) <= {_PAGE} FROM ({condition} LIMIT {_PAGE + 1})", parameters)[0][0]
            for condition, parameters in labelled(chosen)
        )

    def _page(self, select: str, chosen: RunFilter, last: tuple[int, int] | None, most: int) -> list[RunRecord]:
        where, parameters = conditions(chosen)
        if last is not None:
            where.append("(runs.created, runs.key) < (?, ?)")
            parameters += last
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self._database.rows(f"{select} {condition} {_NEWEST_FIRST} LIMIT {most}", parameters)
        return [record(row) for row in rows]

    def _discard_leftover(self, connection: sqlite3.Connection, run_id: str) -> None:
        if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is None:
            set_aside(self._database.layout, run_id)

    def _insert(
        self, connection: sqlite3.Connection, experiment: int, number: int, new: NewRun, owner: int | None
    ) -> int:
        parent = root = None
        if new.parent is not None:
            found = connection.execute("SELECT key, root FROM runs WHERE id = ?", (new.parent,)).fetchone()
            if found is None:
                raise UserErrorException(f"Run {new.parent} can't get a child: it is not in this workspace any more.")
            parent, root = found["key"], found["root"] or found["key"]
        if new.status == status.QUEUED:
            _require_target(connection, new.target)
        now = time.time_ns()
        try:
            key = connection.execute(
                "INSERT INTO runs (id, experiment, number, parent, root, name, display_name, description, type, "
                "status, created, started, target, priority, owner, queue, definition, snapshot, submitted_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    new.priority,
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
        return key


def _closed(connection: sqlite3.Connection, experiment_id: str) -> UserErrorException:
    """Return the error of an experiment that takes no runs."""
    row = connection.execute("SELECT name FROM experiments WHERE id = ?", (experiment_id,)).fetchone()
    if row is None:
        return UserErrorException("The experiment was deleted, so no run can be added: use another Experiment object.")
    return UserErrorException(
        f"The experiment {row['name']!r} is archived, so no run can be added: reactivate() it, or use another."
    )


def _require_target(connection: sqlite3.Connection, target: str | None) -> None:
    """Refuse a target that was deleted since the run was checked; who deletes one looks for runs that wait."""
    if target in (None, LOCAL):
        return
    if connection.execute("SELECT 1 FROM targets WHERE name = ?", (target,)).fetchone() is None:
        raise ComputeTargetException(
            f"The compute target {target!r} was deleted meanwhile: create it again, or choose another."
        )


def _update(connection: sqlite3.Connection, key: int, values: Mapping[str, Any]) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE runs SET {assignments} WHERE key = ?", (*values.values(), key))
