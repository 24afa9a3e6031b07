"""Snapshots: a source folder's files by content, each stored once for the workspace.

What is kept where, and why it can be trusted, is said in `snapshot_objects`.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot_objects as objects
from localtrack.executor.snapshot_index import Index
from localtrack.executor.snapshot_manifest import Manifest
from localtrack.executor.source import SourceTree, reading, scan
from localtrack.paths import Layout

LARGE = 5 * 1024**3  # bytes; more than this is probably data that nobody meant to copy for each run


@dataclass(frozen=True)
class Snapshot:
    """A kept state of a source folder.

    Args:
        id: UUID-shaped, and made from the tree's names, executable bits, link targets and contents alone.
        files: How many regular files it has.
        size: Their size in bytes.
    """

    id: str
    files: int
    size: int


@contextmanager
def taken(layout: Layout, source: str) -> Iterator[Snapshot]:
    """Keep the present state of a folder; files that have not changed since the last time are not read.

    Left out are what the folder's own ``.amlignore`` (or, only without one, ``.gitignore``) names, ``.azureml``,
    ``.git``, caches, virtual environments, and what is neither file, folder nor link. Links are kept as links.

    What nobody refers to may be removed as garbage, but not before the block has ended: there, a run gets it.

    Args:
        layout: The workspace that keeps it.
        source: The folder.

    Raises:
        SnapshotException: The folder does not exist, something in it can't be read, or the disk is full.

    Warns:
        UserWarning: It has more than ``LARGE`` bytes.
    """
    top = os.path.realpath(source)
    if not os.path.isdir(top):
        fault = "is not a folder" if os.path.lexists(top) else "does not exist"
        raise SnapshotException(f"The source folder {source} {fault}; give a folder that exists.")
    with _locked(layout, source) as now:
        with _written(layout, source):
            snapshot = _take(layout, top, now)
        yield snapshot


@contextmanager
def file_taken(layout: Layout, source: str) -> Iterator[Snapshot]:
    """Keep the present state of a single file, as a snapshot that has just this file; see `taken`.

    Args:
        layout: The workspace that keeps it.
        source: The file; a link to one stands for the file.

    Raises:
        SnapshotException: It is no regular file, can't be read, or the disk is full.
    """
    path = os.path.realpath(source)
    if not os.path.isfile(path):
        raise SnapshotException(f"{source} is no regular file; give a file or a folder that exists.")
    with _locked(layout, source):
        with _written(layout, source):
            snapshot = _take_file(layout, path, source)
        yield snapshot


@contextmanager
def _locked(layout: Layout, source: str) -> Iterator[int]:
    """Be the only process that takes a snapshot here, and yield the file system's time."""
    from filelock import FileLock

    lock = FileLock(os.path.join(layout.snapshots, "lock"), poll_interval=0.01)
    try:
        with _written(layout, source):
            for name in ("objects", "manifests", "index"):
                os.makedirs(os.path.join(layout.snapshots, name), exist_ok=True)
            lock.acquire()
            os.utime(lock.lock_file)
            now = os.stat(lock.lock_file).st_mtime_ns
        yield now
    finally:
        lock.release()


@contextmanager
def _written(layout: Layout, source: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SnapshotException(
            f"The snapshot of {source} could not be written below {layout.snapshots}: {error.strerror or error}. "
            "Nothing was kept; make room or make the folder writable, and try again.",
            error,
        ) from error


def _take(layout: Layout, top: str, now: int) -> Snapshot:
    index = Index(layout, top, now)
    tree = scan(top)
    _warn_if_large(top, tree)
    files: dict[str, tuple[str, int, bool]] = {}
    for name, status in tree.files.items():
        sha, size = index.unchanged(name, status), status.st_size
        was_read = sha is None
        if sha is None:
            kept = objects.keep(layout, os.path.join(top, name), status, tree.ignore_file)
            if kept is None:
                continue  # gone since the scan: not part of the snapshot
            sha, size = kept
        files[name] = (sha, size, bool(status.st_mode & stat.S_IXUSR))
        index.note(name, status, sha, was_read=was_read)
    snapshot_id = Manifest(files, tree.folders, tree.links).write(layout)
    index.save()
    return Snapshot(snapshot_id, len(files), sum(size for _, size, _ in files.values()))


def _take_file(layout: Layout, path: str, source: str) -> Snapshot:
    with reading(path, source):
        status = os.stat(path)
    kept = objects.keep(layout, path, status, source)
    if kept is None:
        raise SnapshotException(f"{source} was removed while it was read; give a file that exists.")
    sha, size = kept
    manifest = Manifest({os.path.basename(source): (sha, size, bool(status.st_mode & stat.S_IXUSR))}, [], {})
    return Snapshot(manifest.write(layout), 1, size)


def _warn_if_large(top: str, tree: SourceTree) -> None:
    total = sum(status.st_size for status in tree.files.values())
    if total > LARGE:
        largest = sorted(tree.files, key=lambda name: tree.files[name].st_size, reverse=True)[:3]
        names = ", ".join(f"{name} ({tree.files[name].st_size / 1e9:.1f} GB)" for name in largest)
        warnings.warn(
            f"{top} has {total / 1e9:.1f} GB of files, and each run gets a copy. The largest are {names}. "
            f"List what the script does not need in {tree.ignore_file}.",
            stacklevel=5,
        )
