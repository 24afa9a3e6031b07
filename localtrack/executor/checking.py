"""The check of a whole workspace; see `Workspace.check`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from localtrack.exceptions import AzureMLException, ServiceException
from localtrack.executor import recovery
from localtrack.executor.snapshot_check import SnapshotCheck
from localtrack.store import references
from localtrack.store.checks.files import Files
from localtrack.store.checks.finding import WARNING, Check, Finding, Step
from localtrack.store.checks.integrity import Integrity, References
from localtrack.store.checks.journals import Journals
from localtrack.store.checks.leftovers import Leftovers
from localtrack.store.checks.summaries import Summaries
from localtrack.store.checks.tables import Tables
from localtrack.store.status import QUEUED, TERMINAL
from localtrack.store.store import Store

# What doctor has a row for, in the order in which it is checked: what repairs one may need the one before.
NAMES = ("integrity", "processes", "journals", "tables", "metrics", "files", "snapshots", "leftovers")

_PAUSE_SECONDS = 1.0
_START_SECONDS = 60.0  # in which a submitted run's supervisor has begun, on a machine that is busy


def check(store: Store, *, fix: bool, deep: bool, step: Step = lambda _what: None) -> list[Finding]:
    """Return what is wrong with a workspace.

    Args:
        store: The workspace's store. Nobody else need keep from using it.
        fix: Whether what can be repaired without losing anything is repaired.
        deep: Whether all files are read, too.
        step: Told what is done next.

    Raises:
        ServiceException: Something is to be repaired, and this user can't change the workspace, or the disk is full.
    """
    if fix and store.read_only:
        raise ServiceException(
            f"{store.layout.root} can't be changed by this user, so nothing was repaired: make the folder and its "
            "files writable, or check it without repairing."
        )
    integrity = Integrity(store.database, deep=deep)
    if damaged := integrity.find(step):
        return damaged
    checks: Sequence[Check] = (
        Processes(store),
        Journals(store.database, store.owners, store.ingest),
        References(store.database),
        Tables(store.database),
        Summaries(store.database),
        Files(store.database, store.owners, deep=deep),
        SnapshotCheck(store, deep=deep),
        Leftovers(store.database, store.owners),
    )
    return [found for each in checks for found in _checked(each, step, fix=fix)]


def _checked(check: Check, step: Step, *, fix: bool) -> list[Finding]:
    try:
        found = check.find(step)
    except ServiceException as error:
        return [_not_checked(check, error)]
    fixable = [each for each in found if each.fixable]
    if not (fix and fixable):
        return found
    check.repair(fixable)
    left = check.find(step)  # what was repaired is what is not found any more
    subjects = {each.subject for each in left}
    return [replace(each, fixed=True) for each in fixable if each.subject not in subjects] + left


def _not_checked(check: Check, error: AzureMLException) -> Finding:
    return Finding(check.name, "not-checked", str(error), "The rest was checked. Mend this first, then check again.")


class Processes:
    """The check of runs against the processes that they need."""

    name = "processes"

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, step: Step) -> list[Finding]:
        """Return the runs that have not ended and whose process is gone, and those that wait in vain."""
        step("Checking processes")
        found = self._lost()
        waits = [*self._waiting(), *self._environments()]
        if waits:
            # A supervisor may be between two runs, and who has canceled one may be about to remove its environment.
            time.sleep(_PAUSE_SECONDS)
            subjects = {each.subject for each in (*self._waiting(), *self._environments())}
            found += [each for each in waits if each.subject in subjects]
        return found

    def repair(self, findings: list[Finding]) -> None:
        """Write the truth down, as whoever opens the workspace does; nothing is started."""
        if findings:
            recovery.sweep(self._store)

    def _lost(self) -> list[Finding]:
        found = []
        owners, runs = self._store.owners, self._store.runs
        for number in runs.open_owners():
            foreign = owners.is_foreign(number)
            if not foreign and not owners.is_dead(number):
                continue
            for run in runs.open_runs_of(number):
                # It may have ended between the two looks, and its process after it.
                now = runs.get(run.id)
                if now is None or now.status in TERMINAL or now.owner != number:
                    continue
                who = owners.describe(number)
                if foreign:
                    kind, what = "run-of-another-host", f"whether its process ({who}) lives can't be told on this host"
                    remedy = "It was left as it is. End it with Run.fail() or Run.cancel() if you know that it is gone."
                else:
                    kind, what = "run-lost", f"its process ({who}) is gone"
                    remedy = "It gets the status that is true; whoever opens the workspace next sees to that, too."
                found.append(
                    Finding(
                        self.name,
                        kind,
                        f"Run {run.id} is {now.status}, and {what}",
                        remedy,
                        severity=WARNING,
                        run_id=run.id,
                        fixable=not foreign,
                    )
                )
        return found

    def _waiting(self) -> list[Finding]:
        found = []
        place = self._store.queue.place
        for run_id, target, queue, file, created in references.waiting(self._store.database):
            missing = file is not None and not os.path.exists(os.path.join(self._store.layout.queued, file))
            late = queue == place and time.time_ns() - created > _START_SECONDS * 1e9
            stuck = late and self._nobody_works_for(target)
            if not (missing or stuck or queue != place):
                continue
            # Its supervisor claims it before it takes the environment.
            now = self._store.runs.get(run_id)
            if now is None or now.status != QUEUED:
                continue
            if missing:
                kind = "environment-missing"
                what = "the file with its environment variables is gone, so it will fail"
                remedy = "It was left as it is. Cancel it, and submit it again."
            elif queue != place:
                kind = "queued-elsewhere"
                what = "it was submitted on another host or in another folder, so it is not started here"
                remedy = "It was left as it is. Cancel it, and submit it again."
            else:
                kind = "queue-without-supervisor"
                what = f"nobody works for {target!r}, though it has a free slot"
                remedy = "Nothing is started by a check. Wait for the run or submit another one: that starts it."
            severity = {"severity": WARNING} if kind != "environment-missing" else {}
            found.append(
                Finding(self.name, kind, f"Run {run_id} waits, but {what}", remedy, run_id=run_id, **severity)  # type: ignore[arg-type]
            )
        return found

    def _nobody_works_for(self, target: str) -> bool:
        # A slot is taken by the run of a supervisor; a living one takes the next run when that ends.
        return self._store.queue.free(target) > 0 and self._store.queue.busy(target) == 0

    def _environments(self) -> list[Finding]:
        """Return the kept environments that nobody will take, by the rule by which a sweep removes them."""
        folder = self._store.layout.queued
        try:
            names = sorted(os.listdir(folder))
        except (FileNotFoundError, PermissionError):
            return []
        found = []
        for name in names:
            path = os.path.join(folder, name)
            run = self._store.runs.get(name.removesuffix(".json").rpartition(".")[0])
            with suppress(FileNotFoundError):
                young = time.time() - os.stat(path).st_mtime <= _START_SECONDS
                if (run is None and not young) or (run is not None and run.status in TERMINAL):
                    found.append(
                        Finding(
                            self.name,
                            "environment-left",
                            f"{path} is the environment of a run that doesn't wait any more",
                            "It is removed.",
                            severity=WARNING,
                            path=path,
                            fixable=True,
                        )
                    )
        return found
