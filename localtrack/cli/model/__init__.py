"""``localtrack model``: registered models.

registration    register
listing         list, show, download
change          update, delete
arguments       what several of them take
table           models as ``-o table`` shows them
"""

from __future__ import annotations

from knack.commands import CLICommandsLoader
from knack.help_files import helps

from localtrack.cli.model import change, listing, registration

_COMMANDS = (registration, listing, change)

helps["model"] = """
type: group
short-summary: Register models, and look at those that are registered
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    for each in _COMMANDS:
        each.add_commands(loader)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    for each in _COMMANDS:
        each.add_arguments(loader)
