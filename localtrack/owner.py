"""The process that writes to a workspace, its lock, and whether it is dead.

An owner holds an operating-system lock on ``<name>.lock`` for its whole life. The kernel lets go of it at any death,
in any pid namespace, and at ``execv`` (close on exec). So *dead* means: the owner was of this host and its lock can
be taken. The pid, start time and boot id beside it are for people and for ending leftover processes; they never
decide.

The lock is the system call itself: importing filelock costs more than a script that only logs should pay.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

LOCK_SUFFIX = ".lock"
_NEW_SUFFIX = ".new"
_UNFINISHED_SECONDS = 60.0
_MOST_BYTES = 4096  # of an identity
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe that lies in a lock's place is not waited for


class Owner(NamedTuple):
    """A process of this host that writes to one workspace.

    Attributes:
        name: 12 random hexadecimal digits; also the owner's number, see `number`.
        descriptor: Of the locked file; open as long as the process lives.
    """

    name: str
    descriptor: int

    @property
    def number(self) -> int:
        """The name as an integer below 2**48, as the database keeps it."""
        return int(self.name, 16)


def current(folder: str) -> Owner:
    """Return this process's owner in a workspace; it is made when first asked for.

    Args:
        folder: The workspace's journal folder, which exists.

    Raises:
        OSError: The lock file could not be written.
    """
    with _guard:
        if folder not in _owners:
            made = _create(folder)
            # A signal handler that logged may have come in between.
            if _owners.setdefault(folder, made) is not made:
                os.unlink(os.path.join(folder, made.name + LOCK_SUFFIX))
                os.close(made.descriptor)
        return _owners[folder]


def release(folder: str) -> None:
    """Let go of this process's lock in a workspace, as its death would."""
    with _guard:
        held = _owners.pop(folder, None)
        if held is not None:
            os.close(held.descriptor)


def is_dead(folder: str, name: str) -> bool:
    """Whether the owner of that name is proved dead.

    Its lock file is made before anything that names the owner is stored, and goes only after its death was taken
    in; so a lock that is gone, on the host that the caller knows to be the owner's, counts as one that can be taken.
    """
    held = _owners.get(folder)
    if held is not None and held.name == name:
        return False
    try:
        return not _is_locked(os.path.join(folder, name + LOCK_SUFFIX))
    except FileNotFoundError:
        return True


def discard_unfinished(folder: str) -> None:
    """Remove what processes left that were killed while they made their lock; it takes them a moment, not a minute."""
    for name in os.listdir(folder):
        if name.endswith(LOCK_SUFFIX + _NEW_SUFFIX):
            path = os.path.join(folder, name)
            with suppress(FileNotFoundError):
                # Also by its lock, for the clock may have been set since.
                if time.time() - os.stat(path).st_mtime > _UNFINISHED_SECONDS and not _is_locked(path):
                    os.unlink(path)


def _is_locked(path: str) -> bool:
    """Whether a lock is held, or can't be looked at, by which nothing is proved."""
    try:
        descriptor = os.open(path, _READ)
    except PermissionError:
        return True
    try:
        # Shared, so that two who look at the same moment don't take each other for the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def identity() -> dict[str, Any]:
    """Return what tells this process from others: host, boot id (Linux), pid and start time (Linux, clock ticks)."""
    return {"host": os.uname().nodename, "boot": _boot_id(), "pid": os.getpid(), "started": start_time(os.getpid())}


def user_name() -> str:
    """Return the name of the user whose process this is, or the number of one that has none, as in a container."""
    import getpass  # slow to import, and not needed by a script that only logs

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def is_of_this_host(record: dict[str, Any]) -> bool:
    """Whether an owner's `identity` was made on this host.

    A container on the same kernel has another host name but the same boot id; after a reboot it is the other way
    round.
    """
    boot = _boot_id()
    return record.get("host") == os.uname().nodename or (boot is not None and record.get("boot") == boot)


def read(folder: str, name: str) -> dict[str, Any] | None:
    """Return the `identity` in an owner's lock file, or None if there is no such file or it is damaged."""
    try:
        with open(os.open(os.path.join(folder, name + LOCK_SUFFIX), _READ), "rb") as file:
            record = json.loads(file.read(_MOST_BYTES))
    except (FileNotFoundError, IsADirectoryError, PermissionError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and _is_identity(record) else None


def _is_identity(record: dict[str, Any]) -> bool:
    texts = all(isinstance(record.get(key), str | None) for key in ("host", "boot"))
    numbers = [record.get(key) for key in ("pid", "started")]
    return texts and all(each is None or (isinstance(each, int) and 0 <= each < 1 << 63) for each in numbers)


def _create(folder: str) -> Owner:
    name = os.urandom(6).hex()
    path = os.path.join(folder, name + LOCK_SUFFIX)
    # Locked under another name first: a file that is seen as `.lock` and can be locked has a dead owner.
    descriptor = os.open(path + _NEW_SUFFIX, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        record = json.dumps(identity()).encode()
        if os.write(descriptor, record) != len(record):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        os.rename(path + _NEW_SUFFIX, path)
    except BaseException:
        os.unlink(path + _NEW_SUFFIX)
        os.close(descriptor)
        raise
    return Owner(name, descriptor)


@cache
def _boot_id() -> str | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return None


def start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks since the system's start; None if it is gone, or not on Linux."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field is the command's name, which may hold spaces and parentheses.
            return int(file.read().rpartition(b")")[2].split()[19])
    except OSError:
        return None


# Reentrant, because a signal handler may log too.
_guard = threading.RLock()
_owners: dict[str, Owner] = {}


def _after_fork_in_child() -> None:
    """Close the copies: a lock lives until its last copy is closed, and it must tell of the parent's death."""
    global _guard
    _guard = threading.RLock()
    for owner in _owners.values():
        os.close(owner.descriptor)
    _owners.clear()


# Held across a fork, so that no other thread is between opening a lock file and noting it.
os.register_at_fork(
    before=lambda: _guard.acquire(),
    after_in_parent=lambda: _guard.release(),
    after_in_child=_after_fork_in_child,
)
