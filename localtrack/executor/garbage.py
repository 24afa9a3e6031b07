"""What a workspace keeps that nobody refers to, and removing it; see ``localtrack gc``.

Runs and submits may go on at the same time. Whether a working copy goes is decided under the write lock. Snapshots go
under the lock that whoever takes one holds until a run refers to it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from localtrack.exceptions import ServiceException, SnapshotException
from localtrack.executor import environment_cache, snapshot_manifest
from localtrack.store import references
from localtrack.store.checks.finding import Step
from localtrack.store.checks.leftovers import STRANGE, WORKING_COPY, Leftovers, remove_working_copy, size_of
from localtrack.store.store import Store

WORKING_COPIES, SNAPSHOTS, LEFTOVERS, ENVIRONMENTS = "working copies", "snapshots", "leftovers", "environments"

_UNUSED_SECONDS = 30 * 86400.0  # to build an environment takes minutes and needs the network
_LOCK_SECONDS = 60.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Garbage:
    """Something that nobody refers to.

    Attributes:
        kind: `WORKING_COPIES`, `SNAPSHOTS`, `LEFTOVERS` or `ENVIRONMENTS`.
        name: Of a working copy, the run's id; of an environment, its hash; of anything else, its path in the
            workspace.
        size: In bytes on the disk.
    """

    kind: str
    name: str
    size: int


def find(store: Store, *, step: Step = lambda _what: None) -> list[Garbage]:
    """Return what would go. Of environments, these are those that no run has begun to use for 30 days.

    Args:
        store: The workspace's store.
        step: Told what is done next.
    """
    return [
        *_working_copies(store, step),
        *_snapshots(store, step),
        *_leftovers(store, step),
        *_environments(step),
    ]


def remove(store: Store, chosen: Collection[Garbage], *, step: Step = lambda _what: None) -> list[Garbage]:
    """Remove garbage that `find` has found, as far as nobody refers to it still.

    Args:
        store: The workspace's store.
        chosen: What is to go; nothing else does.
        step: Told what is done next.

    Returns:
        What was removed.

    Raises:
        ServiceException: A file can't be removed, or the workspace can't be changed; what is gone is gone.
    """
    names = {kind: {each.name for each in chosen if each.kind == kind} for kind in {each.kind for each in chosen}}
    found = {(each.kind, each.name): each for each in chosen}
    removers: dict[str, Callable[[set[str]], Iterator[str]]] = {
        WORKING_COPIES: lambda wanted: _remove_working_copies(store, wanted, step),
        SNAPSHOTS: lambda wanted: _remove_snapshots(store, wanted, step),
        LEFTOVERS: lambda wanted: _remove_leftovers(store, wanted, step),
        ENVIRONMENTS: lambda wanted: _remove_environments(wanted, step),
    }
    try:
        return [
            found[kind, name] for kind, remover in removers.items() if kind in names for name in remover(names[kind])
        ]
    except OSError as error:
        raise ServiceException(
            f"{error.filename or store.layout.root} can't be removed: {error.strerror}. What else was to go may be "
            "there still: make the folder writable, and do it again.",
            error,
        ) from error


def _working_copies(store: Store, step: Step) -> Iterator[Garbage]:
    try:
        names = sorted(os.listdir(store.layout.runs))
    except FileNotFoundError:
        return
    copies = [name for name in names if os.path.isdir(store.layout.run(name).code)]
    for run_id in references.ended(store.database, copies):
        step("Measuring working copies")
        yield Garbage(WORKING_COPIES, run_id, size_of(store.layout.run(run_id).code))


def _remove_working_copies(store: Store, wanted: set[str], step: Step) -> Iterator[str]:
    for run_id in sorted(wanted):
        step("Removing working copies")
        if remove_working_copy(store.database, run_id):
            yield run_id


def _snapshots(store: Store, step: Step) -> Iterator[Garbage]:
    for path in _unreferenced(store, step):
        yield Garbage(SNAPSHOTS, os.path.relpath(path, store.layout.root), size_of(path))


def _remove_snapshots(store: Store, wanted: set[str], step: Step) -> Iterator[str]:
    with _nobody_takes(store):
        # Descriptions first: one whose contents are gone in part must not be there if this process is killed.
        for path in sorted(_unreferenced(store, step), key=lambda each: not each.endswith(".json")):
            name = os.path.relpath(path, store.layout.root)
            if name in wanted:
                step("Removing snapshots")
                os.unlink(path)
                yield name
        for first in _names(_objects(store)):
            with suppress(OSError):  # there is something in it
                os.rmdir(os.path.join(_objects(store), first))


def _unreferenced(store: Store, step: Step) -> list[str]:
    """Return the files of descriptions that no run refers to, of contents that no other has, and unfinished ones."""
    manifests = os.path.join(store.layout.snapshots, "manifests")
    referred = references.snapshots(store.database)
    used: set[str] = set()
    found = []
    for name in _names(manifests):
        step("Looking at snapshots")
        snapshot_id = name.removesuffix(".json")
        if snapshot_id not in referred or name == snapshot_id:
            found.append(os.path.join(manifests, name))
            continue
        try:
            used.update(sha for sha, _, _ in snapshot_manifest.read(store.layout, snapshot_id).files.values())
        except SnapshotException:
            return []  # nothing tells what it has: keep all
    for first in _names(_objects(store)):
        folder = os.path.join(_objects(store), first)
        if not os.path.isdir(folder):
            found.append(folder)
            continue
        step("Looking at snapshots")
        found += [os.path.join(folder, rest) for rest in _names(folder) if first + rest not in used]
    return found


@contextmanager
def _nobody_takes(store: Store) -> Iterator[None]:
    """Hold the lock of whoever takes a snapshot."""
    path = _snapshot_lock(store)
    deadline = time.monotonic() + _LOCK_SECONDS
    with open(path, "ab") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ServiceException(
                        f"Another process has held {path} for {_LOCK_SECONDS:g} s, so no snapshot was removed: it "
                        "takes a snapshot. Try again when it has."
                    ) from None
                time.sleep(_POLL_SECONDS)
        yield


def _leftovers(store: Store, step: Step) -> Iterator[Garbage]:
    for each in Leftovers(store.database, store.owners).find(step):
        if each.kind not in (STRANGE, WORKING_COPY):
            assert each.path is not None
            yield Garbage(LEFTOVERS, os.path.relpath(each.path, store.layout.root), size_of(each.path))


def _remove_leftovers(store: Store, wanted: set[str], step: Step) -> Iterator[str]:
    leftovers = Leftovers(store.database, store.owners)
    for each in sorted(leftovers.look()):
        name = os.path.relpath(each.path, store.layout.root)
        if name in wanted:
            step("Removing leftovers")
            leftovers.remove(each.kind, each.path, each.run_id)
            yield name


def _environments(step: Step) -> Iterator[Garbage]:
    now = time.time()
    for each in environment_cache.cached():
        step("Measuring environments")
        if not each.in_use and now - each.last_used >= _UNUSED_SECONDS:
            yield Garbage(ENVIRONMENTS, each.digest, each.size)


def _remove_environments(wanted: set[str], step: Step) -> Iterator[str]:
    step("Removing environments")
    for each in environment_cache.prune(_UNUSED_SECONDS, wanted):
        yield each.digest


def _snapshot_lock(store: Store) -> str:
    return os.path.join(store.layout.snapshots, "lock")


def _objects(store: Store) -> str:
    return os.path.join(store.layout.snapshots, "objects")


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
