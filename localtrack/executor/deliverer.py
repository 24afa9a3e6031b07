"""Tells whom the project's rules name, once a status is committed; and the process that sends the messages.

``python -m localtrack.executor.deliverer <.azureml folder>``; one for each workspace, started detached when there is
something to send. It stays for what is to be tried again soon, and ends. Where there are no rules, no process is
started and nothing is read but whether the file is there.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
import warnings

from localtrack.exceptions import AzureMLException, ServiceException
from localtrack.paths import Layout
from localtrack.store.store import Store, open_store

_MODULE = "localtrack.executor.deliverer"

_STAY_SECONDS = 600.0  # what is due later is left to whoever comes next
_LOOK_SECONDS = 1.0
_NANOSECONDS = 10**9


def tell(store: Store) -> None:
    """Tell whom the rules name of what has happened; called after a status is committed.

    It never fails because of that: what can't be told now is told when it is called again.
    """
    if store.read_only or not os.path.exists(store.layout.notifications):
        return
    from localtrack.notify import matching, rules

    path = store.layout.notifications
    faults = [rules.described(fault, path) for fault in rules.read(store.layout).faults]
    try:
        behind = matching.match(store)
        faults += [] if behind is None else [behind]
        start_if_due(store)
    except (AzureMLException, OSError) as error:
        faults.append(f"Nobody could be told of what has happened to a run, which is kept: {error}")
    for fault in faults:
        try:
            warnings.warn(fault, stacklevel=3)
        except UserWarning:  # an error by the program's choice, which would come between a run and its program
            print(fault, file=sys.stderr, flush=True)


def look_at_time(store: Store) -> None:
    """Tell of runs that take too long, or log nothing."""
    if store.read_only or not os.path.exists(store.layout.notifications):
        return
    from localtrack.notify import matching

    if matching.has_time_rules(store):
        matching.look_at_running(store)
        start_if_due(store)


def start_if_due(store: Store) -> None:
    """Start the process that sends, unless it is there or has nothing to do soon.

    Raises:
        ServiceException: It can't be started.
    """
    store.outbox.free_dead()
    if not _has_work(store):
        return
    layout = store.layout
    lock = _lock(layout)
    if lock is None:
        return
    import subprocess

    from localtrack.executor.launch import start_detached

    try:
        # It is given the lock that is held already, so that nobody starts another while it begins.
        start_detached(_MODULE, layout.root, str(lock), folder=layout.root, log=layout.deliverer_log, keep=(lock,))
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServiceException(
            f"The process that sends messages could not be started: {error}. They wait; "
            "`localtrack monitor alert deliver` sends them.",
            error,
        ) from error
    finally:
        os.close(lock)


def deliver_all(store: Store) -> int:
    """Send all that waits in this process, whatever its time, and return how many messages arrived.

    Raises:
        ServiceException: The database can't be changed.
    """
    from localtrack.executor import alert_command
    from localtrack.notify import delivery, matching

    store.ingest.take()
    store.outbox.adopt()
    fault = matching.match(store)
    if fault is not None:
        warnings.warn(fault, stacklevel=2)
    matching.look_at_running(store)
    return delivery.deliver(store, alert_command.run, everything=True)


def main(root: str, descriptor: str) -> None:
    """Send what waits until nothing is due soon.

    Args:
        root: The workspace's ``.azureml`` folder.
        descriptor: Of the file whose lock says that this process is there.
    """
    warnings.simplefilter("default")  # whatever the starter's environment says
    layout = Layout(root)
    store = open_store(layout)
    lock: int | None = int(descriptor)
    while lock is not None:
        _work(store)
        os.close(lock)
        # Whoever came between the last look and this saw that somebody is there, and went.
        lock = _lock(layout) if _has_work(store) else None


def _work(store: Store) -> None:
    from localtrack.executor import alert_command
    from localtrack.notify import delivery, matching

    said = None
    while store.database.is_in_place():
        try:
            fault = matching.match(store)
            if fault not in (None, said):
                print(fault, file=sys.stderr, flush=True)
            said = fault
            delivery.deliver(store, alert_command.run)
        except ServiceException as error:
            print(error, file=sys.stderr, flush=True)
            time.sleep(_LOOK_SECONDS)
        if not _has_work(store):
            return
        due = store.outbox.next_due()
        if due is not None:
            time.sleep(min(max((due - time.time_ns()) / _NANOSECONDS, 0.01), _LOOK_SECONDS))


def _has_work(store: Store) -> bool:
    if not store.database.is_in_place():
        return False
    from localtrack.notify import delivery

    # What a process can't log in for is left to one that can, which must not find another in its place.
    due = store.outbox.next_due(untried=delivery.without_password(store.layout))
    return due is not None and due - time.time_ns() < _STAY_SECONDS * _NANOSECONDS


def _lock(layout: Layout) -> int | None:
    """Return the descriptor of the lock that the process which sends holds; None if one holds it."""
    descriptor = os.open(layout.deliverer_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


if __name__ == "__main__":
    main(*sys.argv[1:])
