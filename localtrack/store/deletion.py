"""Taking runs and experiments out of a workspace, with all that belongs to them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import Layout
from localtrack.store.database import Database
from localtrack.store.ingest import Ingest
from localtrack.store.status import TERMINAL

DELETED = ".deleted-"

_NOTE = "deleted run "  # before its id, as the name of a setting

_BELOW = """
WITH RECURSIVE chosen (key) AS (
    SELECT key FROM runs WHERE {}
    UNION SELECT runs.key FROM runs JOIN chosen ON runs.parent = chosen.key
)
SELECT key, id, status FROM runs WHERE key IN chosen ORDER BY key
"""


class Deletion:
    """Deletes rows, all or none, and then the folders that they told of."""

    def __init__(self, database: Database, ingest: Ingest) -> None:
        self._database = database
        self._ingest = ingest

    def delete_run(self, run_id: str) -> list[str]:
        """Delete a run and all runs below it, with their metrics and files. Models made from them stay.

        Returns:
            The ids of the runs that were deleted.

        Raises:
            UserErrorException: There is no such run, or one of them has not ended; nothing was deleted.
            ServiceException: The database refused, and nothing was deleted; or a folder of a deleted run stays.
        """
        self._ingest.take()  # what is still in journals would be set aside later
        with self._database.transaction(durable=True) as connection:
            found = _delete(connection, "id = ?", run_id)
            if not found:
                raise UserErrorException(f"There is no run {run_id!r} in this workspace.")
            _note(connection, found)
        self._remove_folders(found)
        return found

    def delete_experiment(self, experiment_id: str) -> list[str]:
        """Delete an experiment with all its runs; see `delete_run`.

        Raises:
            UserErrorException: There is no such experiment, or one of its runs has not ended; nothing was deleted.
            ServiceException: As of `delete_run`.
        """
        self._ingest.take()
        with self._database.transaction(durable=True) as connection:
            row = connection.execute("SELECT key FROM experiments WHERE id = ?", (experiment_id,)).fetchone()
            if row is None:
                raise UserErrorException(f"There is no experiment of the id {experiment_id!r} in this workspace.")
            found = _delete(connection, "experiment = ?", row["key"])
            connection.execute("DELETE FROM experiments WHERE key = ?", (row["key"],))
            _note(connection, found)
        self._remove_folders(found)
        return found

    def delete_all(self) -> None:
        """Take the configuration and the database out of use; whoever waits to change it is refused from then on.

        Raises:
            UserErrorException: A run has not ended; nothing was deleted.
            ServiceException: A file can't be moved.
        """
        layout = self._database.layout
        with self._database.transaction(durable=True) as connection:
            row = connection.execute(
                "SELECT id, status FROM runs WHERE status NOT IN ('Completed', 'Failed', 'Canceled') LIMIT 1"
            ).fetchone()
            if row is not None:
                raise _refusal(row)
            try:
                os.rename(layout.database, f"{layout.database}.deleted")
                with suppress(FileNotFoundError):  # Azure's own may lie beside the folder
                    os.unlink(layout.config)
            except OSError as error:
                raise ServiceException(
                    f"{error.filename} can't be removed: {error.strerror}. The workspace's runs are still there.", error
                ) from error

    def _remove_folders(self, run_ids: Sequence[str]) -> None:
        """Remove the folders of runs that are deleted, also those that a killed process has not removed."""
        layout = self._database.layout
        aside = set_deleted_aside(self._database)
        faults = []
        for folder in sorted({*aside, *_left(layout)}):
            try:
                remove_folder(folder)
            except OSError as error:
                if folder in aside:  # of another, whoever deleted that was told
                    faults.append(f"{error.filename or folder}: {error.strerror or error}")
        if faults:
            raise ServiceException(
                f"{', '.join(run_ids[:3])} are deleted, but not all of their files: {'; '.join(faults[:3])}. Remove "
                f"what is in {layout.runs} and begins with {DELETED} by hand."
            )


def deleted_runs(database: Database) -> list[str]:
    """Return the ids of the runs that were deleted, and whose folders may still be in their places."""
    rows = database.tuples("SELECT substr(name, ?) FROM settings WHERE name GLOB ?", (len(_NOTE) + 1, f"{_NOTE}*"))
    return [run_id for (run_id,) in rows]


def set_deleted_aside(database: Database) -> list[str]:
    """Move away the folders of runs that are deleted, unless a run of the same id is there by now.

    Returns:
        Where to, for those that had a folder.
    """
    aside = []
    with database.transaction() as connection:
        for run_id in deleted_runs(database):
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is None:
                aside += set_aside(database.layout, run_id)
        connection.execute("DELETE FROM settings WHERE name GLOB ?", (f"{_NOTE}*",))
    return aside


def _note(connection: sqlite3.Connection, run_ids: Sequence[str]) -> None:
    """Note what this transaction deletes: a folder that has neither a row nor a note may be newer than the database."""
    connection.executemany(
        "INSERT OR REPLACE INTO settings (name) VALUES (?)", [(f"{_NOTE}{run_id}",) for run_id in run_ids]
    )


def set_aside(layout: Layout, run_id: str) -> list[str]:
    """Move away the folder of a run that has no row, so that it can't be taken for another's.

    A process that deleted the run was killed before the folder was gone. The write lock is held. No run's name has a
    dot first.
    """
    aside = os.path.join(layout.runs, f"{DELETED}{os.urandom(6).hex()}")
    try:
        os.rename(layout.run(run_id).root, aside)
    except FileNotFoundError:
        return []
    return [aside]


def _left(layout: Layout) -> list[str]:
    """Return what processes that were killed have moved away and not removed."""
    with suppress(FileNotFoundError):
        return [os.path.join(layout.runs, name) for name in os.listdir(layout.runs) if name.startswith(DELETED)]
    return []


def remove_folder(folder: str) -> None:
    """Remove a folder with all in it; one that isn't there is as good."""
    while os.path.lexists(folder):
        # A supervisor that is done with the run may be removing its working copy at the same time.
        with suppress(FileNotFoundError):
            if os.path.islink(folder):
                os.unlink(folder)
            else:
                shutil.rmtree(folder)


def _delete(connection: sqlite3.Connection, condition: str, value: object) -> list[str]:
    """Delete runs and those below them; the tables that refer to runs follow by themselves, but for the points."""
    rows = connection.execute(_BELOW.format(condition), (value,)).fetchall()
    for row in rows:
        if row["status"] not in TERMINAL:
            raise _refusal(row)
    keys = json.dumps([row["key"] for row in rows])
    runs = "(SELECT value FROM json_each(?))"
    connection.execute(f"DELETE FROM points WHERE series IN (SELECT series FROM metrics WHERE run IN {runs})", (keys,))
    connection.execute(f"DELETE FROM runs WHERE key IN {runs}", (keys,))
    return [row["id"] for row in rows]


def _refusal(run: sqlite3.Row) -> UserErrorException:
    return UserErrorException(
        f"Run {run['id']} is {run['status']}, so nothing was deleted: wait for it to end, or cancel() it."
    )
