"""Files against rows."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from localtrack.exceptions import UserErrorException
from localtrack.paths import RunFolder, contained, is_artifact_name
from localtrack.store.artifacts import Artifact, Artifacts
from localtrack.store.checks.finding import WARNING, Finding, Step
from localtrack.store.database import Database
from localtrack.store.owners import Owners
from localtrack.store.status import TERMINAL

_PAGE = 500  # runs of one statement
_NEWER = "newer"
_TOPS = ("outputs", "logs", "user_logs", "azureml-logs", "files", _NEWER)
_NAMED = 3  # of many files, in a sentence


class _Run(NamedTuple):
    key: int
    id: str
    status: str
    is_script: bool
    owner: int | None

    @property
    def has_ended(self) -> bool:
        return self.status in TERMINAL


class Files:
    """The check of the files of runs and models.

    Args:
        database: The database.
        owners: Its owners.
        deep: Whether files are read, and compared with what was kept by their SHA-256.
    """

    name = "files"

    def __init__(self, database: Database, owners: Owners, *, deep: bool) -> None:
        self._database = database
        self._owners = owners
        self._deep = deep
        self._artifacts = Artifacts(database)
        self._layout = database.layout

    def find(self, step: Step) -> list[Finding]:
        """Return the rows whose files are not what they were, and the files that no row tells of."""
        found = []
        for page in self._pages():
            rows = self._rows(page)
            for run in page:
                step("Checking files of runs")
                found += self._of_run(run, rows.get(run.key, []))
        return found + self._models()

    def repair(self, findings: list[Finding]) -> None:
        """Remove copies that uploads have left which were never recorded."""
        for each in findings:
            assert each.run_id is not None
            folder = self._layout.run(each.run_id)
            with self._database.transaction():  # in which uploads put files in their places
                for path in self._strays(folder, self._artifacts.of(each.run_id), (_NEWER,)):
                    with suppress(FileNotFoundError):
                        os.unlink(os.path.join(folder.root, path))
            with suppress(OSError):  # an upload puts something there this very moment
                for parent, _, _ in os.walk(os.path.join(folder.root, _NEWER), topdown=False):
                    os.rmdir(parent)

    def _pages(self) -> Iterator[list[_Run]]:
        last = -1
        while rows := self._database.tuples(
            f"SELECT key, id, status, definition IS NOT NULL, owner FROM runs WHERE key > ? ORDER BY key LIMIT {_PAGE}",
            (last,),
        ):
            last = rows[-1][0]
            yield [_Run(*row) for row in rows]

    def _rows(self, runs: list[_Run]) -> dict[int, list[Artifact]]:
        found: dict[int, list[Artifact]] = {}
        for run, *row in self._database.tuples(
            "SELECT run, name, path, size, sha256, created FROM artifacts "
            "WHERE run IN (SELECT value FROM json_each(?)) ORDER BY run, name",
            (json.dumps([run.key for run in runs]),),
        ):
            found.setdefault(run, []).append(Artifact(*row))
        return found

    def _of_run(self, run: _Run, rows: list[Artifact]) -> list[Finding]:
        folder = self._layout.run(run.id)
        if run.has_ended and rows and not os.path.isdir(folder.root) and self._artifacts.of(run.id):
            return [
                Finding(
                    self.name,
                    "folder-missing",
                    f"The folder of run {run.id} is not there, with {len(rows):,} files",
                    "Put it back from a copy of the project. What else is known of the run is there.",
                    run_id=run.id,
                    path=folder.root,
                )
            ]
        found = []
        # A script may do with its files what it likes, until it has ended and they are recorded for good.
        if run.has_ended or not run.is_script:
            for row in rows:
                fault = self._fault(run, folder, row)
                if fault is not None and self._is_unchanged(run, row):
                    fault = self._fault(run, folder, row)
                    if fault is not None:
                        found.append(self._finding(run, folder, row, *fault))
        return found + self._without_row(run, folder, rows)

    def _fault(self, run: _Run, folder: RunFolder, row: Artifact) -> tuple[str, str] | None:
        """Return what is wrong with a file: its kind, and the end of a sentence."""
        try:
            path = contained(folder.root, row.path)
        except UserErrorException:
            return "file-outside", f"leads out of the run's folder, by {row.path!r}"
        try:
            facts = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return "file-missing", "is not there"
        except OSError as error:
            return "file-unreadable", f"can't be looked at: {error.strerror}"
        if not stat.S_ISREG(facts.st_mode):
            return "file-changed", "is no regular file any more"
        if facts.st_size != row.size:
            # What a block prints goes on after what was recorded of it, also where the code in it completes the run.
            if path == os.path.realpath(folder.user_log) and facts.st_size > row.size and self._may_print(run):
                return None
            return "file-changed", f"has {facts.st_size:,} bytes, and {row.size:,} were kept"
        if self._deep and row.sha256 is not None:
            try:
                with open(path, "rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                return "file-missing", "is not there"
            except OSError as error:
                return "file-unreadable", f"can't be read: {error.strerror}"
            if digest != row.sha256:
                return "file-changed", "has another content than what was kept"
        return None

    def _is_unchanged(self, run: _Run, row: Artifact) -> bool:
        """Whether a row still stands as it was: a run may have been deleted, or a file replaced, meanwhile."""
        return row in self._artifacts.of(run.id)

    def _may_print(self, run: _Run) -> bool:
        return not run.is_script and run.owner is not None and not self._owners.is_dead(run.owner)

    def _finding(self, run: _Run, folder: RunFolder, row: Artifact, kind: str, fault: str) -> Finding:
        return Finding(
            self.name,
            kind,
            f"The file {row.name!r} of run {run.id} {fault}",
            "The row was left as it is. Put the file back from a copy of the project if you have one.",
            run_id=run.id,
            path=os.path.join(folder.root, row.path),
            name=row.name,
        )

    def _without_row(self, run: _Run, folder: RunFolder, rows: list[Artifact]) -> list[Finding]:
        # What scripts write, and what is on its way, is recorded when the run ends.
        tops = _TOPS if run.has_ended else (_NEWER,)
        strays = self._strays(folder, rows, tops)
        if strays:
            strays = self._confirmed(run, folder, tops)
        if run.has_ended and self._may_print(run):
            strays = [path for path in strays if os.path.join(folder.root, path) != folder.user_log]
        left = [path for path in strays if path.startswith(f"{_NEWER}/")]
        others = [path for path in strays if not path.startswith(f"{_NEWER}/")]
        found = []
        if left:
            found.append(
                Finding(
                    self.name,
                    "upload-unfinished",
                    f"Run {run.id} has {_files(left)} of an upload that was never recorded",
                    "It is removed: the call that was to keep it has not returned.",
                    severity=WARNING,
                    run_id=run.id,
                    path=os.path.join(folder.root, _NEWER),
                    fixable=True,
                )
            )
        if others:
            found.append(
                Finding(
                    self.name,
                    "file-without-row",
                    f"Run {run.id} has {_files(others)} in its folder that no row tells of",
                    "It was left as it is. Keep it with Run.upload_file under another name, or remove it by hand.",
                    severity=WARNING,
                    run_id=run.id,
                    path=os.path.join(folder.root, others[0]),
                )
            )
        return found

    def _confirmed(self, run: _Run, folder: RunFolder, tops: tuple[str, ...]) -> list[str]:
        """Look again while nobody can record anything, if this user can see to that."""
        if self._database.read_only:
            return self._strays(folder, self._artifacts.of(run.id), tops)
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM runs WHERE key = ? AND id = ?", (run.key, run.id)).fetchone() is None:
                return []
            return self._strays(folder, self._artifacts.of(run.id), tops)

    def _strays(self, folder: RunFolder, rows: list[Artifact], tops: tuple[str, ...]) -> list[str]:
        known = {row.path for row in rows}
        found = []
        for top in tops:
            start = os.path.join(folder.root, top)
            if os.path.islink(start):
                continue
            for parent, _, names in os.walk(start):
                for name in names:
                    path = os.path.join(parent, name)
                    relative = os.path.relpath(path, folder.root)
                    # Links, and names that can't be a file's of a run, are the script's own affair.
                    if relative not in known and is_artifact_name(relative) and _is_regular(path):
                        found.append(relative)
        return sorted(found)

    def _models(self) -> list[Finding]:
        found = []
        query = "SELECT name, version, path FROM models WHERE key > 0"
        for name, version, path in self._database.tuples(f"{query} ORDER BY name, version"):
            place = os.path.join(self._layout.model(name, version), path)
            if os.path.exists(place):
                continue
            # Deleting takes the row first.
            if self._database.tuples(f"{query} AND name = ? AND version = ?", (name, version)):
                found.append(
                    Finding(
                        self.name,
                        "model-missing",
                        f"The files of the model {name}:{version} are not there",
                        "The row was left as it is. Put them back from a copy of the project, or delete the model.",
                        path=place,
                        name=f"{name}:{version}",
                    )
                )
        return found


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _files(paths: list[str]) -> str:
    named = ", ".join(map(repr, paths[:_NAMED])) + (", ..." if len(paths) > _NAMED else "")
    return f"{len(paths):,} file{'s' * (len(paths) > 1)} ({named})"
