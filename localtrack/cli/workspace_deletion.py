"""``localtrack workspace delete``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.asking import confirm
from localtrack.cli.scope import Scope
from localtrack.printable import count, printable

if TYPE_CHECKING:
    from localtrack.core import Workspace

helps["workspace delete"] = """
type: command
short-summary: Delete a workspace with all its runs, models and snapshots
long-summary: >-
    What would go is said first. Your scripts, run configurations and conda files stay. While a run has not ended,
    nothing is deleted.
examples:
  - name: Delete the workspace of the working folder.
    text: localtrack workspace delete
  - name: Delete one in a script, which can't be asked.
    text: localtrack workspace delete -w my-workspace -g my-group --yes
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "workspace", "localtrack.cli.workspace_deletion#{}") as group:
        group.command("delete", "delete")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments, but those of the whole group."""
    with ArgumentsContext(loader, "workspace delete") as arguments:
        arguments.argument("yes", options_list=["--yes", "-y"], help="Don't ask.")
        arguments.argument("all_resources", help="Accepted: a workspace has no other resources.")
        arguments.argument("no_wait", help="Accepted: it is deleted when the command ends.")


def delete(
    yes: bool = False,
    all_resources: bool = False,  # noqa: ARG001  there are no others
    no_wait: bool = False,  # noqa: ARG001  there is nothing to wait for
    **kwargs: Any,
) -> None:
    """Delete a workspace.

    Args:
        yes: Whether to do it without asking.
        all_resources: Accepted.
        no_wait: Accepted.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: Nobody can be asked, the answer was no, or a run has not ended; nothing was deleted.
        ServiceException: A file can't be removed.
    """
    workspace = Scope(**kwargs).workspace()
    print(_loss(workspace), file=sys.stderr, flush=True)
    if not yes:
        confirm("Delete it?", "Nothing was deleted")
    workspace.delete()


def _loss(workspace: Workspace) -> str:
    """Return what goes with a workspace."""
    from localtrack.store.models import ModelFilter
    from localtrack.store.run_filter import RunFilter

    store = workspace._refresh()
    runs, models = store.runs.count(RunFilter()), len(store.models.find(ModelFilter()))
    environments = len(store.environments.latest())
    parts = [
        *([f"{count(runs, 'run')} with all files"] if runs else []),
        *([f"{count(models, 'version')} of models"] if models else []),
        *([f"{count(environments, 'registered environment')} with all versions"] if environments else []),
    ]
    what = f", and with it {', '.join(parts)}" if parts else ""
    return (
        f"The workspace {workspace.name!r} in {printable(workspace._layout.project)} goes{what}.\n"
        "Scripts, run configurations and conda files stay."
    )
