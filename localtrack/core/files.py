"""A run's files: kept in its folder, recorded in the store, copied out again."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any

from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import check_artifact_name, contained, is_artifact_name
from localtrack.store.artifacts import Artifact
from localtrack.store.runs import RunRecord
from localtrack.store.status import TERMINAL
from localtrack.store.store import Store

# How image files begin (their formats' specifications); WebP has its name further in.
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"<svg", b"<?xml")
_CHUNK_BYTES = 1 << 20


def upload(store: Store, run_id: str, name: str, source: Any) -> Artifact:
    """Keep a file, or what a stream gives, as a file of a run; see `Run.upload_file`."""
    name = check_artifact_name(name)
    if store.artifacts.has(run_id, name):
        raise UserErrorException(
            f"Run {run_id} has a file {name!r} already, and files are not overwritten: choose another name."
        )
    if hasattr(source, "read"):
        return _keep(store, run_id, name, partial(_copy_stream, source))
    with _opened(source) as file:
        kept = _place(store, run_id, name)
        if os.path.exists(kept) and os.path.samefile(source, kept):
            # A submitted script's outputs are in the run's folder from the start.
            return _record(store, run_id, name, _digest(file), replace=False)
        return _keep(store, run_id, name, partial(_copy_stream, file))


def keep_image(store: Store, run_id: str, name: str, path: str | os.PathLike[str] | None, plot: Any) -> str:
    """Keep an image file or a plot as a file of a run, and return its name; see `Run.log_image`."""
    if (path is None) == (plot is None):
        raise UserErrorException(f"log_image({name!r}) needs exactly one of path and plot.")
    if path is not None:
        with _opened(path) as file:
            begin = file.read(16)
        if not begin.lstrip().startswith(_IMAGES):
            raise UserErrorException(f"{os.fspath(path)} is not an image that log_image knows, such as PNG or JPEG.")
        artifact = check_artifact_name(os.path.relpath(path) if _is_below(path) else os.path.basename(path))
        return upload(store, run_id, _free(store, run_id, artifact), path).name
    if not hasattr(plot, "savefig"):
        raise UserErrorException(
            f"The plot of log_image({name!r}) must be a matplotlib figure or matplotlib.pyplot, not {plot!r}."
        )
    safe = "".join(char if char.isalnum() or char in "_-." else "_" for char in name)[:100]
    artifact = _free(store, run_id, check_artifact_name(f"{safe}_{int(time.time())}.png"))
    return _keep(store, run_id, artifact, lambda target: plot.savefig(target, format="png")).name


def collect(store: Store, run_id: str, folder: str) -> None:
    """Keep all files of an outputs folder as a run's, under the folder's name; those it has of that name give way."""
    top = os.path.basename(os.path.abspath(folder))
    for parent, _, names in os.walk(folder):
        for each in sorted(names):
            path = os.path.join(parent, each)
            name = "/".join([top, *os.path.relpath(path, folder).split(os.sep)])
            if os.path.isfile(path) and not os.path.islink(path) and is_artifact_name(name):
                with _opened(path) as file:
                    _keep(store, run_id, name, partial(_copy_stream, file), replace=True)


def of(store: Store, run: RunRecord) -> list[Artifact]:
    """Return a run's files by name; while its script runs, also those that are not recorded yet."""
    recorded = store.artifacts.of(run.id)
    if run.status in TERMINAL or run.definition is None:
        return recorded
    found = {each.name: each for each in [*store.artifacts.found(run.id), *recorded]}
    return [found[name] for name in sorted(found)]


def path_of(store: Store, run_id: str, artifact: Artifact) -> str:
    """Return where a run's file lies on this machine."""
    return contained(store.layout.run(run_id).root, artifact.path)


def download(store: Store, run: RunRecord, name: str, target: str | os.PathLike[str] | None) -> None:
    """Copy one of a run's files out; see `Run.download_file`."""
    files = {each.name: each for each in of(store, run)}
    wanted = name.removeprefix("./")
    if wanted not in files:
        raise UserErrorException(f"File with path {name} was not found,\navailable files include: {','.join(files)}")
    base = os.path.basename(wanted)
    path = base if target is None else os.fspath(target)
    if os.path.isdir(path):
        path = os.path.join(path, base)
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        shutil.copyfile(path_of(store, run.id, files[wanted]), path)
    except OSError as error:
        raise ServiceException(
            f"{name} of run {run.id} could not be copied to {path}: {error.strerror}.", error
        ) from error


def _keep(
    store: Store, run_id: str, name: str, write: Callable[[IO[bytes]], Any], *, replace: bool = False
) -> Artifact:
    """Write a file into the run's folder, whole or not at all, and record it."""
    place = _place(store, run_id, name)
    temporary = f"{place}.{os.urandom(6).hex()}.new"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(temporary, "w+b") as file:
            write(file)
            file.seek(0)
            digest = _digest(file)
        return _record(store, run_id, name, digest, replace=replace, place=partial(os.replace, temporary, place))
    except OSError as error:
        raise ServiceException(
            f"The file {name!r} of run {run_id} could not be written to {place}: {error.strerror or error}. "
            "Nothing was kept.",
            error,
        ) from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _record(
    store: Store,
    run_id: str,
    name: str,
    digest: tuple[int, str],
    *,
    replace: bool,
    place: Callable[[], None] | None = None,
) -> Artifact:
    size, sha256 = digest
    artifact = Artifact(name, store.layout.run(run_id).artifact(name), size, sha256)
    store.artifacts.add(run_id, [artifact], replace=replace, place=place)
    return artifact


def _place(store: Store, run_id: str, name: str) -> str:
    folder = store.layout.run(run_id)
    return contained(folder.root, folder.artifact(name))


def _digest(file: IO[bytes]) -> tuple[int, str]:
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return file.tell(), digest


def _copy_stream(source: IO[Any], target: IO[bytes]) -> None:
    while chunk := source.read(_CHUNK_BYTES):
        target.write(chunk.encode() if isinstance(chunk, str) else chunk)


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    if not isinstance(path, str | os.PathLike):  # a number would be a descriptor, perhaps of the database
        raise UserErrorException(f"A file is given by its path, or by something to read from, not by {path!r}.")
    try:
        file = open(path, "rb")  # noqa: SIM115
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UserErrorException(f"{os.fspath(path)} can't be read: {error.strerror}.", error) from error
    except ValueError as error:  # a NUL or a lone surrogate
        raise UserErrorException(f"{path!r} can't be the path of a file: {error}.", error) from error
    with file:
        yield file


def _is_below(path: str | os.PathLike[str]) -> bool:
    return not os.path.relpath(path).startswith(os.pardir)


def _free(store: Store, run_id: str, name: str) -> str:
    """Return the name, with a number before its suffix if a file of the run has it."""
    stem, suffix = os.path.splitext(name)
    number, free = 1, name
    while store.artifacts.has(run_id, free):
        number += 1
        free = f"{stem}_{number}{suffix}"
    return free
