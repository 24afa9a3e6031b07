"""The source code of a run."""

from __future__ import annotations

import os
import tempfile

from localtrack.core.run_base import RunBase
from localtrack.exceptions import SnapshotException


class RunSnapshots(RunBase):
    """The source code of a run: kept once, and given back as a zip file."""

    def take_snapshot(self, file_or_folder_path: str | os.PathLike[str]) -> str:
        """Keep a folder, or a file, as the run's source code. A run has one snapshot at most.

        A folder's ``.amlignore``, or else its ``.gitignore``, says what is left out; ``.azureml``, ``.git``, caches and
        virtual environments are left out in any case. Content that is kept already is not stored again.

        Args:
            file_or_folder_path: The folder or the file.

        Returns:
            The snapshot's id, the same for the same content. It is also the run's property ``ContentSnapshotId``.

        Raises:
            SnapshotException: The run has a snapshot, or there is no such file, or it can't be kept.

        Example:
            >>> import os
            >>> os.makedirs("source")
            >>> with open("source/train.py", "w") as file:
            ...     _ = file.write("print('hello')")
            >>> run.take_snapshot("source") == run.get_snapshot_id()
            True
        """
        from localtrack.executor.snapshot import file_taken, taken

        path = os.fspath(file_or_folder_path) if isinstance(file_or_folder_path, str | os.PathLike) else ""
        if not path or "\0" in path:
            raise SnapshotException(f"A snapshot is taken of a file or folder, not of {file_or_folder_path!r}.")
        self._check_none(self._reload().snapshot)
        with (file_taken if os.path.isfile(path) else taken)(self._layout, path) as kept:
            noted = self._store.snapshots.set_snapshot(self._id, kept.id)
        found = self._reload().snapshot
        if not noted:
            self._check_none(found or self._store.labels.properties(self._id)["ContentSnapshotId"])
        return kept.id

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | os.PathLike[str] | None = None) -> str:
        """Write a snapshot's files into a zip file, named after the snapshot's id.

        Args:
            snapshot_id: The snapshot; the run's own when left out.
            path: The folder for the zip; a new temporary one when left out.

        Returns:
            The zip's absolute path.

        Raises:
            SnapshotException: The run has no snapshot, there is none of this id, or the zip can't be written.

        Example:
            >>> import zipfile
            >>> with open("train.py", "w") as file:
            ...     _ = file.write("print('hello')")
            >>> snapshot_id = run.take_snapshot("train.py")
            >>> with zipfile.ZipFile(run.restore_snapshot(path="restored")) as archive:
            ...     archive.namelist()
            ['train.py']
        """
        from localtrack.executor.snapshot_zip import write_zip

        chosen = snapshot_id if snapshot_id is not None else self.get_snapshot_id()
        if chosen is None:
            raise SnapshotException(
                f"Run {self._id} has no snapshot: give the id of one, or take one of the run's source code with "
                "take_snapshot()."
            )
        if path is not None:
            return write_zip(self._layout, chosen, os.fspath(path))
        folder = tempfile.mkdtemp(prefix="localtrack-")
        try:
            return write_zip(self._layout, chosen, folder)
        except SnapshotException:
            os.rmdir(folder)
            raise

    def get_snapshot_id(self) -> str | None:
        """Return the id of the run's snapshot, or None if it has none.

        Example:
            >>> run.get_snapshot_id() is None
            True
        """
        return self._reload().snapshot

    def _check_none(self, snapshot_id: str | None) -> None:
        if snapshot_id is not None:
            raise SnapshotException(
                f"Run {self._id} has the snapshot {snapshot_id} already, and a run has one: start another run for "
                "another state of the source code."
            )
