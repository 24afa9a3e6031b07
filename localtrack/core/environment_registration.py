"""The environments that a workspace keeps, by name and version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from localtrack.core.environment_base import EnvironmentBase
from localtrack.exceptions import UserErrorException
from localtrack.values import check_name

if TYPE_CHECKING:
    from localtrack.core.environment import Environment
    from localtrack.core.workspace import Workspace
    from localtrack.store.environments import EnvironmentRecord

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


class EnvironmentRegistration(EnvironmentBase):
    """Keeping environments in a workspace, and finding them."""

    def register(self, workspace: Workspace) -> Environment:
        """Keep the environment in a workspace as the next version of its name.

        Args:
            workspace: The workspace.

        Returns:
            The version. If the last one is the same, that one: nothing is kept twice.

        Raises:
            UserErrorException: The name or a value can't be kept.
            ServiceException: The workspace can't be written.

        Example:
            >>> env = Environment("train")
            >>> env.register(ws).version
            '1'
            >>> env.python.conda_dependencies.add_pip_package("pandas")
            >>> env.register(ws).version, env.register(ws).version
            ('2', '2')
        """
        if not _NAME.fullmatch(self.name):
            raise UserErrorException(
                f"{self.name!r} can't be an environment's name: use 1 to 255 letters, digits and . _ - , with a letter "
                "or digit first."
            )
        definition = self._definition()
        del definition["version"]
        return _of(workspace._store.environments.register(self.name, definition))

    @staticmethod
    def get(workspace: Workspace, name: str, version: str | int | None = None, label: str | None = None) -> Environment:
        """Return an environment that a workspace keeps.

        Args:
            workspace: The workspace.
            name: Its name.
            version: Its version; the last one when this and ``label`` are left out.
            label: The label of the version.

        Raises:
            UserErrorException: There is none; the message names those that there are.

        Example:
            >>> _ = Environment("train").register(ws)
            >>> Environment.get(ws, "train").version
            '1'
        """
        if version is not None and label is not None:
            raise UserErrorException("An environment is found by its version or by a label, not by both.")
        environments = workspace._store.environments
        number = None if version is None else _number(version)
        found = environments.find(name, number, label) if version is None or number is not None else None
        if found is None:
            wanted = f"{name!r}"
            wanted += f" in version {version}" if version is not None else f" labeled {label!r}" if label else ""
            raise _not_found(workspace, name, wanted)
        return _of(found)

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """Return the environments that a workspace keeps, by name, each in its last version.

        Args:
            workspace: The workspace.

        Example:
            >>> _ = Environment("train").register(ws)
            >>> [*Environment.list(ws)]
            ['train']
        """
        return {each.name: _of(each) for each in workspace._store.environments.latest()}

    @staticmethod
    def label(workspace: Workspace, name: str, version: str | int, labels: Iterable[str]) -> None:
        """Put labels on a version of an environment. A label is on one version of a name; it goes from another.

        Args:
            workspace: The workspace.
            name: The environment's name.
            version: The version.
            labels: The labels.

        Raises:
            UserErrorException: There is no such version, or a label can't be kept; nothing was changed.

        Example:
            >>> _ = Environment("train").register(ws)
            >>> Environment.label(ws, "train", "1", ["production"])
            >>> Environment.get(ws, "train", label="production").version
            '1'
        """
        wanted = [labels] if isinstance(labels, str) else [*labels]
        for each in wanted:
            check_name(each, "label")
        number = _number(version)
        if number is None or not workspace._store.environments.label(name, number, wanted):
            raise _not_found(workspace, name, f"{name!r} in version {version}")


def _of(record: EnvironmentRecord) -> Environment:
    from localtrack.core.environment import Environment

    return Environment._from_definition({**record.definition, "version": str(record.version)})


def _number(version: object) -> int | None:
    text = str(version)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _not_found(workspace: Workspace, name: Any, wanted: str) -> UserErrorException:
    environments = workspace._store.environments
    versions = environments.versions(name) if isinstance(name, str) else []
    if versions:
        there = f"{name!r} has the versions {', '.join(map(str, versions))}"
    else:
        there = f"its environments are: {', '.join(each.name for each in environments.latest()) or 'none'}"
    hint = ""
    if isinstance(name, str) and name.startswith("AzureML-"):
        hint = " Azure's own environments are in Azure only: list the packages in one that you register."
    return UserErrorException(f"The workspace {workspace.name!r} has no environment {wanted}; {there}.{hint}")
