"""A file that a command writes: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from localtrack.exceptions import UserErrorException


def fault(path: str) -> str | None:
    """Return why a file can't be written there, as far as can be seen before; None if nothing stands against it."""
    folder = os.path.dirname(os.path.realpath(path))
    if not path or path.endswith(os.sep) or os.path.isdir(path) or (_is_replaced(path) and not os.path.isdir(folder)):
        return f"{path or repr(path)} can't be a file: give a name in a folder that exists"
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return f"{path} can't be written: you may not change it. Give another name, or make it writable"
    if _is_replaced(path) and not os.access(folder, os.W_OK | os.X_OK):
        return f"{path} can't be written: you may not change its folder. Give a name in another"
    return None


@contextmanager
def whole_file(path: str) -> Iterator[TextIO]:
    """Write a text file; at the end it takes the place of what was there, unless an exception comes first.

    Args:
        path: The file; a link to it stays one. A device or a pipe is written to as it is.

    Raises:
        UserErrorException: It is a folder, or is in none that is there, or can't be written; what was there is as it
            was.
    """
    if (found := fault(path)) is not None:
        raise UserErrorException(f"{found}.")
    if not _is_replaced(path):
        with open(path, "w", encoding="utf-8", newline="") as target:
            yield target
        return
    final = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(final), f".localtrack-{os.urandom(6).hex()}")
    try:
        with open(temporary, "x", encoding="utf-8", newline="") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        if os.path.exists(final):
            os.chmod(temporary, os.stat(final).st_mode & 0o777)
        os.replace(temporary, final)
    except BaseException as error:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            raise UserErrorException(
                f"{path} can't be written: {error.strerror}. What was there is as it was.", error
            ) from error
        raise


def _is_replaced(path: str) -> bool:
    return not os.path.exists(path) or os.path.isfile(path)
