"""Which workspace and experiment a command is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Workspace


SUBSCRIPTION = ["--subscription-id", "--subscription"]


@dataclass(frozen=True)
class Scope:
    """What a command was told about the place of its work, by the arguments that nearly every command has.

    Attributes:
        path: The folder in which, or above which, the workspace is looked for; the working folder when left out.
        experiment_name: The experiment; the one that the folder was attached with when left out.
        workspace_name: A workspace by its name, wherever it is.
        resource_group: Of that workspace.
        subscription_id: Likewise.
    """

    path: str | None = None
    experiment_name: str | None = None
    workspace_name: str | None = None
    resource_group: str | None = None
    subscription_id: str | None = None

    def workspace(self) -> Workspace:
        """Return the workspace.

        Raises:
            UserErrorException: There is none, or the folder's is another.
            WorkspaceException: There is none of that name, or the folder's configuration can't be read.
        """
        from localtrack.core import Workspace, config

        try:
            identity, _ = config.read(config.find(self.path))
        except UserErrorException:
            if self.workspace_name is None:
                raise
        else:
            wanted = (self.workspace_name, self.resource_group, self.subscription_id)
            there = (identity.name, identity.resource_group, identity.subscription_id)
            if all(given in (None, part) for given, part in zip(wanted, there, strict=True)):
                return Workspace.from_config(self.path)
            if self.workspace_name is None:
                raise UserErrorException(
                    f"The workspace here is {identity.name!r} of the resource group "
                    f"{identity.resource_group!r}: leave -g and --subscription-id out, or add -w for another."
                )
        return Workspace.get(
            self.workspace_name, subscription_id=self.subscription_id, resource_group=self.resource_group
        )

    def experiment(self, workspace: Workspace) -> str | None:
        """Return the experiment's name, or None if neither the command nor the folder says one."""
        return self.experiment_name or workspace._identity.experiment


def add_workspace_arguments(arguments: Any, *, required: bool = False) -> None:
    """Add the arguments that name a workspace to a command.

    Args:
        arguments: Knack's context of the command's arguments.
        required: Whether the workspace's name must be given.
    """
    add = arguments.extra
    add("workspace_name", options_list=["--workspace-name", "-w"], required=required, help="Name of the workspace.")
    add("resource_group", options_list=["--resource-group", "-g"], help="Resource group in the workspace's identity.")
    add("subscription_id", options_list=SUBSCRIPTION, help="Subscription in the workspace's identity.")


def add_place_arguments(arguments: Any) -> None:
    """Add the arguments of a `Scope` but the experiment's to a command.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    add_workspace_arguments(arguments)
    add = arguments.extra
    add("path", help="Folder of the project, or one below it. The working folder when left out.")


def add_arguments(arguments: Any) -> None:
    """Add the arguments of a `Scope` to a command.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    add_place_arguments(arguments)
    add = arguments.extra
    add(
        "experiment_name",
        options_list=["--experiment-name", "-e"],
        help="Name of the experiment. The folder's own when left out.",
    )
