"""``config.json``: which workspace a folder belongs to, in the SDK's own format.

A file that was written by Azure's portal or SDK is used as it is.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from localtrack.exceptions import UserErrorException, WorkspaceException
from localtrack.paths import AZUREML, Layout, working_folder

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
NO_RESOURCE_GROUP = "local"

# The SDK looks for each combination upwards to the root before it tries the next.
_FOLDERS = (AZUREML, "aml_config", "")
_FILES = ("config.json", "project.json")
_MOST_BYTES = 1 << 20
_MOST_OF_NAME = 255  # characters
_MOST_OF_PATH = 4096

_NAME = re.compile(r"[A-Za-z0-9][\w-]{1,32}")
_SCOPE = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.MachineLearningServices/workspaces/([^/]+)"
    r"(?:/(?:projects|experiments)/([^/]+))?/?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Identity:
    """What a workspace is called, in Azure's terms.

    Attributes:
        experiment: The one that ``folder attach`` has set for the folder, if it has.
    """

    subscription_id: str
    resource_group: str
    name: str
    experiment: str | None = None

    @property
    def scope(self) -> str:
        """The workspace's Azure resource id."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )


def check_name(name: str) -> str:
    """Return ``name`` if it can be a workspace's.

    Raises:
        UserErrorException: It can't.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UserErrorException(
            f"{name!r:.300} can't be a workspace's name: use 2 to 33 letters, digits, _ and -, with a letter or digit "
            "first."
        )
    return name


def find(path: str | os.PathLike[str] | None, file_name: str | None = None) -> str:
    """Return the path of the configuration file for a folder: in it, or in the nearest folder above that has one.

    Args:
        path: The folder, or the file itself; the working folder when left out.
        file_name: Another name than ``config.json``.

    Raises:
        UserErrorException: There is none; the message names the folders that were searched.
    """
    start = working_folder() if path is None else os.path.abspath(path)
    if os.path.isfile(start):
        return start
    if not os.path.isdir(start):
        raise UserErrorException(f"There is no file or folder {start}: give a project's folder, or its config.json.")
    folders = list(_upwards(start))
    for sub in _FOLDERS:
        for name in (file_name,) if file_name else _FILES:
            for folder in folders:
                candidate = os.path.join(folder, sub, name)
                if os.path.isfile(candidate):
                    return candidate
    raise UserErrorException(
        f"There is no workspace here: no {file_name or 'config.json'} in {AZUREML}/, aml_config/ or the folder itself, "
        f"searched in {', '.join(folders)}. Make one with `localtrack folder attach -w NAME -g GROUP`, or in Python "
        "with Workspace.create(name='NAME')."
    )


def of_folder(folder: str) -> str | None:
    """Return the path of the configuration file that a folder has itself, or None."""
    for sub in _FOLDERS:
        for name in _FILES:
            candidate = os.path.join(folder, sub, name)
            if os.path.isfile(candidate):
                return candidate
    return None


def read(path: str) -> tuple[Identity, Layout]:
    """Return which workspace a configuration file names, and where that is kept.

    Raises:
        WorkspaceException: The file can't be read, or is no configuration.
    """
    content = _load(path)
    identity = _identity(path, content)
    folder = os.path.dirname(path)
    if os.path.basename(folder) not in _FOLDERS[:2]:
        folder = os.path.join(folder, AZUREML)
    elsewhere = content.get("Path")
    if isinstance(elsewhere, str):
        return identity, _layout(path, elsewhere)
    return identity, Layout(os.path.join(os.path.dirname(folder), AZUREML))


def write(path: str, identity: Identity, layout: Layout) -> None:
    """Write a configuration file, whole or not at all.

    Args:
        path: The file; its folder exists.
        identity: The workspace's.
        layout: Where the workspace is kept. If that is not where the file is looked for, the file says where, relative
            to itself.

    Raises:
        WorkspaceException: It could not be written.
    """
    scope = identity.scope + (f"/projects/{identity.experiment}" if identity.experiment else "")
    content: dict[str, Any] = {"Id": identity.experiment, "Scope": scope}
    folder = os.path.dirname(path)
    if os.path.realpath(folder) != layout.root:
        content["Path"] = os.path.relpath(layout.root, folder)
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=4)
            file.write("\n")
        os.replace(temporary, path)
    except OSError as error:
        raise WorkspaceException(f"{path} could not be written: {error.strerror}.", error) from error


def _load(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = json.loads(file.read(_MOST_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise WorkspaceException(f"{path} can't be read: {error.strerror}.", error) from error
    except (ValueError, RecursionError) as error:
        raise WorkspaceException(
            f"{path} is not JSON ({error}). It was left as it is; mend it, or move it away and write a new one "
            "with `localtrack folder attach`.",
            error,
        ) from error
    if not isinstance(content, dict):
        raise WorkspaceException(f"{path} is JSON, but no object with a workspace's keys. It was left as it is.")
    return content


def _identity(path: str, content: dict[str, Any]) -> Identity:
    keys = ("subscription_id", "resource_group", "workspace_name")
    parts: list[Any] = [content.get(key) for key in keys]
    if not all(isinstance(part, str) and part for part in parts):
        scope = content.get("Scope")
        found = _SCOPE.fullmatch(scope) if isinstance(scope, str) else None
        if found is None:
            raise WorkspaceException(
                f"{path} names no workspace: it needs the keys {', '.join(keys)}, or Scope with a workspace's resource "
                "id. It was left as it is."
            )
        parts = list(found.groups())
    for part in filter(None, parts):
        # They go to scripts as environment variables, and to terminals.
        if len(part) > _MOST_OF_NAME or not part.isprintable():
            raise WorkspaceException(
                f"{path} has the name {part[:_MOST_OF_NAME]!r}, which has a character that can't be shown, or more "
                f"than {_MOST_OF_NAME}. It was left as it is."
            )
    return Identity(*parts)


def _layout(path: str, elsewhere: str) -> Layout:
    """Return the workspace that a configuration file names by its path."""
    try:
        if len(elsewhere) <= _MOST_OF_PATH:
            return Layout(os.path.join(os.path.dirname(path), elsewhere))
    except ValueError:  # a NUL or a lone surrogate
        pass
    raise WorkspaceException(
        f"{path} has the Path {elsewhere[:_MOST_OF_NAME]!r}, which can't be one. It was left as it is; mend it, or "
        "move it away and write a new one with `localtrack folder attach`."
    )


def _upwards(folder: str) -> list[str]:
    found = [folder]
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        found.append(folder)
    return found
