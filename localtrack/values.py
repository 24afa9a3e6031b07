"""What may be logged, tagged and stored, and how it is encoded.

A logged value passes three forms: the Python object, the bytes of a journal record, and a column of the database.
int, float (NaN, infinities and -0.0 too), str, bool, None and numpy or torch scalars come back as what they were.

| logged | type code | journal bytes | column |
|---|---|---|---|
| float | ``f`` | 8-byte double | REAL; NaN as BLOB |
| int of 64 bits | ``i`` | 8-byte integer | INTEGER |
| str | ``t`` | UTF-8 | TEXT |
| None | ``n`` | nothing | NULL |
| bool, larger int, document | ``b`` ``I`` ``j`` | text | BLOB: the code, then the text |
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

from localtrack.exceptions import UserErrorException, WorkspaceException

Scalar = float | int | str | bool | None
Column = float | int | str | bytes | None

FLOAT, INT, TEXT, NONE, BOOL, BIG_INT, DOCUMENT = b"fitnbIj"

MAX_BYTES = 64 << 20
_NAME_BYTES = 16_000

_double = struct.Struct("<d")
_int64 = struct.Struct("<q")
_BIG_INT_KEY = "\0int"
NAN = b"f"  # the column of a NaN, which SQLite would make NULL


def check_name(name: object, what: str) -> str:
    """Return ``name`` as text, as the SDK does for metrics, tags and properties that are named by other objects.

    Args:
        name: What the caller gave.
        what: What it names, for the error's text.

    Raises:
        UserErrorException: It is empty or can't be kept.
    """
    text = name if type(name) is str else str(name)
    if not text:
        raise UserErrorException(f"The name of a {what} can't be empty.")
    _encode_text(text, f"The name of the {what} {text[:40]!r}", _NAME_BYTES)
    return text


def check_text(value: object, what: str) -> str:
    """Return ``value`` as text that can be kept; used for tags, properties and descriptions.

    Raises:
        UserErrorException: It is not valid Unicode or over 64 MB.
    """
    text = value if type(value) is str else str(value)
    _encode_text(text, what, MAX_BYTES)
    return text


def encode(value: object, name: str) -> tuple[int, bytes]:
    """Return the type code and the journal bytes of a value given to ``Run.log``.

    Lists, ranges and generators are refused, as in the SDK, and so are arrays of several elements; other objects with a
    text form of their own are kept as that text.

    Args:
        value: What was logged.
        name: The metric's name, for the error's text.

    Raises:
        UserErrorException: The value can't be kept.
    """
    if isinstance(value, float):  # numpy.float64 is one
        return FLOAT, _double.pack(value)
    return _encode_scalar(_to_scalar(value, name), name)


def encode_document(document: Any, name: str) -> tuple[int, bytes]:
    """Return the type code and the journal bytes of lists and dicts of scalars that `check_scalar` has let pass.

    Raises:
        UserErrorException: It has more bytes than can be kept.
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_as_document)
    return DOCUMENT, _encode_text(text, f"The value of the metric {name!r}", MAX_BYTES)


def check_scalar(value: object, name: str) -> Any:
    """Return a value of a list, row or table as `encode_document` takes it: a scalar that comes back as it was.

    Args:
        value: What was logged.
        name: The metric's name, for the error's text.

    Raises:
        UserErrorException: It is no single value, or can't be kept.
    """
    scalar = _to_scalar(value, name)
    if isinstance(scalar, str):
        _encode_text(scalar, f"A value of the metric {name!r}", MAX_BYTES)
    elif isinstance(scalar, int) and not -(1 << 63) <= scalar < 1 << 63:
        return _BigInt(scalar)
    return scalar


def to_column(code: int, payload: bytes) -> Column:
    """Return what the database keeps of a journal record's value."""
    if code == FLOAT:
        number: float = _double.unpack(payload)[0]
        return NAN if math.isnan(number) else number
    if code == INT:
        integer: int = _int64.unpack(payload)[0]
        return integer
    if code == TEXT:
        return payload.decode()
    if code == NONE:
        return None
    return bytes((code,)) + payload


def from_column(column: Column) -> Any:
    """Return the value that a column of the database stands for."""
    if type(column) is not bytes:
        return column
    code, text = column[0], column[1:]
    if code == FLOAT:
        return math.nan
    if code == BOOL:
        return text == b"1"
    if code == BIG_INT:
        return int(text, 16)
    if code == DOCUMENT:
        return json.loads(text, object_hook=_from_document)
    raise WorkspaceException(
        f"A value ({column[:20]!r}) was written by a newer localtrack, which has to be installed to read it."
    )


class _BigInt:
    """An integer of more than 64 bits in a document: Python writes and reads none of over 4300 digits."""

    def __init__(self, value: int) -> None:
        self.value = value


def _as_document(value: _BigInt) -> dict[str, str]:
    return {_BIG_INT_KEY: hex(value.value)}


def _from_document(found: dict[str, Any]) -> Any:
    text = found.get(_BIG_INT_KEY)  # or a column of that name, which has a list
    return int(text, 16) if len(found) == 1 and isinstance(text, str) else found


def _encode_scalar(value: Scalar, name: str) -> tuple[int, bytes]:
    if value is None:
        return NONE, b""
    if isinstance(value, bool):
        return BOOL, b"1" if value else b"0"
    if isinstance(value, int):
        if -(1 << 63) <= value < 1 << 63:
            return INT, _int64.pack(value)
        # Hexadecimal, because Python refuses decimal texts of more than 4300 digits.
        return BIG_INT, hex(value).encode()
    if isinstance(value, float):
        return FLOAT, _double.pack(value)
    return TEXT, _encode_text(value, f"The value of the metric {name!r}", MAX_BYTES)


def _to_scalar(value: object, name: str) -> Scalar:
    """Return the Python scalar that an object stands for, or its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):  # numpy.float64 too
        return float(value)
    if isinstance(value, int):  # an enumeration's too
        return int(value)
    if isinstance(value, str):  # numpy.str_ too
        return str.__str__(value)
    is_single = getattr(value, "ndim", None) == 0 or (hasattr(value, "ndim") and _size(value) == 1)
    if is_single and callable(item := getattr(value, "item", None)):
        single = item()  # numpy and torch scalars, and arrays of one element
        if isinstance(single, int | float | str) or single is None:
            return single
    if (hasattr(value, "ndim") and value.ndim) or isinstance(value, list | range) or hasattr(value, "__next__"):
        raise UserErrorException(
            f"The metric {name!r} was given a {type(value).__name__}, which is not one value: use log_list."
        )
    if type(value).__repr__ is object.__repr__:
        raise UserErrorException(
            f"The metric {name!r} was given a {type(value).__name__}, which can't be kept: "
            "give a number, a text, a bool or None."
        )
    return repr(value)


def _size(value: Any) -> int:
    """Return how many elements an array has; torch's tensors have a method that tells."""
    size = getattr(value, "size", 0)
    return int(value.numel() if callable(size) else size)


def _encode_text(text: str, what: str, limit: int) -> bytes:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise UserErrorException(
            f"{what} has a lone surrogate at position {error.start}, which no file can keep: remove it."
        ) from None
    if len(encoded) > limit:
        raise UserErrorException(f"{what} has {len(encoded)} bytes; at most {limit} can be kept.")
    return encoded
