"""A snapshot's files as a folder that a script works in."""

from __future__ import annotations

import errno
import os
import stat

from localtrack.copying import copy
from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot_manifest
from localtrack.executor import snapshot_objects as objects
from localtrack.executor.source import RUN_LINKS
from localtrack.paths import Layout


def copy_to(layout: Layout, snapshot_id: str, destination: str) -> None:
    """Write a snapshot's files into a folder: executable bits kept, everything writable by its owner.

    Args:
        layout: The workspace that keeps the snapshot.
        snapshot_id: As ``snapshot.take`` returned it.
        destination: The folder; it may exist. Links in it named ``outputs`` and ``logs`` are the run's own: what the
            snapshot has in folders of these names goes to where they lead. No other link is ever written through.

    Raises:
        SnapshotException: There is no such snapshot, it is damaged, something is in the way, or the disk is full;
            what was copied so far stays in ``destination``.
    """
    folders = {"": destination}
    try:
        manifest = snapshot_manifest.read(layout, snapshot_id)
        os.makedirs(destination, exist_ok=True)
        for name in manifest.folders:
            folders[name] = _make_folder(_place(folders, name), name in RUN_LINKS)
        for name, (sha, size, executable) in manifest.files.items():
            _copy(objects.object_path(layout, sha), _place(folders, name), size, executable)
        for name, target in manifest.links.items():
            os.symlink(target, _place(folders, name))
    except FileExistsError as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} could not be copied to {destination}: {error.filename2 or error.filename} is in "
            "the way; give an empty folder.",
            error,
        ) from error
    except OSError as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} could not be copied to {destination}: {error}. Make room if the disk is full; "
            "submit again if a kept file is missing or cut, which stores it anew.",
            error,
        ) from error


def _place(folders: dict[str, str], name: str) -> str:
    """Return where a name goes: in a folder that is known to be a real one."""
    parent, _, base = name.rpartition("/")
    return os.path.join(folders[parent], base)


def _make_folder(path: str, may_be_link: bool) -> str:
    try:
        os.mkdir(path)
    except FileExistsError:
        if may_be_link and os.path.isdir(path):
            return os.path.realpath(path)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise
    return path


def _copy(source: str, target: str, size: int, executable: bool) -> None:
    with open(os.open(source, objects.READ), "rb", buffering=0) as reader:
        mode = stat.S_IMODE(os.fstat(reader.fileno()).st_mode) & 0o444
        mode |= 0o200 | (mode >> 2 if executable else 0)
        with open(os.open(target, objects.CREATE, mode), "wb", buffering=0) as writer:
            copy(reader.fileno(), writer.fileno())
            copied = os.fstat(writer.fileno()).st_size
    if copied != size:
        raise OSError(errno.EIO, f"the kept file has {copied} bytes instead of {size}", source)
