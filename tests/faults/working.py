"""Several processes work at random while some are killed, and perhaps the clock is set; then see whether all is true.

python working.py SEED SECONDS FOLDER [CLOCK]

CLOCK is the file by which the clock of this process is set, see `clock.c`. It prints a line of JSON: what was done,
and what is wrong.
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stress"))
import findings
import notes
import worker
from worker import Worker

from localtrack.core import Model, Workspace
from localtrack.store.store import close_store

_PROCESSES = 3
_HOUR = 3600 * 10**9
_DRAIN_SECONDS = 60.0


def main(seed: str, seconds: str, folder: str, clock: str | None = None) -> None:
    chance = random.Random(seed)
    os.environ[notes.FOLDER] = folder
    project = os.path.join(folder, "project")
    os.mkdir(project)
    os.chdir(project)
    close_store(Workspace.create(name="working")._layout)  # each process opens it for itself
    counts = _work(seed, chance, float(seconds), clock)
    if clock is not None:
        _set(clock, 0)
    problems, statuses = findings.after(project, _DRAIN_SECONDS)
    problems += _promises(Workspace.from_config())
    counts["runs"] = statuses.total()
    counts["values logged"] = sum(1 for _ in notes.all_of(notes.LOGGED))
    counts["calls"] = sum(notes.counts().values())
    print(json.dumps({"counts": counts, "found": problems}))


def _work(seed: str, chance: random.Random, seconds: float, clock: str | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    generation = 0
    workers: list[int] = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        while len(workers) < _PROCESSES:
            generation += 1
            workers.append(_start(f"{seed}/{generation}", left))
        time.sleep(min(left, chance.choice((0.01, 0.05, 0.2, 0.5, 1.0)) * chance.random()))
        if clock is not None and chance.random() < 0.2:
            # Never ahead: files would be old as soon as they are made, which is so on no machine.
            _set(clock, chance.randrange(-_HOUR, 0))
            counts["clocks set"] += 1
        number = workers.pop(chance.randrange(len(workers)))
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        counts["kills"] += 1
    for number in workers:
        os.waitpid(number, 0)
    return counts


def _start(seed: str, seconds: float) -> int:
    number = os.fork()
    if number == 0:
        try:
            Worker(seed).go(seconds)
        except BaseException as error:
            notes.note(notes.PROBLEM, "-", f"unclear: {error!r}")
        os._exit(0)
    return number


def _set(clock: str, nanoseconds: int) -> None:
    with open(clock, "r+b") as file:
        file.write(struct.pack("<q", nanoseconds))


def _promises(workspace: Workspace) -> list[str]:
    """Return which runs, files, tags, models and deletions are not what was promised."""
    problems = []
    there = {run.id for each in workspace.experiments.values() for run in each.get_runs(include_children=True)}
    problems += [f"lost: the run {run_id}" for run_id, _ in notes.all_of(worker.STARTED) if run_id not in there]
    for run_id, key in notes.all_of(worker.TAGGED):
        if workspace.get_run(run_id).get_tags().get(key) != key:
            problems.append(f"lost: the tag {key} of {run_id}")
    for run_id, name in notes.all_of(worker.FILE):
        workspace.get_run(run_id).download_file(name, "got")
        if Path("got").read_bytes() != worker.content(name):
            problems.append(f"lost: the file {name} of {run_id} is another")
    for model_id, path in notes.all_of(worker.MODEL):
        name, _, version = model_id.partition(":")
        copy = Model(workspace, name, version=int(version)).download("models", exist_ok=True)
        if Path(copy).read_bytes() != worker.content(path):
            problems.append(f"lost: the model {model_id} is another")
    for run_id, _ in notes.all_of(worker.DELETED):
        if run_id in there:
            problems.append(f"{run_id} was deleted and is there")
    return problems


if __name__ == "__main__":
    main(*sys.argv[1:])
