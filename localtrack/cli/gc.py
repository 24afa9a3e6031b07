"""``localtrack gc``: removes what nobody refers to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.asking import confirm
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.printable import count, number, printable, size_text

if TYPE_CHECKING:
    from localtrack.executor.garbage import Garbage

_MOST_LINES = 10  # of one kind

helps["gc"] = """
type: command
short-summary: Remove what nobody refers to
long-summary: >-
    Working copies of scripts that have ended, source code that no run has, what killed processes have left, and
    environments that no run of any workspace has used for 30 days (`environment prune` removes others). Runs, their
    files and models stay. What would go is said first. Runs and submits may go on meanwhile. The result is what was
    removed.
examples:
  - name: See what would go, and remove it.
    text: localtrack gc
  - name: In a script, which can't be asked.
    text: localtrack gc --yes
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "", "localtrack.cli.gc#{}") as group:
        group.command("gc", "gc", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "gc") as arguments:
        arguments.argument("yes", options_list=["--yes", "-y"], help="Don't ask.")
        add_place_arguments(arguments)


def gc(yes: bool = False, **kwargs: Any) -> list[dict[str, Any]]:
    """Remove what nobody refers to, and return it.

    Args:
        yes: Whether to remove it without asking.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is nobody to ask, or the answer was no; nothing was removed.
        ServiceException: A file can't be removed.
    """
    from localtrack.cli.progress import Progress
    from localtrack.executor import garbage

    store = Scope(**kwargs).workspace()._store
    with Progress("Looking") as progress:
        found = garbage.find(store, step=lambda what: progress.advance(what=what))
    if not found:
        return []
    print("\n".join(_lines(found)), file=sys.stderr, flush=True)
    if not yes:
        confirm("Remove it?", "Nothing was removed")
    with Progress("Removing") as progress:
        removed = garbage.remove(store, found, step=lambda what: progress.advance(what=what))
    return [{"kind": each.kind, "name": each.name, "size": each.size} for each in removed]


def _lines(found: list[Garbage]) -> list[str]:
    lines = [f"This goes, {size_text(sum(each.size for each in found))} in all:"]
    for kind in dict.fromkeys(each.kind for each in found):
        of_kind = sorted((each for each in found if each.kind == kind), key=lambda each: -each.size)
        lines.append(f"  {_what(kind, len(of_kind))}, {size_text(sum(each.size for each in of_kind))}")
        lines += [f"    {printable(each.name)}, {size_text(each.size)}" for each in of_kind[:_MOST_LINES]]
        if len(of_kind) > _MOST_LINES:
            lines.append(f"    and {number(len(of_kind) - _MOST_LINES)} more")
    return lines


def _what(kind: str, how_many: int) -> str:
    from localtrack.executor import garbage

    return {
        garbage.WORKING_COPIES: f"{count(how_many, 'working copy', 'working copies')} of runs that have ended",
        garbage.SNAPSHOTS: f"{count(how_many, 'file')} of source code that no run has",
        garbage.LEFTOVERS: f"{count(how_many, 'folder')} that killed processes have left",
        garbage.ENVIRONMENTS: f"{count(how_many, 'built environment')} that no run has used for 30 days",
    }[kind]


def _table(result: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds: dict[str, list[int]] = {}
    for each in result:
        kinds.setdefault(each["kind"], []).append(each["size"])
    return [{"Removed": _what(kind, len(sizes)), "Size": size_text(sum(sizes))} for kind, sizes in kinds.items()]
