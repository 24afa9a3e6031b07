"""The command's standard streams, also where they are closed or can't be written. A leaf, because all else is slow."""

from __future__ import annotations

import os
import sys


def open_missing() -> None:
    """Put something in the place of standard streams that are closed.

    The next file that is opened would take their place otherwise, and what is printed would go to that, even to a
    database. Writing to a closed stdout goes on to fail.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def finish(code: int) -> int:
    """Write what is still to be printed, and return the exit code: 1 if that fails and nothing has before."""
    try:
        sys.stdout.flush()
    except OSError as error:
        discard(1)
        # A reader that has gone, such as `head`, has all it wants.
        if code == 0 and not isinstance(error, BrokenPipeError):
            say(f"stdout can't be written: {error.strerror}.")
            code = 1
    try:
        sys.stderr.flush()
    except OSError:
        discard(2)
    return code


def discard(number: int) -> None:
    """Let a stream write to nowhere, since Python would complain when it flushes it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def say(error: str) -> None:
    """Say on stderr what is wrong, before or after all that could do so better."""
    try:
        print(f"ERROR: {error}", file=sys.stderr, flush=True)
    except OSError:
        discard(2)
