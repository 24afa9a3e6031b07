"""A model's files: found where they are, copied whole into the workspace, copied out again."""

from __future__ import annotations

import errno
import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from localtrack import copying, owner
from localtrack.core import files
from localtrack.exceptions import ModelPathNotFoundException, ServiceException, UserErrorException
from localtrack.paths import Layout, check_artifact_name, contained, is_artifact_name
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # what was a file may have become a link or a pipe
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class ModelFiles(NamedTuple):
    """What is to become a model.

    Attributes:
        path: What the file or the folder is called.
        sources: Where each file is now, by its name with ``/``, which begins with ``path``.
    """

    path: str
    sources: Mapping[str, str]


def of_run(store: Store, run: RunRecord, path: str | os.PathLike[str]) -> ModelFiles:
    """Return a run's file of a name, or its files below a folder.

    Raises:
        ModelPathNotFoundException: There are none; the message names the files that there are.
        UserErrorException: The path can't be the name of a run's file.
    """
    prefix = check_artifact_name(posixpath.normpath(os.fspath(path).replace("\\", "/")))
    top = posixpath.dirname(prefix)
    recorded = files.of(store, run)
    sources = {
        posixpath.relpath(each.name, top or "."): files.path_of(store, run.id, each)
        for each in recorded
        if each.name == prefix or each.name.startswith(f"{prefix}/")
    }
    if sources:
        return ModelFiles(posixpath.basename(prefix), sources)
    advice = ""
    if os.path.exists(path):
        advice = (
            f" {os.path.abspath(path)} is on this machine, but not with the run: keep it first, with "
            f"run.upload_file({prefix!r}, ...) or run.upload_folder({prefix!r}, ...)."
        )
    raise ModelPathNotFoundException(
        f"Run {run.id} has no file {prefix!r} and no file below it, so nothing was registered.{advice} "
        f"Its files are: {', '.join(each.name for each in recorded) or 'none'}."
    )


def of_path(
    layout: Layout, path: str | os.PathLike[str], child_paths: Sequence[str | os.PathLike[str]] | None
) -> ModelFiles:
    """Return a file, or the files of a folder; with ``child_paths``, only these of it.

    Links in a folder stand for the files that they lead to, as long as these are in the folder too.

    Raises:
        ModelPathNotFoundException: There is no such file.
        UserErrorException: Something in the folder can't be kept; the message names it.
    """
    try:
        top = os.path.realpath(path)
    except ValueError as error:  # a NUL or a lone surrogate
        raise UserErrorException(f"{path!r} can't be the path of a file: {error}.", error) from error
    name = os.path.basename(os.path.abspath(path))
    if not os.path.exists(top):
        raise ModelPathNotFoundException(f"{os.path.abspath(path)} is not there, so nothing was registered.")
    if not is_artifact_name(name):
        raise UserErrorException(f"{name!r} can't be what a model is called on every system: rename {top}.")
    if not os.path.isdir(top):
        if child_paths is not None:
            raise UserErrorException(f"child_paths chooses files of a folder, and {top} is a file: leave it out.")
        _require_file(top)
        return ModelFiles(name, {name: top})
    if child_paths is None:
        found = list(_below(layout, top, top))
    else:
        found = [each for child in child_paths for each in _child(layout, top, child)]
    sources = {"/".join([name, *os.path.relpath(each, top).split(os.sep)]): _resolved(top, each) for each in found}
    for each in sources:
        if not is_artifact_name(each):
            raise UserErrorException(
                f"{each!r} is not a file name on every system, so nothing was registered: rename it."
            )
    if not sources:
        raise ModelPathNotFoundException(f"There is no file in {top}, so nothing was registered.")
    return ModelFiles(name, sources)


@contextmanager
def copied(store: Store, model: ModelFiles) -> Iterator[tuple[str, int]]:
    """Copy a model's files into the workspace; at the end they are gone if they have not found their place.

    Yields:
        The folder of the copies, and their size in bytes.

    Raises:
        ServiceException: They can't be copied.
    """
    layout = store.layout
    folder = os.path.join(layout.unfinished_models, f"{store.owners.current().name}.{os.urandom(6).hex()}")
    try:
        try:
            os.makedirs(folder)
            _discard_unfinished(layout)
            size = sum(_copy(source, os.path.join(folder, name), 0) for name, source in model.sources.items())
        except OSError as error:
            raise ServiceException(
                f"The model's files could not be copied into {layout.models}: {_fault(error)}. Nothing was registered.",
                error,
            ) from error
        yield folder, size
    finally:
        with suppress(OSError):  # it became the model's; or what stays of it goes once this process is dead
            shutil.rmtree(folder)


def copy_out(source: str, size: int, target: str, *, exist_ok: bool) -> None:
    """Copy a model's file or folder, whole or not at all.

    Args:
        source: Where it is kept.
        size: What it has in bytes.
        target: The copy. What else is in a folder that is there stays.
        exist_ok: Whether files that are there are overwritten.

    Raises:
        UserErrorException: There is something, and it may not be overwritten.
        ServiceException: It can't be copied, or what is kept is not what was registered.
    """
    if os.path.lexists(target) and not exist_ok:
        raise UserErrorException(
            f"{target} is there already, and nothing was downloaded: give another target_dir, or exist_ok=True to "
            "overwrite it."
        )
    temporary = f"{target}.{os.urandom(6).hex()}.new"
    try:
        if not os.path.isdir(source):
            names = [""]
        else:
            names = [
                os.path.relpath(os.path.join(parent, name), source)
                for parent, _, found in os.walk(source)
                for name in found
            ]
        copies = {os.path.join(temporary, name) if name else temporary: name for name in names}
        os.makedirs(os.path.dirname(target), exist_ok=True)
        copied_size = sum(
            _copy(os.path.join(source, name) if name else source, copy, stat.S_IWUSR) for copy, name in copies.items()
        )
        if copied_size != size:
            raise ServiceException(
                f"{source} has {copied_size} bytes instead of the {size} that were registered: somebody changed it. "
                "Nothing was downloaded; register the model again."
            )
        places = {copy: os.path.join(target, name) if name else target for copy, name in copies.items()}
        for place in places.values():
            _require_free(place)
        for copy, place in places.items():
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.replace(copy, place)
    except OSError as error:
        raise ServiceException(f"{source} could not be copied to {target}: {_fault(error)}.", error) from error
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(temporary) if os.path.isdir(temporary) else os.unlink(temporary)


def _child(layout: Layout, top: str, child: str | os.PathLike[str]) -> list[str]:
    path = os.path.join(top, check_artifact_name(child))
    if not os.path.exists(path):
        raise ModelPathNotFoundException(f"There is no {os.fspath(child)!r} in {top}, so nothing was registered.")
    return list(_below(layout, top, path)) if os.path.isdir(path) else [path]


def _below(layout: Layout, top: str, folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise UserErrorException(f"{error.filename} can't be read: {error.strerror}.", error) from error

    for parent, folders, names in os.walk(contained(top, folder), onerror=refuse):
        if parent == layout.root:
            raise UserErrorException(
                f"{top} has the workspace itself in it, so nothing was registered: give the folder that has only the "
                "model, or choose files with child_paths."
            )
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                raise UserErrorException(
                    f"{os.path.join(parent, name)} is a link to a folder, so nothing was registered: put the folder in "
                    "its place, or remove it."
                )
        yield from (os.path.join(parent, name) for name in names)


def _resolved(top: str, path: str) -> str:
    found = contained(top, os.path.relpath(path, top))
    _require_file(found)
    return found


def _require_file(path: str) -> None:
    if not os.path.exists(path):
        raise UserErrorException(f"{path} is a link to what is not there, so nothing was registered: remove it.")
    if not os.path.isfile(path):
        raise UserErrorException(f"{path} is neither file nor folder, so nothing was registered: remove it.")


def _require_free(place: str) -> None:
    if os.path.isdir(place):
        raise UserErrorException(f"{place} is a folder, and would be a file: move it away. Nothing was downloaded.")
    parent = os.path.dirname(place)
    while not os.path.isdir(parent):
        if os.path.lexists(parent):
            raise UserErrorException(
                f"{parent} is a file, and would be a folder: move it away. Nothing was downloaded."
            )
        parent = os.path.dirname(parent)


def _copy(source: str, target: str, more: int) -> int:
    """Copy a file and return its size.

    Args:
        source: The file.
        target: The copy.
        more: Permissions that the copy has beside those for reading; a model's files are not for writing.
    """
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not stat.S_ISREG(os.lstat(source).st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", source)
    with open(os.open(source, _READ), "rb", buffering=0) as reader:
        mode = os.fstat(reader.fileno()).st_mode & 0o555 | stat.S_IRUSR | more
        with open(os.open(target, _CREATE, mode), "wb", buffering=0) as writer:
            copying.copy(reader.fileno(), writer.fileno())
            return os.fstat(writer.fileno()).st_size


def _fault(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)


def _discard_unfinished(layout: Layout) -> None:
    """Remove what processes have left that were killed while they registered a model."""
    for name in os.listdir(layout.unfinished_models):
        if owner.is_dead(layout.journals, name.partition(".")[0]):
            with suppress(FileNotFoundError):  # another process does the same
                shutil.rmtree(os.path.join(layout.unfinished_models, name))
