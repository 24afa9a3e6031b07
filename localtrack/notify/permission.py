"""What this user lets which project do: run commands, and send passwords. One from elsewhere must do neither.

It is kept with this user's own data, a small file for each, and never in the project.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from localtrack import user_folders
from localtrack.exceptions import ServiceException
from localtrack.paths import Layout

if TYPE_CHECKING:
    from localtrack.notify.rules import Smtp


def is_allowed(layout: Layout, command: str) -> bool:
    """Whether the user has allowed a project to run a command."""
    return _is_kept("commands", _content(layout, command))


def allow(layout: Layout, command: str) -> None:
    """Let a project run a command from now on, as long as it stays in its folder.

    Raises:
        ServiceException: That can't be noted.
    """
    _keep("commands", _content(layout, command))


def is_login_allowed(layout: Layout, smtp: Smtp) -> bool:
    """Whether the user has allowed a project to log in to a mail server so; without a password nobody has to."""
    return smtp.password_env is None or _is_kept("logins", _login(layout, smtp))


def allow_login(layout: Layout, smtp: Smtp) -> None:
    """Let a project send a password to a mail server from now on, as long as it stays in its folder.

    Raises:
        ServiceException: That can't be noted.
    """
    _keep("logins", _login(layout, smtp))


def _content(layout: Layout, *allowed: str) -> list[str]:
    return [os.fsencode(layout.root).decode(errors="backslashreplace"), *allowed]


def _login(layout: Layout, smtp: Smtp) -> list[str]:
    return _content(layout, smtp.host, str(smtp.port), smtp.security, str(smtp.username), str(smtp.password_env))


def _is_kept(kind: str, content: list[str]) -> bool:
    try:
        with open(_path(kind, content), encoding="utf-8") as file:
            return bool(json.load(file) == content)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):  # what can't be read allows nothing
        return False


def _keep(kind: str, content: list[str]) -> None:
    path = _path(kind, content)
    temporary = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(temporary, path)
    except OSError as error:
        raise ServiceException(f"{path} can't be written: {error.strerror}. Nothing was allowed.", error) from error


def _path(kind: str, content: list[str]) -> str:
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
    return os.path.join(user_folders.data(), kind, f"{digest}.json")
