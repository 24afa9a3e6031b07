"""``localtrack environment``: registered environments, and those that are built on this machine."""

from __future__ import annotations

import argparse
import math
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli import environment_files
from localtrack.cli.asking import confirm
from localtrack.cli.environment_table import environment_table
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.cli.wrong_usage import WrongUsageException
from localtrack.printable import printable, size_text

if TYPE_CHECKING:
    from localtrack.executor.environment_cache import CachedEnvironment

_SECONDS_OF_A_DAY = 86400
_NANOSECONDS = 1_000_000_000

helps["environment"] = """
type: group
short-summary: Register environments and look at them, and remove those that were built
"""

helps["environment list"] = """
type: command
short-summary: List registered environments, or those that are built on this machine
long-summary: >-
    Registered ones are listed in their last version. With --built, those that were built for you, whatever the
    workspace, the last used first.
examples:
  - name: The registered environments as a table.
    text: localtrack environment list -o table
  - name: What the built ones take on the disk.
    text: localtrack environment list --built -o table
"""

helps["environment show"] = """
type: command
short-summary: Show a registered environment
examples:
  - name: The last version.
    text: localtrack environment show -n train
  - name: The packages of an earlier one.
    text: localtrack environment show -n train -v 1 --query python.condaDependencies.dependencies
"""

helps["environment prune"] = """
type: command
short-summary: Remove built environments that no run uses
long-summary: >-
    What would go is said first. Registered environments stay, and are built again for the next run that needs them.
    One that is being built stays too. The result is what was removed.
examples:
  - name: See what no run has used for a month, and remove it.
    text: localtrack environment prune --unused-days 30
  - name: The same in a script, which can't be asked.
    text: localtrack environment prune --unused-days 30 --yes
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    environment_files.add_commands(loader)
    with CommandGroup(loader, "environment", "localtrack.cli.environment#{}") as group:
        group.command("list", "list_environments", table_transformer=environment_table)
        group.command("show", "show", table_transformer=environment_table)
        group.command("prune", "prune", table_transformer=environment_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    environment_files.add_arguments(loader)
    with ArgumentsContext(loader, "environment") as arguments:
        arguments.argument("name", options_list=["--name", "-n"], help="Name of the environment.")
        arguments.argument("version", options_list=["--version", "-v"], help="The last one when left out.")
    for command in ("list", "show"):
        with ArgumentsContext(loader, f"environment {command}") as arguments:
            add_place_arguments(arguments)
    with ArgumentsContext(loader, "environment list") as arguments:
        arguments.argument("built", help="Those that are built on this machine, in place of registered ones.")
    with ArgumentsContext(loader, "environment prune") as arguments:
        arguments.argument(
            "unused_days",
            type=_days,
            metavar="DAYS",
            help="Only those that no run has begun to use for so many days. All that no run uses now when left out.",
        )
        arguments.argument("yes", options_list=["--yes", "-y"], help="Don't ask.")


def list_environments(built: bool = False, **kwargs: Any) -> list[dict[str, Any]]:
    """Return the registered environments, each in its last version, or those that are built.

    Args:
        built: Which of the two.
        **kwargs: Those of `Scope`.

    Raises:
        WrongUsageException: A workspace was named, and built environments belong to none.
    """
    if not built:
        from localtrack.core import Environment

        return [each._definition() for each in Environment.list(Scope(**kwargs).workspace()).values()]

    from localtrack.executor import environment_cache

    if any(kwargs.values()):
        raise WrongUsageException(
            "Built environments are yours and no workspace's: leave -w, -g, --subscription-id and --path out, or "
            "leave out --built."
        )
    return [_document(each) for each in environment_cache.cached()]


def show(name: str, version: str | None = None, **kwargs: Any) -> dict[str, Any]:
    """Return a registered environment.

    Args:
        name: Its name.
        version: Its version; the last one when left out.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    from localtrack.core import Environment

    return Environment.get(Scope(**kwargs).workspace(), name, version)._definition()


def prune(unused_days: float = 0, yes: bool = False) -> list[dict[str, Any]]:
    """Remove built environments, and return those that were removed.

    Args:
        unused_days: Only those that no run has begun to use for so many days.
        yes: Whether to do it without asking.

    Raises:
        UserErrorException: Nobody can be asked, or the answer was no; nothing was removed.
    """
    from localtrack.executor import environment_cache

    now = time.time()
    unused = unused_days * _SECONDS_OF_A_DAY
    found = [each for each in environment_cache.cached() if not each.in_use and now - each.last_used >= unused]
    if not found:
        return []
    print("\n".join(["These environments go:", *map(_line, found)]), file=sys.stderr, flush=True)
    if not yes:
        confirm("Remove them?", "Nothing was removed")
    return [_document(each) for each in environment_cache.prune(unused, {each.digest for each in found})]


def _line(environment: CachedEnvironment) -> str:
    used = f"{datetime.fromtimestamp(environment.last_used).astimezone():%Y-%m-%d %H:%M}"
    what = ", ".join(environment.record.requirements) or "no packages" if environment.record else "not wholly built"
    return f"  {environment.digest}  {size_text(environment.size)}, last used {used}: {printable(what)}"


def _document(environment: CachedEnvironment) -> dict[str, Any]:
    from localtrack.core.details import utc

    record = environment.record
    return {
        "hash": environment.digest,
        "requirements": record.requirements if record else None,
        "python": record.python if record else None,
        "size": environment.size,
        "lastUsed": utc(int(environment.last_used * _NANOSECONDS)),
        "inUse": environment.in_use,
    }


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 0 up")
    return days
