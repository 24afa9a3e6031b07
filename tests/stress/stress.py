"""Submit, cancel, fail, complete and kill at random, in several processes; then see whether everything is true.

    python tests/stress/stress.py [--seed N] [--minutes N] [--submitters N] [--folder FOLDER]

What is done is chosen by the seed; when it happens is the machine's. It prints the seed and what was done, and ends
with exit code 1 if something is wrong. Then the folder stays, to look at.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress

import findings
import notes
import psutil

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOME = os.path.dirname(os.path.dirname(_HERE))
_TARGETS = {"one": 1, "two": 2, "three": 3}
_SHOWN = 20  # problems that are printed
_DRAIN_SECONDS = 120.0  # for the runs that are still open at the end; generous


def main() -> int:
    chosen = _arguments()
    os.makedirs(chosen.folder, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="localtrack-stress-", dir=chosen.folder)
    print(f"seed {chosen.seed}, {chosen.minutes:g} minutes, {chosen.submitters} submitters, in {folder}", flush=True)
    os.environ.update(
        LOCALTRACK_HOME=os.path.join(folder, "home"),
        LOCALTRACK_GRACE_SECONDS="0.3",
        PYTHONPATH=os.pathsep.join([_HOME, os.environ.get("PYTHONPATH", "")]),
        **{notes.FOLDER: folder},
    )
    project = os.path.join(folder, "project")
    os.mkdir(project)
    os.chdir(project)
    _make_workspace()
    try:
        kills = _Stress(chosen.seed, chosen.submitters).run(chosen.minutes * 60)
        problems, counts = findings.after(project, _DRAIN_SECONDS)
    finally:
        for process in findings.processes():  # whatever is wrong, nothing of it stays
            with suppress(psutil.NoSuchProcess):
                process.kill()
    for title, counted in (("done", notes.counts()), ("killed", kills), ("statuses", counts)):
        print(f"{title}: {', '.join(f'{number} {name}' for name, number in sorted(counted.items())) or 'nothing'}")
    if problems:
        print(f"seed {chosen.seed}: {len(problems)} problems in {folder}", *problems[:_SHOWN], sep="\n- ")
        return 1
    shutil.rmtree(folder)
    print(f"seed {chosen.seed}: everything is true")
    return 0


class _Stress:
    """Keeps submitters going, and kills them and the supervisors now and then."""

    def __init__(self, seed: int, submitters: int) -> None:
        self._seed = seed
        self._chance = random.Random(f"{seed}/kills")
        self._generation = 0
        self._submitters = [self._start() for _ in range(submitters)]
        self._kills: Counter[str] = Counter()

    def run(self, seconds: float) -> Counter[str]:
        """Return how many of what were killed."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                time.sleep(min(left, self._chance.uniform(0.2, 1.5)))
                if self._chance.random() < 0.6:
                    self._kill_supervisor()
                else:
                    self._kill_submitter()
        finally:
            for process in self._submitters:
                process.send_signal(signal.SIGKILL if self._chance.random() < 0.3 else signal.SIGTERM)
                process.wait()
        return self._kills

    def _start(self) -> subprocess.Popen[bytes]:
        self._generation += 1
        program = os.path.join(_HERE, "submitter.py")
        return subprocess.Popen([sys.executable, program, f"{self._seed}/{self._generation}", *_TARGETS])

    def _kill_submitter(self) -> None:
        number = self._chance.randrange(len(self._submitters))
        process = self._submitters[number]
        process.kill()
        process.wait()
        self._kills["submitters"] += 1
        self._submitters[number] = self._start()

    def _kill_supervisor(self) -> None:
        found = findings.processes("localtrack.executor.supervisor")
        if found:
            try:
                self._chance.choice(found).kill()
            except psutil.NoSuchProcess:
                return
            self._kills["supervisors"] += 1


def _make_workspace() -> None:
    from localtrack.core import ComputeTarget, Workspace
    from localtrack.core.compute import AmlCompute
    from localtrack.store.store import close_store

    workspace = Workspace.create(name="stress")
    for name, nodes in _TARGETS.items():
        ComputeTarget.create(workspace, name, AmlCompute.provisioning_configuration(max_nodes=nodes))
    close_store(workspace._layout)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Submit, cancel and kill at random; then see whether all is true.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--submitters", type=int, default=3)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where to make a folder for it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
