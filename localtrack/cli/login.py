"""``localtrack login``, ``logout`` and ``account``: there is nothing to log in to."""

from __future__ import annotations

from typing import Any

from knack import CLI
from knack.commands import CLICommandsLoader, CommandGroup
from knack.events import EVENT_INVOKER_PRE_PARSE_ARGS
from knack.help_files import helps
from knack.log import CLILogging, get_logger

_COMMANDS = (("login",), ("logout",), ("account", "set"), ("account", "show"), ("account", "list"))
_KEPT = ("--help", "-h", CLILogging.DEBUG_FLAG, CLILogging.VERBOSE_FLAG, CLILogging.ONLY_SHOW_ERRORS_FLAG)

_logger = get_logger(__name__)

helps["login"] = """
type: command
short-summary: Do nothing, since there is nothing to log in to
long-summary: >-
    So that scripts for Azure go on. Whatever `az login` takes is accepted, and none of it is looked at or kept.
examples:
  - name: As a script for Azure has it.
    text: localtrack login --service-principal -u NAME -p PASSWORD --tenant TENANT
"""

helps["logout"] = """
type: command
short-summary: Do nothing, since there is nothing to log out of
examples:
  - name: As a script for Azure has it.
    text: localtrack logout
"""

helps["account"] = """
type: group
short-summary: Do nothing, since there are no subscriptions
"""

for _verb in ("set", "show", "list"):
    helps[f"account {_verb}"] = f"""
type: command
short-summary: Do nothing, since there are no subscriptions
long-summary: Whatever `az account {_verb}` takes is accepted, and none of it is looked at or kept.
examples:
  - name: As a script for Azure has it.
    text: localtrack account {_verb}{" -s NAME" if _verb == "set" else ""}
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "", "localtrack.cli.login#{}") as group:
        group.command("login", "log_in")
        group.command("logout", "log_out")
    with CommandGroup(loader, "account", "localtrack.cli.login#{}") as group:
        for verb in ("set", "show", "list"):
            group.command(verb, "choose_account")
    loader.cli_ctx.register_event(EVENT_INVOKER_PRE_PARSE_ARGS, _forget_arguments)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments: none, since any are accepted."""


def log_in() -> None:
    """Say that there is nothing to log in to."""
    _logger.warning("There is nothing to log in to: localtrack works on this machine, without Azure.")


def log_out() -> None:
    """Say that there is nothing to log out of."""
    _logger.warning("There is nothing to log out of: localtrack works on this machine, without Azure.")


def choose_account() -> None:
    """Say that there are no accounts."""
    _logger.warning("There are no accounts and subscriptions: localtrack works on this machine, without Azure.")


def _forget_arguments(_cli: CLI, args: list[str], **_more: Any) -> None:
    """Take the arguments of these commands out of the command line before it is parsed: some are secret.

    Some have another meaning here too: by ``-t``, for Azure the tenant, a file would be written.
    """
    for words in _COMMANDS:
        if tuple(args[: len(words)]) == words:
            args[len(words) :] = [each for each in args[len(words) :] if each in _KEPT]
