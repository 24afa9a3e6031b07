"""What processes that were killed have left, and what they would have removed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from localtrack.store.checks.finding import WARNING, Finding, Step
from localtrack.store.database import Database
from localtrack.store.deletion import DELETED, deleted_runs, remove_folder, set_deleted_aside
from localtrack.store.owners import Owners
from localtrack.store.status import TERMINAL

_INCOMING = "incoming-"
_PAUSE_SECONDS = 1.0  # between two looks: whoever is at it makes some headway, or is done
_PAGE = 500


class Leftover(NamedTuple):
    """A folder that somebody has left.

    Attributes:
        kind: One of those in `REMEDIES`.
        path: The folder.
        size: Of what is in it, in bytes on the disk.
        run_id: The run whose it is, if it is one's.
    """

    kind: str
    path: str
    size: int
    run_id: str | None = None


DELETED_RUN, UPLOAD, WORKING_COPY, MODEL, STRANGE = (
    "deletion-unfinished",
    "upload-unfinished",
    "working-copy",
    "model-unfinished",
    "folder-without-run",
)
_WORDS = {
    DELETED_RUN: ("of a run that was deleted is still there", "It is removed."),
    UPLOAD: ("of an upload that was killed is still there", "It is removed: the call has not returned."),
    WORKING_COPY: (
        "that a completed script has worked in is still there",
        "It is removed; the run's files and its source code stay.",
    ),
    MODEL: ("of a model that was never registered is still there", "It is removed: the call has not returned."),
    STRANGE: (
        "is that of a run which is not there",
        "It was left as it is, for it may be newer than this database. Remove it by hand if nobody needs it.",
    ),
}


class Leftovers:
    """The check for leftovers."""

    name = "leftovers"

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners
        self._layout = database.layout

    def find(self, step: Step) -> list[Finding]:
        """Return what is left over, seen twice, and not touched in between."""
        step("Looking for leftovers")
        seen = self.look()
        if seen:
            time.sleep(_PAUSE_SECONDS)
            seen &= self.look()
        return [self._finding(each) for each in sorted(seen)]

    def repair(self, findings: list[Finding]) -> None:
        """Remove them, but for folders that may be somebody's."""
        for each in findings:
            assert each.path is not None
            self.remove(each.kind, each.path, each.run_id)

    def look(self) -> set[Leftover]:
        """Return what looks left over at this moment."""
        found = {*self._runs_folder(), *self._models()}
        return {Leftover(kind, path, size_of(path), run_id) for kind, path, run_id in found if os.path.lexists(path)}

    def remove(self, kind: str, path: str, run_id: str | None) -> None:
        """Remove a leftover, if it still is one.

        Raises:
            OSError: A file can't be removed.
        """
        if kind == WORKING_COPY:
            assert run_id is not None
            remove_working_copy(self._database, run_id)
        elif kind == UPLOAD:
            _remove_if_unlocked(path)
        elif kind == DELETED_RUN and not os.path.basename(path).startswith(DELETED):
            for folder in set_deleted_aside(self._database):
                remove_folder(folder)
        else:
            remove_folder(path)

    def _runs_folder(self) -> Iterator[tuple[str, str, str | None]]:
        try:
            names = sorted(os.listdir(self._layout.runs))
        except FileNotFoundError:
            return
        deleted = set(deleted_runs(self._database))
        for start in range(0, len(names), _PAGE):
            page = names[start : start + _PAGE]
            rows = {
                run_id: (status, bool(keeps))
                for run_id, status, keeps in self._database.tuples(
                    "SELECT id, status, CASE WHEN json_valid(definition) "
                    "THEN ifnull(json_extract(definition, '$.keepCode'), 0) ELSE 1 END FROM runs "
                    "WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps([name for name in page if name.isascii()]),),
                )
            }
            for name in page:
                folder = self._layout.run(name)
                if name.startswith(DELETED):
                    yield DELETED_RUN, folder.root, None
                elif name not in rows:
                    if os.path.isdir(folder.root):
                        yield DELETED_RUN if name in deleted else STRANGE, folder.root, None
                else:
                    if rows[name] == ("Completed", False) and os.path.isdir(folder.code):
                        yield WORKING_COPY, folder.code, name
                    yield from ((UPLOAD, path, name) for path in _incoming(folder.root))

    def _models(self) -> Iterator[tuple[str, str, str | None]]:
        try:
            names = os.listdir(self._layout.unfinished_models)
        except FileNotFoundError:
            return
        for name in names:
            owner, _, _ = name.partition(".")
            with suppress(ValueError):
                if self._is_dead(int(owner, 16)):
                    yield MODEL, os.path.join(self._layout.unfinished_models, name), None

    def _is_dead(self, number: int) -> bool:
        return self._owners.is_dead(number)

    def _finding(self, left: Leftover) -> Finding:
        words, remedy = _WORDS[left.kind]
        return Finding(
            self.name,
            left.kind,
            f"The folder {left.path} {words}",
            remedy,
            severity=WARNING,
            run_id=left.run_id,
            path=left.path,
            fixable=left.kind != STRANGE,
        )


def remove_working_copy(database: Database, run_id: str) -> bool:
    """Remove the working copy of a run that has ended, and return whether that was done.

    A run may have been deleted, and another of its id begun, since it was looked at.
    """
    with database.transaction() as connection:
        row = connection.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None or row["status"] not in TERMINAL:
            return False
        aside = os.path.join(database.layout.runs, f"{DELETED}{os.urandom(6).hex()}")  # a leftover, if we are killed
        try:
            os.rename(database.layout.run(run_id).code, aside)
        except FileNotFoundError:
            return False
    remove_folder(aside)
    return True


def size_of(top: str) -> int:
    """Return what a file or folder takes on the disk, in bytes; links are not followed."""
    total = 0
    with suppress(FileNotFoundError, NotADirectoryError):
        total += os.lstat(top).st_blocks * 512
    for parent, folders, names in os.walk(top):
        for name in (*folders, *names):
            with suppress(FileNotFoundError, NotADirectoryError):  # being removed
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total


def _incoming(root: str) -> Iterator[str]:
    """Yield the folders of uploads whose processes don't hold them any more."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(root):
            path = os.path.join(root, name)
            if name.startswith(_INCOMING) and _locked(path) is False:
                yield path


def _locked(path: str) -> bool | None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _remove_if_unlocked(path: str) -> None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
    except (BlockingIOError, FileNotFoundError):
        return
    finally:
        os.close(lock)
