"""``localtrack computetarget``: how many runs go at once, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.labels import labels
from localtrack.cli.run.table import local_time, rows_by
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.cli.wrong_usage import WrongUsageException
from localtrack.exceptions import ComputeTargetException, UserErrorException

if TYPE_CHECKING:
    from localtrack.core.compute import ComputeTarget

helps["computetarget"] = """
type: group
short-summary: Set how many runs go at once
"""

helps["computetarget create"] = """
type: group
short-summary: Create a compute target
"""

helps["computetarget create amlcompute"] = """
type: command
short-summary: Create a compute target, or give the one of that name these settings
long-summary: >-
    Its runs go on this machine, --max-nodes of them at once; the others wait. What is said of Azure's machines is
    kept and means nothing here. The target local, where runs go that name no other, is changed in the same way.
examples:
  - name: Two runs at once.
    text: localtrack computetarget create amlcompute -n cpu-cluster --max-nodes 2
  - name: As a script for Azure has it.
    text: localtrack computetarget create amlcompute -n gpu-cluster -s STANDARD_NC6 --min-nodes 0 --max-nodes 4
"""

helps["computetarget list"] = """
type: command
short-summary: List compute targets
examples:
  - name: How many runs are on each, and how many may be.
    text: localtrack computetarget list -o table
"""

helps["computetarget show"] = """
type: command
short-summary: Show a compute target
examples:
  - name: How many runs are on it.
    text: localtrack computetarget show -n cpu-cluster --query properties.status.currentNodeCount
"""

helps["computetarget delete"] = """
type: command
short-summary: Delete a compute target
long-summary: It stays while runs wait for it or are on it. What is known of its runs stays in any case.
examples:
  - name: Delete one by its name.
    text: localtrack computetarget delete -n cpu-cluster
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's commands."""
    with CommandGroup(loader, "computetarget create", "localtrack.cli.computetarget#{}") as group:
        group.command("amlcompute", "create_amlcompute", table_transformer=_table)
    with CommandGroup(loader, "computetarget", "localtrack.cli.computetarget#{}") as group:
        group.command("list", "list_targets", table_transformer=_table)
        group.command("show", "show", table_transformer=_table)
        group.command("delete", "delete")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add the arguments of the group's commands."""
    with ArgumentsContext(loader, "computetarget") as arguments:
        arguments.argument("name", options_list=["--name", "-n"], help="Name of the compute target.")
    for command in ("create amlcompute", "list", "show", "delete"):
        with ArgumentsContext(loader, f"computetarget {command}") as arguments:
            add_place_arguments(arguments)
    with ArgumentsContext(loader, "computetarget create amlcompute") as arguments:
        arguments.argument("max_nodes", type=int, help="How many runs go at once.")
        arguments.argument("min_nodes", type=int, help="Kept.")
        arguments.argument("vm_size", options_list=["--vm-size", "-s"], help="Size of Azure's machines. Kept.")
        arguments.argument("vm_priority", options_list=["--vm-priority", "-p"], help="Kept.")
        arguments.argument("idle_seconds_before_scaledown", type=int, help="Kept.")
        arguments.argument("location", options_list=["--location", "-l"], help="Accepted: it is this machine.")
        arguments.argument(
            "tags",
            options_list=["--tag"],
            action="append",
            metavar="KEY[=VALUE]",
            help="Tag that is kept with it. Can be given several times.",
        )
        arguments.argument("description", help="What it is for.")
        arguments.argument("no_wait", help="Accepted: there is nothing to wait for.")


def create_amlcompute(
    name: str,
    max_nodes: int,
    vm_size: str = "",
    min_nodes: int = 0,
    vm_priority: str = "dedicated",
    idle_seconds_before_scaledown: int = 1800,
    location: str | None = None,
    tags: list[str] | None = None,
    description: str | None = None,
    no_wait: bool = False,  # noqa: ARG001  it is ready when it is created
    **kwargs: Any,
) -> dict[str, Any]:
    """Make a compute target, or give the one of that name this configuration.

    Args:
        name: Its name.
        max_nodes: How many runs go at once.
        vm_size: Kept.
        min_nodes: Kept.
        vm_priority: Kept.
        idle_seconds_before_scaledown: Kept.
        location: Accepted.
        tags: Each ``name`` or ``name=value``.
        description: What it is for.
        no_wait: Accepted.
        **kwargs: Those of `Scope`.

    Raises:
        ComputeTargetException: The name or a number can't be used.
        WrongUsageException: The target is ``local``, and more was given than how many runs go at once.
        UserErrorException: A text or tag can't be kept.
    """
    from localtrack.core.compute import AmlCompute, ComputeTarget
    from localtrack.store.queue import LOCAL

    if name == LOCAL:
        if vm_size or min_nodes or tags or description:
            raise WrongUsageException(
                "The compute target 'local' is this machine: only --max-nodes can be set, leave the others out."
            )
        local = ComputeTarget(Scope(**kwargs).workspace(), name)
        local.update(max_nodes=max_nodes)
        return local.serialize()
    configuration = AmlCompute.provisioning_configuration(
        vm_size=vm_size,
        vm_priority=vm_priority,
        min_nodes=min_nodes,
        max_nodes=max_nodes,
        idle_seconds_before_scaledown=idle_seconds_before_scaledown,
        tags=labels(tags),
        description=description,
        location=location,
    )
    return ComputeTarget.create(Scope(**kwargs).workspace(), name, configuration).serialize()


def list_targets(**kwargs: Any) -> list[dict[str, Any]]:
    """Return the compute targets, ``local`` first.

    Args:
        **kwargs: Those of `Scope`.
    """
    from localtrack.core.compute import ComputeTarget

    return [target.serialize() for target in ComputeTarget.list(Scope(**kwargs).workspace())]


def show(name: str, **kwargs: Any) -> dict[str, Any]:
    """Return a compute target.

    Args:
        name: Its name.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    return _find(name, **kwargs).serialize()


def delete(name: str, **kwargs: Any) -> None:
    """Take a compute target out of the workspace.

    Args:
        name: Its name.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
        ComputeTargetException: Runs wait for it or are on it, or it is ``local``; it stays.
    """
    _find(name, **kwargs).delete()


def _find(name: str, **kwargs: Any) -> ComputeTarget:
    from localtrack.core.compute import ComputeTarget

    workspace = Scope(**kwargs).workspace()
    try:
        return ComputeTarget(workspace, name)
    except ComputeTargetException as error:
        raise UserErrorException(
            f"There is no compute target {name!r} in the workspace {workspace.name!r}. "
            "`localtrack computetarget list` has those that there are.",
            error,
        ) from error


def _row(target: dict[str, Any]) -> dict[str, Any]:
    status = target["properties"]["status"]
    return {
        "Name": target["name"],
        "Type": target["properties"]["computeType"],
        "Running": status["currentNodeCount"],
        "MaxNodes": status["scaleSettings"]["maxNodeCount"],
        "VmSize": status["vmSize"],
        "Created": local_time(status["creationTime"]),
    }


_table = rows_by(_row)
