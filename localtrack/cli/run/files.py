"""``localtrack run files``: a run's files, and copies of them."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.progress import Progress
from localtrack.cli.run.reference import add_run_argument, chosen
from localtrack.cli.run.replacing import say_what_is_replaced, some, there_already
from localtrack.cli.run.table import local_time
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException
from localtrack.printable import printable, size_text

if TYPE_CHECKING:
    from localtrack.core import Run
    from localtrack.store.artifacts import Artifact

_logger = get_logger(__name__)

helps["run files"] = """
type: group
short-summary: List and copy the files of a run
"""

helps["run files list"] = """
type: command
short-summary: List a run's files
long-summary: Of a script that is running, they are as they are now, and have no SHA-256 yet.
examples:
  - name: The files of the newest run as a table.
    text: localtrack run files list -r last -o table
  - name: The names of its outputs.
    text: localtrack run files list -r last --query "[?starts_with(name, 'outputs/')].name" -o tsv
"""

helps["run files download"] = """
type: command
short-summary: Copy a run's files
long-summary: >-
    They keep their names below the folder, such as outputs/model.pkl. All are copied unless some are chosen. Each is
    copied whole or not at all. The result is what was copied.
examples:
  - name: All that the newest run has put into outputs.
    text: localtrack run files download -r last --prefix outputs/ -d results
  - name: One file, and another copy of it later.
    text: localtrack run files download -r last --name outputs/model.pkl -d results --overwrite
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "run files", "localtrack.cli.run.files#{}") as group:
        group.command("list", "list_files", table_transformer=_table)
        group.command("download", "download", table_transformer=_copies_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("list", "download"):
        with ArgumentsContext(loader, f"run files {command}") as arguments:
            add_scope_arguments(arguments)
            add_run_argument(arguments)
    with ArgumentsContext(loader, "run files download") as arguments:
        arguments.argument("prefix", help="Only files whose names begin so, such as outputs/.", validator=_check_choice)
        arguments.argument(
            "names",
            options_list=["--name", "-n"],
            action="append",
            metavar="NAME",
            help="Only the file of this name. Can be given several times.",
        )
        arguments.argument("output_dir", options_list=["--output-dir", "-d"], help="Folder for the copies.")
        arguments.argument("overwrite", help="Replace files that are there.")


def list_files(run: str, **kwargs: Any) -> list[dict[str, Any]]:
    """Return a run's files, by name.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    from localtrack.core.details import utc

    found = chosen(Scope(**kwargs), run)
    there = _files(found)
    if not there:
        _logger.warning("Run %s has no files.", found.id)
    return [{"name": each.name, "size": each.size, "sha256": each.sha256, "kept_utc": utc(each.kept)} for each in there]


def download(
    run: str,
    output_dir: str,
    prefix: str | None = None,
    names: list[str] | None = None,
    overwrite: bool = False,
    **kwargs: Any,
) -> list[dict[str, Any]]:
    """Copy a run's files, and return what was copied to where.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        output_dir: The folder; it is made if it isn't there.
        prefix: Only files whose names begin so.
        names: Only files of these names.
        overwrite: Whether files that are there are replaced.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run or file, or a file may not be replaced; nothing was copied.
        ServiceException: A copy could not be written.
    """
    from localtrack.paths import contained

    found = chosen(Scope(**kwargs), run)
    wanted = _chosen(found, prefix, names)
    if not wanted:
        _logger.warning("Run %s has no such files; nothing was copied.", found.id)
        return []
    targets = {each.name: contained(output_dir, each.name) for each in wanted}
    if not overwrite:
        there = there_already(output_dir, targets)
        if there:
            raise UserErrorException(
                f"These files are in {printable(output_dir)} already: {some(there)}. Nothing was copied; add "
                "--overwrite to replace them, or give another folder."
            )
    folders = [name for name, target in targets.items() if os.path.isdir(target)]
    if folders:
        raise UserErrorException(
            f"These are folders in {printable(output_dir)}, and would be files: {some(folders)}. Nothing was copied; "
            "give another folder."
        )
    say_what_is_replaced(output_dir, targets)
    with Progress("Copying files", total=len(wanted)) as progress:
        for each in wanted:
            found.download_file(each.name, targets[each.name])
            progress.advance()
    return [
        {"name": each.name, "path": os.path.join(output_dir, *each.name.split("/")), "size": each.size}
        for each in wanted
    ]


def _chosen(run: Run, prefix: str | None, names: list[str] | None) -> list[Artifact]:
    there = {each.name: each for each in _files(run)}
    if names is None:
        return [each for name, each in there.items() if name.startswith(prefix or "")]
    missing = [name for name in names if name not in there]
    if missing:
        raise UserErrorException(
            f"Run {run.id} has no file {printable(missing[0])}; nothing was copied. "
            f"`localtrack run files list -r {run.id}` has those that there are."
        )
    return [there[name] for name in dict.fromkeys(names)]


def _files(run: Run) -> list[Artifact]:
    from localtrack.core import files

    return files.of(run._store, run._reload())


def _check_choice(arguments: argparse.Namespace) -> None:
    if arguments.prefix is not None and arguments.names is not None:
        raise ValueError("give --prefix or --name, not both")


def _table(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "Name": each["name"],
            "Size": size_text(each["size"]),
            "Kept": local_time(each["kept_utc"]),
            "SHA256": (each["sha256"] or "")[:12],
        }
        for each in found
    ]


def _copies_table(copies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"Name": each["name"], "Path": each["path"], "Size": size_text(each["size"])} for each in copies]
