"""``localtrack model``: registered models.

registration    register
listing         list, show, download
change          update, delete
arguments       what several of them take
table           models as ``-o table`` shows them
"""

from __future__ import annotations

from knack.help_files import helps

from localtrack.cli.command_modules import of_all
from localtrack.cli.model import change, listing, registration

_COMMANDS = (registration, listing, change)

helps["model"] = """
type: group
short-summary: Register models, and look at those that are registered
"""

add_commands, add_arguments = of_all(_COMMANDS)
