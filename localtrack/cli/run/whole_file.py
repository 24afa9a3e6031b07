"""A file that a command writes: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from localtrack.exceptions import UserErrorException


@contextmanager
def whole_file(path: str) -> Iterator[TextIO]:
    """Write a text file; at the end it takes the place of what was there, unless an exception comes first.

    Args:
        path: The file; a link to it stays one. A device or a pipe is written to as it is.

    Raises:
        UserErrorException: It is a folder, or is in none that is there.
        OSError: It can't be written; what was there is as it was.
    """
    final = os.path.realpath(path)
    if os.path.isdir(final) or not os.path.isdir(os.path.dirname(final)):
        raise UserErrorException(f"{path} can't be a file: give a name in a folder that exists.")
    if os.path.exists(final) and not os.path.isfile(final):
        with open(final, "w", encoding="utf-8", newline="") as target:
            yield target
        return
    temporary = os.path.join(os.path.dirname(final), f".localtrack-{os.urandom(6).hex()}")
    try:
        with open(temporary, "x", encoding="utf-8", newline="") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        if os.path.exists(final):
            os.chmod(temporary, os.stat(final).st_mode & 0o777)
        os.replace(temporary, final)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
