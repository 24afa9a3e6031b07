"""Files copied into a datastore's folder and out of it: each whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from localtrack.copying import copy
from localtrack.core.data_reference import checked
from localtrack.core.files import opened
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import contained, working_folder

_UNFINISHED = ".localtrack-"  # begins the names of files that are being written; no file of a datastore has one
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

_Named = list[tuple[str, str]]  # what files are to be called, with their paths


def named(files: Sequence[Any], root: Any, target: str | None) -> _Named:
    """Return what files are to be called in a datastore; see `Datastore.upload_files`.

    Raises:
        UserErrorException: One can't be.
    """
    if isinstance(files, str | bytes | os.PathLike) or not isinstance(files, Sequence):
        raise UserErrorException(f"upload_files needs a list of paths, not {files!r}. Nothing was copied.")
    here = working_folder()
    paths = [os.path.normpath(os.path.join(here, _path(file))) for file in files]
    top = _common(paths) if root is None else os.path.normpath(os.path.join(here, _path(root)))
    found = []
    for path in paths:
        if os.path.isdir(path):
            raise UserErrorException(f"{path} is a folder: use upload. Nothing was copied.")
        relative = os.path.relpath(path, top)
        if relative.split(os.sep)[0] in (os.curdir, os.pardir):
            raise UserErrorException(f"{path} is not below relative_root, which is {top}. Nothing was copied.")
        found.append((_name(target, relative), path))
    return found


def below(folder: Any, target: str | None) -> _Named:
    """Return what the files below a folder are to be called in a datastore; see `Datastore.upload`.

    Raises:
        UserErrorException: It is no folder, or a file can't be one of a datastore's.
    """
    top = _path(folder)
    if not os.path.isdir(top):
        raise UserErrorException(f"{top} is no folder. Nothing was copied.")
    walked = ((os.path.relpath(path, top), path) for path in _walk(top))
    return [(_name(target, relative), path) for relative, path in walked if not os.path.islink(path)]


def upload(folder: str, found: _Named, overwrite: bool) -> tuple[int, int]:
    """Copy files into a datastore's folder.

    Returns:
        How many were copied, and how many were there.

    Raises:
        UserErrorException: A file can't be read, or there is something in its way; nothing was copied.
        ServiceException: One can't be written.
    """
    _check_folder(folder)
    to_copy, there = _chosen(folder, found, overwrite)
    for _, path, _ in to_copy:
        with opened(path):
            pass
    for name, path, place in to_copy:
        with opened(path) as file:
            _write(name, file.fileno(), place)
    return len(to_copy), there


def download(folder: str, target: Any, prefix: str | None, overwrite: bool) -> tuple[int, int]:
    """Copy files out of a datastore's folder; see `Datastore.download`.

    Returns:
        How many were copied, and how many were there.

    Raises:
        UserErrorException: One is no regular file, or there is something in its way; nothing was copied.
        ServiceException: One can't be read or written.
    """
    _check_folder(folder)
    begin = (prefix or "").replace("\\", "/").removeprefix("./")
    found = []
    for path in _walk(folder) if os.path.isdir(folder) else ():
        name = os.path.relpath(path, folder).replace(os.sep, "/")
        if not name.startswith(begin) or _is_unfinished(name):
            continue
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise UserErrorException(
                f"{path} in the datastore is a link, which is not followed, or no file. Nothing was copied: put the "
                "files themselves there, or choose others by prefix."
            )
        found.append((name, path))
    to_copy, there = _chosen(_path(target), found, overwrite)
    for name, path, place in to_copy:
        try:
            source = os.open(path, _READ)
        except OSError as error:
            raise ServiceException(f"{path} can't be read: {error.strerror}. It was not copied.", error) from error
        try:
            _write(name, source, place)
        finally:
            os.close(source)
    return len(to_copy), there


def _check_folder(folder: str) -> None:
    if os.path.islink(folder):
        raise UserErrorException(
            f"The datastore's folder {folder} is a link, which is not followed. Nothing was copied: put a folder there."
        )


def _chosen(folder: str, found: _Named, overwrite: bool) -> tuple[list[tuple[str, str, str]], int]:
    """Return those files that are to be copied, with the paths to copy them to, and the number of the others."""
    chosen = []
    for name, path in found:
        parent, base = os.path.split(name)
        place = os.path.join(contained(folder, parent), base)  # a link in its place is replaced, not written through
        if os.path.isdir(place) and not os.path.islink(place):
            raise UserErrorException(f"{place} is a folder, where {name} would have to be. Nothing was copied.")
        if overwrite or not os.path.lexists(place):
            chosen.append((name, path, place))
    return chosen, len(found) - len(chosen)


def _write(name: str, source: int, place: str) -> None:
    folder = os.path.dirname(place)
    temporary = os.path.join(folder, f"{_UNFINISHED}{os.urandom(6).hex()}")
    try:
        os.makedirs(folder, exist_ok=True)
        try:
            target = os.open(temporary, _CREATE, 0o666)
            try:
                copy(source, target)
            finally:
                os.close(target)
            os.replace(temporary, place)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except (NotADirectoryError, FileExistsError) as error:
        raise UserErrorException(
            f"{name} can't be copied to {place}: {error.filename} is a file, where a folder would have to be.", error
        ) from error
    except OSError as error:
        raise ServiceException(
            f"{name} could not be copied to {place}: {error.strerror}. What was there is as it was; make room or make "
            "the folder writable, and try again.",
            error,
        ) from error


def _walk(folder: str) -> Iterator[str]:
    """Yield the paths of all that lies below a folder and is no folder; links to folders are none."""

    def refuse(error: OSError) -> None:
        raise UserErrorException(f"{error.filename} can't be read: {error.strerror}. Nothing was copied.", error)

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        links = [each for each in folders if os.path.islink(os.path.join(parent, each))]
        for name in sorted([*names, *links]):
            yield os.path.join(parent, name)


def _name(target: str | None, relative: str) -> str:
    name = checked("/".join(filter(None, (checked(target), relative.replace(os.sep, "/")))))
    if _is_unfinished(name):
        raise UserErrorException(
            f"{name!r} can't be the name of a datastore's file: files that are being written are called "
            f"{_UNFINISHED}*. Nothing was copied."
        )
    return name


def _is_unfinished(name: str) -> bool:
    return name.rpartition("/")[2].startswith(_UNFINISHED)


def _common(paths: list[str]) -> str:
    return os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""


def _path(given: Any) -> str:
    if not isinstance(given, str | os.PathLike) or "\0" in (path := os.fspath(given)):
        raise UserErrorException(f"{given!r} can't be a path. Nothing was copied.")
    return path
