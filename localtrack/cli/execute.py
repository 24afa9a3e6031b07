"""``localtrack exec``: a command for which azureml means localtrack."""

from __future__ import annotations

import argparse

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.exit_code import EXIT_CODE
from localtrack.cli.launch import launch

helps["exec"] = """
type: command
short-summary: Run any command with the name azureml meaning localtrack
long-summary: >-
    That goes for the command and for all that it starts, by the variable PYTHONPATH; a Python that is told to ignore
    its variables (-I or -E) isn't reached. Signals, output and the exit code are the command's own; it is 127 if there
    is no such command, and 126 if it can't be run.
examples:
  - name: A script that imports azureml.core, started by yourself.
    text: localtrack exec -- python train.py --alpha 0.1
  - name: The tests of a project that was written for the SDK.
    text: localtrack exec -- pytest -q
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "", "localtrack.cli.execute#{}") as group:
        group.command("exec", "execute")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "exec") as arguments:
        arguments.positional(
            "program",
            nargs=argparse.REMAINDER,
            metavar="COMMAND_AND_ARGUMENTS",
            validator=_check_program,
            help="The command and its arguments. They come last.",
        )


def execute(cmd: CLICommand, program: list[str]) -> None:
    """Become a command.

    Args:
        cmd: Knack's command, which takes the exit code of a failure.
        program: The command and its arguments.
    """
    cmd.cli_ctx.data[EXIT_CODE] = launch(program)


def _check_program(arguments: argparse.Namespace) -> None:
    if arguments.program[:1] == ["--"]:
        del arguments.program[0]
    if not arguments.program:
        raise ValueError("give a command, with its arguments behind it")
