"""Flags that a command refuses, with what to do instead."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn


def add_refused(arguments: Any, flags: Sequence[str], reason: str) -> None:
    """Add flags that are refused, and that the help doesn't show.

    Args:
        arguments: Knack's context of the command's arguments.
        flags: The flags; those of all commands too.
        reason: What is said behind the flag's name.
    """

    class Refused(argparse.Action):
        def __call__(self, _parser: Any, _namespace: Any, _values: Any, option_string: str | None = None) -> NoReturn:
            raise argparse.ArgumentError(None, f"{option_string} {reason}")

    # Knack gives what begins with _ to no command.
    name = f"_refused_{flags[0]}"
    add = arguments.extra
    add(name, options_list=list(flags), nargs="?", action=Refused, help=argparse.SUPPRESS)
