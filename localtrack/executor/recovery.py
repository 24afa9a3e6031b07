"""Finds the truth about runs whose owner is dead, and writes it down. It starts nothing."""

from __future__ import annotations

from localtrack import owner
from localtrack.executor import deliverer, environment, outcome, tree
from localtrack.executor.tree import Tree
from localtrack.paths import ROOT_VARIABLE, RUN_ID_VARIABLE
from localtrack.store import status
from localtrack.store.run_record import RunRecord
from localtrack.store.status import SWEEP
from localtrack.store.store import Store


def sweep(store: Store) -> None:
    """Take in what dead owners have logged, end what is left of their scripts, and give their runs a last status.

    What can't be proved dead is left alone; so is a workspace that this user can't change.
    """
    if store.read_only:
        return
    environment.discard_stale(store)
    dead = [number for number in store.runs.open_owners() if store.owners.is_dead(number)]
    runs = [run for number in dead for run in store.runs.open_runs_of(number)]
    for run in runs:
        _end_leftovers(store, run)
    store.ingest.settle()
    for run in runs:
        _finish(store, run)


def _end_leftovers(store: Store, run: RunRecord) -> None:
    """End the processes of a script whose supervisor died; by pid and start time, which are of one boot only."""
    # In a copy of a project, the scripts are those of the original, which may be alive.
    if run.definition is not None and run.owner is not None and run.queue == store.queue.place:
        same_boot = store.owners.boot(run.owner) == owner.identity()["boot"]
        known = run.processes if same_boot else []
        # What was started after the supervisor's last look is known by the variable that it inherited.
        late = tree.marked({RUN_ID_VARIABLE: run.id, ROOT_VARIABLE: store.layout.root})
        Tree.from_members([*known, *late]).end(grace=0)


def _finish(store: Store, run: RunRecord) -> None:
    folder = store.layout.run(run.id)
    found = store.artifacts.found if run.definition is not None else store.artifacts.printed
    if left := found(run.id, digests=True):
        store.artifacts.add(run.id, left, replace=True)
    if run.status == status.FINALIZING and run.exit_code is not None:
        error = outcome.error_of(run.exit_code, folder)
        moved = store.runs.move(run.id, SWEEP, status.FAILED if error else status.COMPLETED, error=error)
    elif run.status == status.CANCEL_REQUESTED:
        new = status.FAILED if run.error else status.CANCELED
        moved = store.runs.move(run.id, SWEEP, new, error=run.error)
    else:
        error = outcome.lost(_reason(store, run))
        moved = store.runs.move(run.id, SWEEP, status.FAILED, expected=run.status, error=error, inferred=True)
    if moved:
        deliverer.tell(store)


def _reason(store: Store, run: RunRecord) -> str:
    assert run.owner is not None
    who = store.owners.describe(run.owner)
    if run.definition is not None:
        return (
            f"The supervisor of the script ({who}) is gone: it was killed, or the machine was switched off. "
            "What the script logged until then was kept."
        )
    return f"The process that logged to this run ({who}) is gone, and had neither completed nor failed it."
