"""``localtrack environment register``, ``download`` and ``scaffold``: environments in folders."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.environment_table import environment_table
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Environment

helps["environment register"] = """
type: command
short-summary: Register the environment that is in a folder
long-summary: >-
    The folder has azureml_environment.json and, for its packages, conda_dependencies.yml. An environment that is the
    same as the last version gets no new one.
examples:
  - name: Register what `environment scaffold` has written and you have changed.
    text: localtrack environment register -d environments/train
"""

helps["environment download"] = """
type: command
short-summary: Write a registered environment to a folder
long-summary: The files are azureml_environment.json and, for its packages, conda_dependencies.yml.
examples:
  - name: The last version, in place of the files that are there.
    text: localtrack environment download -n train -d environments/train --overwrite
"""

helps["environment scaffold"] = """
type: command
short-summary: Write the files of a new environment to a folder
long-summary: >-
    The files are azureml_environment.json and conda_dependencies.yml; files of these names that are there already stay,
    and nothing is written. Add the packages to the latter, and register the folder.
examples:
  - name: Begin an environment.
    text: localtrack environment scaffold -n train -d environments/train
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "environment", "localtrack.cli.environment_files#{}") as group:
        group.command("register", "register", table_transformer=environment_table)
        group.command("download", "download")
        group.command("scaffold", "scaffold")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments, but those of the whole group."""
    for command in ("register", "download", "scaffold"):
        with ArgumentsContext(loader, f"environment {command}") as arguments:
            add_place_arguments(arguments)
            arguments.argument("directory", options_list=["--directory", "-d"], help="Folder of the files.")
    with ArgumentsContext(loader, "environment download") as arguments:
        arguments.argument("overwrite", help="Write the files in place of those that are there.")


def register(directory: str, **kwargs: Any) -> dict[str, Any]:
    """Register the environment that is in a folder, and return it with its version.

    Args:
        directory: The folder.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: A file can't be read, or the environment can't be kept.
        RunConfigurationException: A file has a fault; the message names the line.
    """
    from localtrack.core import Environment

    environment = Environment.load_from_directory(directory)
    return environment.register(Scope(**kwargs).workspace())._definition()


def download(name: str, directory: str, version: str | None = None, overwrite: bool = False, **kwargs: Any) -> None:
    """Write a registered environment to a folder.

    Args:
        name: Its name.
        directory: The folder, made if it isn't there.
        version: Its version; the last one when left out.
        overwrite: Whether files that are there are replaced.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such environment, or a file is there already, or can't be written.
    """
    from localtrack.core import Environment

    environment = Environment.get(Scope(**kwargs).workspace(), name, version)
    _save(environment, directory, overwrite, "add --overwrite to have it replaced, or give another folder")


def scaffold(name: str, directory: str, **kwargs: Any) -> None:  # noqa: ARG001  no workspace is needed
    """Write the files of a new environment to a folder.

    Args:
        name: Its name.
        directory: The folder, made if it isn't there.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: A file is there already, or can't be written.
    """
    from localtrack.core import Environment

    _save(Environment(name), directory, False, "give another folder")


def _save(environment: Environment, directory: str, overwrite: bool, instead: str) -> None:
    from localtrack.core.conda_file import CONDA_FILE_NAME
    from localtrack.core.environment_files import DEFINITION_FILE_NAME, DOCKERFILE_NAME

    for name in (DEFINITION_FILE_NAME, CONDA_FILE_NAME, DOCKERFILE_NAME):
        path = os.path.join(directory, name)
        if os.path.lexists(path) and not overwrite:
            raise UserErrorException(f"{path} is there already, and was left as it was: {instead}.")
    environment.save_to_directory(directory, overwrite)
