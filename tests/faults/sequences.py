"""Sequences of calls that are compared with a model, as `tests/core/test_any_sequence.py` has them, by another seed.

python sequences.py SEED SECONDS FOLDER

It prints a line of JSON: what was done, and what is wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "core"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stress"))
import findings
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from test_any_sequence import AnySequence
from worker_processes import Nursery

from localtrack.core import Workspace
from localtrack.store.store import close_store

_STEPS = 60
_EXAMPLES = 5  # of one seed, between two looks at the time

counts: Counter[str] = Counter()


class Checked(AnySequence):
    """A sequence after which the workspace is checked, too."""

    def teardown(self) -> None:
        super().teardown()
        if self._is_sound and self._workers:
            _check(self._project)
            counts["sequences"] += 1
        shutil.rmtree(self._project)

    def _call(self, who: int, kill: int | None, call: str, /, **arguments: Any) -> None:
        counts["calls"] += 1
        super()._call(who, kill, call, **arguments)

    def _restart(self, *who: int) -> None:
        counts["kills"] += len(who)
        super()._restart(*who)


def main(chosen: str, seconds: str, folder: str) -> None:
    found = []
    deadline = time.monotonic() + float(seconds)
    with Nursery() as nursery:
        number = 0
        while not found and time.monotonic() < deadline:
            number += 1
            try:
                _try(nursery, Path(folder), int(chosen) * 1000 + number)
            except Exception:
                found.append(traceback.format_exc())
    print(json.dumps({"counts": counts, "found": found}))


def _try(nursery: Nursery, folder: Path, number: int) -> None:
    def machine() -> Checked:
        project = folder / f"{number}-{time.monotonic_ns()}"
        project.mkdir()
        return Checked(nursery, str(project))

    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            database=None,
            deadline=None,
            derandomize=False,
            max_examples=_EXAMPLES,
            phases=[Phase.generate],
            stateful_step_count=_STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _check(project: str) -> None:
    os.environ["LOCALTRACK_HOME"] = os.path.join(project, "home")
    os.chdir(project)
    workspace = Workspace.from_config(project)
    found = [each.what for each in findings.unexpected(workspace.check(fix=True, deep=True))]
    found += [each.what for each in findings.unexpected(workspace.check(deep=True))]
    counts["values"] += workspace._store.database.tuples("SELECT count(*) FROM points")[0][0]
    close_store(workspace._layout)
    os.chdir("/")
    if found:
        raise AssertionError(f"The check finds {found}")


if __name__ == "__main__":
    main(*sys.argv[1:])
