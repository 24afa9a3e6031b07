"""Print the figures that localtrack promises, as ratios measured on this machine.

    python tests/benchmarks/figures.py [--folder FOLDER] [--repeats N] [NAME ...]

Each figure is a ratio of two things measured in one run, because seconds say more of a machine than of a program; only
what people wait for in a workspace of many runs stands in a table of durations. A figure above its goal is marked with
``!``; nothing fails because of it. pytest does not collect these files.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile

import machine
from table import TOPICS, WAITS

_FOREIGN = ("AZUREML_", "LOCALTRACK_", "PYTHON", "COVERAGE_")


def main() -> None:
    chosen = _arguments()
    with tempfile.TemporaryDirectory(prefix="localtrack-figures-", dir=chosen.folder) as folder:
        python = machine.bare_python(os.path.join(folder, "python"))
        # What is measured must not meet the user's own workspaces, nor a run that this process may belong to.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        variables = {**kept, "PYTHONNOUSERSITE": "1", "XDG_DATA_HOME": os.path.join(folder, "data")}
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "table.py")
        subprocess.run([python, script, folder, str(chosen.repeats), *chosen.names], env=variables, check=True)


def _arguments() -> argparse.Namespace:
    topics = [*TOPICS, *WAITS]
    parser = argparse.ArgumentParser(description="Print localtrack's figures, as ratios measured on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(topics)}; all if none")
    parser.add_argument("--folder", default=machine.disk_folder(), help="where to measure; on a real disk")
    parser.add_argument("--repeats", type=int, default=5, help="how many ratios the median is taken of")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in topics]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(topics)}")
    return chosen


if __name__ == "__main__":
    main()
