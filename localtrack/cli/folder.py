"""``localtrack folder``: a project's folder as a workspace."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli import folder_files
from localtrack.cli.scope import add_workspace_arguments
from localtrack.exceptions import UserErrorException
from localtrack.paths import AZUREML, Layout

if TYPE_CHECKING:
    from localtrack.core import Workspace
    from localtrack.core.config import Identity

helps["folder"] = """
type: group
short-summary: Make a folder a workspace
"""

helps["folder attach"] = """
type: command
short-summary: Make a folder a workspace, or set the experiment of one
long-summary: >-
    Runs, metrics and files are kept below .azureml in the folder. What is not there yet is written: the workspace's
    config.json, a .gitignore beside it, the run configuration local.runconfig, which uses the interpreter that submits,
    conda_dependencies.yml with the packages of environments that are built, and in the folder itself .amlignore, unless
    it has a .gitignore. There is no docker.runconfig, since no containers are started, and none for compute targets:
    a copy of local.runconfig with another target does.
examples:
  - name: Make the working folder a workspace.
    text: localtrack folder attach -w my-workspace -g my-group
  - name: Say which experiment its runs belong to.
    text: localtrack folder attach -w my-workspace -g my-group -e train
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    with CommandGroup(loader, "folder", "localtrack.cli.folder#{}") as group:
        group.command("attach", "attach")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    with ArgumentsContext(loader, "folder attach") as arguments:
        add_workspace_arguments(arguments, required=True)
        arguments.argument(
            "path", help="Folder of the project, made if it isn't there. The working folder when left out."
        )
        arguments.argument(
            "experiment_name",
            options_list=["--experiment-name", "-e"],
            help="Experiment of the folder's runs. The folder's name when left out.",
        )


def attach(path: str | None = None, experiment_name: str | None = None, **kwargs: Any) -> dict[str, str]:
    """Make a folder a workspace.

    Args:
        path: The folder; the working folder when left out.
        experiment_name: The experiment of its runs.
        **kwargs: The arguments that name the workspace.

    Raises:
        UserErrorException: The folder can't be one, is another workspace already, or a name is not valid.
        WorkspaceException: Its configuration can't be read or written.
        ServiceException: Its database can't be made.
    """
    folder = os.path.abspath(path or os.curdir)
    identity = _identity(folder, experiment_name, **kwargs)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserErrorException(f"{folder} can't be a project's folder: {error.strerror}.", error) from error
    workspace = _workspace(folder, identity)
    folder_files.write(folder)
    return {
        "Experiment name": str(identity.experiment),
        "Project path": folder,
        "Resource group": workspace.resource_group,
        "Subscription id": workspace.subscription_id,
        "Workspace name": workspace.name,
    }


def _identity(
    folder: str,
    experiment: str | None,
    workspace_name: str,
    resource_group: str | None = None,
    subscription_id: str | None = None,
) -> Identity:
    """Return what the folder's workspace is to be called, by the command and by what is there already."""
    from localtrack.core import config
    from localtrack.core.config import Identity
    from localtrack.core.experiment_base import check_name

    if experiment is not None:
        check_name(experiment)
    path = config.of_folder(folder)
    if path is None:
        return Identity(
            subscription_id or config.NO_SUBSCRIPTION,
            resource_group or config.NO_RESOURCE_GROUP,
            config.check_name(workspace_name),
            experiment or _experiment_of(folder, workspace_name),
        )
    there, _ = config.read(path)
    wanted = (workspace_name, resource_group, subscription_id)
    parts = (there.name, there.resource_group, there.subscription_id)
    if any(given not in (None, part) for given, part in zip(wanted, parts, strict=True)):
        raise UserErrorException(
            f"{folder} is the workspace {there.name!r} of the resource group {there.resource_group!r} already, and "
            f"was left as it is. Attach it with these names, or edit {path} to give it others."
        )
    return replace(there, experiment=experiment or there.experiment or _experiment_of(folder, there.name))


def _workspace(folder: str, identity: Identity) -> Workspace:
    """Return the folder's workspace, which is made if it isn't there."""
    from localtrack.core import config
    from localtrack.core.workspace import Workspace, make

    path = config.of_folder(folder)
    if path is not None:
        there, layout = config.read(path)
        if layout.root != Layout(os.path.join(folder, AZUREML)).root:  # by Workspace.write_config
            if identity != there:
                config.write(path, identity, layout)
            return Workspace.from_config(path)
    return make(folder, identity, exist_ok=True)


def _experiment_of(folder: str, workspace_name: str) -> str:
    """Return a folder's name as an experiment's; the workspace's if nothing is left of it."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", os.path.basename(folder)).lstrip("_-")
    return name[:255] or workspace_name
