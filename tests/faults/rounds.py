"""The kinds of rounds of a long pass. Each is chosen by a seed, leaves nothing behind, and tells what is wrong."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import shims
from operations import OPERATIONS

import localtrack

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOME = os.path.dirname(os.path.dirname(_HERE))
_LIMIT = 900.0  # seconds that a round may take; generous
_GONE_SECONDS = 60.0

# Of each kind of call, how it fails.
_ERRORS = {
    "write": ("ENOSPC", "EIO", "EDQUOT", "EROFS"),
    "open": ("EMFILE", "EACCES", "ENOSPC", "EROFS", "EIO"),
    "fsync": ("EIO", "ENOSPC"),
    "rename": ("EIO", "ENOSPC", "EACCES"),
    "unlink": ("EIO", "EACCES", "EROFS"),
}

HOLD = """
import fcntl, sys, time
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import ServiceException
workspace = Workspace.create(name="held")
run = Experiment(workspace, "e").start_logging(outputs=False)
lock = open(workspace._layout.write_lock, "ab")
fcntl.flock(lock, fcntl.LOCK_EX)
began = time.monotonic()
try:
    run.tag("late")
except ServiceException as error:
    assert "Another process has held" in str(error) and "for 60 s" in str(error), error
else:
    raise AssertionError("it was changed")
assert 59 < time.monotonic() - began < 120
run.log("m", 1)
lock.close()
run.tag("after")
run.complete()
assert (list(run.get_tags()), run.get_metrics(), run.get_status()) == (["after"], {"m": 1}, "Completed")
assert workspace.check(deep=True) == []
"""


class Result(NamedTuple):
    """What a round did, and what is wrong."""

    counts: Counter[str]
    found: list[str]


class Place(NamedTuple):
    """Where a round works.

    Attributes:
        folder: Its own, which is removed.
        shims: The libraries, by name; none where they can't be built.
        seconds: About how long it may go on.
    """

    folder: Path
    shims: dict[str, Path]
    seconds: float


def failing_calls(chance: random.Random, place: Place) -> Result:
    """An operation, while each call of a kind fails once, or all from it on."""
    operation, kind = chance.choice(list(OPERATIONS)), chance.choice(list(_ERRORS))
    error, again, step = chance.choice(_ERRORS[kind]), chance.random() < 0.5, chance.choice((1, 1, 2, 3))
    what = f"{operation}, {kind}, {error}, again={again}, step={step}"
    try:
        answers = shims.answers(place.shims["failing"], place.folder, operation, kind, error, again=again, step=step)
    except AssertionError as failure:
        if "no call of the kind was made" in str(failure):
            return Result(Counter(), [])
        return Result(Counter(), [f"{what}: {failure}"])
    found = [f"{what}: {answer}" for answer in answers if "unclear" in answer["outcome"] or answer["after"]]
    counts = Counter({"operations": len(answers), "calls failed": sum(answer["failed calls"] for answer in answers)})
    return Result(counts, found)


def sequences(chance: random.Random, place: Place) -> Result:
    """Calls that are compared with a model, in two processes, with kills within calls and between."""
    return _program("sequences.py", chance.randrange(1 << 32), min(place.seconds, 20), place.folder)


def working(chance: random.Random, place: Place) -> Result:
    """Several processes that work at once, with kills at any moment; the clock may be set meanwhile."""
    seconds = chance.uniform(3, 12)
    if "clock" not in place.shims or chance.random() < 0.5:
        return _program("working.py", chance.random(), seconds, place.folder)
    clock = place.folder / "clock"
    clock.write_bytes(bytes(8))
    variables = {"LD_PRELOAD": str(place.shims["clock"]), "FAULT_CLOCK": str(clock)}
    return _program("working.py", chance.random(), seconds, place.folder, clock, **variables)


def damage(chance: random.Random, place: Place) -> Result:
    """Databases with flipped bits."""
    done = _run([sys.executable, os.path.join(_HERE, "damage.py"), str(chance.randrange(1 << 32)), "100"], place)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or not lines or "tried" not in lines[-1]:
        return Result(Counter(), [f"damage.py ended with {done.returncode}: {done.stdout}{done.stderr}"])
    return Result(Counter({"damaged databases": lines[-1]["tried"]}), [str(line) for line in lines[:-1]])


def stress(chance: random.Random, place: Place) -> Result:
    """Scripts that are submitted, canceled and killed, by processes that are killed."""
    number, minutes = chance.randrange(1 << 32), chance.uniform(5, 20) / 60
    program = os.path.join(_HOME, "tests", "stress", "stress.py")
    arguments = ["--seed", str(number), "--minutes", f"{minutes:.3f}", "--folder", str(place.folder)]
    done = _run([sys.executable, program, *arguments], place)
    counts: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        if line.startswith(("done: ", "killed: ")):
            for count, name in re.findall(r"(\d+) ([a-z:]+)", line):
                what = "kills" if line.startswith("killed") else "scripts" if name == "submit" else "calls"
                counts[what] += int(count) if not name.startswith("script:") else 0
    return Result(counts, [] if done.returncode == 0 else [f"stress.py: {done.stdout}{done.stderr}"])


def hold(chance: random.Random, place: Place) -> Result:
    """A lock that another holds for longer than anybody waits for it."""
    done = _run([sys.executable, "-c", HOLD], place)
    return Result(Counter({"locks held": 1}), [] if done.returncode == 0 else [f"hold: {done.stdout}{done.stderr}"])


ROUNDS: dict[str, tuple[Callable[[random.Random, Place], Result], int]] = {
    "failing_calls": (failing_calls, 6),
    "sequences": (sequences, 3),
    "working": (working, 5),
    "damage": (damage, 2),
    "stress": (stress, 3),
    "hold": (hold, 0),  # once, because it takes a minute
}


def left_over(folder: Path) -> list[str]:
    """Wait for supervisors and scripts to be gone; return those that stay, and end them."""
    deadline = time.monotonic() + _GONE_SECONDS
    while (found := _processes(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    problems = []
    for process in found:
        with suppress(psutil.Error):
            problems.append(f"a process is left: {process.pid} {' '.join(process.cmdline())}")
            process.kill()
    return problems


def _processes(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                home = process.environ().get("LOCALTRACK_HOME", "")
                if home.startswith(f"{folder}/"):
                    found.append(process)
    return found


def _program(name: str, *arguments: object, **variables: str) -> Result:
    folder = next(each for each in arguments if isinstance(each, Path))
    place = Place(folder, {}, 0)
    done = _run([sys.executable, os.path.join(_HERE, name), *map(str, arguments)], place, **variables)
    if done.returncode != 0:
        return Result(Counter(), [f"{name} {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"])
    answer = json.loads(done.stdout.splitlines()[-1])
    return Result(Counter(answer["counts"]), [f"{name} {arguments[0]}: {each}" for each in answer["found"]])


def _run(command: list[str], place: Place, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.path.dirname(os.path.dirname(localtrack.__file__)),
        "LOCALTRACK_HOME": str(place.folder / "home"),
        "TMPDIR": str(place.folder),
        **variables,
    }
    try:
        return subprocess.run(
            command, cwd=place.folder, env=environment, capture_output=True, text=True, check=False, timeout=_LIMIT
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, -1, str(error.output), f"no end after {_LIMIT:g} s")
