"""A file of events, a line of JSON each, for other tools to read along.

The file is its own bookmark: the id in its last line says what is still to be written. So each event stands in it
once, in order, whoever writes and whenever it dies.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Sequence
from typing import Any

from localtrack.exceptions import UserErrorException
from localtrack.notify.event import AmlRunStatusChangedEvent
from localtrack.paths import contained
from localtrack.store.events import StatusEvent
from localtrack.store.store import Store

_LONGEST_LINE = 8 << 20
_TRIES, _TRY_SECONDS = 20, 0.01  # for the lock: whoever appends may be a run, which must not wait for long


def append(store: Store, name: str, untold: Sequence[StatusEvent]) -> str | None:
    """Bring the file up to date.

    Args:
        store: The workspace's store.
        name: The file, relative to the project's folder.
        untold: Events that are not told yet; an empty file begins with the first of them.

    Returns:
        Why it can't be written, or None if it is up to date. The next event brings it up to date.
    """
    path = os.path.join(store.layout.project, name)
    try:
        contained(store.layout.project, os.path.dirname(name) or ".")
        # No link is followed: it may lead out of the project.
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(path, flags, 0o644), "r+b", buffering=0) as file:
            if not _lock(file.fileno()):
                return (
                    f"The events are not in {path} yet, because another process holds it; the next event brings them."
                )
            last = _last_id(store, file.fileno())
            after = untold[0].key - 1 if last is None else last
            for event in store.events.after(after, until=untold[-1].key):
                _write_line(file.fileno(), json.dumps(AmlRunStatusChangedEvent.of(event).as_dict()))
    except OSError as error:
        return f"The events could not be written to {path}: {error.strerror}."
    except (ValueError, UserErrorException) as error:
        return f"The events were not written to {path}: {error} Move it away, or choose another file."
    return None


def fault(store: Store, name: str) -> str | None:
    """Return why events can't be written to the file, as far as that can be seen without writing; None if they can."""
    path = os.path.join(store.layout.project, name)
    try:
        contained(store.layout.project, os.path.dirname(name) or ".")
        if not os.path.lexists(path):
            if os.access(os.path.dirname(path), os.W_OK | os.X_OK):
                return None
            raise OSError(errno.EACCES, "its folder is not there, or can't be written to")
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(path, flags), "r+b", buffering=0) as file:
            _last_id(store, file.fileno(), cut=False)
    except OSError as error:
        return f"Events can't be written to {path}: {error.strerror}."
    except (ValueError, UserErrorException) as error:
        return f"Events are not written to {path}: {error} Move it away, or choose another file."
    return None


def _lock(descriptor: int) -> bool:
    for tries_left in reversed(range(_TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tries_left:
                time.sleep(_TRY_SECONDS)
        else:
            return True
    return False


def _last_id(store: Store, descriptor: int, *, cut: bool = True) -> int | None:
    """Return the id of the last whole line, once a part of a line behind it is cut off; None if there is no line."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return None
    start = max(size - _LONGEST_LINE, 0)
    end = os.pread(descriptor, size - start, start)
    whole = end.rfind(b"\n") + 1
    if whole == 0 and start > 0:
        raise ValueError("its last line is none of localtrack's.")
    if whole < len(end):
        if not b'{"type": "AmlRunStatusChangedEvent"'.startswith(end[whole : whole + 35]):
            raise ValueError("its last line is none of localtrack's.")
        if cut:
            os.ftruncate(descriptor, start + whole)
    if whole == 0:
        return None
    last = end[end.rfind(b"\n", 0, whole - 1) + 1 : whole]
    try:
        document = json.loads(last)
        found = document["id"]
    except (ValueError, KeyError, TypeError):
        found = None
    if type(found) is not int:
        raise ValueError("its last line is none of localtrack's.")
    if not _is_event_of(store, document):
        raise ValueError(
            "its last event is none of this database's, which was restored from a backup or made anew since. What has "
            "happened since is written from the next event on, once the file is away."
        )
    return found


def _is_event_of(store: Store, document: dict[str, Any]) -> bool:
    """Whether an event of the file may be one of the database; that of a run that was deleted is not there to see."""
    key: int = document["id"]
    if not 0 < key <= store.events.highest():
        return False
    return all(
        (document.get("runId"), document.get("time")) == (event["runId"], event["time"])
        for event in (AmlRunStatusChangedEvent.of(each).as_dict() for each in store.events.after(key - 1, until=key))
    )


def _write_line(descriptor: int, line: str) -> None:
    data = f"{line}\n".encode()
    before = os.fstat(descriptor).st_size
    written = os.write(descriptor, data)
    if written != len(data):
        os.ftruncate(descriptor, before)  # the disk is full: a part of a line would be read as damage
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
