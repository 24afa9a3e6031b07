"""This user's list of workspaces, so that one can be had by its name from any folder.

One small file for each workspace, in the user's data folder; a workspace whose folder is gone is not listed.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from contextlib import suppress

from localtrack import user_folders
from localtrack.core import config
from localtrack.core.config import Identity
from localtrack.paths import AZUREML, Layout


def add(identity: Identity, layout: Layout) -> None:
    """Note a workspace; a home folder that can't be written is only worth a warning."""
    path = _path(layout)
    content = [identity.subscription_id, identity.resource_group, identity.name, layout.root]
    temporary = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(temporary, path)
    except OSError as error:
        warnings.warn(
            f"The workspace {identity.name!r} is usable, but not by its name from other folders: "
            f"{path} could not be written ({error.strerror}).",
            stacklevel=2,
        )


def remove(layout: Layout) -> None:
    """Forget a workspace that was deleted."""
    with suppress(FileNotFoundError):  # it was never noted, or somebody else has forgotten it
        os.unlink(_path(layout))


def entries() -> list[tuple[Identity, Layout]]:
    """Return this user's workspaces that are still there."""
    return [(identity, layout) for identity, layout in _noted() if config.of_folder(layout.project) is not None]


def gone() -> list[tuple[Identity, Layout]]:
    """Return those that were noted, and whose folder is no workspace any more."""
    return [(identity, layout) for identity, layout in _noted() if config.of_folder(layout.project) is None]


def default() -> Layout:
    """Return where runs are kept that belong to no project."""
    return Layout(os.path.join(user_folders.data(), "default", AZUREML))


def _noted() -> list[tuple[Identity, Layout]]:
    try:
        names = sorted(os.listdir(_folder()))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        if name.endswith(".json"):
            path = os.path.join(_folder(), name)
            with suppress(FileNotFoundError), open(path, encoding="utf-8") as file:  # forgotten meanwhile
                try:
                    *parts, root = json.load(file)
                    found.append((Identity(*parts), Layout(root)))
                except (ValueError, TypeError, RecursionError):
                    warnings.warn(
                        f"{path} is damaged, so the workspace that it names can't be had by its name: remove the file, "
                        "and open the workspace by its path.",
                        stacklevel=3,
                    )
    return found


def _path(layout: Layout) -> str:
    return os.path.join(_folder(), hashlib.sha256(os.fsencode(layout.root)).hexdigest()[:24] + ".json")


def _folder() -> str:
    return os.path.join(user_folders.data(), "workspaces")
