"""The append-only metric journal: record, writer, reader.

Logging a value is one ``write(2)`` of one record to a file that only this process writes. A record stands by itself:

    head   magic 2, size 4, metric kind 1, value type 1, key size 2, key
    body   time 8, step 8 (if the value type has its high bit set), value
    crc32  4, of head and body

Integers are little-endian, the time is in nanoseconds since 1970 (UTC), the key is the run id, a NUL and the metric's
name. A head depends on the run, the name and the kinds alone, so writer and reader keep the ones they have met. As
each record names its run and metric, a reader may begin at any record, and damage costs only the bytes it hit: the
next record is found by its magic, size and checksum.

A leaf of the standard library alone: every training script imports it.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import time_ns
from zlib import crc32

from localtrack import owner, values
from localtrack.exceptions import ServiceException

# The metric kinds. The value of an image, and of the four charts, is the text that says which of the run's files it is.
SCALAR, LIST, ROW, TABLE, IMAGE = 1, 2, 3, 4, 5
CONFUSION_MATRIX, ACCURACY_TABLE, RESIDUALS, PREDICTIONS = 6, 7, 8, 9
DESCRIPTION = 15  # not a value of the metric, but what it is

SUFFIX = ".journal"
JOURNAL_BYTES = 64 << 20  # a longer journal is followed by the next

READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # what lies in a journal's place may be no file
MOST_BYTES = 256 << 20  # read at once: without a record in so many, it is no journal

_MAGIC = b"\xb5\x01"  # the second byte is the format's version
_STEP = 0x80
_CRC_BYTES = 4
_RECORD_BYTES = values.MAX_BYTES + (1 << 16)
_HEADS = 10_000
_CHECKED = 64  # bytes that are checked, for each that is given, before the search behind damage ends

_HeadKey = tuple[str, str, int, int, int]  # what a head depends on: the arguments of `_make_head`

_NAME = re.compile(rf"([0-9a-f]{{12}})\.([0-9]{{1,9}}){re.escape(SUFFIX)}")
_head = struct.Struct("<2sIBBH")
_time_double = struct.Struct("<qd")
_time_step = struct.Struct("<qq")
_time = struct.Struct("<q")
_crc = struct.Struct("<I")

# Bodies of fixed size are taken apart in one call, checksum included.
_FIXED_BODIES = {
    values.FLOAT: struct.Struct("<qdI"),
    values.FLOAT | _STEP: struct.Struct("<qqdI"),
    values.INT: struct.Struct("<qqI"),
    values.INT | _STEP: struct.Struct("<qqqI"),
}


class Writer:
    """Appends records to this process's journal in one workspace.

    Threads and signal handlers may log. A forked child goes on with an owner and a journal of its own.

    Args:
        folder: The workspace's journal folder, which exists.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._heads: dict[_HeadKey, tuple[bytes, int]] = {}
        self._lock = threading.RLock()
        self._descriptor = -1
        self._number = -1
        self._size = 0
        self._last = 0

    def log(self, run_id: str, name: str, value: object, step: int | None = None, kind: int = SCALAR) -> None:
        """Append one value; when this returns, no kill of any process loses it.

        Args:
            run_id: The run's id.
            name: The metric's name, checked.
            value: What `values.encode` takes; for a list, row or table, what `values.encode_document` takes.
            step: A 64-bit integer, or None.
            kind: One of the metric kinds.

        Raises:
            UserErrorException: The value can't be kept.
            ServiceException: The journal could not be written; nothing of this value was kept.
        """
        # A clock that was set back must not bring a process's values out of their order.
        now = time_ns()
        if now < self._last:
            now = self._last
        self._last = now
        if type(value) is float and step is None and kind == SCALAR:
            code = values.FLOAT
            body = _time_double.pack(now, value)
        else:
            encode = values.encode_document if LIST <= kind <= TABLE else values.encode
            code, payload = encode(value, name)
            if step is None:
                body = _time.pack(now) + payload
            else:
                code |= _STEP
                body = _time_step.pack(now, step) + payload
        key = run_id, name, kind, code, len(body)
        head, crc = self._heads.get(key) or self._remember(key)
        record = head + body + crc32(body, crc).to_bytes(_CRC_BYTES, "little")
        # Reentrant, because a signal handler that logs may interrupt us anywhere in here.
        with self._lock:
            try:
                if self._descriptor < 0:
                    self._open_next()
                elif self._size > JOURNAL_BYTES:
                    # Where no file can be opened just now, a longer journal is better than a lost value.
                    with suppress(OSError):
                        self._open_next()
                start = self._size
                written = os.write(self._descriptor, record)
                self._size += written
                if written != len(record):
                    self._cut(start, written)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                raise ServiceException(
                    f"The metric {name!r} of run {run_id} could not be written to {self._folder}: "
                    f"{error.strerror}. Nothing of this value was kept; make room or mend the folder, "
                    "then log it again.",
                    error,
                ) from error

    def close(self) -> None:
        """Close the file and let go of the owner's lock; logging again begins with another owner."""
        with self._lock:
            self._abandon()
            owner.release(self._folder)

    def _remember(self, key: _HeadKey) -> tuple[bytes, int]:
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        head = _make_head(*key)
        self._heads[key] = known = head, crc32(head)
        return known

    def _open_next(self) -> None:
        """Let the next journal follow; the one before is complete when this returns."""
        name = owner.current(self._folder).name
        before, number = self._descriptor, self._number
        descriptor = -1
        while descriptor < 0:
            number += 1
            path = os.path.join(self._folder, f"{name}.{number}{SUFFIX}")
            # There is such a file if a signal handler that logged has come in between.
            with suppress(FileExistsError):
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        if self._number >= number:
            os.close(descriptor)  # a handler has let a later one follow, so this one counts as complete
            return
        self._number, self._descriptor, self._size = number, descriptor, 0
        if before >= 0:
            os.close(before)

    def _cut(self, start: int, written: int) -> None:
        """Take back what a full disk has kept of a record."""
        torn = os.dup(self._descriptor)
        try:
            # From here on a signal handler's records go to another file, so that they can't be cut with ours.
            self._open_next()
            if os.fstat(torn).st_size == start + written:
                os.ftruncate(torn, start)
        finally:
            os.close(torn)

    def _abandon(self) -> None:
        """Leave the journal; in a forked child it is the parent's."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._lock = threading.RLock()
        self._descriptor = -1
        self._number = -1


def writer(folder: str) -> Writer:
    """Return this process's writer in a workspace; its owner and file are made by the first `Writer.log`.

    Args:
        folder: The workspace's journal folder.
    """
    found = _writers.get(folder)
    return found if found is not None else _writers.setdefault(folder, Writer(folder))


class Key:
    """What a journal says of a series: a run's id, a metric's name, and its kind."""

    __slots__ = ("kind", "name", "run_id")

    def __init__(self, run_id: str, name: str, kind: int) -> None:
        self.run_id = run_id
        self.name = name
        self.kind = kind


class Reader:
    """Takes a journal's bytes apart.

    Attributes:
        end: How many of the bytes last given to `records` were used; those behind are no record yet.
        gaps: (position, size in bytes) of the damaged stretches among them, each with a valid record behind it.
    """

    def __init__(self) -> None:
        self.end = 0
        self.gaps: list[tuple[int, int]] = []
        self._unchecked = 0  # how many bytes may still be checked in vain
        self._heads: dict[bytes, tuple[Key, int, struct.Struct]] = {}
        self._keys: dict[tuple[bytes, int], Key] = {}

    def records(self, data: bytes, complete: bool) -> Iterator[tuple[Key, int, int | None, values.Column, int]]:
        """Yield (key, time in ns, step, value as `values.to_column` gives it, position) of each record.

        Args:
            data: Bytes of a journal from the beginning of a record on.
            complete: Whether they reach to the file's end, so that what begins a record at their end and breaks off
                may be damage with valid records behind it.
        """
        self.end = 0
        self.gaps = []
        self._unchecked = _CHECKED * len(data)
        heads = self._heads
        unpack_head = _head.unpack_from
        position, size = 0, len(data)
        while position < size:
            try:
                _, length, _, _, key_size = unpack_head(data, position)
                body = position + 10 + key_size
                key, crc, fixed = heads[data[position:body]]
                fields = fixed.unpack_from(data, body)
                stop = position + length
                if crc32(data[body : stop - 4], crc) == fields[-1]:
                    if len(fields) == 3:
                        time, column, _ = fields
                        step = None
                    else:
                        time, step, column, _ = fields
                    if column != column:
                        column = values.NAN
                    yield key, time, step, column, position
                    self.end = position = stop
                    continue
            except (struct.error, KeyError):
                pass  # an unknown head, a record of no fixed size, the end, or damage
            found = self._parse(data, position)
            if found is not None:
                yield found[0]
                self.end = position = found[1]
                continue
            follower = self._find(data, position + 1, complete)
            if follower is None:
                return
            self.gaps.append((position, follower - position))
            self.end = position = follower

    def _find(self, data: bytes, start: int, complete: bool) -> int | None:
        """Return where the first valid record from ``start`` on begins.

        Bytes that were made up can have so many beginnings of long records that it would take days to check them all:
        after long enough, there is none.
        """
        broken = _whole_size(data, start - 1)
        if not complete and broken is not None and start - 1 + broken > len(data):
            return None  # more bytes will tell
        while (start := data.find(_MAGIC, start)) >= 0 and self._unchecked > 0:
            if self._parse(data, start) is not None:
                return start
            start += 1
        return None

    def _parse(self, data: bytes, position: int) -> tuple[tuple[Key, int, int | None, values.Column, int], int] | None:
        """Take one record apart with every check; None if there is no valid record."""
        size = _whole_size(data, position)
        if size is None or position + size > len(data):
            return None
        stop = position + size
        if crc32(memoryview(data)[position : stop - _CRC_BYTES]) != _crc.unpack_from(data, stop - _CRC_BYTES)[0]:
            self._unchecked -= size
            return None
        record = data[position:stop]
        _, _, kind, code, key_size = _head.unpack_from(record)
        start = _head.size + key_size
        if not _is_value(kind, code & ~_STEP, record[start + (16 if code & _STEP else 8) : -_CRC_BYTES]):
            return None
        try:
            key = self._key(record[_head.size : start], kind)
        except UnicodeDecodeError:
            return None
        self._learn(record[:start], key, code)
        (time,) = _time.unpack_from(record, start)
        start += 8
        step = None
        if code & _STEP:
            (step,) = _time.unpack_from(record, start)
            start += 8
        column = values.to_column(code & ~_STEP, record[start:-_CRC_BYTES])
        return (key, time, step, column, position), stop

    def _key(self, text: bytes, kind: int) -> Key:
        known = self._keys.get((text, kind))
        if known is None:
            run_id, _, name = text.decode().partition("\0")
            known = self._keys[text, kind] = Key(run_id, name, kind)
        return known

    def _learn(self, head: bytes, key: Key, code: int) -> None:
        fixed = _FIXED_BODIES.get(code)
        if fixed is not None:
            self._heads[head] = key, crc32(head), fixed


def _is_value(kind: int, code: int, payload: bytes) -> bool:
    """Whether a writer could have made a value of that kind; what is in a document is not looked at."""
    if kind <= 0:
        return False
    if LIST <= kind <= TABLE:
        return code == values.DOCUMENT
    if IMAGE <= kind <= PREDICTIONS or kind == DESCRIPTION:
        return code == values.TEXT and _is_text(payload)
    if code in (values.FLOAT, values.INT):
        return len(payload) == 8
    return code != values.TEXT or _is_text(payload)


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def owner_and_number(name: str) -> tuple[str, int] | None:
    """Return whose journal a file of that name is, and which of the owner's; None if it is no journal's name."""
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2])) if found else None


def record_at(data: bytes, position: int) -> bytes:
    """Return the bytes of the valid record that begins there."""
    return data[position : position + _head.unpack_from(data, position)[1]]


def _make_head(run_id: str, name: str, kind: int, code: int, body_size: int) -> bytes:
    key = run_id.encode() + b"\0" + name.encode()
    return _head.pack(_MAGIC, _head.size + len(key) + body_size + _CRC_BYTES, kind, code, len(key)) + key


def _whole_size(data: bytes, position: int) -> int | None:
    """Return the size that a record which begins there says it has; None if none can begin there."""
    if position + _head.size > len(data):
        return None
    magic, size, _, code, key_size = _head.unpack_from(data, position)
    least = _head.size + key_size + (16 if code & _STEP else 8) + _CRC_BYTES
    return size if magic == _MAGIC and least <= size <= _RECORD_BYTES else None


_writers: dict[str, Writer] = {}


def _after_fork_in_child() -> None:
    for each in _writers.values():
        each._abandon()


os.register_at_fork(after_in_child=_after_fork_in_child)
