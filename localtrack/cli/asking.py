"""The question before something goes for good."""

from __future__ import annotations

import sys

from localtrack.exceptions import UserErrorException


def confirm(question: str, nothing: str) -> None:
    """Ask on the terminal whether to go on; any answer but yes is a no.

    Args:
        question: What is asked, such as ``Remove them?``.
        nothing: What is said when it is not done, such as ``Nothing was removed``.

    Raises:
        UserErrorException: The answer was no, or there is no terminal to ask on.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise UserErrorException(f"{nothing}, for there is no terminal to ask on. Add --yes to do it without asking.")
    # By `input`, the question would be a part of the result where stdout is a file.
    print(f"{question} (y/N): ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserErrorException(f"{nothing}.")
