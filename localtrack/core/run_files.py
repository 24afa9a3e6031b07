"""The files of a run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from localtrack.core.run_base import RunBase


class RunFiles(RunBase):
    """The files of a run.

    Names have ``/`` and are relative, such as ``outputs/model.pkl``. What is kept is a copy of its own: changing the
    source later doesn't change it. A name is given once.
    """

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> str:
        """Keep a file with the run.

        Args:
            name: What the run calls it, such as ``outputs/model.pkl``.
            path_or_stream: The file, or something to ``read`` bytes or text from; text is kept as UTF-8.
            datastore_name: Accepted and not used.

        Returns:
            The name.

        Raises:
            UserErrorException: The name is taken or can't be a file's, or there is no such file; nothing was kept.
            ServiceException: It could not be written; nothing was kept.

        Example:
            >>> import io
            >>> run.upload_file("outputs/notes.txt", io.StringIO("good"))
            'outputs/notes.txt'
        """
        from localtrack.core import files

        return files.upload(self._store, self._id, name, path_or_stream).name

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str | os.PathLike[str]],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> dict[str, dict[str, Any]] | None:
        """Keep files with the run, all or none.

        Args:
            names: What the run calls them.
            paths: The files, one for each name.
            return_artifacts: Whether facts about what was kept are returned.
            timeout_seconds: Accepted and not used: files are kept when this returns.
            datastore_name: Accepted and not used.

        Returns:
            With ``return_artifacts``, by name: a dictionary with ``name``, ``size`` in bytes and ``sha256`` in
            hexadecimal. Else None.

        Raises:
            UserErrorException: There are not as many names as paths, a name is taken or can't be a file's, or a file
                can't be read; nothing was kept.
            ServiceException: A file could not be written; nothing was kept.

        Example:
            >>> with open("weights.txt", "w") as file:
            ...     _ = file.write("0.5")
            >>> kept = run.upload_files(["outputs/weights.txt"], ["weights.txt"], return_artifacts=True)
            >>> kept["outputs/weights.txt"]["size"]
            3
        """
        from localtrack.core import files

        kept = files.upload_all(self._store, self._id, names, paths)
        if not return_artifacts:
            return None
        return {each.name: {"name": each.name, "size": each.size, "sha256": each.sha256} for each in kept}

    def upload_folder(self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None) -> list[str]:
        """Keep all files below a folder with the run, all or none. Links in it are not followed.

        Args:
            name: What the run calls the folder: its files' names begin with it.
            path: The folder. Of an empty one nothing is kept.
            datastore_name: Accepted and not used.

        Returns:
            The names of the files.

        Raises:
            UserErrorException: There is no such folder, a file in it can't be read, or a name is taken or can't be a
                file's; nothing was kept.
            ServiceException: A file could not be written; nothing was kept.

        Example:
            >>> import os
            >>> os.makedirs("model/layers")
            >>> with open("model/layers/first.txt", "w") as file:
            ...     _ = file.write("0.5")
            >>> run.upload_folder("outputs/model", "model")
            ['outputs/model/layers/first.txt']
        """
        from localtrack.core import files

        return [each.name for each in files.upload_folder(self._store, self._id, name, path)]

    def get_file_names(self) -> list[str]:
        """Return the names of the run's files, sorted; those of a script that is running as they are now.

        Example:
            >>> run.get_file_names()
            []
        """
        from localtrack.core import files

        return [each.name for each in files.of(self._store, self._reload())]

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy one of the run's files, whole or not at all.

        Args:
            name: What the run calls it.
            output_file_path: The copy, or a folder for it; the working folder when left out. A file that is there is
                overwritten.

        Raises:
            UserErrorException: The run has no such file; the message names those it has.
            ServiceException: The copy could not be written, or what was kept is damaged.

        Example:
            >>> import io
            >>> _ = run.upload_file("outputs/notes.txt", io.StringIO("good"))
            >>> run.download_file("outputs/notes.txt", "copy.txt")
            >>> with open("copy.txt") as file:
            ...     file.read()
            'good'
        """
        from localtrack.core import downloads

        downloads.download(self._store, self._reload(), name, output_file_path)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | os.PathLike[str] | None = None,
        output_paths: Sequence[str | os.PathLike[str]] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: int | None = None,
    ) -> None:
        """Copy those of the run's files whose names begin with a prefix, each whole or not at all.

        Args:
            prefix: How the names begin, such as ``outputs/``; all files when left out. If no name begins so, nothing is
                copied.
            output_directory: The folder for the copies; the working folder when left out.
            output_paths: The copies, relative to ``output_directory``: one path for each file, in the order of
                `get_file_names`. When left out, the files' names.
            batch_size: Accepted and not used.
            append_prefix: Whether the copies' names begin with the prefix, too; else it is cut off.
            timeout_seconds: Accepted and not used.

        Raises:
            UserErrorException: There are not as many ``output_paths`` as files, or a link in ``output_directory`` leads
                out of it where a copy would go; nothing was copied.
            ServiceException: A copy could not be written, or what was kept is damaged.

        Example:
            >>> import io, os
            >>> _ = run.upload_file("outputs/notes.txt", io.StringIO("good"))
            >>> run.download_files(prefix="outputs/", output_directory="copies", append_prefix=False)
            >>> os.listdir("copies")
            ['notes.txt']
        """
        from localtrack.core import downloads

        downloads.download_all(
            self._store, self._reload(), prefix, output_directory, output_paths, append_prefix=append_prefix
        )

    def get_all_logs(self, destination: str | os.PathLike[str] | None = None) -> list[str]:
        """Copy the run's logs: its files below ``user_logs``, ``logs`` and ``azureml-logs``.

        Args:
            destination: The folder for the copies; ``assets/<run id>`` in the working folder when left out.

        Returns:
            The paths of the copies.

        Raises:
            ServiceException: A copy could not be written.

        Example:
            >>> import io
            >>> _ = run.upload_file("logs/train.log", io.StringIO("epoch 1"))
            >>> run.get_all_logs("here")
            ['here/logs/train.log']
        """
        from localtrack.core import downloads

        return downloads.download_logs(self._store, self._reload(), destination)
