"""The files of runs: rows that say what lies where in a run's folder."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from localtrack.exceptions import UserErrorException
from localtrack.paths import is_artifact_name
from localtrack.store.database import Database


@dataclass(frozen=True, slots=True)
class Artifact:
    """A run's file.

    Attributes:
        name: What the run calls it, with ``/``.
        path: Where it lies, relative to the run's folder.
        size: In bytes.
        sha256: Of its content, in hexadecimal; None where a script wrote it in place.
    """

    name: str
    path: str
    size: int
    sha256: str | None = None


class Artifacts:
    """The files of a workspace's runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, run_id: str, name: str) -> bool:
        """Whether a run has a file of that name."""
        return bool(
            self._database.rows(
                "SELECT 1 FROM artifacts WHERE run = (SELECT key FROM runs WHERE id = ?) AND name = ?", (run_id, name)
            )
        )

    def add(
        self, run_id: str, artifacts: list[Artifact], *, replace: bool, place: Callable[[], None] | None = None
    ) -> None:
        """Record files of a run, all or none.

        Args:
            run_id: The run.
            artifacts: The files.
            replace: Whether a file of the same name gives way; else it is refused.
            place: Puts the files where they are said to lie, once their names are known to be free.

        Raises:
            UserErrorException: The run is gone, or a name is taken and may not give way.
        """
        with self._database.transaction() as connection:
            run = connection.execute("SELECT key FROM runs WHERE id = ?", (run_id,)).fetchone()
            if run is None:
                raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
            for each in artifacts:
                taken = connection.execute(
                    "SELECT 1 FROM artifacts WHERE run = ? AND name = ?", (run["key"], each.name)
                ).fetchone()
                if taken and not replace:
                    raise UserErrorException(
                        f"Run {run_id} has a file {each.name!r} already, and files are not overwritten: "
                        "choose another name."
                    )
                connection.execute(
                    "INSERT INTO artifacts (run, name, path, size, sha256, created) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (run, name) DO UPDATE SET "
                    "path = excluded.path, size = excluded.size, sha256 = excluded.sha256",
                    (run["key"], each.name, each.path, each.size, each.sha256, time.time_ns()),
                )
            if place is not None:
                place()

    def found(self, run_id: str) -> list[Artifact]:
        """Return the files that lie in a run's own folders now: its outputs, logs and output streams.

        Links and names that can't be kept are passed over: a script may have put anything there.
        """
        folder = self._database.layout.run(run_id)
        result = []
        for top in (folder.outputs, folder.logs, folder.user_logs):
            for parent, _, names in os.walk(top):
                for name in names:
                    path = os.path.join(parent, name)
                    relative = os.path.relpath(path, folder.root)
                    with suppress(FileNotFoundError):  # a script that is running may have removed it
                        facts = os.lstat(path)
                        if stat.S_ISREG(facts.st_mode) and is_artifact_name(relative):
                            result.append(Artifact(relative, relative, facts.st_size))
        return result

    def of(self, run_id: str) -> list[Artifact]:
        """Return a run's files, by name."""
        rows = self._database.tuples(
            "SELECT name, path, size, sha256 FROM artifacts WHERE run = (SELECT key FROM runs WHERE id = ?) "
            "ORDER BY name",
            (run_id,),
        )
        return [Artifact(*row) for row in rows]
