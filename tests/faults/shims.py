"""The libraries that are loaded before libc, and the trying of operations with one of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import localtrack

_HERE = os.path.dirname(os.path.abspath(__file__))
_COMPILER = shutil.which("cc")

CAN_BUILD = _COMPILER is not None and sys.platform.startswith("linux")


def library(name: str, folder: Path) -> Path:
    """Build the library of a source file beside this one."""
    path = folder / f"{name}.so"
    source = os.path.join(_HERE, f"{name}.c")
    subprocess.run([str(_COMPILER), "-shared", "-fPIC", "-o", path, source, "-ldl"], check=True)
    return path


def answers(
    shim: Path, folder: Path, operation: str, kind: str, error: str, *, again: bool, step: int
) -> list[dict[str, Any]]:
    """Try an operation while the first, second... call of a kind fails, until none does."""
    done = subprocess.run(
        [
            sys.executable,
            os.path.join(_HERE, "pool.py"),
            folder / "tried",
            operation,
            kind,
            error,
            str(int(again)),
            str(step),
        ],
        env={
            **os.environ,
            "LD_PRELOAD": str(shim),
            "PYTHONPATH": os.pathsep.join([str(Path(localtrack.__file__).parents[1]), _HERE]),
            "LOCALTRACK_HOME": str(folder / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found[-1]["failed calls"] == 0
    assert len(found) > 1, "no call of the kind was made"
    return found
