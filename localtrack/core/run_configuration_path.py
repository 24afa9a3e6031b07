"""Where run configurations are in a project."""

from __future__ import annotations

import os
from collections.abc import Iterator

from localtrack.exceptions import RunConfigurationException
from localtrack.paths import AZUREML, Layout, working_folder

SUFFIX = ".runconfig"
CONDA_FILE = "conda_dependencies.yml"
ENVIRONMENT_FILE = "environment.yml"
_FOLDERS = (AZUREML, "aml_config")  # the second is the SDK's older name for it
_TAKEN = ("project.json", "notifications.yml", CONDA_FILE, ENVIRONMENT_FILE)


def find(path: str | os.PathLike[str], name: str | None) -> str:
    """Return the file of a configuration.

    Args:
        path: The project's folder, its ``.azureml`` folder, or the file.
        name: The file's name, with or without its suffix.

    Raises:
        RunConfigurationException: There is none.
    """
    top = os.path.abspath(path)
    if name is None:
        if os.path.isfile(top):
            return top
        what = "is a folder: give the name of a run configuration too" if os.path.isdir(top) else "is not there"
        raise RunConfigurationException(f"{top} {what}{_others(top)}.")
    for candidate in _candidates(top, _checked(name)):
        if os.path.isfile(candidate):
            return candidate
    raise RunConfigurationException(f"There is no run configuration {name!r} in {top}{_others(top)}.")


def target(path: str | os.PathLike[str] | None, name: str | None) -> str:
    """Return the file that a configuration is to be saved to.

    Args:
        path: The project's folder, or the file; the working folder for None.
        name: The file's name.

    Raises:
        RunConfigurationException: There is no name, or it can't be a configuration's.
    """
    top = working_folder() if path is None else os.path.abspath(path)
    if os.path.isfile(top) or (name is None and not os.path.isdir(top)):
        return _free(top)
    if name is None:
        raise RunConfigurationException(f"{top} is a folder: give the name of the run configuration too.")
    homes = _homes(top)
    home = next((each for each in homes if os.path.isdir(each)), homes[0])
    return _free(os.path.join(home, _checked(name)))


def project(path: str) -> str:
    """Return the folder that paths in a configuration's file are relative to."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if os.path.basename(folder) in _FOLDERS else folder


def _homes(top: str) -> list[str]:
    return [top] if os.path.basename(top) in _FOLDERS else [os.path.join(top, each) for each in _FOLDERS]


def _candidates(top: str, name: str) -> Iterator[str]:
    bare = name.removesuffix(SUFFIX)
    for home in _homes(top):
        for each in (name, f"{bare}{SUFFIX}", bare):
            yield os.path.join(home, each)
    yield os.path.join(top, f"{bare}{SUFFIX}")


def _checked(name: object) -> str:
    if not isinstance(name, str) or name in ("", ".", "..") or os.path.basename(name) != name or "\0" in name:
        raise RunConfigurationException(f"{name!r} can't be a run configuration's name: it must be that of a file.")
    return name


def _free(path: str) -> str:
    """Return the path if no other file of a project is called so."""
    folder, name = os.path.split(path)
    if _is_taken(folder, name) or os.path.isdir(path):
        raise RunConfigurationException(f"{path} is no run configuration's file: choose another name.")
    return path


def _others(top: str) -> str:
    """Return which configurations there are, for the end of an error."""
    found: set[str] = set()
    for folder in (*_homes(top), top):
        if os.path.isdir(folder):
            found.update(name for name in os.listdir(folder) if name.endswith(SUFFIX) or _is_bare(folder, name))
    return f"; there are: {', '.join(sorted(found))}" if found else ""


def _is_bare(folder: str, name: str) -> bool:
    """Whether a file is a configuration without a suffix, as `RunConfiguration.save` writes it."""
    is_home = os.path.basename(folder) in _FOLDERS
    return is_home and "." not in name and not _is_taken(folder, name) and os.path.isfile(os.path.join(folder, name))


def _is_taken(folder: str, name: str) -> bool:
    """Whether a file of that name is another file of a project."""
    return os.path.basename(folder) in _FOLDERS and (name in _TAKEN or bool(Layout(folder).own([name])))
