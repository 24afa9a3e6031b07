"""``localtrack workspace list`` and ``show``."""

from __future__ import annotations

import os
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.run.table import rows_by, tags_text
from localtrack.cli.scope import SUBSCRIPTION, Scope
from localtrack.exceptions import AzureMLException

_logger = get_logger(__name__)

helps["workspace show"] = """
type: command
short-summary: Show a workspace
examples:
  - name: Where the workspace of the working folder is kept.
    text: localtrack workspace show --query path -o tsv
"""

helps["workspace list"] = """
type: command
short-summary: List your workspaces on this machine
long-summary: Those whose folder is gone are not listed, but named on stderr.
examples:
  - name: All of them, with their folders.
    text: localtrack workspace list -o table
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "workspace", "localtrack.cli.workspace_listing#{}") as group:
        group.command("show", "show", table_transformer=workspace_table)
        group.command("list", "list_workspaces", table_transformer=workspace_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments, but those of the whole group."""
    with ArgumentsContext(loader, "workspace list") as arguments:
        arguments.argument("resource_group", options_list=["--resource-group", "-g"], help="Only those with it.")
        arguments.argument("subscription_id", options_list=SUBSCRIPTION, help="Only those with it.")


def show(**kwargs: Any) -> dict[str, Any]:
    """Return what a workspace says of itself.

    Args:
        **kwargs: Those of `Scope`.
    """
    return Scope(**kwargs).workspace().get_details()


def list_workspaces(resource_group: str | None = None, subscription_id: str | None = None) -> list[dict[str, Any]]:
    """Return what this user's workspaces say of themselves; those that are gone are named on stderr.

    Args:
        resource_group: Only those with it in their identity.
        subscription_id: Likewise.
    """
    from localtrack.core import Workspace, config, registry

    found = []
    for identity, layout in registry.entries():
        of_subscription = subscription_id in (None, identity.subscription_id)
        if not of_subscription or resource_group not in (None, identity.resource_group):
            continue
        try:
            found.append(Workspace.from_config(config.of_folder(layout.project)).get_details())
        except AzureMLException as error:  # one that can't be read must not hide the others
            _logger.warning("The workspace %r in %s is left out: %s", identity.name, layout.project, error.message)
    for identity, layout in registry.gone():
        _logger.warning("The workspace %r is not listed, for it is not in %s any more.", identity.name, layout.project)
    return found


def _row(details: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": details["name"],
        "ResourceGroup": details["resourceGroup"],
        "FriendlyName": details["friendlyName"],
        "Tags": tags_text(details["tags"]),
        "Folder": os.path.dirname(details["path"]),
    }


workspace_table = rows_by(_row)
