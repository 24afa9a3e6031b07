"""What is wrong after a stress test: nothing, if localtrack keeps what it promises."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter

import notes
import psutil

from localtrack.core import Workspace
from localtrack.executor.launch import start_supervisors
from localtrack.store import status
from localtrack.store.checks.finding import Finding
from localtrack.store.events import StatusEvent
from localtrack.store.run_filter import RunFilter
from localtrack.store.run_record import RunRecord
from localtrack.store.store import Store

_WHO = (status.PERSON, status.OUTSIDER, status.SUPERVISOR, status.SWEEP)
_NEVER_COMPLETED = ("raises", "exits", "killed")
_GONE_SECONDS = 30.0


def after(project: str, seconds: float) -> tuple[list[str], Counter[str]]:
    """Let what is left come to its end, and return what is wrong, and how many runs have which status."""
    workspace = Workspace.from_config(project)
    store = workspace._store
    problems = _drained(workspace, seconds)
    failed = Counter(text for _, text in notes.all_of(notes.PROBLEM))
    problems += [f"a call failed, {times} times: {text}" for text, times in failed.most_common()]
    runs = {run.id: run for run in store.runs.walk(RunFilter())}
    for run in runs.values():
        problems += _status_problems(store, run)
    problems += _promise_problems(runs)
    problems += _value_problems(workspace, runs)
    problems += _left_over(store)
    problems += _database_problems(store)
    problems += _check_problems(workspace)
    return problems, Counter(run.status for run in runs.values())


def unexpected(found: list[Finding]) -> list[Finding]:
    """Return the findings that kills don't explain: an upload that was killed may have put its file into its place."""
    return [each for each in found if not each.fixed and each.kind != "file-without-row"]


def processes(name: str = "") -> list[psutil.Process]:
    """Return the processes of this stress test but for this one: scripts, supervisors, submitters.

    Args:
        name: Only those with it in their command line.
    """
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(notes.FOLDER) == os.environ[notes.FOLDER]
            alive = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
            if marked and alive and name in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _drained(workspace: Workspace, seconds: float) -> list[str]:
    """Wait until all runs have ended; nobody waits for a run here but by asking for it."""
    store = workspace._store
    deadline = time.monotonic() + seconds
    while True:
        workspace._refresh()
        left = [run for run in store.runs.walk(RunFilter()) if run.status not in status.TERMINAL]
        if not left:
            return []
        if time.monotonic() > deadline:
            return [f"{run.id} is still {run.status} after {seconds:g} s" for run in left]
        start_supervisors(store)
        time.sleep(0.5)


def _status_problems(store: Store, run: RunRecord) -> list[str]:
    """Return what is wrong with the moves of a run's status."""
    events = store.events.of(run.id)
    way = " -> ".join([events[0].new_status, *(event.new_status for event in events[1:])]) if events else "no events"
    problems = []
    if not events or events[0].old_status is not None or events[-1].new_status != run.status:
        problems.append(f"{run.id} is {run.status}, and its events say {way}")
    for before, event in itertools.pairwise(events):
        inferred = "ProcessLost" in str(before.error)
        allowed = any(status.may_move(who, before.new_status, event.new_status, inferred=inferred) for who in _WHO)
        if event.old_status != before.new_status or not allowed:
            problems.append(f"{run.id} went a way that there is not: {way}")
    problems += _end_problems(run, events, way)
    return problems


def _end_problems(run: RunRecord, events: list[StatusEvent], way: str) -> list[str]:
    problems = []
    ends = [event for event in events if event.new_status in status.TERMINAL]
    lost = [event for event in ends[:-1] if "ProcessLost" in str(event.error)]
    completed = [event for event in ends[:-1] if event.new_status == status.COMPLETED]
    if len(ends) != 1 + len(lost) + len(completed):
        problems.append(f"{run.id} has ended {len(ends)} times: {way}")
    if run.status == status.COMPLETED and run.definition is not None and run.exit_code != 0:
        problems.append(f"{run.id} is Completed with exit code {run.exit_code}: {way}")
    if run.error is not None and run.status != status.FAILED:
        problems.append(f"{run.id} is {run.status} with the error {run.error}: {way}")
    if run.ended is None:
        problems.append(f"{run.id} has ended at no time: {way}")
    return problems


def _promise_problems(runs: dict[str, RunRecord]) -> list[str]:
    """Return where what a call has promised did not stay."""
    problems = []
    kept = {
        notes.CANCELED: (status.CANCELED,),
        notes.FAILED: (status.FAILED,),
        notes.COMPLETED: (status.COMPLETED, status.FAILED),
    }
    for kind, statuses in kept.items():
        for run_id, _ in notes.all_of(kind):
            if run_id in runs and runs[run_id].status not in statuses:
                problems.append(f"{run_id} was {kind} and is {runs[run_id].status}")
    ended = {run_id for run_id, _ in notes.all_of(notes.ENDED)}
    started = dict(notes.all_of(notes.DID))
    for run_id, text in started.items():
        run = runs.get(run_id)
        came_to_its_end = run_id in ended and text.removeprefix("script:") not in _NEVER_COMPLETED
        if run_id != "-" and run is None:
            problems.append(f"{run_id} was submitted and is not there")
        elif run is not None and run.status == status.COMPLETED and not came_to_its_end:
            problems.append(f"{run_id} ({text}) is Completed and never came to its end")
    return problems


def _value_problems(workspace: Workspace, runs: dict[str, RunRecord]) -> list[str]:
    """Return the values that are missing, or there more than once."""
    logged: dict[str, list[str]] = {run_id: [] for run_id in runs}
    for run_id, value in notes.all_of(notes.LOGGED):
        logged[run_id].append(value)
    problems = []
    for run_id, values in logged.items():
        found = workspace.get_run(run_id).get_metrics().get("value", [])
        there = Counter(found if isinstance(found, list) else [found])
        missing = [value for value in values if not there[value]]
        twice = [value for value, times in there.items() if times > 1]
        if missing or twice:
            problems.append(f"{run_id}: {len(missing)} values are missing, {len(twice)} there twice: {missing + twice}")
    return problems


def _check_problems(workspace: Workspace) -> list[str]:
    """Return what the workspace's own check finds that kills don't leave, or that it can't mend."""
    problems = [f"check: {each.what}" for each in unexpected(workspace.check(fix=True, deep=True))]
    return problems + [f"check, after it has mended: {each.what}" for each in unexpected(workspace.check(deep=True))]


def _left_over(store: Store) -> list[str]:
    """Return the processes and files that should be gone; supervisors have a moment to see that nothing waits."""
    deadline = time.monotonic() + _GONE_SECONDS
    while (found := processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    problems = [f"a process is left: {process.pid} {' '.join(_command_line(process))}" for process in found]
    if os.path.isdir(store.layout.queued):
        # That of a submit that was killed before its run was recorded is left for a minute.
        names = [name for name in os.listdir(store.layout.queued) if store.runs.get(name.rsplit(".", 2)[0]) is not None]
        problems += [f"an environment is left: {name}" for name in names]
    return problems


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _database_problems(store: Store) -> list[str]:
    rows = store.database.rows
    problems = [f"integrity_check: {row[0]}" for row in rows("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [f"foreign_key_check: {tuple(row)}" for row in rows("PRAGMA foreign_key_check")]
    problems += [f"set aside: {tuple(row)}" for row in rows("SELECT owner, position, reason, run_id FROM set_aside")]
    return problems
