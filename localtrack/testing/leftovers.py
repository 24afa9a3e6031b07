"""What a test has left behind in its workspace."""

from __future__ import annotations

import os
import sys
import time
import warnings
from typing import TYPE_CHECKING

from localtrack import owner
from localtrack.core import Workspace, offline_run
from localtrack.executor.tree import DELIVERER, SUPERVISOR
from localtrack.paths import ROOT_VARIABLE
from localtrack.store.run_filter import RunFilter
from localtrack.store.set_aside import all_of
from localtrack.store.status import OPEN
from localtrack.testing.kept_workers import end_kept_workers
from localtrack.testing.workspace import home
from localtrack.user_folders import HOME_VARIABLE

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.executor.tree import Member
    from localtrack.store.store import Store

_SUPERVISOR_SECONDS = 5.0
_PROCESS_SECONDS = 0.5  # for what was asked to end just now

# Processes that end by themselves: of localtrack, and those that multiprocessing and loky have one of in each process.
_HELPERS = (SUPERVISOR, DELIVERER, "resource_tracker import main", "multiprocessing.forkserver import main")


def removed(workspace: Workspace) -> list[str]:
    """End what a test has left, and return a line for each: open runs, processes, and what can't be read."""
    from localtrack.core.runs import listed

    offline_run.end()
    end_kept_workers()
    if not os.path.exists(workspace._layout.database) or not workspace._store.database.is_in_place():
        return []  # the test has deleted the workspace
    store = workspace._store
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would tell is told below
        open_runs = list(listed(workspace, RunFilter(statuses=OPEN)))
        lines = [_end_run(run) for run in open_runs]
        lines += _end_processes(store, home(workspace))
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


def _end_processes(store: Store, place: str) -> list[str]:
    from localtrack.executor.tree import Tree, marked

    names = [name for name in store.owners.locks() if not _is_own(store, name)]
    # Supervisors end by themselves a moment after the last of their runs.
    supervised = next(store.runs.walk(RunFilter(type="azureml.scriptrun")), None) is not None
    deadline = time.monotonic() + (_SUPERVISOR_SECONDS if supervised else _PROCESS_SECONDS)
    while (left := _writers(store, names) | _started(place)) and time.monotonic() < deadline:
        time.sleep(0.01)
    members = {*left, *(marked({ROOT_VARIABLE: store.layout.root}) if supervised else ())}
    if not members:
        return []
    found = [(each, _command(each)) for each in sorted(members)]
    Tree.from_members(members).end(grace=0)
    return [
        f"- process {each.pid} ({command:.200}), which was ended now: wait for the end of what is started"
        for each, command in found
        if command  # else it has ended at last
    ]


def _is_own(store: Store, name: str) -> bool:
    record = owner.read(store.layout.journals, name)
    return record is not None and record.get("pid") == os.getpid()


def _writers(store: Store, names: list[str]) -> set[Member]:
    """Return the processes that write to the workspace and live."""
    from localtrack.executor.tree import Member

    journals = store.layout.journals
    alive = [owner.read(journals, name) for name in names if not owner.is_dead(journals, name)]
    found = [Member.of(int(record["pid"])) for record in alive if record is not None]
    return {each for each in found if each is not None}


def _started(place: str) -> set[Member]:
    """Return the processes that were started in the test, whose files are at a place, and live, whatever they do."""
    from localtrack.executor.tree import Member

    members = (Member.of(pid) for pid in _marked(place) if pid != os.getpid())
    found = {each: _command(each) for each in members if each is not None}
    return {each for each, command in found.items() if command and not any(part in command for part in _HELPERS)}


if sys.platform == "linux":
    # A quarter of the time that psutil takes: each test pays it.
    def _marked(place: str) -> list[int]:
        variable = os.fsencode(f"\0{HOME_VARIABLE}={place}\0")
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and variable in _environment(name)]

    def _environment(pid: str) -> bytes:
        try:
            with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
                return b"\0" + file.read()
        except OSError:
            return b""  # ended meanwhile, or another user's
else:

    def _marked(place: str) -> list[int]:
        from localtrack.executor.tree import marked

        return [each.pid for each in marked({HOME_VARIABLE: place})]


def _command(member: Member) -> str:
    """Return a process's command line; nothing if it has ended."""
    import psutil

    try:
        return " ".join(psutil.Process(member.pid).cmdline())
    except psutil.NoSuchProcess:
        return ""
