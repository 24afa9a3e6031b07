"""The default datastore, which is the folder ``data`` of the workspace; there is no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core.workspace_base import check_workspace
from localtrack.exceptions import CloudOnlyException, UserErrorException

if TYPE_CHECKING:
    import os

    from localtrack.core.data_reference import DataReference
    from localtrack.core.workspace import Workspace

    Path = str | os.PathLike[str]

DEFAULT = "workspaceblobstore"


class Datastore:
    """The default datastore of a workspace (the SDK's ``azureml.core.Datastore``): its folder ``.azureml/data``.

    Its files are named relative to that, with ``/``. Each is there whole, or not at all. Git ignores them, and deleting
    the workspace leaves them.

    Args:
        workspace: The workspace.
        name: ``"workspaceblobstore"``, or nothing.

    Raises:
        UserErrorException: Another name; there is no such datastore.

    Example:
        >>> with open("table.csv", "w") as file:
        ...     _ = file.write("a,b")
        >>> store = ws.get_default_datastore()
        >>> store.upload_files(["table.csv"], target_path="train", show_progress=False)
        DataReference(workspaceblobstore: train)
        >>> store.download("copy", prefix="train", show_progress=False)
        1
        >>> import os
        >>> os.listdir("copy/train")
        ['table.csv']
    """

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        check_workspace(workspace, "Datastore")
        if name not in (None, DEFAULT):
            raise UserErrorException(
                f"There is no datastore {name!r}: localtrack has only {DEFAULT!r}, the folder {workspace._layout.data}."
            )
        self._workspace = workspace

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self._workspace

    @property
    def name(self) -> str:
        """``"workspaceblobstore"``, which is what Azure calls the default one."""
        return DEFAULT

    @property
    def datastore_type(self) -> str:
        """``"Local"``."""
        return "Local"

    @property
    def container_name(self) -> str:
        """The path of the folder, which need not be there yet."""
        return self._workspace._layout.data

    @property
    def account_name(self) -> str:
        """``"local"``: there is no account."""
        return "local"

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Datastore:
        """Return the datastore of that name, which can only be ``"workspaceblobstore"``.

        Raises:
            UserErrorException: There is none of that name.

        Example:
            >>> from localtrack.core import Datastore
            >>> Datastore.get(ws, "workspaceblobstore").name
            'workspaceblobstore'
        """
        return Datastore(workspace, str(datastore_name))

    @staticmethod
    def get_default(workspace: Workspace) -> Datastore:
        """Return the default datastore.

        Example:
            >>> from localtrack.core import Datastore
            >>> Datastore.get_default(ws).name
            'workspaceblobstore'
        """
        return Datastore(workspace)

    def upload_files(
        self,
        files: Sequence[Path],
        relative_root: Path | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copy files into the datastore, and return where they are.

        Args:
            files: The paths of the files.
            relative_root: The folder above all of them; what is below it, is their names' part. The nearest folder
                that is above them all, when left out.
            target_path: The folder in the datastore; its top when left out.
            overwrite: Whether files of the same names are replaced; else they stay, and these are not copied.
            show_progress: Whether a line says what was done.

        Raises:
            UserErrorException: A file can't be read, is not below ``relative_root``, or its name can't be one here;
                nothing was copied.
            ServiceException: A file can't be written; what was there under its name is as it was.

        Example:
            >>> with open("table.csv", "w") as file:
            ...     _ = file.write("a,b")
            >>> _ = ws.get_default_datastore().upload_files(["table.csv"])
            Uploaded 1 file to workspaceblobstore.
        """
        from localtrack.core import datastore_files

        found = datastore_files.named(files, relative_root, target_path)
        return self._uploaded(found, target_path, overwrite, show_progress)

    def upload(
        self, src_dir: Path, target_path: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> DataReference:
        """Copy the files below a folder into the datastore, and return where they are. Links in it are left out.

        Args:
            src_dir: The folder.
            target_path: The folder in the datastore; its top when left out.
            overwrite: Whether files of the same names are replaced; else they stay, and these are not copied.
            show_progress: Whether a line says what was done.

        Raises:
            UserErrorException: See `upload_files`.
            ServiceException: See `upload_files`.

        Example:
            >>> import os
            >>> os.mkdir("raw")
            >>> with open("raw/table.csv", "w") as file:
            ...     _ = file.write("a,b")
            >>> _ = ws.get_default_datastore().upload("raw", "2024")
            Uploaded 1 file to workspaceblobstore/2024.
        """
        from localtrack.core import datastore_files

        found = datastore_files.below(src_dir, target_path)
        return self._uploaded(found, target_path, overwrite, show_progress)

    def download(
        self, target_path: Path, prefix: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copy files out of the datastore, under their names there, and return how many were copied.

        Args:
            target_path: The folder to copy to.
            prefix: What the names of the files begin with; all files when left out.
            overwrite: Whether files of the same names are replaced; else they stay, and these are not copied.
            show_progress: Whether a line says what was done.

        Raises:
            UserErrorException: Something of that prefix in the datastore is a link or no file, or a link in
                ``target_path`` leads out of it; nothing was copied.
            ServiceException: A file can't be read or written; what was there under its name is as it was.

        Example:
            >>> ws.get_default_datastore().download("copy")
            Downloaded 0 files to copy.
            0
        """
        from localtrack.core import datastore_files

        copied, there = datastore_files.download(self.container_name, target_path, prefix, overwrite)
        if show_progress:
            print(_summary("Downloaded", copied, there, str(target_path)))
        return copied

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """Return where something is in the datastore, or will be.

        Args:
            path: Its name; the datastore's top when left out.
            data_reference_name: A name of its own for it.

        Raises:
            UserErrorException: It can't be a name here.

        Example:
            >>> ws.get_default_datastore().path("train/table.csv")
            DataReference(workspaceblobstore: train/table.csv)
        """
        from localtrack.core.data_reference import DataReference

        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> DataReference:
        """Return the datastore's top, as a path for a script.

        Example:
            >>> ws.get_default_datastore().as_mount()
            DataReference(workspaceblobstore: )
        """
        return self.path().as_mount()

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """Refuse: nothing is copied for a script.

        Raises:
            UserErrorException: Always.
        """
        self.path().as_download(path_on_compute, overwrite)

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """Refuse: nothing is copied for a script.

        Raises:
            UserErrorException: Always.
        """
        self.path().as_upload(path_on_compute, overwrite)

    def set_as_default(self) -> None:
        """Do nothing: it is the default.

        Example:
            >>> ws.get_default_datastore().set_as_default()
        """

    def unregister(self) -> NoReturn:
        """Refuse: a workspace has its folder for good.

        Raises:
            UserErrorException: Always.
        """
        raise UserErrorException(f"The default datastore can't be unregistered. Remove what you want from {self}.")

    @staticmethod
    def register_azure_blob_container(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage in Azure."""
        raise _cloud_only("register_azure_blob_container")

    @staticmethod
    def register_azure_file_share(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage in Azure."""
        raise _cloud_only("register_azure_file_share")

    @staticmethod
    def register_azure_data_lake(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage in Azure."""
        raise _cloud_only("register_azure_data_lake")

    @staticmethod
    def register_azure_data_lake_gen2(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage in Azure."""
        raise _cloud_only("register_azure_data_lake_gen2")

    @staticmethod
    def register_azure_sql_database(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is a database in Azure."""
        raise _cloud_only("register_azure_sql_database")

    @staticmethod
    def register_azure_postgre_sql(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is a database in Azure."""
        raise _cloud_only("register_azure_postgre_sql")

    @staticmethod
    def register_azure_my_sql(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is a database in Azure."""
        raise _cloud_only("register_azure_my_sql")

    @staticmethod
    def register_dbfs(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage of Databricks."""
        raise _cloud_only("register_dbfs")

    @staticmethod
    def register_hdfs(*args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: it is storage of a cluster."""
        raise _cloud_only("register_hdfs")

    def _uploaded(
        self, found: list[tuple[str, str]], target_path: str | None, overwrite: bool, show_progress: bool
    ) -> DataReference:
        from localtrack.core import datastore_files

        place = self.path(target_path)
        copied, there = datastore_files.upload(self.container_name, found, overwrite)
        if show_progress:
            print(_summary("Uploaded", copied, there, "/".join(filter(None, (DEFAULT, place.path_on_datastore)))))
        return place

    def __str__(self) -> str:
        return self.container_name

    def __repr__(self) -> str:
        return f"Datastore({DEFAULT}: {self.container_name})"


def _summary(done: str, copied: int, there: int, place: str) -> str:
    kept = f" Left as they were, because overwrite is False: {there}." if there else ""
    return f"{done} {copied} file{'' if copied == 1 else 's'} to {place}.{kept}"


def _cloud_only(call: str) -> CloudOnlyException:
    return CloudOnlyException(
        f"Datastore.{call}(): localtrack reaches nothing outside of this machine. Read it with a client of its own, or "
        f"copy the files to {DEFAULT} with Workspace.get_default_datastore().upload_files()."
    )
