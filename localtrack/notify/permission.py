"""Which commands this user lets which project run. A project that comes from elsewhere must not run any.

It is kept with this user's own data, a small file for each, and never in the project.
"""

from __future__ import annotations

import hashlib
import json
import os

from localtrack import user_folders
from localtrack.exceptions import ServiceException
from localtrack.paths import Layout


def is_allowed(layout: Layout, command: str) -> bool:
    """Whether the user has allowed a project to run a command."""
    try:
        with open(_path(layout, command), encoding="utf-8") as file:
            return bool(json.load(file) == _content(layout, command))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):  # what can't be read allows nothing
        return False


def allow(layout: Layout, command: str) -> None:
    """Let a project run a command from now on, as long as it stays in its folder.

    Raises:
        ServiceException: That can't be noted.
    """
    path = _path(layout, command)
    temporary = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(_content(layout, command), file)
        os.replace(temporary, path)
    except OSError as error:
        raise ServiceException(f"{path} can't be written: {error.strerror}. Nothing was allowed.", error) from error


def _content(layout: Layout, command: str) -> list[str]:
    return [os.fsencode(layout.root).decode(errors="backslashreplace"), command]


def _path(layout: Layout, command: str) -> str:
    digest = hashlib.sha256(json.dumps(_content(layout, command)).encode()).hexdigest()[:32]
    return os.path.join(user_folders.data(), "commands", f"{digest}.json")
