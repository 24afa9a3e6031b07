"""The program that describes the interpreter it is run with, and the machine.

`localtrack.executor.facts` gives its text to other interpreters: it needs no localtrack, nor more than Python 3.8. Of
the environment's variables nothing is written.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from typing import Any

_GPU_SECONDS = 5.0


def main() -> None:
    """Write the facts to stdout, with the folders that the packages were looked for in and their times."""
    os.nice(19)  # the script that has just started matters more
    folders = [folder for folder in sys.path if folder and os.path.isdir(folder)]
    times = [[folder, os.stat(folder).st_mtime_ns] for folder in folders]  # before the look: what comes later is seen
    json.dump({"folders": times, "facts": {"packages": _packages(folders), "machine": _machine()}}, sys.stdout)


def _packages(folders: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for distribution in importlib.metadata.distributions(path=folders):
        metadata = distribution.metadata
        if metadata["Name"] and metadata["Version"]:  # a removal that was cut short leaves folders without
            found.setdefault(metadata["Name"], metadata["Version"])
    return found


def _machine() -> dict[str, Any]:
    found = {
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }
    gpus = _gpus()
    return found if gpus is None else {**found, "gpus": gpus}


def _gpus() -> list[str] | None:
    """Return the GPUs' names, or None where nobody can tell."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=_GPU_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        print(f"The names of the GPUs are not known: {error}", file=sys.stderr)
        return None
    return [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
