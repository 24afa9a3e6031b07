"""Modules that have commands, put together to one group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from knack.commands import CLICommandsLoader

_Adding = Callable[[CLICommandsLoader], None]


def of_all(modules: Sequence[Any]) -> tuple[_Adding, _Adding]:
    """Return what adds the commands of modules, and what adds their arguments."""

    def add_commands(loader: CLICommandsLoader) -> None:
        for each in modules:
            each.add_commands(loader)

    def add_arguments(loader: CLICommandsLoader) -> None:
        for each in modules:
            each.add_arguments(loader)

    return add_commands, add_arguments
