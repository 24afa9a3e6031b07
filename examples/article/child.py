"""Logs its fruit to its own run, and that it was here to the topmost run above it."""

import argparse

from azureml.core import Run


def root_run(run):
    return run if run.parent is None else root_run(run.parent)


parser = argparse.ArgumentParser()
parser.add_argument("--fruit", required=True)
fruit = parser.parse_args().fruit

run = Run.get_context()
run.log("fruit", fruit)
root_run(run).log("MyMetric", f"{fruit} from child run {run.id}")
print(f"{fruit}: the parent of {run.id} is {run.parent.id}")
