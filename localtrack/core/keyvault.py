"""Secrets, which are the environment's and nobody else's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import CloudOnlyException, UserErrorException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace


class Keyvault:
    """The secrets of a workspace (the SDK's ``azureml.core.Keyvault``): environment variables of this process.

    Args:
        workspace: The workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get_secret(self, name: str) -> str:
        """Return the environment variable of that name, or of that name with ``_`` for each ``-``.

        Raises:
            UserErrorException: There is none.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> ws.get_default_keyvault().get_secret("API-TOKEN")
            's3cret'
        """
        for variable in (name, name.replace("-", "_"), name.replace("-", "_").upper()):
            if variable in os.environ:
                return os.environ[variable]
        raise UserErrorException(
            f"There is no secret {name!r}: localtrack keeps none, and takes them from environment variables. "
            f"Set {name.replace('-', '_')} for this process."
        )

    def get_secrets(self, secrets: list[str]) -> dict[str, str]:
        """Return several secrets by their names; see `get_secret`.

        Raises:
            UserErrorException: There is no variable for one of them.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> ws.get_default_keyvault().get_secrets(["API_TOKEN"])
            {'API_TOKEN': 's3cret'}
        """
        return {name: self.get_secret(name) for name in secrets}

    def list_secrets(self) -> list[dict[str, str]]:
        """Return the names that `get_secret` takes, without values: those of all environment variables.

        Example:
            >>> import os
            >>> os.environ["API_TOKEN"] = "s3cret"
            >>> {"name": "API_TOKEN"} in ws.get_default_keyvault().list_secrets()
            True
        """
        return [{"name": name} for name in sorted(os.environ)]

    def set_secret(self, name: str, value: Any, content_type: Any = None) -> None:
        """Refuse: secrets are not written to files.

        Raises:
            CloudOnlyException: Always.
        """
        raise _not_kept(name)

    def set_secrets(self, secrets_batch: dict[str, Any]) -> None:
        """Refuse: secrets are not written to files.

        Raises:
            CloudOnlyException: Always.
        """
        raise _not_kept(", ".join(secrets_batch))

    def delete_secret(self, name: str) -> None:
        """Refuse: there are no secrets in files that could be deleted.

        Raises:
            CloudOnlyException: Always.
        """
        raise _not_kept(name)

    def delete_secrets(self, secrets: list[str]) -> None:
        """Refuse: there are no secrets in files that could be deleted.

        Raises:
            CloudOnlyException: Always.
        """
        raise _not_kept(", ".join(secrets))


def _not_kept(names: str) -> CloudOnlyException:
    return CloudOnlyException(
        f"{names}: not kept, because localtrack writes no secrets to files. Set environment variables instead."
    )
