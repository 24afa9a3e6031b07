"""A run's files copied out again: each whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from localtrack.copying import copy
from localtrack.core import files
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.paths import contained, working_folder
from localtrack.store.artifacts import Artifact
from localtrack.store.run_record import RunRecord
from localtrack.store.status import TERMINAL
from localtrack.store.store import Store

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def download(store: Store, run: RunRecord, name: str, target: str | os.PathLike[str] | None) -> None:
    """Copy one of a run's files; see `Run.download_file`."""
    kept = {each.name: each for each in files.of(store, run)}
    wanted = _spelled(name)
    if wanted not in kept:
        raise UserErrorException(f"File with path {name} was not found,\navailable files include: {','.join(kept)}")
    base = os.path.basename(wanted)
    path = base if target is None else _path(target)
    _copy_out(store, run, kept[wanted], os.path.join(path, base) if os.path.isdir(path) else path)


def download_all(
    store: Store,
    run: RunRecord,
    prefix: str | None,
    folder: str | os.PathLike[str] | None,
    paths: Sequence[str | os.PathLike[str]] | None,
    append_prefix: bool,
) -> None:
    """Copy those of a run's files whose names begin with a prefix; see `Run.download_files`."""
    begin = _spelled(prefix or "")
    chosen = [each for each in files.of(store, run) if each.name.startswith(begin)]
    top = working_folder() if folder is None else _path(folder)
    if paths is not None:
        targets = _given(run, chosen, top, paths)
    else:
        cut = 0 if append_prefix else len(begin)
        names = [each.name[cut:].lstrip("/") or os.path.basename(each.name) for each in chosen]
        targets = [contained(top, name) for name in names]
    if len({os.path.realpath(target) for target in targets}) < len(targets):
        raise UserErrorException(
            f"Files of run {run.id} would be copied to the same path. Nothing was copied: give other output_paths, or "
            "leave append_prefix at True."
        )
    for artifact, target in zip(chosen, targets, strict=True):
        _copy_out(store, run, artifact, target)


def download_logs(store: Store, run: RunRecord, folder: str | os.PathLike[str] | None) -> list[str]:
    """Copy a run's logs and return the paths of the copies; see `Run.get_all_logs`."""
    top = os.path.join(working_folder(), "assets", run.id) if folder is None else _path(folder)
    logs = [each for each in files.of(store, run) if each.name.startswith(files.LOG_FOLDERS)]
    targets = [contained(top, each.name) for each in logs]
    for artifact, target in zip(logs, targets, strict=True):
        _copy_out(store, run, artifact, target)
    return [os.path.join(top, each.name) for each in logs]


def _spelled(name: str) -> str:
    if not isinstance(name, str | os.PathLike):
        raise UserErrorException(f"A run's file is named by a text, not by {name!r}.")
    return os.fspath(name).replace("\\", "/").removeprefix("./")


def _given(run: RunRecord, chosen: list[Artifact], top: str, paths: Sequence[str | os.PathLike[str]]) -> Sequence[str]:
    if isinstance(paths, str | bytes) or len(paths) != len(chosen):
        raise UserErrorException(
            f"output_paths must be a list with one path for each of the {len(chosen)} files of run {run.id} that were "
            f"chosen: {', '.join(each.name for each in chosen)}. Nothing was copied."
        )
    return [os.path.join(top, _path(path)) for path in paths]


def _path(given: Any) -> str:
    if not isinstance(given, str | os.PathLike) or "\0" in (path := os.fspath(given)):
        raise UserErrorException(f"{given!r} can't be a path. Nothing was copied.")
    return path


def _copy_out(store: Store, run: RunRecord, artifact: Artifact, target: str) -> None:
    path = os.path.realpath(target)
    if os.path.exists(path) and not os.path.isfile(path):
        raise UserErrorException(
            f"{artifact.name} of run {run.id} can't be copied to {target}, which is no regular file: give another path."
        )
    source = _opened(store, run, artifact)
    temporary = os.path.join(os.path.dirname(path), f".localtrack-{os.urandom(6).hex()}")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            writer = os.open(temporary, _CREATE, 0o666)
            try:
                copy(source, writer)
                size = os.fstat(writer).st_size
            finally:
                os.close(writer)
            _check_size(run, artifact, size)
            os.replace(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise ServiceException(
            f"{artifact.name} of run {run.id} could not be copied to {target}: {error.strerror}. What was there is as "
            "it was; make room or make the folder writable, and try again.",
            error,
        ) from error
    finally:
        os.close(source)


def _opened(store: Store, run: RunRecord, artifact: Artifact) -> int:
    """Open what was kept; a link in its place is not followed."""
    root = store.layout.run(run.id).root
    parent, base = os.path.split(artifact.path)
    path = os.path.join(contained(root, parent), base)
    try:
        source = os.open(path, _READ)
    except OSError as error:
        fault = "a link, which is not followed" if os.path.islink(path) else f"not to be read: {error.strerror}"
        raise ServiceException(
            f"{artifact.name} of run {run.id} is kept at {path}, and that is {fault}. Put the file back.", error
        ) from error
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise ServiceException(
            f"{artifact.name} of run {run.id} is kept at {path}, and that is no regular file. Put the file back."
        )
    return source


def _check_size(run: RunRecord, artifact: Artifact, size: int) -> None:
    is_written = run.definition is not None and run.status not in TERMINAL
    if size != artifact.size and not is_written:
        raise ServiceException(
            f"{artifact.name} of run {run.id} is damaged: {artifact.size} bytes were kept, and {size} are there. "
            "Nothing was copied; put the file back from a backup."
        )
