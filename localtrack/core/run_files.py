"""The files of a run."""

from __future__ import annotations

import os
from typing import Any

from localtrack.core.run_base import RunBase


class RunFiles(RunBase):
    """The files of a run."""

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> str:
        """Keep a file with the run.

        Args:
            name: What the run calls it, such as ``outputs/model.pkl``.
            path_or_stream: The file, or something to ``read`` bytes from.
            datastore_name: Accepted and not used.

        Returns:
            The name.

        Raises:
            UserErrorException: The name is taken or can't be a file's, or there is no such file.
            ServiceException: It could not be written.
        """
        from localtrack.core import files

        return files.upload(self._store, self._id, name, path_or_stream).name

    def get_file_names(self) -> list[str]:
        """Return the names of the run's files, sorted; those of a script that is running as they are now."""
        from localtrack.core import files

        return [each.name for each in files.of(self._store, self._reload())]

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy one of the run's files.

        Args:
            name: What the run calls it.
            output_file_path: The copy, or a folder for it; the working folder when left out.

        Raises:
            UserErrorException: The run has no such file; the message names those it has.
        """
        from localtrack.core import files

        files.download(self._store, self._reload(), name, output_file_path)
