"""A run's files: kept in its folder and recorded in the store."""

from __future__ import annotations

import hashlib
import os
import stat
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from localtrack.copying import CHUNK, copy
from localtrack.core.incoming import Incoming
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import check_artifact_name, contained, is_artifact_name
from localtrack.store.artifacts import Artifact
from localtrack.store.run_record import RunRecord
from localtrack.store.status import TERMINAL
from localtrack.store.store import Store

LOG_FOLDERS = ("user_logs/", "logs/", "azureml-logs/")

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_OWN_FOLDERS = ("outputs", "logs", "user_logs", "azureml-logs")


def upload(store: Store, run_id: str, name: str, source: Any) -> Artifact:
    """Keep a file, or what a stream gives, as a file of a run; see `Run.upload_file`."""
    (artifact,) = upload_all(store, run_id, [name], [source])
    return artifact


def upload_all(store: Store, run_id: str, names: Sequence[str], sources: Sequence[Any]) -> list[Artifact]:
    """Keep files as a run's, all or none; see `Run.upload_files`."""
    if not (_is_list(names) and _is_list(sources) and len(names) == len(sources)):
        raise UserErrorException(
            f"upload_files needs a list of names and a list of as many paths, not {names!r} and {sources!r}. "
            "Nothing was kept."
        )
    checked = [_checked(name) for name in names]
    twice = sorted(name for name, count in Counter(checked).items() if count > 1)
    if twice:
        raise UserErrorException(f"Files are named twice: {', '.join(twice)}. Nothing was kept.")
    run = store.runs.get(run_id)
    if run is None:
        raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
    for name in checked:
        store.artifacts.check_free(run_id, name)
    script_writes = run.definition is not None and run.status not in TERMINAL
    with Incoming(store, run_id, replace=False, written_in_place=script_writes) as incoming:
        for name, source in zip(checked, sources, strict=True):
            _write(incoming, name, source)
        return incoming.keep()


def upload_folder(store: Store, run_id: str, name: str, folder: str | os.PathLike[str]) -> list[Artifact]:
    """Keep the files below a folder as a run's, all or none; see `Run.upload_folder`."""
    prefix = check_artifact_name(name)
    if not isinstance(folder, str | os.PathLike):
        raise UserErrorException(f"A folder is given by its path, not by {folder!r}.")
    if not os.path.isdir(folder):
        fault = "is not a folder" if os.path.lexists(folder) else "does not exist"
        raise UserErrorException(f"The folder {os.fspath(folder)} {fault}. Nothing was kept.")
    names, paths = [], []
    for relative, path in _tree(folder):
        if not is_artifact_name(f"{prefix}/{relative}"):
            check_artifact_name(f"{prefix}/{relative}")
            raise UserErrorException(f"{path!r} can't be a run's file: its name has a backslash. Nothing was kept.")
        names.append(f"{prefix}/{relative}")
        paths.append(path)
    return upload_all(store, run_id, names, paths)


def collect(store: Store, run_id: str, folder: str, since: int | None = None) -> None:
    """Keep the files below a folder as a run's, all or none, under the folder's name.

    Left out are links, and, with a warning, what has a name that the run's files can't have. A file that the run has
    gives way to what was written under its name later; else it stays.

    Args:
        store: The workspace's store.
        run_id: The run.
        folder: The folder; there need be none.
        since: Only files that have changed since then, in nanoseconds since 1970; all when left out.

    Raises:
        UserErrorException: A file or folder can't be read.
        ServiceException: A file can't be written, perhaps because the disk is full.

    Warns:
        UserWarning: Files were left out for their names.
    """
    if not os.path.isdir(folder):
        return
    top = os.path.basename(os.path.abspath(folder))
    recorded = {each.name: each for each in store.artifacts.of(run_id)}
    left_out = []
    with Incoming(store, run_id, replace=True, written_in_place=False) as incoming:
        for relative, path in _tree(folder):
            name = f"{top}/{relative}"
            try:
                facts = os.lstat(path)
            except FileNotFoundError:
                continue  # gone again
            if not stat.S_ISREG(facts.st_mode) or (since is not None and not _changed_since(facts, since)):
                continue
            if not is_artifact_name(name) or store.artifacts.in_the_way(run_id, name) is not None:
                left_out.append(path)
                continue
            try:
                if name not in recorded or _is_newer(store, run_id, recorded[name], path, facts):
                    _write(incoming, name, path)
            except UserErrorException:
                if os.path.lexists(path):
                    raise
                # gone again
        incoming.keep()
    if left_out:
        warnings.warn(
            f"Run {run_id} has not kept {', '.join(map(repr, sorted(left_out)))}: the names are not file names on "
            "every system, or the run has a file of the name of one of their folders. Upload them by another name.",
            stacklevel=2,
        )


def of(store: Store, run: RunRecord) -> list[Artifact]:
    """Return a run's files by name; while it goes on, also those that are not recorded yet.

    They are all that a script has written to its folders, and what a ``with`` block has printed.
    """
    recorded = store.artifacts.of(run.id)
    if run.status in TERMINAL:
        return recorded
    growing = store.artifacts.found(run.id) if run.definition is not None else store.artifacts.printed(run.id)
    found = {each.name: each for each in [*growing, *recorded]}
    return [found[name] for name in sorted(found)]


def path_of(store: Store, run_id: str, artifact: Artifact) -> str:
    """Return where a run's file lies on this machine."""
    return contained(store.layout.run(run_id).root, artifact.path)


def content(path: str, what: str, limit: int = -1) -> bytes:
    """Return what is in a run's file. A link in its place is not followed, and a pipe not waited for.

    Args:
        path: The file, from `path_of`.
        what: What it is, as the beginning of a sentence.
        limit: The most bytes that are returned.

    Raises:
        ServiceException: It is gone, or can't be read.
    """
    try:
        with open(os.open(path, _READ), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ServiceException(f"{what} is kept at {path}, and that is no regular file. Put the file back.")
            return file.read(limit)
    except OSError as error:
        raise ServiceException(
            f"{what} is kept at {path}, which can't be read: {error.strerror}. Put the file back.", error
        ) from error


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file that a user has named.

    Raises:
        UserErrorException: It is no regular file, or can't be read.
    """
    if not isinstance(path, str | os.PathLike):  # a number would be a descriptor, perhaps of the database
        raise UserErrorException(f"A file is given by its path, or by something to read from, not by {path!r}.")
    try:
        # A pipe must not be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise UserErrorException(f"{os.fspath(path)} can't be read: {error.strerror}.", error) from error
    except ValueError as error:  # a NUL or a lone surrogate
        raise UserErrorException(f"{path!r} can't be the path of a file: {error}.", error) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder: use upload_folder" if stat.S_ISDIR(mode) else "a pipe or device, not a regular file"
        raise UserErrorException(f"{os.fspath(path)} can't be kept: it is {what}.")
    with open(descriptor, "rb") as file:
        yield file


def _is_list(values: Any) -> bool:
    return hasattr(values, "__len__") and hasattr(values, "__iter__") and not isinstance(values, str | bytes)


def _checked(name: str) -> str:
    if not isinstance(name, str | os.PathLike):
        raise UserErrorException(f"A run's file is named by a text, not by {name!r}.")
    checked = check_artifact_name(name)
    if checked in _OWN_FOLDERS:
        raise UserErrorException(
            f"{checked!r} can't be the name of a run's file: it is a folder of every run. Choose another name, such as "
            f"'{checked}/file'."
        )
    return checked


def _write(incoming: Incoming, name: str, source: Any) -> None:
    if hasattr(source, "read"):
        incoming.write(name, partial(_copy_stream, name, source))
    else:
        with opened(source) as file:
            incoming.write(name, lambda target: copy(file.fileno(), target.fileno()), os.fspath(source))


def _copy_stream(name: str, source: IO[Any], target: IO[bytes]) -> None:
    while True:
        chunk = source.read(CHUNK)
        if isinstance(chunk, str):
            try:
                chunk = chunk.encode()
            except UnicodeEncodeError as error:
                raise UserErrorException(
                    f"The text for {name!r} can't be written as UTF-8: {error}. Nothing was kept.", error
                ) from error
        if not isinstance(chunk, bytes | bytearray | memoryview):  # None is what a stream gives that has nothing yet
            raise UserErrorException(
                f"The stream for {name!r} gave {type(chunk).__name__}, where bytes or text were due. Nothing was kept."
            )
        if not chunk:
            return
        target.write(chunk)


def _tree(folder: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """Yield what lies below a folder and is neither folder nor link: its name, relative with ``/``, and its path."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # gone again
            raise UserErrorException(
                f"The folder {error.filename} can't be read: {error.strerror}. Nothing was kept; make it readable, "
                "and try again.",
                error,
            ) from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for each in sorted(names):
            path = os.path.join(parent, each)
            if not os.path.islink(path):
                yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def _is_newer(store: Store, run_id: str, recorded: Artifact, path: str, facts: os.stat_result) -> bool:
    """Whether a file was written after the run's file of its name was kept, and is another."""
    if not os.path.isfile(path_of(store, run_id, recorded)):
        return True
    if not _changed_since(facts, recorded.kept):
        return False
    if facts.st_size != recorded.size:
        return True
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != recorded.sha256  # type: ignore[arg-type]


def _changed_since(facts: os.stat_result, since: int) -> bool:
    # The time of the change of names too: a file that was moved here keeps its old time of writing. After the clock was
    # set back, times tell nothing.
    return max(facts.st_mtime_ns, facts.st_ctime_ns) + _tick() >= since or time.time_ns() < since


def _tick() -> int:
    """Return by how much a file's time may be too early: kernels stamp files by a clock that moves in ticks."""
    coarse = getattr(time, "CLOCK_REALTIME_COARSE", None)
    return 0 if coarse is None else int(time.clock_getres(coarse) * 1e9)
