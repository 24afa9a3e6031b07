"""``localtrack workspace``: a project's folder as a workspace, and this user's list of them."""

from __future__ import annotations

import argparse
import contextlib
import os
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli import workspace_deletion, workspace_listing
from localtrack.cli.refusing import add_refused
from localtrack.cli.run.labels import labels
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.cli.workspace_listing import workspace_table
from localtrack.exceptions import UserErrorException

_CLOUD_ONLY = {
    "create": (
        "--storage-account",
        "--keyvault",
        "--application-insights",
        "--container-registry",
        "--adb-workspace",
        "--primary-user-assigned-identity",
        "--cmk-keyvault",
        "--resource-cmk-uri",
        "--user-assigned-identity-for-cmk-encryption",
        "--hbi-workspace",
        "--pe-name",
        "--pe-vnet-name",
        "--pe-subnet-name",
        "--pe-subscription-id",
        "--pe-resource-group",
        "--pe-auto-approval",
        "--system_datastores_auth_mode",
        "--v1-legacy-mode",
        "-v",
    ),
    "update": (
        "--image-build-compute",
        "--primary-user-assigned-identity",
        "--allow-public-access",
        "--v1-legacy-mode",
        "-v",
    ),
}

_NAME = ["--workspace-name", "-w", "--name", "-n"]

helps["workspace"] = """
type: group
short-summary: Make workspaces, look at them and delete them
"""

helps["workspace create"] = """
type: command
short-summary: Make a folder a workspace
long-summary: >-
    A place (--location), a price (--sku) and --yes are accepted and mean nothing. `localtrack folder attach` makes a
    folder a workspace too, and writes the files that a project begins with.
examples:
  - name: Make the working folder a workspace.
    text: localtrack workspace create -w my-workspace -g my-group
  - name: The same in another folder, whether or not it was done before.
    text: localtrack workspace create -n my-workspace --path projects/vision --exist-ok --tags team=vision
"""

helps["workspace update"] = """
type: command
short-summary: Change what a workspace says of itself
examples:
  - name: Describe it, and give it tags in place of those that it has.
    text: localtrack workspace update -d "Trials of the new encoder" --tags team=vision
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    with CommandGroup(loader, "workspace", "localtrack.cli.workspace#{}") as group:
        group.command("create", "create", table_transformer=workspace_table)
        group.command("update", "update", table_transformer=workspace_table, validator=_check_change)
    workspace_listing.add_commands(loader)
    workspace_deletion.add_commands(loader)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    for command in ("create", "update", "show", "delete"):
        with ArgumentsContext(loader, f"workspace {command}") as arguments:
            add_place_arguments(arguments)
            add = arguments.extra
            add("workspace_name", options_list=_NAME, required=command == "create", help="Name of the workspace.")
            if command in _CLOUD_ONLY:
                _add_labels(arguments)
                add_refused(arguments, _CLOUD_ONLY[command], "means something only in Azure: leave it out")
    with ArgumentsContext(loader, "workspace create") as arguments:
        add = arguments.extra
        add("path", help="The folder, made if it isn't there. The working folder when left out.")
        arguments.argument("exist_ok", help="Go on with the workspace if it is there already.")
        arguments.argument("location", options_list=["--location", "-l"], help="Accepted: it is this machine.")
        arguments.argument("sku", help="Accepted: there is one kind of workspace.")
        arguments.argument("yes", options_list=["--yes", "-y"], help="Accepted: nothing is asked.")
    workspace_listing.add_arguments(loader)
    workspace_deletion.add_arguments(loader)


def create(
    workspace_name: str,
    path: str | None = None,
    resource_group: str | None = None,
    subscription_id: str | None = None,
    friendly_name: str | None = None,
    description: str | None = None,
    tags: list[str] | None = None,
    exist_ok: bool = False,
    location: str | None = None,  # noqa: ARG001  it is this machine
    sku: str | None = None,  # noqa: ARG001  there is one kind
    yes: bool = False,  # noqa: ARG001  nothing is asked
) -> dict[str, Any]:
    """Make a folder a workspace, and return what it says of itself.

    Args:
        workspace_name: Its name.
        path: The folder, made if it isn't there; the working folder when left out.
        resource_group: Part of its identity.
        subscription_id: Likewise.
        friendly_name: Kept with it.
        description: Likewise.
        tags: Likewise; each ``name`` or ``name=value``.
        exist_ok: Whether it may be there already.
        location: Accepted.
        sku: Accepted.
        yes: Accepted.

    Raises:
        UserErrorException: There is a workspace in the folder already, the name can't be a workspace's, or a text can't
            be kept.
        WorkspaceException: The folder's configuration can't be read or written.
        ServiceException: The database can't be made.
    """
    from localtrack.core import Workspace, config
    from localtrack.core.labels import checked_labels
    from localtrack.values import check_text

    folder = os.path.abspath(path or os.curdir)
    there = config.of_folder(folder)
    if there is not None:
        name = config.read(there)[0].name
        if name != workspace_name:
            raise UserErrorException(f"{folder} is the workspace {name!r} already: choose another folder with --path.")
        if not exist_ok:
            raise UserErrorException(f"{folder} is the workspace {name!r} already: add --exist-ok to go on with it.")
    config.check_name(workspace_name)
    wanted = None if tags is None else checked_labels(labels(tags), "tag")
    for what, text in (("friendly_name", friendly_name), ("description", description)):
        if text is not None:
            check_text(text, what)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserErrorException(f"{folder} can't be a project's folder: {error.strerror}.", error) from error
    with contextlib.chdir(folder):
        workspace = Workspace.create(
            workspace_name,
            resource_group=resource_group,
            subscription_id=subscription_id,
            exist_ok=exist_ok,
        )
    return workspace.update(friendly_name=friendly_name, description=description, tags=wanted)


def update(
    friendly_name: str | None = None, description: str | None = None, tags: list[str] | None = None, **kwargs: Any
) -> dict[str, Any]:
    """Change what a workspace says of itself, and return it.

    Args:
        friendly_name: Another name, for people.
        description: What it is for.
        tags: In place of those that it has; each ``name`` or ``name=value``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: A text or tag can't be kept; nothing was changed.
    """
    workspace = Scope(**kwargs).workspace()
    return workspace.update(
        friendly_name=friendly_name, description=description, tags=None if tags is None else labels(tags)
    )


def _add_labels(arguments: Any) -> None:
    arguments.argument("friendly_name", options_list=["--friendly-name", "-f"], help="Another name, for people.")
    arguments.argument("description", options_list=["--description", "-d"], help="What it is for.")
    arguments.argument(
        "tags",
        nargs="+",
        action="extend",
        metavar="KEY[=VALUE]",
        help="Tags, in place of those that it has. Can be given several times.",
    )


def _check_change(arguments: argparse.Namespace) -> None:
    if all(each is None for each in (arguments.friendly_name, arguments.description, arguments.tags)):
        raise ValueError("give what is to change: --friendly-name, --description or --tags")
