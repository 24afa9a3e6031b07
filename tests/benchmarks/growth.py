"""Print what logging, opening and finding cost in workspaces of more and more runs and values.

    python tests/benchmarks/growth.py [--runs N ...] [--values N ...] [--folder FOLDER]

What must not grow with what is stored is marked with ``!`` where the greatest workspace takes more than twice what the
middle one takes. pytest does not collect this file; it takes about ten minutes.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
from collections.abc import Callable
from itertools import islice
from statistics import median
from time import perf_counter

import machine
from measuring import duration, experiment_in, timed
from workspace_of_10000 import fill

from localtrack.core import Experiment, Run, Workspace
from localtrack.journal import writer

_CALLS = 201
_GROWN = 2
Costs = dict[str, float]


def main() -> None:
    chosen = _arguments()
    with tempfile.TemporaryDirectory(prefix="localtrack-growth-", dir=chosen.folder) as folder:
        print(machine.facts(folder), flush=True)
        _print("runs", {count: _of_runs(os.path.join(folder, f"runs-{count}"), count) for count in chosen.runs})
        _print("values", {count: _of_values(os.path.join(folder, f"values-{count}"), count) for count in chosen.values})


def _of_runs(folder: str, count: int) -> Costs:
    """Costs where there are so many runs, each with 10 metrics and 5 tags."""
    experiment = experiment_in(folder)
    fill(experiment, count)
    workspace = experiment.workspace
    last = f"run_{count - 1:06}"
    calls = {
        "the newest 10 runs": lambda: list(islice(experiment.get_runs(), 10)),
        "runs of a tag that one run has": lambda: list(experiment.get_runs(tags={"seed": str(count - 1)})),
        "search by that tag": lambda: workspace.search_runs(f"tags.seed = '{count - 1}'"),
        "a run by its id, its metrics": lambda: workspace.get_run(last).get_metrics(),
    }
    return {**_everyday(experiment), **{name: _middle(call) for name, call in calls.items()}}


def _of_values(folder: str, count: int) -> Costs:
    """Costs where one run has so many values of one metric, and another a few."""
    experiment = experiment_in(folder)
    great = experiment.start_logging(outputs=False)
    small = experiment.start_logging(outputs=False)
    small.log("accuracy", 0.5)
    store = experiment.workspace._store
    log = writer(store.layout.journals).log
    for step in range(count):
        log(great.id, "loss", 1 / (step + 1))
        if step % 1_000_000 == 0:
            store.ingest.take()
    store.ingest.take()
    great.complete()
    calls = {
        "get_metrics of another run": small.get_metrics,
        "search by the last value": lambda: experiment.workspace.search_runs("metrics.accuracy = 0.5"),
    }
    return {**_everyday(experiment), **{name: _middle(call) for name, call in calls.items()}}


def _everyday(experiment: Experiment) -> Costs:
    """What every program does."""
    run = experiment.start_logging(outputs=False)
    gc.collect()
    costs = {
        "log": _middle(lambda: run.log("loss", 0.5), 20_000),
        "log and get_metrics": _middle(lambda: _logged_and_read(run)),
        "a run created and completed": _middle(lambda: experiment.start_logging(outputs=False).complete()),
        "the workspace opened again": _middle(Workspace.from_config),
    }
    run.complete()
    return costs


def _logged_and_read(run: Run) -> None:
    run.log("step", 1)
    run.get_metrics("step")


def _middle(call: Callable[[], object], calls: int = _CALLS) -> float:
    call()
    return median(timed(call) for _ in range(calls))


def _print(of_what: str, costs: dict[int, Costs]) -> None:
    sizes = list(costs)
    rows = [("", *(f"{size:,} {of_what}".replace(",", " ") for size in sizes), "grown")]
    for name in costs[sizes[0]]:
        values = [costs[size][name] for size in sizes]
        grown = values[-1] / values[-2] if len(values) > 1 else 1.0
        rows.append((name, *map(duration, values), f"{grown:.2g}{' !' if grown > _GROWN else ''}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print how localtrack's costs grow with what is stored.")
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 1_000, 100_000])
    parser.add_argument("--values", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--folder", default=machine.disk_folder(), help="where to measure; on a real disk")
    return parser.parse_args()


if __name__ == "__main__":
    start = perf_counter()
    main()
    print(f"\n{perf_counter() - start:.0f} s")
