"""Taking runs and experiments out of a workspace, with all that belongs to them."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.store.database import Database
from localtrack.store.ingest import Ingest
from localtrack.store.status import TERMINAL

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
        self._remove_folders(found)
        return found

    def refuse_live_runs(self) -> None:
        """Refuse if a run of the workspace has not ended.

        Raises:
            UserErrorException: One has not.
        """
        row = self._database.row(
            "SELECT id, status FROM runs WHERE status NOT IN ('Completed', 'Failed', 'Canceled') LIMIT 1"
        )
        if row is not None:
            raise _refusal(row)

    def _remove_folders(self, run_ids: Sequence[str]) -> None:
        for run_id in run_ids:
            folder = self._database.layout.run(run_id).root
            try:
                remove_folder(folder)
            except OSError as error:
                raise ServiceException(
                    f"Run {run_id} is deleted, but not all of its files: {error.filename or folder}: "
                    f"{error.strerror}. Remove {folder} by hand.",
                    error,
                ) from error


def remove_folder(folder: str) -> None:
    """Remove a folder with all in it; one that isn't there is as good."""
    while os.path.lexists(folder):
        # A supervisor that is done with the run may be removing its working copy at the same time.
        with suppress(FileNotFoundError):
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
