"""One of the processes of a stress test that submit scripts, log to runs of their own, and end what others submitted.

python submitter.py SEED TARGET...
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from itertools import islice

import notes

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace
from localtrack.exceptions import UserErrorException

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("quick", "slow", "deaf", "raises", "exits", "killed", "session", "daemon", "parent", "chatty")
WAITING = 12  # a longer queue only takes longer


def main(seed: str, *targets: str) -> None:
    chance = random.Random(seed)
    workspace = Workspace.from_config()
    submitter = Submitter(workspace, chance, targets)
    actions: dict[Callable[[], None], int] = {
        submitter.submit: 8,
        submitter.log: 4,
        submitter.cancel: 4,
        submitter.fail: 2,
        submitter.wait: 2,
        submitter.read: 2,
    }
    while True:
        action = chance.choices(list(actions), list(actions.values()))[0]
        try:
            action()
            notes.note(notes.DID, "-", action.__name__)
        except Exception:
            notes.note(notes.PROBLEM, "-", repr(traceback.format_exc()))
        time.sleep(chance.uniform(0, 0.2))


class Submitter:
    def __init__(self, workspace: Workspace, chance: random.Random, targets: tuple[str, ...]) -> None:
        self._workspace = workspace
        self._chance = chance
        self._targets = targets
        self._experiment = Experiment(workspace, "stress")
        self._count = 0

    def submit(self) -> None:
        if sum(self._workspace._store.queue.lengths().values()) > WAITING:
            return
        kind = self._chance.choice(KINDS)
        target = self._chance.choice(self._targets)
        arguments = [kind, target, self._chance.randrange(1 << 30)]
        config = ScriptRunConfig(os.path.join(HERE, "source"), "script.py", arguments, compute_target=target)
        run = self._experiment.submit(config, tags={"kind": kind})
        notes.note(notes.DID, run.id, f"script:{kind}")

    def log(self) -> None:
        """Log to a run of this process, and end it in some way, or leave it."""
        run = self._experiment.start_logging(outputs=False)
        runs = [run, run.child_run()] if self._chance.random() < 0.3 else [run]
        for each in runs:
            for _ in range(self._chance.randrange(20)):
                self._count += 1
                value = f"{os.getpid()}/{self._count}"
                each.log("value", value)
                notes.note(notes.LOGGED, each.id, value)
        for each in reversed(runs):
            end = self._chance.choice((each.complete, each.complete, each.fail, each.cancel, None))
            if end is not None:
                self._end(each, end)

    def cancel(self) -> None:
        run = self._some_run()
        if run is not None:
            self._end(run, run.cancel)

    def fail(self) -> None:
        run = self._some_run()
        if run is not None:
            self._end(run, run.fail)

    def wait(self) -> None:
        run = self._some_run()
        # of another process's own run nobody knows when it ends
        if run is not None and run.type == "azureml.scriptrun":
            status = run.wait_for_completion(raise_on_error=False)["status"]
            if status not in ("Completed", "Failed", "Canceled"):
                raise AssertionError(f"{run.id} was waited for and is {status}")

    def read(self) -> None:
        run = self._some_run()
        if run is not None:
            values = run.get_metrics().get("value", [])
            if isinstance(values, list) and len(values) != len(set(values)):
                raise AssertionError(f"{run.id} has a value twice: {values}")

    def _end(self, run: Run, end: Callable[[], None]) -> None:
        """End a run; where an end of another kind is there already, the caller is told, and nothing is promised."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                end()
            except UserErrorException as error:
                if "can't become" not in str(error):
                    raise
                return
        texts = [str(each.message) for each in told]
        if any("can't become" not in text for text in texts):
            raise AssertionError(f"{run.id}: {texts}")
        if texts:
            return
        kinds = {"cancel": notes.CANCELED, "fail": notes.FAILED, "complete": notes.COMPLETED}
        notes.note(kinds[end.__name__], run.id)

    def _some_run(self) -> Run | None:
        """Return one of the newest runs."""
        runs = list(islice(self._experiment.get_runs(include_children=True), 15))
        return self._chance.choice(runs) if runs else None


if __name__ == "__main__":
    main(*sys.argv[1:])
