"""What a test has left behind in its workspace."""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING

from localtrack import owner
from localtrack.core import Workspace, offline_run
from localtrack.paths import ROOT_VARIABLE
from localtrack.store.run_filter import RunFilter
from localtrack.store.set_aside import all_of
from localtrack.store.status import OPEN

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.executor.tree import Member
    from localtrack.store.store import Store

_SUPERVISOR_SECONDS = 5.0


def removed(workspace: Workspace) -> list[str]:
    """End what a test has left, and return a line for each: open runs, processes, and what can't be read."""
    from localtrack.core.runs import listed

    offline_run.end()
    store = workspace._store
    if not store.database.is_in_place():
        return []  # the test has deleted the workspace
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would tell is told below
        open_runs = list(listed(workspace, RunFilter(statuses=OPEN)))
        lines = [_end_run(run) for run in open_runs]
        lines += _end_processes(store)
        store.ingest.take()
    for each in all_of(store.database):
        of_run = f" of run {each.run_id}" if each.run_id else ""
        lines.append(f"- a record{of_run} that can't be read, {each.size} bytes: {each.reason}")
    return lines


def _end_run(run: Run) -> str:
    record = run._cached()
    which = f"- run {run.id} of the experiment {record.experiment!r}, which is {record.status}"
    if record.definition is None:
        return f"{which}: complete() it, or use it in a with block"
    run.cancel()
    return f"{which}, and was canceled now: wait for it, as the fixture submit does"


def _end_processes(store: Store) -> list[str]:
    names = [name for name in store.owners.locks() if not _is_own(store, name)]
    if not names:
        return []
    import psutil

    from localtrack.executor.tree import Tree, marked

    # Supervisors end by themselves a moment after the last of their runs.
    supervised = next(store.runs.walk(RunFilter(type="azureml.scriptrun")), None) is not None
    deadline = time.monotonic() + (_SUPERVISOR_SECONDS if supervised else 0)
    while (left := _writers(store, names)) and time.monotonic() < deadline:
        time.sleep(0.01)
    members: set[Member] = {*left, *marked({ROOT_VARIABLE: store.layout.root})}
    lines = []
    for each in sorted(members):
        try:
            command = " ".join(psutil.Process(each.pid).cmdline())
        except psutil.NoSuchProcess:
            continue  # it has ended at last
        lines.append(f"- process {each.pid} ({command:.200}), which was ended now: wait for the end of what is started")
    Tree.from_members(members).end(grace=0)
    return lines


def _is_own(store: Store, name: str) -> bool:
    record = owner.read(store.layout.journals, name)
    return record is not None and record.get("pid") == os.getpid()


def _writers(store: Store, names: list[str]) -> list[Member]:
    """Return the processes that write to the workspace and live."""
    from localtrack.executor.tree import Member

    journals = store.layout.journals
    alive = [owner.read(journals, name) for name in names if not owner.is_dead(journals, name)]
    found = [Member.of(int(record["pid"])) for record in alive if record is not None]
    return [each for each in found if each is not None]
