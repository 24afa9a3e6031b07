"""Trains ridge regressions with several alphas side by side, and lists them, best first.

The project is the folder `diabetes` beside this file: its runs are kept in `diabetes/.azureml`.
"""

import os
import sys
import time
from datetime import datetime

from localtrack.core import Experiment, ScriptRunConfig, Workspace

PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "diabetes")
ALPHAS = (10, 1, 0.1, 0.01)
ENDED = ("Completed", "Failed", "Canceled")


def main():
    os.chdir(PROJECT)  # a workspace is made in the working folder
    workspace = Workspace.create(name="demo", exist_ok=True)
    parent = Experiment(workspace, "diabetes").start_logging(display_name="ridge", outputs=False)
    print(f"Parent run {parent.id} in {PROJECT}\n")
    with parent:
        children = [parent.submit_child(config(alpha), tags={"alpha": alpha}) for alpha in ALPHAS]
        children[0].wait_for_completion(show_output=True, raise_on_error=False)
        wait(children)
        failed = [child for child in children if child.status != "Completed"]
        if failed:
            parent.fail(f"{len(failed)} of {len(children)} children did not complete.")
    show(children)
    kept = workspace.get_details()
    print(f"\nDatabase:    {kept['database']}")
    print(f"Run folders: {os.path.join(kept['path'], 'runs')}")
    for child in failed:
        print(f"\nRun {child.id} is {child.status}: {reason(child)}", file=sys.stderr)
    return 1 if failed else 0


def config(alpha):
    return ScriptRunConfig(source_directory=".", script="train.py", arguments=["--alpha", alpha])


def wait(runs):
    """Wait for all runs; tell how many have ended, on one line if somebody is watching."""
    watched = sys.stdout.isatty()
    told = None
    while told != len(runs):
        ended = sum(run.get_status() in ENDED for run in runs)
        if ended != told:
            told = ended
            line = f"{ended} of {len(runs)} runs have ended"
            print(f"\r{line}" if watched else line, end="" if watched else "\n", flush=True)
        time.sleep(0.1)
    print("\n" if watched else "")


def show(runs):
    """Print a table of the runs, best first; a run that has no mse comes last."""
    rows = [(run, run.get_metrics()) for run in runs]
    rows.sort(key=lambda row: row[1].get("mse", float("inf")))
    width = max(len(run.id) for run in runs)
    print(f"{'run':<{width}}  {'alpha':>5}  {'mse':>7}  {'status':<9}  {'duration':>8}")
    for run, metrics in rows:
        alpha = f"{metrics['alpha']:g}" if "alpha" in metrics else "-"
        mse = f"{metrics['mse']:.1f}" if "mse" in metrics else "-"
        print(f"{run.id:<{width}}  {alpha:>5}  {mse:>7}  {run.status:<9}  {duration(run):>8}")


def duration(run):
    details = run.get_details()
    if "startTimeUtc" not in details:
        return "-"
    start, end = (datetime.fromisoformat(details[name]) for name in ("startTimeUtc", "endTimeUtc"))
    return f"{(end - start).total_seconds():.1f} s"


def reason(run):
    return run.get_details().get("error", {}).get("error", {}).get("message", "no reason is known.")


if __name__ == "__main__":
    sys.exit(main())
