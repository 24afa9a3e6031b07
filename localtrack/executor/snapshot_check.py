"""The check of snapshots: whether each that a run refers to can be given back."""

from __future__ import annotations

import hashlib
import os

from localtrack.copying import CHUNK
from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot_manifest
from localtrack.executor import snapshot_objects as objects
from localtrack.store import references
from localtrack.store.checks.finding import Finding, Step
from localtrack.store.store import Store


class SnapshotCheck:
    """The check of snapshots.

    Args:
        store: The workspace's store.
        deep: Whether contents are read, and compared with the hashes under which they are kept.
    """

    name = "snapshots"

    def __init__(self, store: Store, *, deep: bool) -> None:
        self._store = store
        self._layout = store.layout
        self._deep = deep

    def find(self, step: Step) -> list[Finding]:
        """Return the snapshots of runs that are missing, damaged or lack a content."""
        found = []
        whole: dict[str, bool] = {}  # by hash: snapshots have most of their contents in common
        for snapshot_id, run_id in sorted(references.snapshots(self._store.database).items()):
            step("Checking snapshots")
            found += self._of_snapshot(snapshot_id, run_id, whole)
        if not found:
            return []
        # Since they were listed, the last run that refers to one may have been deleted, and the snapshot after it.
        still = references.snapshots(self._store.database)
        return [each for each in found if each.name in still]

    def repair(self, findings: list[Finding]) -> None:
        """Repair nothing: the contents are not anywhere else."""

    def _of_snapshot(self, snapshot_id: str, run_id: str, whole: dict[str, bool]) -> list[Finding]:
        try:
            manifest = snapshot_manifest.read(self._layout, snapshot_id)
        except SnapshotException as error:
            return [
                Finding(
                    self.name,
                    "snapshot-damaged",
                    f"The source code of run {run_id} can't be given back: {error}",
                    "It was left as it is. Submitting from the same source keeps it anew.",
                    run_id=run_id,
                    path=os.path.join(self._layout.snapshots, "manifests", f"{snapshot_id}.json"),
                    name=snapshot_id,
                )
            ]
        found = []
        for name, (sha, size, _) in manifest.files.items():
            if sha not in whole:
                whole[sha] = self._is_whole(sha, size)
            if not whole[sha]:
                path = objects.object_path(self._layout, sha)
                state = "damaged" if os.path.lexists(path) else "missing"
                found.append(
                    Finding(
                        self.name,
                        f"content-{state}",
                        f"The file {name!r} of the source code of run {run_id} is {state}",
                        f"It was left as it is. {'Remove it, and then submit' if state == 'damaged' else 'Submit'} "
                        "from the same source: that keeps it anew.",
                        run_id=run_id,
                        path=path,
                        name=snapshot_id,
                    )
                )
        return found

    def _is_whole(self, sha: str, size: int) -> bool:
        if not objects.is_kept(self._layout, sha, size):
            return False
        if not self._deep:
            return True
        digest = hashlib.sha256()
        try:
            with open(os.open(objects.object_path(self._layout, sha), objects.READ), "rb", buffering=0) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
        except OSError:
            return False
        return digest.hexdigest() == sha
