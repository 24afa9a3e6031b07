"""Measures one thing of one tracker, in a process of its own in the tracker's environment, and prints it as JSON.

    python worker.py TRACKER TASK FOLDER

Standard library only.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter, perf_counter_ns
from typing import Any

from adapter import Adapter, Body, Log, LogMany

METRIC = "loss"
RUNS = 30
CALLS = 10_000
POINTS = 20_000
STEPS, AT_ONCE = 1_000, 20
FOUND_OF, FOUND = 300, 15
PROCESSES, EACH = 8, 1_000
PATIENCE = 5.0  # seconds after which a slow tracker has shown enough


def main(peer: str, task: str, folder: str, *more: str) -> None:
    module = importlib.import_module(f"adapters.with_{peer}")
    result = TASKS[task](module.Adapter(folder), *more)
    # What a tracker prints itself goes before, so the last line is ours.
    print(json.dumps(result), flush=True)


def first(adapter: Adapter) -> None:
    adapter.record("first", {}, lambda log, _: log(METRIC, 0.5, 0))


def runs(adapter: Adapter) -> dict[str, float]:
    """One run after the other, each with one value."""
    adapter.record("warm-up", {}, lambda log, _: log(METRIC, 0.5, 0))
    start = perf_counter()
    done = 0
    while done < RUNS and perf_counter() - start < PATIENCE:
        adapter.record(f"run-{done}", {}, lambda log, _: log(METRIC, 0.5, 0))
        done += 1
    return {"a run, ms": (perf_counter() - start) / done * 1e3}


def log(adapter: Adapter) -> dict[str, float]:
    """What a training loop waits for."""
    spent: list[int] = []
    adapter.record("log", {}, _logging(spent))
    spent = spent[len(spent) // 100 :]
    highest = quantiles(spent, n=100)[98]
    return {"median, us": median(spent) / 1e3, "p99, us": highest / 1e3, "worst, us": max(spent) / 1e3}


def points(adapter: Adapter) -> dict[str, float]:
    """Many values until they are kept, what they take on the disk, and in memory."""
    adapter.record("empty", {}, lambda log, _: log(METRIC, 0.5, 0))
    before = _size(adapter.folder)
    done, start = [0], perf_counter()

    def body(log: Log, _: LogMany) -> None:
        while done[0] < POINTS and perf_counter() - start < PATIENCE:
            log(METRIC, 1 / (done[0] + 1), done[0])
            done[0] += 1

    adapter.record("points", {}, body)
    spent = perf_counter() - start
    rate = done[0] / spent
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"points/s": rate, "bytes/point": (_size(adapter.folder) - before) / done[0], "memory, MB": memory}


def batches(adapter: Adapter) -> dict[str, float]:
    """Steps of many metrics, by the tracker's fast way."""
    done, start = [0], perf_counter()

    def body(_: Log, log_many: LogMany) -> None:
        while done[0] < STEPS and perf_counter() - start < PATIENCE:
            log_many({f"m{number}": number / (done[0] + 1) for number in range(AT_ONCE)}, done[0])
            done[0] += 1

    adapter.record("batches", {}, body)
    return {"batched points/s": done[0] * AT_ONCE / (perf_counter() - start)}


def fill(adapter: Adapter) -> dict[str, int]:
    """Make what `read` reads."""
    done, start = [0], perf_counter()

    def body(log: Log, _: LogMany) -> None:
        while done[0] < POINTS and perf_counter() - start < 2 * PATIENCE:
            log(METRIC, 1 / (done[0] + 1), done[0])
            done[0] += 1

    adapter.record("history", {}, body)
    adapter.settle()
    return {"filled": done[0]}


def read(adapter: Adapter, filled: str) -> dict[str, float | None]:
    """A history, in a process that has read nothing before."""
    if not adapter.can_read:
        return {"read 20 000, ms": None}
    start = perf_counter()
    found = len(adapter.read("history", METRIC))
    spent = perf_counter() - start
    if found != int(filled):
        raise SystemExit(f"{found} of {filled} values were read")
    return {"read 20 000, ms": spent * 1e3 * POINTS / found}


def many(adapter: Adapter) -> dict[str, int]:
    """Make what `find` looks through."""
    for number in range(FOUND_OF if adapter.can_find else 0):
        tags = {"kind": "wanted" if number % 10 == 0 else "other"}
        loss = (number % 20) / 20
        adapter.record(f"run-{number}", tags, lambda log, _, loss=loss: log(METRIC, loss, 0))
    adapter.settle()
    return {}


def find(adapter: Adapter) -> dict[str, float | None]:
    """Runs by a tag and a metric, in a process that has looked for others before."""
    if not adapter.can_find:
        return {"find 15 of 300 runs, ms": None}
    adapter.find("kind", "other", METRIC, 0.1)
    start = perf_counter()
    found = adapter.find("kind", "wanted", METRIC, 0.25)
    spent = perf_counter() - start
    if found != FOUND:
        raise SystemExit(f"{found} runs were found, not {FOUND}")
    return {"find 15 of 300 runs, ms": spent * 1e3}


def together(adapter: Adapter) -> dict[str, float]:
    """Processes that log to one store at once."""
    adapter.record("there", {}, lambda log, _: log(METRIC, 0.5, 0))
    start = perf_counter()
    command = [sys.executable, __file__, sys.argv[1], "one_of_several", adapter.folder]
    processes = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True) for number in range(PROCESSES)
    ]
    outputs = [process.communicate()[0] for process in processes]
    spent = perf_counter() - start
    failed = sum(process.returncode != 0 for process in processes)
    slowest = max((json.loads(each.splitlines()[-1])["p99, us"] for each in outputs if each.strip()), default=0.0)
    return {"8 at once, s": spent, "8 at once: p99, us": slowest, "8 at once: failed": failed}


def one_of_several(adapter: Adapter, number: str) -> dict[str, float]:
    spent: list[int] = []
    adapter.record(f"process-{number}", {}, _logging(spent, EACH))
    return {"p99, us": quantiles(spent, n=100)[98] / 1e3}


def endless(adapter: Adapter) -> None:
    """Log until somebody kills this process; what has returned is counted in a file."""

    def body(log: Log, _: LogMany) -> None:
        with open(os.path.join(os.path.dirname(adapter.folder), "returned"), "wb", buffering=0) as counter:
            step = 0
            while True:
                log(METRIC, 0.5, step)
                step += 1
                os.pwrite(counter.fileno(), b"%d" % step, 0)
                if step % 1000 == 0:
                    time.sleep(0.001)  # as a training loop has its pauses

    adapter.record("killed", {}, body)


def count(adapter: Adapter) -> dict[str, int]:
    adapter.settle()
    return {"found": adapter.count("killed", METRIC)}


def _logging(spent: list[int], calls: int = CALLS) -> Body:
    def body(log: Log, _: LogMany) -> None:
        begin = perf_counter()
        for step in range(calls):
            start = perf_counter_ns()
            log(METRIC, 0.5, step)
            spent.append(perf_counter_ns() - start)
            if perf_counter() - begin > PATIENCE:
                break

    return body


def _size(folder: str) -> int:
    return sum(os.path.getsize(os.path.join(parent, name)) for parent, _, names in os.walk(folder) for name in names)


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (first, runs, log, points, batches, fill, read, many, find, together, one_of_several, endless, count)
}

if __name__ == "__main__":
    main(*sys.argv[1:])
