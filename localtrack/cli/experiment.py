"""``localtrack experiment``."""

from __future__ import annotations

from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.table import Rows, local_time
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.core.view_type import ViewType
from localtrack.printable import number

helps["experiment"] = """
type: group
short-summary: Look at experiments
"""

helps["experiment list"] = """
type: command
short-summary: List experiments, oldest first
long-summary: >-
    Each with how many runs it has, children among them, and when the last one was made.
examples:
  - name: The experiments and their runs as a table.
    text: localtrack experiment list -o table
  - name: The names of those that are archived too.
    text: localtrack experiment list --view-type All --query '[].name' -o tsv
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the group's command."""
    with CommandGroup(loader, "experiment", "localtrack.cli.experiment#{}") as group:
        group.command("list", "list_experiments", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "experiment list") as arguments:
        add_place_arguments(arguments)
        arguments.argument(
            "view_type",
            choices=[ViewType.ActiveOnly, ViewType.ArchivedOnly, ViewType.All],
            help="Those that are active, those that are archived, or all.",
        )


def list_experiments(view_type: str = ViewType.ActiveOnly, **kwargs: Any) -> list[dict[str, Any]]:
    """Return the experiments of a workspace; ``runCount`` and ``lastRunUtc`` are localtrack's own.

    Args:
        view_type: Which of them.
        **kwargs: Those of `Scope`.
    """
    from localtrack.core import Experiment
    from localtrack.core.details import utc

    workspace = Scope(**kwargs).workspace()
    runs = workspace._refresh().runs.by_experiment()
    found = []
    for each in Experiment.list(workspace, view_type=view_type):
        record = each._record()
        count, last = runs.get(record.id, (0, None))
        found.append(
            {
                "experimentId": record.id,
                "name": record.name,
                "description": record.description,
                "createdUtc": utc(record.created),
                "archivedTime": utc(record.archived),
                "tags": each.tags,
                "runCount": count,
                "lastRunUtc": utc(last),
            }
        )
    return found


def _table(experiments: list[dict[str, Any]]) -> Rows:
    archived = any(each["archivedTime"] for each in experiments)
    return [
        {
            "Name": each["name"],
            "Runs": number(each["runCount"]),
            "Last run": local_time(each["lastRunUtc"]),
            "Created": local_time(each["createdUtc"]),
            **({"Archived": local_time(each["archivedTime"])} if archived else {}),
        }
        for each in experiments
    ]
