"""``localtrack shell-init``."""

from __future__ import annotations

import sys

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.shell_code import SHELLS, shell_code

helps["shell-init"] = """
type: command
short-summary: Print what makes az ml localtrack's in a shell, and completes commands by the Tab key
long-summary: >-
    It belongs into the shell's start-up file, ~/.bashrc or ~/.zshrc (there behind compinit). Then `az ml`, `az login`,
    `az logout` and `az account set` are localtrack's, and every other `az` command is the Azure CLI's, if you have it.
    `command az login` is still the Azure CLI's own. make, scripts and other programs don't see the shell's functions,
    but for bash's own scripts with bash: write `localtrack` in place of `az ml` there.
examples:
  - name: In ~/.bashrc.
    text: eval "$(localtrack shell-init bash)"
  - name: In ~/.zshrc.
    text: eval "$(localtrack shell-init zsh)"
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "", "localtrack.cli.shell_init#{}") as group:
        group.command("shell-init", "shell_init")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "shell-init") as arguments:
        arguments.positional("shell", choices=SHELLS, metavar="SHELL", help=f"The shell: {' or '.join(SHELLS)}.")


def shell_init(shell: str) -> None:
    """Print what a shell has to evaluate.

    Args:
        shell: Its name.
    """
    sys.stdout.write(shell_code(shell))
