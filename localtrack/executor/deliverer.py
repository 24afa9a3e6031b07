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
from collections.abc import Iterator
from contextlib import contextmanager

from localtrack.exceptions import AzureMLException, ServiceException
from localtrack.paths import Layout
from localtrack.store.store import Store, open_store

_MODULE = "localtrack.executor.deliverer"

_STAY_SECONDS = 600.0  # what is due later is left to whoever comes next
_LOOK_SECONDS = 1.0
_TAKE_OVER_SECONDS = 0.5
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
        warnings.warn(fault, stacklevel=3)


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
    if not _has_work(store) or _is_there(store.layout):
        return
    import subprocess

    from localtrack.executor.launch import start_detached

    layout = store.layout
    try:
        start_detached(_MODULE, layout.root, folder=layout.root, log=layout.deliverer_log)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServiceException(
            f"The process that sends messages could not be started: {error}. They wait; "
            "`localtrack monitor alert deliver` sends them.",
            error,
        ) from error


def deliver_all(store: Store) -> int:
    """Send all that waits in this process, whatever its time, and return how many messages arrived.

    Raises:
        ServiceException: The database can't be changed.
    """
    from localtrack.executor import alert_command
    from localtrack.notify import delivery, matching

    store.ingest.take()
    fault = matching.match(store)
    if fault is not None:
        warnings.warn(fault, stacklevel=2)
    matching.look_at_running(store)
    return delivery.deliver(store, alert_command.run, everything=True)


def main(root: str) -> None:
    """Send what waits until nothing is due soon."""
    warnings.simplefilter("default")  # whatever the starter's environment says
    layout = Layout(root)
    store = open_store(layout)
    while _has_work(store):
        with _alone(layout) as alone:
            if not alone:
                return
            _work(store)
        # Who came between the last look and the end of the lock saw a process that sends: so look once more.


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
    due = store.outbox.next_due()
    return due is not None and due - time.time_ns() < _STAY_SECONDS * _NANOSECONDS


def _is_there(layout: Layout) -> bool:
    """Whether a process that sends is there."""
    try:
        with open(layout.deliverer_lock, "rb") as file:
            # Shared, so that two who look at the same moment don't take each other for it.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


@contextmanager
def _alone(layout: Layout) -> Iterator[bool]:
    """Hold the lock of the process that sends, if no other holds it; one that only looks holds it for a moment."""
    deadline = time.monotonic() + _TAKE_OVER_SECONDS
    with open(layout.deliverer_lock, "ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(0.01)
        yield True


if __name__ == "__main__":
    main(*sys.argv[1:])
