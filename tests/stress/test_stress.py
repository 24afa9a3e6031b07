"""A short pass of the stress test; `stress.py` by hand goes on for as long as it is told to."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("stress.py")
SECONDS = 5

pytestmark = pytest.mark.timeout(300)


def test_everything_is_true_after_random_ends_and_kills(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--seed", "1", "--minutes", str(SECONDS / 60), "--folder", str(tmp_path)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=250
    )
    assert done.returncode == 0, done.stdout
    assert "seed 1: everything is true" in done.stdout
