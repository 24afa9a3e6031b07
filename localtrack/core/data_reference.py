"""A place in the default datastore: a path that a script on this machine can be given as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from localtrack.exceptions import UserErrorException
from localtrack.paths import check_artifact_name, contained

if TYPE_CHECKING:
    from localtrack.core.datastore import Datastore


class DataReference:
    """A place in the default datastore (the SDK's ``azureml.data.data_reference.DataReference``).

    It is a path, for ``open`` and as an argument of `ScriptRunConfig`.

    Args:
        datastore: The datastore.
        data_reference_name: A name of its own.
        path_on_datastore: The name of the file or folder there; the top when left out.

    Raises:
        UserErrorException: It can't be a name in a datastore, or is a link that leads out of it.

    Example:
        >>> import os
        >>> place = ws.get_default_datastore().path("train")
        >>> os.path.relpath(place)
        '.azureml/data/train'
    """

    def __init__(
        self, datastore: Datastore, data_reference_name: str | None = None, path_on_datastore: str | None = None
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = checked(path_on_datastore)
        self.data_reference_name = data_reference_name or self.path_on_datastore or datastore.name

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """Return a place below this one.

        Raises:
            UserErrorException: It can't be a name in a datastore.

        Example:
            >>> ws.get_default_datastore().path("train").path("table.csv")
            DataReference(workspaceblobstore: train/table.csv)
        """
        below = "/".join(filter(None, (self.path_on_datastore, path)))
        return DataReference(self.datastore, data_reference_name, below)

    def as_mount(self) -> DataReference:
        """Return this: scripts run on this machine, where the files are.

        Example:
            >>> place = ws.get_default_datastore().path("train")
            >>> place.as_mount() is place
            True
        """
        return self

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """Refuse: nothing is copied for a script.

        Raises:
            UserErrorException: Always.
        """
        raise _refusal("as_download")

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """Refuse: nothing is copied for a script.

        Raises:
            UserErrorException: Always.
        """
        raise _refusal("as_upload")

    def __fspath__(self) -> str:
        return contained(self.datastore.container_name, self.path_on_datastore)

    __str__ = __fspath__

    def __repr__(self) -> str:
        return f"DataReference({self.datastore.name}: {self.path_on_datastore})"


def checked(path: str | os.PathLike[str] | None) -> str:
    """Return a name in a datastore in its one spelling; its top is empty.

    Raises:
        UserErrorException: It can't be one.
    """
    if path is None:
        return ""
    if not isinstance(path, str | os.PathLike):
        raise UserErrorException(f"{path!r} can't be the name of a datastore's file: it is no text.")
    if os.fspath(path) in ("", ".", "./"):
        return ""
    return check_artifact_name(path, "a datastore's file")


def _refusal(call: str) -> UserErrorException:
    return UserErrorException(
        f"DataReference.{call}(): localtrack does not copy files for scripts. Give the script the reference itself, or "
        "its as_mount(): it gets the path in the datastore, to read from and to write to."
    )
