"""A snapshot as a zip file."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from contextlib import suppress

from localtrack.copying import CHUNK
from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot_manifest
from localtrack.executor import snapshot_objects as objects
from localtrack.executor.snapshot_manifest import Manifest
from localtrack.paths import Layout

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say; a snapshot knows no times
_UNIX = 3


def write_zip(layout: Layout, snapshot_id: str, folder: str) -> str:
    """Write ``<snapshot id>.zip`` into a folder, whole or not at all: the same bytes at each call.

    Executable bits are kept, and links as links, in the way of Unix zip programs.

    Args:
        layout: The workspace that keeps the snapshot.
        snapshot_id: As ``snapshot.take`` returned it.
        folder: The folder; it is made if there is none.

    Returns:
        The zip's absolute path.

    Raises:
        SnapshotException: There is no such snapshot, it is damaged, it has a name that no zip can hold, or the zip
            can't be written.
    """
    manifest = snapshot_manifest.read(layout, snapshot_id)
    _check_names(snapshot_id, manifest)
    top = os.path.abspath(folder)
    path = os.path.join(top, f"{snapshot_id}.zip")
    temporary = os.path.join(top, f".localtrack-{os.urandom(6).hex()}")
    try:
        os.makedirs(top, exist_ok=True)
        try:
            with open(temporary, "xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, layout, snapshot_id, manifest)
            os.replace(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} could not be written to {path}: {error}. Make room or make the folder writable, "
            "and try again; a kept file that is missing is stored anew when its source is submitted again.",
            error,
        ) from error
    return path


def _fill(archive: zipfile.ZipFile, layout: Layout, snapshot_id: str, manifest: Manifest) -> None:
    for name in sorted([*manifest.folders, *manifest.files, *manifest.links]):
        if name in manifest.files:
            sha, size, executable = manifest.files[name]
            entry = _entry(name, stat.S_IFREG | (0o755 if executable else 0o644))
            entry.file_size = size  # from which the zip takes whether it has to be one of the large kind
            _add_file(archive, entry, layout, snapshot_id, sha)
        elif name in manifest.links:
            archive.writestr(_entry(name, stat.S_IFLNK | 0o777), os.fsencode(manifest.links[name]))
        else:
            archive.writestr(_entry(f"{name}/", stat.S_IFDIR | 0o755), b"")


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
    return entry


def _add_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, layout: Layout, snapshot_id: str, sha: str) -> None:
    source = os.open(objects.object_path(layout, sha), objects.READ)
    digest = hashlib.sha256()
    with open(source, "rb", buffering=0) as reader, archive.open(entry, "w") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    if digest.hexdigest() != sha:
        raise SnapshotException(
            f"Snapshot {snapshot_id} is damaged: {entry.filename} is not what was kept. Nothing was written; take the "
            "snapshot again from its source."
        )


def _check_names(snapshot_id: str, manifest: Manifest) -> None:
    for name in (*manifest.folders, *manifest.files, *manifest.links):
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise SnapshotException(
                f"Snapshot {snapshot_id} has {name!r}, whose name is not valid Unicode, as a zip's names must be. "
                "Nothing was written.",
                error,
            ) from error
