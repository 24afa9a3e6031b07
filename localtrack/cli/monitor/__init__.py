"""``localtrack monitor``: what happens to runs, and who is told of it."""

from __future__ import annotations

from knack.commands import CLICommandsLoader
from knack.help_files import helps

from localtrack.cli.monitor import alert, alert_rule, events

helps["monitor"] = """
type: group
short-summary: See what happens to runs, and be told of it
"""

_COMMANDS = (events, alert_rule, alert)


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    for module in _COMMANDS:
        module.add_commands(loader)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    for module in _COMMANDS:
        module.add_arguments(loader)
