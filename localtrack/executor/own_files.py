"""localtrack's own files in a built environment: copies of what is running, and of what it needs, with no network.

They lie in a folder of their own that comes last on the environment's ``sys.path``, so that whatever the user asked
for wins. The folder is named by its content: another localtrack adds its own copy, and the environment stays.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import localtrack
from localtrack.copying import copy
from localtrack.exceptions import ServiceException
from localtrack.paths import dropin_folder

_NAME = "localtrack"
_PATH_FILE = "zz-localtrack.pth"  # path files are read by name, and each adds behind the others
_LEFT_OUT = ("RECORD", "direct_url.json", "INSTALLER", "REQUESTED")  # they tell of another place


def put_in(environment: str, python: str, *, in_use: bool) -> str:
    """Give an environment the localtrack that is running. Nobody else may do so at the same time.

    Args:
        environment: Its folder.
        python: Its version, such as ``3.12``.
        in_use: Whether a script runs in it, which may import from the copy that is there now.

    Returns:
        The folder of the copies.

    Raises:
        ServiceException: The files of what localtrack needs are not to be found.
        OSError: They can't be copied.
    """
    needed = _needed(python)
    folder = os.path.join(environment, _NAME, _fingerprint(needed))
    if not os.path.isdir(folder):
        unfinished = f"{folder}.{os.urandom(4).hex()}.new"
        for source, name in _files(needed):
            _copy(source, os.path.join(unfinished, name))
        os.rename(unfinished, folder)
    path_file = os.path.join(site_packages(environment), _PATH_FILE)
    if _text(path_file) != folder:
        with open(path_file + ".new", "w", encoding="utf-8") as file:
            file.write(folder)
        os.replace(path_file + ".new", path_file)
    if not in_use:
        for name in os.listdir(os.path.dirname(folder)):
            if name != os.path.basename(folder):
                shutil.rmtree(os.path.join(os.path.dirname(folder), name), ignore_errors=True)
    return folder


def instead_of_running(path: str, folder: str) -> str:
    """Return a ``PYTHONPATH`` with the copies in place of the localtrack that is running.

    Args:
        path: Has the folder of the name ``azureml``, and may have the one around the localtrack that is running.
        folder: Of the copies.
    """
    running = os.path.dirname(os.path.dirname(os.path.abspath(localtrack.__file__)))
    copied_dropin = os.path.join(folder, os.path.relpath(dropin_folder(), running))
    entries = [copied_dropin if each == dropin_folder() else each for each in path.split(os.pathsep)]
    return os.pathsep.join(each for each in entries if each != running)


def site_packages(environment: str) -> str:
    """Return the folder of an environment's packages."""
    (found,) = glob.glob(os.path.join(glob.escape(environment), "lib", "python*", "site-packages"))
    return found


def _needed(python: str) -> list[Distribution]:
    """Return localtrack's distribution and those that it needs, for a version of Python."""
    found: dict[str, Distribution] = {}
    pending = [_NAME]
    while pending:
        name = canonicalize_name(pending.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError as error:
            raise ServiceException(
                f"{name} is not installed beside the localtrack in {os.path.dirname(localtrack.__file__)}, so it can't "
                "be put into an environment: install localtrack with pip.",
                error,
            ) from error
        for text in found[name].requires or ():
            requirement = Requirement(text)
            variables = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
            if requirement.marker is None or requirement.marker.evaluate(variables):
                pending.append(requirement.name)
    return [found[name] for name in sorted(found)]


def _fingerprint(needed: list[Distribution]) -> str:
    content = hashlib.sha256(repr([(each.name, each.version) for each in needed]).encode())
    for path, name in sorted(_package(_NAME)):
        with open(path, "rb") as file:
            content.update(f"{name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    return content.hexdigest()[:24]


def _files(needed: list[Distribution]) -> Iterator[tuple[str, str]]:
    """Yield the path of every file, and its name below the folder of the copies."""
    for each in needed:
        packages = set()
        for file in each.files or ():
            top = file.parts[0]
            if top in ("..", "__pycache__") or file.suffix in (".pyc", ".pth") or file.name in _LEFT_OUT:
                continue
            if top.endswith((".dist-info", ".egg-info")):
                yield str(file.locate()), str(file)
            elif not top.startswith("__editable__") and canonicalize_name(each.name) != _NAME:
                packages.add(top)
                yield str(file.locate()), str(file)
        if not packages:
            # This very localtrack, whatever else is installed; or what its installer kept no list of.
            names = (each.read_text("top_level.txt") or each.name.replace("-", "_")).split()
            for name in [_NAME] if canonicalize_name(each.name) == _NAME else names:
                yield from _package(name)


def _package(name: str) -> Iterator[tuple[str, str]]:
    """Yield the path of every file of a package or module that can be imported here, and its name."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceException(f"The files of {name} can't be found, so it can't be put into an environment.")
    if not spec.submodule_search_locations:
        yield spec.origin, os.path.basename(spec.origin)
        return
    top = os.path.dirname(spec.origin)
    for parent, folders, names in os.walk(top):
        folders[:] = [folder for folder in folders if folder != "__pycache__"]
        for each in names:
            path = os.path.join(parent, each)
            yield path, os.path.join(name, os.path.relpath(path, top))


def _copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # its list of files has one that was removed since
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            copy(reading, writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
