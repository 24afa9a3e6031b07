"""The files of runs: rows that say what lies where in a run's folder."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
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
        sha256: Of its content, in hexadecimal; None where a script may still be writing it.
        kept: When what was kept was read, in nanoseconds since 1970.
    """

    name: str
    path: str
    size: int
    sha256: str | None = None
    kept: int = 0


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

    def in_the_way(self, run_id: str, name: str) -> str | None:
        """Return a file of the run whose name is a folder of this one, or lies below it, or None.

        Such two can't both be copied out into one folder.
        """
        parts = name.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        # A name has 2000 parts at most, and SQLite takes more parameters than that. '0' is what follows '/'.
        row = self._database.row(
            "SELECT name FROM artifacts WHERE run = (SELECT key FROM runs WHERE id = ?) "
            f"AND (name IN ({', '.join('?' * len(above))}) OR (name > ? AND name < ?)) LIMIT 1",
            (run_id, *above, f"{name}/", f"{name}0"),
        )
        return row["name"] if row else None

    def check_folders(self, run_id: str, name: str) -> None:
        """Refuse a name of which another file's is a folder, or the other way round.

        Raises:
            UserErrorException: The run has such a file.
        """
        other = self.in_the_way(run_id, name)
        if other is not None:
            raise UserErrorException(
                f"Run {run_id} has a file {other!r}, so it can't have {name!r}: one of them would have to be a folder. "
                "Choose another name."
            )

    def check_free(self, run_id: str, name: str) -> None:
        """Refuse a name that is taken, or can't stand beside one that is.

        Raises:
            UserErrorException: The run has such a file.
        """
        if self.has(run_id, name):
            raise UserErrorException(
                f"Run {run_id} has a file {name!r} already, and files are not overwritten: choose another name."
            )
        self.check_folders(run_id, name)

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
            UserErrorException: The run is gone, a name is taken and may not give way, or the name of a file that is
                to be put somewhere is a folder of another's.
        """
        with self._database.transaction() as connection:
            run = connection.execute("SELECT key FROM runs WHERE id = ?", (run_id,)).fetchone()
            if run is None:
                raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
            for each in artifacts:
                if not replace:
                    self.check_free(run_id, each.name)
                elif place is not None:
                    self.check_folders(run_id, each.name)
                connection.execute(
                    "INSERT INTO artifacts (run, name, path, size, sha256, created) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (run, name) DO UPDATE SET "
                    "path = excluded.path, size = excluded.size, sha256 = excluded.sha256, created = excluded.created",
                    (run["key"], each.name, each.path, each.size, each.sha256, each.kept or time.time_ns()),
                )
            if place is not None:
                place()

    def found(self, run_id: str, *, digests: bool = False) -> list[Artifact]:
        """Return the files that lie in a run's own folders now: its outputs, logs and output streams.

        Links and names that can't be kept are passed over: a script may have put anything there.

        Args:
            run_id: The run.
            digests: Whether the files are read for their SHA-256, which is worth it once nobody writes them any more.
                A file that can't be read has none.
        """
        folder = self._database.layout.run(run_id)
        result = []
        for top in (folder.outputs, folder.logs, folder.user_logs, folder.service_logs):
            if os.path.islink(top):  # os.walk follows the one that it is given
                continue
            for parent, _, names in os.walk(top):
                result += [self._as_found(folder.root, os.path.join(parent, name), digests) for name in names]
        return [each for each in result if each is not None]

    def printed(self, run_id: str, *, digests: bool = False) -> list[Artifact]:
        """Return the file with what a ``with`` block of a run has printed until now, if there is one; see `found`."""
        folder = self._database.layout.run(run_id)
        log = self._as_found(folder.root, folder.user_log, digests)
        return [log] if log is not None else []

    def of(self, run_id: str) -> list[Artifact]:
        """Return a run's files, by name."""
        rows = self._database.tuples(
            "SELECT name, path, size, sha256, created FROM artifacts WHERE run = (SELECT key FROM runs WHERE id = ?) "
            "ORDER BY name",
            (run_id,),
        )
        return [Artifact(*row) for row in rows]

    def _as_found(self, root: str, path: str, digests: bool) -> Artifact | None:
        relative = os.path.relpath(path, root)
        try:
            facts = os.lstat(path)
            if not stat.S_ISREG(facts.st_mode) or not is_artifact_name(relative):
                return None
            return Artifact(relative, relative, facts.st_size, _sha256(path) if digests else None, facts.st_mtime_ns)
        except (FileNotFoundError, NotADirectoryError):  # a script that is running may have removed it
            return None


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise
    except OSError:
        return None
