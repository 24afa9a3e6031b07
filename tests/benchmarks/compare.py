"""Compare localtrack with other trackers on this machine, in one run: a table, and a picture.

    python tests/benchmarks/compare.py [--repeats N] [--only NAME ...] [--environments FOLDER] [--picture FILE]

Each tracker has an environment of its own with a pinned version (about 2 GB in all, made once), and is used by the way
that its documentation calls fast. The order changes with each repeat; a cell is the median of the repeats, with the
least and the greatest. A tracker that can't be installed, or fails, is named with its reason. pytest does not collect
this.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from time import perf_counter

import machine
from peers import environments, limits, report

_PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
_WORKER = os.path.join(_PEERS, "worker.py")
_MODULES = {"localtrack": "localtrack.core"}
_FOREIGN = ("AZUREML_", "LOCALTRACK_", "PYTHON", "MLFLOW_", "WANDB_", "COVERAGE_")
_SECONDS_UNTIL_KILLED = 2.0
_LIMIT = 300  # seconds for one task


def main() -> None:
    chosen = _arguments()
    results: report.Results = defaultdict(lambda: defaultdict(list))
    absent: dict[str, str] = {}
    pythons = {}
    for peer in chosen.only or environments.VERSIONS:
        _say(f"environment of {peer}")
        python, reason = environments.ready(peer, chosen.environments)
        if python is None:
            absent[peer] = reason
        else:
            pythons[peer] = python
    with tempfile.TemporaryDirectory(prefix="localtrack-peers-", dir=chosen.folder) as folder:
        facts = machine.facts(folder)
        for repeat in range(chosen.repeats):
            order = list(pythons)
            for peer in order[repeat % len(order) :] + order[: repeat % len(order)]:
                _say(f"repeat {repeat + 1} of {chosen.repeats}: {peer}")
                _measure(peer, pythons[peer], os.path.join(folder, f"{peer}-{repeat}"), results, absent)
            for name, value in limits.measured(os.path.join(folder, f"limits-{repeat}")).items():
                results["limit"][name].append(value)
    _say("")
    print(report.text(results, absent, facts))
    if chosen.picture:
        report.picture(results, facts, chosen.picture)


def _measure(peer: str, python: str, folder: str, results: report.Results, absent: dict[str, str]) -> None:
    found = results[peer]

    def task(name: str, store: str, *more: object) -> dict[str, float | None]:
        place = os.path.join(folder, store)
        os.makedirs(place, exist_ok=True)
        try:
            done = subprocess.run(
                [python, _WORKER, peer, name, place, *map(str, more)],
                cwd=place,
                env=_variables(folder),
                capture_output=True,
                text=True,
                timeout=_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            absent[f"{peer}, {name}"] = f"not done after {_LIMIT} s"
            return {}
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            reason = (done.stderr.strip() or "no answer").splitlines()[-1]
            absent[f"{peer}, {name}"] = reason[:300]
            return {}
        return json.loads(lines[-1]) or {}

    def keep(answer: dict[str, float | None]) -> None:
        for name, value in answer.items():
            found[name].append(value)

    module = _MODULES.get(peer, peer)
    subprocess.run([python, "-c", f"import {module}"], env=_variables(folder), check=False, capture_output=True)
    found["import, ms"].append(_seconds([python, "-c", f"import {module}"], folder) * 1e3)
    start = perf_counter()
    task("first", "first")
    found["first metric kept, ms"].append((perf_counter() - start) * 1e3)
    for name in ("runs", "log", "points", "batches", "together"):
        keep(task(name, name))
    filled = task("fill", "history").get("filled")
    keep(task("read", "history", filled) if filled else {})
    task("many", "many")
    keep(task("find", "many"))
    keep(_killed(peer, python, folder, task))
    shutil.rmtree(folder, ignore_errors=True)


def _killed(peer: str, python: str, folder: str, task: report.Task) -> dict[str, float | None]:
    """Kill a process that logs, and count what a new one finds of that whose call had returned."""
    place, counter = os.path.join(folder, "killed"), os.path.join(folder, "returned")
    os.makedirs(place)
    process = subprocess.Popen(
        [python, _WORKER, peer, "endless", place],
        cwd=place,
        env=_variables(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not (os.path.exists(counter) and os.path.getsize(counter)):
        time.sleep(0.01)
    time.sleep(_SECONDS_UNTIL_KILLED)
    # With all that it has started: a machine that goes down, or a job's end, spares no helper process.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with open(counter, encoding="ascii") as file:
        returned = int(file.read())
    found = task("count", "killed").get("found")
    lost = None if found is None else max(0, returned - int(found))
    return {"lost to kill -9, %": None if lost is None else 100 * lost / returned, "lost to kill -9": lost}


def _seconds(command: list[str], folder: str) -> float:
    start = perf_counter()
    subprocess.run(command, env=_variables(folder), check=True, capture_output=True)
    return perf_counter() - start


def _variables(folder: str) -> dict[str, str]:
    os.makedirs(folder, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "HOME": folder, "LOCALTRACK_HOME": folder, "PYTHONPATH": _PEERS}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare localtrack with other trackers on this machine.")
    parser.add_argument("--repeats", type=int, default=3, help="how many values the median is taken of")
    parser.add_argument("--only", nargs="+", choices=environments.VERSIONS, metavar="NAME", help="these trackers")
    parser.add_argument("--environments", default=environments.default_folder(), help="where they are installed")
    parser.add_argument("--folder", default=machine.disk_folder(), help="where to measure; on a real disk")
    parser.add_argument("--picture", metavar="FILE", help="draw the table's first rows; needs matplotlib")
    return parser.parse_args()


if __name__ == "__main__":
    main()
