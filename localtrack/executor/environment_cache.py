"""The environments that this user has built: what they are, and removing those that nobody needs."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from localtrack.executor import environment_folder
from localtrack.executor.environment_folder import EnvironmentFolder, EnvironmentRecord


@dataclass(frozen=True)
class CachedEnvironment:
    """An environment in the cache.

    Attributes:
        digest: What it is called by.
        record: What is known of it; None if its build has not ended, or did not end well.
        size: In bytes on disk; what it shares with uv's cache counts too.
        last_used: In seconds since 1970.
        in_use: Whether a run uses it.
    """

    digest: str
    record: EnvironmentRecord | None
    size: int
    last_used: float
    in_use: bool


class _Busy(Exception):
    """Somebody builds the environment."""


def cached() -> list[CachedEnvironment]:
    """Return the environments in this user's cache, the last used first."""
    found = [_describe(folder) for folder in environment_folder.kept()]
    return sorted(found, key=lambda each: each.last_used, reverse=True)


def prune(unused_seconds: float = 0, digests: Collection[str] | None = None) -> list[CachedEnvironment]:
    """Remove environments from this user's cache; one that is in use or being built stays.

    Args:
        unused_seconds: Only those that no run has used for so long.
        digests: Only these; all when left out.

    Returns:
        What was removed.

    Raises:
        OSError: A file can't be removed; the environment will not be used any more all the same.
    """
    removed = []
    for folder in environment_folder.kept():
        if digests is not None and folder.digest not in digests:
            continue
        with suppress(_Busy), folder.locked(_give_up):
            described = _describe(folder)
            if not described.in_use and time.time() - described.last_used >= unused_seconds:
                folder.remove()
                removed.append(described)
    return removed


def _describe(folder: EnvironmentFolder) -> CachedEnvironment:
    return CachedEnvironment(folder.digest, folder.record, _size(folder.root), folder.last_used, folder.in_use)


def _size(top: str) -> int:
    total = 0
    for parent, _, names in os.walk(top):
        for name in names:
            with suppress(FileNotFoundError):  # being removed
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total


def _give_up(seconds: float) -> None:  # noqa: ARG001  what `locked` calls
    raise _Busy
