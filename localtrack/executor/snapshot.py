"""Snapshots: a source folder's files by content, each stored once, and working copies of them.

    objects/<2>/<62>        a file's content, under its SHA-256
    manifests/<id>.json     what a snapshot holds; the id is the hash of these very bytes
    index/<key>.json        what each file of a source folder was when it was last read

Whatever is trusted later has its final name only once it is complete, and an object is trusted only with the size that
its content has, so that neither a crash nor a power failure leaves something that a later call would take for whole.
The lock makes the taker the only writer: temporary files have one fixed name, and a stale one is simply overwritten.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from localtrack.exceptions import SnapshotException
from localtrack.executor.source import RUN_LINKS, SourceTree, reading, scan
from localtrack.paths import Layout

LARGE = 5 * 1024**3  # bytes; more than this is probably data that nobody meant to copy for each run

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_TICK_NS = 20_000_000  # kernels stamp files by a clock that moves up to 10 ms at a time
_COARSE_NS = 2_000_000_000  # FAT counts in 2 s, and such times are whole seconds
_FICLONE = 0x40049409
_BINARY = getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)  # what parsing foreign JSON may raise


@dataclass(frozen=True)
class Snapshot:
    """A kept state of a source folder.

    Args:
        id: UUID-shaped, and made from the tree's names, executable bits, link targets and contents alone.
        files: How many regular files it has.
        size: Their size in bytes.
    """

    id: str
    files: int
    size: int


def take(layout: Layout, source: str) -> Snapshot:
    """Keep the present state of a folder; files that have not changed since the last time are not read.

    Left out are what the folder's own ``.amlignore`` (or, only without one, ``.gitignore``) names, ``.azureml``,
    ``.git``, caches, virtual environments, and what is neither file, folder nor link. Links are kept as links.

    Args:
        layout: The workspace that keeps it.
        source: The folder.

    Raises:
        SnapshotException: The folder does not exist, something in it can't be read, or the disk is full.

    Warns:
        UserWarning: It has more than ``LARGE`` bytes.
    """
    from filelock import FileLock

    top = os.path.realpath(source)
    if not os.path.isdir(top):
        fault = "is not a folder" if os.path.lexists(top) else "does not exist"
        raise SnapshotException(f"The source folder {source} {fault}; give a folder that exists.")
    try:
        for name in ("objects", "manifests", "index"):
            os.makedirs(os.path.join(layout.snapshots, name), exist_ok=True)
        lock = os.path.join(layout.snapshots, "lock")
        with FileLock(lock, poll_interval=0.01):
            os.utime(lock)
            return _take(layout, top, os.stat(lock).st_mtime_ns)
    except OSError as error:
        raise SnapshotException(
            f"The snapshot of {source} could not be written below {layout.snapshots}: {error.strerror or error}. "
            "Nothing was kept; make room or make the folder writable, and try again.",
            error,
        ) from error


def copy_to(layout: Layout, snapshot_id: str, destination: str) -> None:
    """Write a snapshot's files into a folder: executable bits kept, everything writable by its owner.

    Args:
        layout: The workspace that keeps the snapshot.
        snapshot_id: As ``take`` returned it.
        destination: The folder; it may exist. Links in it named ``outputs`` and ``logs`` are the run's own: what the
            snapshot has in folders of these names goes to where they lead. No other link is ever written through.

    Raises:
        SnapshotException: There is no such snapshot, it is damaged, something is in the way, or the disk is full;
            what was copied so far stays in ``destination``.
    """
    folders = {"": destination}
    copiers: list[Callable[[int, int], None]] = [_clone, _copy_in_kernel, _copy_bytes]
    try:
        manifest = _manifest(layout, snapshot_id)
        os.makedirs(destination, exist_ok=True)
        for name in sorted(manifest["folders"]):
            folders[name] = _make_folder(_place(folders, name), name in RUN_LINKS)
        for name, (sha, size, executable) in manifest["files"].items():
            _copy(_object(layout, sha), _place(folders, name), size, executable, copiers)
        for name, target in manifest["links"].items():
            os.symlink(target, _place(folders, name))
    except FileExistsError as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} could not be copied to {destination}: {error.filename2 or error.filename} is in "
            "the way; give an empty folder.",
            error,
        ) from error
    except OSError as error:
        raise SnapshotException(
            f"Snapshot {snapshot_id} could not be copied to {destination}: {error}. Make room if the disk is full; "
            "submit again if a kept file is missing or cut, which stores it anew.",
            error,
        ) from error
    except _MALFORMED as error:
        raise _damaged(snapshot_id) from error


def _take(layout: Layout, top: str, now: int) -> Snapshot:
    index_path = _index_path(layout, top)
    known = _read_index(index_path)
    tree = scan(top)
    _warn_if_large(top, tree)
    index: dict[str, list[Any]] = {}
    files: dict[str, tuple[str, int, bool]] = {}
    changed = False
    for name, status in tree.files.items():
        sha, size = _unchanged(layout, known, name, status), status.st_size
        if sha is None:
            changed = True
            kept = _keep(layout, os.path.join(top, name), status, tree.ignore_file)
            if kept is None:
                continue
            sha, size = kept
        files[name] = (sha, size, bool(status.st_mode & stat.S_IXUSR))
        index[name] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, sha]
    content = {"files": files, "folders": sorted(tree.folders), "links": tree.links}
    manifest = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    snapshot_id = _id(manifest)
    path = os.path.join(layout.snapshots, "manifests", f"{snapshot_id}.json")
    if _read(path) != manifest:
        _write(path, manifest)
    if changed or index != known.files:
        _write(index_path, json.dumps({"time": now, "files": index}, separators=(",", ":")).encode())
    return Snapshot(snapshot_id, len(files), sum(size for _, size, _ in files.values()))


def _warn_if_large(top: str, tree: SourceTree) -> None:
    total = sum(status.st_size for status in tree.files.values())
    if total > LARGE:
        largest = sorted(tree.files, key=lambda name: tree.files[name].st_size, reverse=True)[:3]
        names = ", ".join(f"{name} ({tree.files[name].st_size / 1e9:.1f} GB)" for name in largest)
        warnings.warn(
            f"{top} has {total / 1e9:.1f} GB of files, and each run gets a copy. The largest are {names}. "
            f"List what the script does not need in {tree.ignore_file}.",
            stacklevel=4,
        )


@dataclass
class _Index:
    time: int = 0
    files: dict[str, Any] = field(default_factory=dict)


def _index_path(layout: Layout, top: str) -> str:
    inside = top == layout.project or top.startswith(os.path.join(layout.project, ""))
    key = "./" + os.path.relpath(top, layout.project) if inside else top
    return os.path.join(layout.snapshots, "index", f"{hashlib.sha256(os.fsencode(key)).hexdigest()[:32]}.json")


def _read_index(path: str) -> _Index:
    try:
        content = json.loads(_read(path) or b"{}")
        return _Index(int(content["time"]), dict(content["files"]))
    except _MALFORMED:
        return _Index()  # it only saves time: everything is read again


def _unchanged(layout: Layout, known: _Index, name: str, status: os.stat_result) -> str | None:
    was = known.files.get(name)
    current = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    if not isinstance(was, list) or was[:4] != current:
        return None
    # git's racy rule: a file touched in the instant of the last scan may have been changed again with the same time
    grain = _TICK_NS if status.st_mtime_ns % 1_000_000_000 else _COARSE_NS
    if max(status.st_mtime_ns, status.st_ctime_ns) + grain >= known.time:
        return None
    sha = was[-1]
    if not isinstance(sha, str) or not _SHA.fullmatch(sha) or not _is_kept(layout, sha, status.st_size):
        return None
    return sha


def _keep(layout: Layout, path: str, status: os.stat_result, ignore_file: str) -> tuple[str, int] | None:
    try:
        with reading(path, ignore_file):
            source = os.open(path, _READ)
    except FileNotFoundError:
        return None  # gone since the scan: not part of the snapshot
    temporary = os.path.join(layout.snapshots, "objects", "tmp")
    digest, size = hashlib.sha256(), 0
    # who could not read the file must not read its copy either
    with open(source, "rb", buffering=0) as reader, _writing(temporary, status.st_mode & 0o444 | 0o400) as target:
        while True:
            with reading(path, ignore_file):
                chunk = reader.read(_CHUNK)
            if not chunk:
                break
            digest.update(chunk)
            size += len(chunk)
            _write_all(target, chunk)
    sha = digest.hexdigest()
    if _is_kept(layout, sha, size):
        os.unlink(temporary)
    else:
        os.makedirs(os.path.dirname(_object(layout, sha)), exist_ok=True)
        os.replace(temporary, _object(layout, sha))
    return sha, size


def _object(layout: Layout, sha: str) -> str:
    if not _SHA.fullmatch(sha):
        raise ValueError(sha)
    return os.path.join(layout.snapshots, "objects", sha[:2], sha[2:])


def _is_kept(layout: Layout, sha: str, size: int) -> bool:
    try:
        status = os.lstat(_object(layout, sha))
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


def _id(manifest: bytes) -> str:
    text = hashlib.sha256(manifest).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def _manifest(layout: Layout, snapshot_id: str) -> dict[str, Any]:
    known = isinstance(snapshot_id, str) and _ID.fullmatch(snapshot_id)
    data = _read(os.path.join(layout.snapshots, "manifests", f"{snapshot_id}.json")) if known else None
    if data is None:
        raise SnapshotException(f"There is no snapshot {snapshot_id!r} below {layout.snapshots}; submit again.")
    if _id(data) != snapshot_id:
        raise _damaged(snapshot_id)
    manifest: dict[str, Any] = json.loads(data)
    return manifest


def _damaged(snapshot_id: str) -> SnapshotException:
    return SnapshotException(
        f"Snapshot {snapshot_id} is damaged: what describes it is not what was written. Submit again from the source."
    )


def _place(folders: dict[str, str], name: str) -> str:
    """Return where a name of a manifest goes: a plain name in a folder that is known to be a real one."""
    parent, _, base = name.rpartition("/")
    if base in ("", ".", "..") or "\0" in base or (os.name == "nt" and ("\\" in base or ":" in base)):
        raise ValueError(name)
    return os.path.join(folders[parent], base)


def _make_folder(path: str, may_be_link: bool) -> str:
    try:
        os.mkdir(path)
    except FileExistsError:
        if may_be_link and os.path.isdir(path):
            return os.path.realpath(path)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise
    return path


def _copy(source: str, target: str, size: int, executable: bool, copiers: list[Callable[[int, int], None]]) -> None:
    with open(os.open(source, _READ), "rb", buffering=0) as reader:
        mode = stat.S_IMODE(os.fstat(reader.fileno()).st_mode) & 0o444
        mode |= 0o200 | (mode >> 2 if executable else 0)
        with open(os.open(target, _CREATE, mode), "wb", buffering=0) as writer:
            while True:
                try:
                    copiers[0](reader.fileno(), writer.fileno())
                    break
                except OSError as error:
                    if len(copiers) == 1 or error.errno not in _UNSUPPORTED:
                        raise
                    del copiers[0]
            copied = os.fstat(writer.fileno()).st_size
    if copied != size:
        raise OSError(errno.EIO, f"the kept file has {copied} bytes instead of {size}", source)


def _clone(source: int, target: int) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, "no FICLONE")
    import fcntl

    fcntl.ioctl(target, _FICLONE, source)


def _copy_in_kernel(source: int, target: int) -> None:
    if not hasattr(os, "copy_file_range"):
        raise OSError(errno.ENOTSUP, "no copy_file_range")
    while os.copy_file_range(source, target, 1 << 30):
        pass
    _copy_bytes(source, target)  # some file systems answer 0 before the end


def _copy_bytes(source: int, target: int) -> None:
    while chunk := os.read(source, _CHUNK):
        _write_all(target, chunk)


_UNSUPPORTED = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.EPERM)


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write(path: str, data: bytes) -> None:
    with _writing(f"{path}.tmp", 0o444) as target:
        _write_all(target, data)
    os.replace(f"{path}.tmp", path)


@contextmanager
def _writing(temporary: str, mode: int) -> Iterator[int]:
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    target = os.open(temporary, _CREATE, mode)
    try:
        yield target
    except BaseException:
        os.close(target)
        os.unlink(temporary)
        raise
    os.close(target)


def _write_all(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
