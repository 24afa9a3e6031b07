"""Which run a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack.cli.scope import Scope
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Run, Workspace
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

_LAST = "last"


def add_run_argument(arguments: Any) -> None:
    """Add the argument that names a run to a command.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    arguments.argument(
        "run", options_list=["--run", "-r"], help="Id of the run, what its id alone begins with, or 'last'."
    )


def chosen(scope: Scope, wanted: str) -> Run:
    """Return the run that a command was told, as `find` does."""
    workspace, record = find(scope, wanted)
    return workspace.get_run(record.id)


def find(scope: Scope, wanted: str) -> tuple[Workspace, RunRecord]:
    """Return a run's workspace, and what is known of it now.

    Args:
        scope: Where it is looked for.
        wanted: Its id, what its id alone begins with, or ``last``: the newest of the experiment, else of all.

    Raises:
        UserErrorException: There is none, several ids begin so, or it is of another experiment.
    """
    workspace, (found,) = find_all(scope, [wanted])
    return workspace, found


def find_all(scope: Scope, wanted: list[str]) -> tuple[Workspace, list[RunRecord]]:
    """Return runs of one workspace, each as `find` does.

    Args:
        scope: Where they are looked for.
        wanted: What `find` takes, for each.

    Raises:
        UserErrorException: As `find`.
    """
    workspace = scope.workspace()
    store = workspace._refresh()
    found = [find_in(store, each, scope.experiment(workspace)) for each in wanted]
    for run in found:
        if scope.experiment_name not in (None, run.experiment):
            raise UserErrorException(f"Run {run.id} is of the experiment {run.experiment!r}: leave -e out.")
    return workspace, found


def find_in(store: Store, wanted: str, experiment: str | None = None) -> RunRecord:
    """Return the run of an id, of what an id alone begins with, or the newest of an experiment."""
    from localtrack.store.run_filter import RunFilter

    run = store.runs.get(wanted)
    if run is None and wanted == _LAST:
        newest = store.runs.walk(RunFilter(experiment=experiment_id(store, experiment), top_level=True), most=1)
        run = next(newest, None)
        if run is None:
            place = "this workspace" if experiment is None else f"the experiment {experiment}; -e NAME chooses another"
            raise UserErrorException(f"There are no runs yet in {place}.")
    return run if run is not None else _find_by_beginning(store, wanted)


def experiment_id(store: Store, name: str | None) -> str | None:
    """Return the id of the active experiment of a name, or a text that is none if there is no such experiment."""
    if name is None:
        return None
    found = store.experiments.find(name)
    return found.id if found else ""


def _find_by_beginning(store: Store, wanted: str) -> RunRecord:
    if not wanted:  # such as an unset variable of a shell, which must not choose the only run that there is
        raise UserErrorException(
            "Which run? The id given is empty: give one that `localtrack run list` has, or 'last' for the newest."
        )
    found = store.runs.ids_that_begin(wanted)
    if len(found) > 1:
        raise UserErrorException(
            f"There are {len(found)} runs whose id begins with {wanted!r}, such as {found[0]} and {found[1]}: "
            "give more of it."
        )
    run = store.runs.get(found[0]) if found else None
    if run is None:
        raise UserErrorException(
            f"There is no run {wanted!r} in {store.layout.project}. `localtrack run list` has those that there are."
        )
    return run
