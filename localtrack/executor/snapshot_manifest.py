"""The description of a snapshot: names, contents by hash, executable bits, folders and links."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import Any

from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot_objects as objects
from localtrack.paths import Layout

MALFORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)  # what reading foreign JSON may raise

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds. Names are relative and have ``/``; each lies in one of the folders, or at the top.

    Args:
        files: By name: the hash of the content, its size in bytes, and whether it is executable.
        folders: All folders, each behind the one that it is in.
        links: The links, with their targets.
    """

    files: dict[str, tuple[str, int, bool]]
    folders: list[str]
    links: dict[str, str]

    def write(self, layout: Layout) -> str:
        """Keep the manifest and return the snapshot's id: the hash of these very bytes; the lock is held."""
        content = {"files": self.files, "folders": sorted(self.folders), "links": self.links}
        data = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        snapshot_id = id_of(data)
        path = _path(layout, snapshot_id)
        if objects.read(path) != data:
            objects.write(path, data)
        return snapshot_id


def read(layout: Layout, snapshot_id: str) -> Manifest:
    """Return what a snapshot holds.

    Raises:
        SnapshotException: There is no such snapshot, or what describes it is damaged, or leads elsewhere.
    """
    known = isinstance(snapshot_id, str) and _ID.fullmatch(snapshot_id)
    data = objects.read(_path(layout, snapshot_id)) if known else None
    if data is None:
        raise SnapshotException(
            f"There is no snapshot {snapshot_id!r} below {layout.snapshots}. Snapshots are taken by submit() and "
            "take_snapshot()."
        )
    try:
        if id_of(data) != snapshot_id:
            raise ValueError(snapshot_id)
        return _checked(json.loads(data))
    except MALFORMED as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} is damaged: what describes it is not what was written. Submit again from the "
            "source.",
            error,
        ) from error


def id_of(manifest: bytes) -> str:
    """Return the id of what a manifest describes, in the shape of a UUID."""
    text = hashlib.sha256(manifest).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def _path(layout: Layout, snapshot_id: str) -> str:
    return os.path.join(layout.snapshots, "manifests", f"{snapshot_id}.json")


def _checked(content: dict[str, Any]) -> Manifest:
    folders = sorted(content["folders"])
    known = {""}
    for name in folders:
        _check_name(name, known)
        known.add(name)
    files = {}
    for name, (sha, size, executable) in content["files"].items():
        _check_name(name, known)
        if not (isinstance(sha, str) and objects.is_sha(sha) and isinstance(size, int)):
            raise ValueError(name)
        files[name] = sha, size, bool(executable)
    links: dict[str, str] = {}
    for name, target in content["links"].items():
        _check_name(name, known)
        if not isinstance(target, str):
            raise TypeError(name)
        links[name] = target
    return Manifest(files, folders, links)


def _check_name(name: str, folders: set[str]) -> None:
    """Refuse a name that is not a plain one in a folder that is known."""
    parent, _, base = name.rpartition("/")
    if name.startswith("/") or parent not in folders or base in ("", ".", "..") or "\0" in base:
        raise ValueError(name)
    if os.name == "nt" and ("\\" in base or ":" in base):
        raise ValueError(name)
