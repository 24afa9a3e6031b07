"""What snapshots consist of: contents and descriptions, each in a file that is there only when it is whole.

    objects/<2>/<62>        a file's content, under its SHA-256
    manifests/<id>.json     what a snapshot holds
    index/<key>.json        what each file of a source folder was when it was last read

An object is trusted only with the size that its content has, so that neither a crash nor a power failure leaves
something that a later call would take for whole. Whoever writes here holds the lock: temporary files have one fixed
name, and a stale one is simply overwritten.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from localtrack.copying import CHUNK, write_all
from localtrack.executor.source import reading
from localtrack.paths import Layout

_SHA = re.compile(r"[0-9a-f]{64}")
_BINARY = getattr(os, "O_BINARY", 0)
READ = os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY


def is_sha(text: object) -> bool:
    """Whether something can be the name of an object."""
    return isinstance(text, str) and _SHA.fullmatch(text) is not None


def object_path(layout: Layout, sha: str) -> str:
    """Return where the content of that hash is kept."""
    return os.path.join(layout.snapshots, "objects", sha[:2], sha[2:])


def is_kept(layout: Layout, sha: str, size: int) -> bool:
    """Whether the content of that hash is kept, with its whole size."""
    try:
        status = os.lstat(object_path(layout, sha))
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


def keep(layout: Layout, path: str, status: os.stat_result, ignore_file: str) -> tuple[str, int] | None:
    """Keep a file's content; the lock is held.

    Args:
        layout: The workspace that keeps it.
        path: The file.
        status: What ``lstat`` said of it.
        ignore_file: Where it could be listed instead.

    Returns:
        The hash and the size; None if the file is gone.

    Raises:
        SnapshotException: It can't be read.
        OSError: Its content can't be written.
    """
    try:
        with reading(path, ignore_file):
            source = os.open(path, READ)
    except FileNotFoundError:
        return None
    temporary = os.path.join(layout.snapshots, "objects", "tmp")
    digest, size = hashlib.sha256(), 0
    # who could not read the file must not read its copy either
    with open(source, "rb", buffering=0) as reader, _writing(temporary, status.st_mode & 0o444 | 0o400) as target:
        while True:
            with reading(path, ignore_file):
                chunk = reader.read(CHUNK)
            if not chunk:
                break
            digest.update(chunk)
            size += len(chunk)
            write_all(target, chunk)
    sha = digest.hexdigest()
    if is_kept(layout, sha, size):
        os.unlink(temporary)
    else:
        os.makedirs(os.path.dirname(object_path(layout, sha)), exist_ok=True)
        os.replace(temporary, object_path(layout, sha))
    return sha, size


def read(path: str) -> bytes | None:
    """Return what a file has, or None if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path: str, data: bytes) -> None:
    """Write a file, whole or not at all; the lock is held."""
    with _writing(f"{path}.tmp", 0o444) as target:
        write_all(target, data)
    os.replace(f"{path}.tmp", path)


@contextmanager
def _writing(temporary: str, mode: int) -> Iterator[int]:
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    target = os.open(temporary, CREATE, mode)
    try:
        yield target
    except BaseException:
        os.close(target)
        os.unlink(temporary)
        raise
    os.close(target)
