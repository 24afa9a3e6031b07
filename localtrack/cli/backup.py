"""``localtrack backup``: a copy of the workspace in one file."""

from __future__ import annotations

import argparse
import os
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.cli.whole_file import fault
from localtrack.printable import size_text

_logger = get_logger(__name__)

helps["backup"] = """
type: command
short-summary: Copy the workspace into one file
long-summary: >-
    The copy is right whatever goes on meanwhile, and is there only when it is whole. Without --files it is the
    database: experiments, runs, metrics, tags and the like, but not the files of runs, models and source code.
    With --files it is an archive of the whole folder .azureml, but for working copies of scripts and the environment
    variables of runs that wait.


    To restore, see that nothing uses the workspace, and move .azureml/localtrack.db, localtrack.db-wal and
    localtrack.db-shm away. Then copy a database to .azureml/localtrack.db, or unpack an archive in the project's folder
    with `tar xzf FILE`. Runs that had not ended when it was made are Failed in it.
examples:
  - name: The database.
    text: localtrack backup ~/backups/demo.db
  - name: Everything, each day into the same file.
    text: localtrack backup ~/backups/demo.tar.gz --files --overwrite
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "", "localtrack.cli.backup#{}") as group:
        group.command("backup", "backup", table_transformer=_row, validator=_check)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "backup") as arguments:
        arguments.positional("file", metavar="FILE", help="The file. With --files it ends with .tar.gz or .tgz.")
        arguments.argument("files", help="Copy the files too.")
        arguments.argument("overwrite", help="Replace the file if it is there.")
        add_place_arguments(arguments)


def backup(file: str, files: bool = False, overwrite: bool = False, **kwargs: Any) -> dict[str, Any]:
    """Copy the workspace into a file.

    Args:
        file: The file.
        files: Whether the files are in it.
        overwrite: Whether it is replaced if it is there.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: The file is there, or can't be one.
        ServiceException: It can't be written, or the database is damaged.
    """
    from localtrack.cli.progress import Progress
    from localtrack.store.backup import back_up

    workspace = Scope(**kwargs).workspace()
    with Progress("Backing up") as progress:
        made = back_up(
            workspace._store,
            os.path.expanduser(file),
            files=files,
            overwrite=overwrite,
            step=lambda what: progress.advance(what=what),
        )
    if made.files is None:
        _logger.warning("The files of runs, models and source code are not in it; --files copies them too.")
    if made.missing:
        _logger.warning(
            "%d files that the database tells of were not there, and so are not in it, such as %s.",
            len(made.missing),
            made.missing[0],
        )
    return {
        "path": made.path,
        "size": made.size,
        "runs": made.runs,
        "files": made.files,
        "missing": list(made.missing),
    }


def _check(arguments: argparse.Namespace) -> None:
    from localtrack.store.backup import SUFFIXES

    if arguments.files and not arguments.file.endswith(SUFFIXES):
        raise ValueError(f"--files makes an archive: give a name that ends with {' or '.join(SUFFIXES)}")
    if (found := fault(os.path.expanduser(arguments.file))) is not None:
        raise ValueError(found)


def _row(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "File": result["path"],
        "Size": size_text(result["size"]),
        "Runs": result["runs"],
        "Files": "" if result["files"] is None else result["files"],
    }
