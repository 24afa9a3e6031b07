"""A copy of the database, or of the whole workspace, that is right whatever goes on meanwhile."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import AZUREML, Layout
from localtrack.store.checks.finding import Step
from localtrack.store.database import Database
from localtrack.store.deletion import DELETED
from localtrack.store.store import Store

SUFFIXES = (".tar.gz", ".tgz")

# Of a run's folder, what is a copy of a snapshot or on its way.
_LEFT_OUT = re.compile("code|incoming-.*")
_COMPRESSION = 1  # models and images hardly get smaller, and there may be many gigabytes


@dataclass(frozen=True)
class Backup:
    """A backup that was made.

    Attributes:
        path: The file.
        size: In bytes.
        runs: How many runs are in it.
        files: How many files beside the database are in it; None if it is of the database alone.
        missing: Files of runs of which the database tells and which are not in it, because they were not there, such
            as those of a run that was deleted meanwhile.
    """

    path: str
    size: int
    runs: int
    files: int | None
    missing: tuple[str, ...] = ()


def back_up(store: Store, path: str, *, files: bool, overwrite: bool, step: Step = lambda _what: None) -> Backup:
    """Copy a workspace into one file, whole or not at all.

    Args:
        store: The workspace's store; others may use the workspace.
        path: The file.
        files: Whether the files are in it too, as an archive that unpacks to the folder ``.azureml``; else it is a
            database.
        overwrite: Whether a file that is there gives way.
        step: Told what is done next.

    Raises:
        UserErrorException: The file is there or can't be the backup's; nothing was written.
        ServiceException: The backup can't be written, the database is damaged, or a file changed as it was read.
    """
    target = os.path.realpath(path)
    _check(store.layout, target, files=files, overwrite=overwrite)
    if not store.read_only:
        step("Taking in what was logged")
        store.ingest.take()
    with _temporary(target) as temporary:
        step("Copying the database")
        database = f"{temporary}.db" if files else temporary
        try:
            runs = _copy(store.database, database)
            count, missing = _archive(store.layout, database, temporary, step) if files else (None, [])
        finally:
            if files:
                _remove_database(database)
        _sync(temporary)
        os.replace(temporary, target)
        _sync(os.path.dirname(target))
    return Backup(target, os.path.getsize(target), runs, count, tuple(missing))


def _check(layout: Layout, target: str, *, files: bool, overwrite: bool) -> None:
    if target == layout.root or target.startswith(os.path.join(layout.root, "")):
        raise UserErrorException(
            f"{target} is in the workspace itself, and would be lost with it: give a file in another folder."
        )
    if os.path.isdir(target) or not os.path.isdir(os.path.dirname(target)):
        raise UserErrorException(f"{target} can't be a file: give a name in a folder that exists.")
    if os.path.lexists(target) and not overwrite:
        raise UserErrorException(f"{target} is there already: give another name, or add --overwrite.")
    if files != target.endswith(SUFFIXES):
        raise UserErrorException(
            f"A backup with files is an archive: give a name that ends with {' or '.join(SUFFIXES)}."
            if files
            else f"{target} would be a database, no archive: give a name such as backup.db, or add --files."
        )


@contextmanager
def _temporary(target: str) -> Iterator[str]:
    temporary = os.path.join(os.path.dirname(target), f".localtrack-{os.urandom(6).hex()}")
    try:
        yield temporary
    except OSError as error:
        raise ServiceException(
            f"The backup {target} can't be written: {error.filename or target}: {error.strerror or error}. Nothing was "
            "written; make room or make the folder writable, and try again.",
            error,
        ) from error
    finally:
        _remove_database(temporary)


def _copy(database: Database, path: str) -> int:
    """Copy the database, see whether the copy is whole, and return how many runs it has."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            with database.snapshot():
                database.connection().backup(copy)
            said = [text for (text,) in copy.execute("PRAGMA quick_check(3)")]
            if said != ["ok"]:
                raise ServiceException(
                    f"{database.layout.database} is damaged: {'; '.join(said)}. No backup was written; "
                    "`localtrack doctor` says what to do."
                )
            runs: int = copy.execute("SELECT count(*) FROM runs").fetchone()[0]
            return runs
    except sqlite3.Error as error:
        raise ServiceException(f"The backup can't be written: {error}. Nothing was written.", error) from error


def _archive(layout: Layout, database: str, path: str, step: Step) -> tuple[int, list[str]]:
    """Write the archive, and return how many files are in it, and which should be and are not."""
    packed_names = set()
    with (
        open(path, "xb") as raw,
        gzip.GzipFile("", "wb", compresslevel=_COMPRESSION, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        archive.add(database, f"{AZUREML}/{os.path.basename(layout.database)}")
        for each in _files(layout):
            step("Copying files")
            name = os.path.relpath(each, layout.root)
            with suppress(FileNotFoundError):  # a script may remove what it wrote, and a run may be deleted
                if _add(archive, each, f"{AZUREML}/{name}"):
                    packed_names.add(name)
    with closing(sqlite3.connect(database)) as copy:
        rows = copy.execute("SELECT id, path FROM artifacts JOIN runs ON runs.key = artifacts.run").fetchall()
    expected = (os.path.relpath(os.path.join(layout.run(run_id).root, where), layout.root) for run_id, where in rows)
    return len(packed_names), sorted(name for name in expected if name not in packed_names)


def _add(archive: tarfile.TarFile, path: str, name: str) -> bool:
    """Put a file or a link into an archive; what is neither is left out."""
    entry = archive.gettarinfo(path, name)
    if entry is None or not (entry.isreg() or entry.islnk() or entry.issym()):
        return False
    if entry.issym():
        archive.addfile(entry)
        return True
    entry.type, entry.linkname = tarfile.REGTYPE, ""  # also of a file that has a second name
    with open(path, "rb") as file:
        entry.size = os.fstat(file.fileno()).st_size
        archive.addfile(entry, file)  # of one that grows, what it had a moment ago
    return True


def _files(layout: Layout) -> Iterator[str]:
    """Yield the files and links of a workspace that belong into a backup."""
    database = os.path.basename(layout.database)
    whole = {layout.journals, layout.queued, layout.write_lock, layout.supervisor_log, layout.unfinished_models}
    whole.add(os.path.join(layout.snapshots, "lock"))
    for parent, folders, names in os.walk(layout.root):

        def belongs(name: str, parent: str = parent) -> bool:
            above = os.path.dirname(parent)
            of_run = above == layout.runs and _LEFT_OUT.fullmatch(name) is not None
            of_runs = parent == layout.runs and name.startswith(DELETED)
            of_database = parent == layout.root and name.startswith(database)
            return not (of_run or of_runs or of_database or os.path.join(parent, name) in whole)

        folders[:] = sorted(filter(belongs, folders))
        links = [each for each in folders if os.path.islink(os.path.join(parent, each))]
        yield from (os.path.join(parent, each) for each in sorted([*filter(belongs, names), *links]))


def _remove_database(path: str) -> None:
    for each in (path, f"{path}-wal", f"{path}-shm", f"{path}-journal"):
        with suppress(FileNotFoundError):
            os.unlink(each)


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
