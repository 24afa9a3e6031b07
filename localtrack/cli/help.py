"""What ``-h`` prints."""

from __future__ import annotations

from typing import Any

from knack import CLI
from knack.help import CLIHelp, CommandHelpFile, HelpFile

from localtrack.cli.query import CAN_STAND_LAST

_INDENT = " " * 4


class Help(CLIHelp):  # type: ignore[misc]
    """Knack's help, with examples that can be pasted into a shell.

    Args:
        cli_ctx: The command.
    """

    def __init__(self, cli_ctx: CLI) -> None:
        super().__init__(cli_ctx, command_help_cls=_Command)

    def show_privacy_statement(self) -> None:
        """Show none, and so don't note in a file that it was shown."""

    def show_welcome_message(self) -> None:
        """Say what this is."""
        print("\nlocaltrack: run and track machine learning experiments on this machine.\n")

    @staticmethod
    def _print_examples(help_file: HelpFile) -> None:
        print("Examples")
        for example in help_file.examples:
            print(f"{_INDENT}{example.name}")
            for line in example.text.splitlines():
                print(f"{_INDENT * 2}{line}")  # not wrapped: a shell would take each line for a command
            print()


class _Command(CommandHelpFile):  # type: ignore[misc]
    def __init__(self, help_ctx: Help, delimiters: str, parser: Any) -> None:
        super().__init__(help_ctx, delimiters, parser)
        if not parser.takes_expression:
            for each in self.parameters:
                each.short_summary = each.short_summary.replace(CAN_STAND_LAST, "")
