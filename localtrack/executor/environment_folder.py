"""Where built environments are kept, in this user's cache, and what is known of each.

``<cache>/environments/<digest>/`` has an environment's record, which is written last of all, and the folder that it
names. A folder that no record names is a build that did not end well; nobody uses it, and the next build removes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from filelock import FileLock, Timeout

from localtrack import owner, user_folders

_LOCK_SUFFIX = ".lock"
_NEW_SUFFIX = ".new"
_ON_DISK_SUFFIX = ".on-disk"
_WAIT_SECONDS = 0.1


@dataclass(frozen=True)
class EnvironmentRecord:
    """What is known of a built environment.

    Attributes:
        folder: Its name, below the digest's.
        requirements: What was asked for.
        python: Such as ``3.12``.
        tool: What built it: ``uv`` or ``pip``.
        built: When it was ready, in seconds since 1970.
        boot: The boot of the machine that it was built in, or None where that can't be told.
        packages: What was installed, with versions; localtrack and what it needs are not among them.
    """

    folder: str
    requirements: list[str]
    python: str
    tool: str
    built: float
    boot: str | None
    packages: dict[str, str]


class EnvironmentFolder:
    """The folder of one environment.

    Args:
        digest: Of its requirements.
    """

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.root = os.path.join(_top(), digest)

    @property
    def record(self) -> EnvironmentRecord | None:
        """What is known of it, or None if it isn't there, or can't be run any more."""
        try:
            with open(self._record_path, encoding="utf-8") as file:
                found = EnvironmentRecord(**json.load(file))
        except FileNotFoundError:
            return None
        path = self.path(found.folder)
        # If the power failed before it was all on the disk, the record may be there and a file empty.
        whole = os.path.exists(path + _ON_DISK_SUFFIX) or (found.boot is not None and found.boot == this_boot())
        # It leads to another Python, which may have been removed.
        return found if whole and os.path.exists(interpreter_of(path)) else None

    def write(self, record: EnvironmentRecord) -> None:
        """Declare an environment ready."""
        with open(self._record_path + _NEW_SUFFIX, "w", encoding="utf-8") as file:
            json.dump(asdict(record), file, indent=1)
        os.replace(self._record_path + _NEW_SUFFIX, self._record_path)
        if record.boot is None:
            self.settle(record)

    def settle(self, record: EnvironmentRecord) -> None:
        """Have an environment outlast a power failure too, if it doesn't yet. This may take a while."""
        marker = self.path(record.folder) + _ON_DISK_SUFFIX
        if not os.path.exists(marker):
            os.sync()
            open(marker, "a").close()

    def path(self, folder: str) -> str:
        """Return the path of a folder in this one."""
        return os.path.join(self.root, folder)

    @contextmanager
    def locked(self, wait: Callable[[float], None]) -> Iterator[None]:
        """Keep others from building, changing or removing it.

        Args:
            wait: Called with a number of seconds while somebody else does; it may raise, to give up.
        """
        os.makedirs(_top(), exist_ok=True)
        lock = FileLock(self.root + _LOCK_SUFFIX)  # beside it, because it stays when the environment goes
        while True:
            try:
                lock.acquire(blocking=False)
                break
            except Timeout:
                wait(_WAIT_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def use(self) -> int:
        """Note that it is in use from now on, until the descriptor is closed or this process ends."""
        descriptor = os.open(self._used_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        os.utime(descriptor)
        return descriptor

    @property
    def in_use(self) -> bool:
        """Whether somebody uses it; true only of the moment, unless it is locked."""
        try:
            descriptor = os.open(self._used_path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @property
    def last_used(self) -> float:
        """When a use of it began last, in seconds since 1970; when it was made, if it was never used."""
        for path in (self._used_path, self.root):
            with suppress(FileNotFoundError):
                return os.stat(path).st_mtime
        return time.time()

    def discard_unfinished(self) -> None:
        """Remove what is left of builds that did not end well. It must be locked."""
        found = self.record
        for name in os.listdir(self.root):
            path = self.path(name)
            if os.path.isdir(path) and (found is None or name != found.folder):
                shutil.rmtree(path, ignore_errors=True)  # a file that stays is in nobody's way

    def remove(self) -> None:
        """Remove it. It must be locked, and not in use."""
        with suppress(FileNotFoundError):
            os.unlink(self._record_path)  # first: what is only half there must not be used
        shutil.rmtree(self.root)

    @property
    def _record_path(self) -> str:
        return self.path("record.json")

    @property
    def _used_path(self) -> str:
        return self.path("used")


def kept() -> list[EnvironmentFolder]:
    """Return the folders of all environments, also of those that are half built."""
    try:
        names = sorted(os.listdir(_top()))
    except FileNotFoundError:
        return []
    return [EnvironmentFolder(name) for name in names if not name.endswith(_LOCK_SUFFIX)]


def interpreter_of(folder: str) -> str:
    """Return the path of an environment's Python."""
    return os.path.join(folder, "bin", "python")


def this_boot() -> str | None:
    """Return what tells this boot of the machine from others, or None where that can't be told."""
    boot: str | None = owner.identity()["boot"]
    return boot


def _top() -> str:
    return os.path.join(user_folders.cache(), "environments")
