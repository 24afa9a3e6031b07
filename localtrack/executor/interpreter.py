"""Which Python a script runs in, as far as that is known before anything is built."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from localtrack.exceptions import RunConfigurationException

THIS = "python"  # what a definition calls the interpreter that submits


def chosen(environment: Mapping[str, Any] | None) -> str | None:
    """Return the path of the interpreter that an environment means, or None if it must be built first.

    Args:
        environment: Its definition; None, or one without a ``python`` section, means the interpreter of this process.

    Raises:
        RunConfigurationException: The user's own interpreter isn't there.
    """
    python = None if environment is None else environment.get("python")
    if not python:
        return sys.executable
    if not python.get("userManagedDependencies"):
        return None
    name = python.get("interpreterPath") or THIS
    if name == THIS:
        return sys.executable
    found = shutil.which(os.path.expanduser(name))
    if found is None:
        where = os.path.abspath(os.path.expanduser(name)) if os.sep in name else f"{name} on the PATH"
        raise RunConfigurationException(
            f"There is no interpreter {where}: set python.interpreter_path to the path of a Python, or to {THIS!r} for "
            f"the one that submits ({sys.executable})."
        )
    return os.path.abspath(found)  # not its real path: a virtual environment's is a link to another's


def search_path(interpreter: str, path: str | None) -> str:
    """Return a PATH on which ``python`` is an interpreter, or one beside it.

    Args:
        interpreter: Its path.
        path: The PATH as it is.
    """
    folder = os.path.dirname(interpreter)
    given = os.defpath if path is None else path
    found = shutil.which(THIS, path=given)
    if found is not None and os.path.dirname(os.path.abspath(found)) == folder:
        return given
    return os.pathsep.join([folder, given])
