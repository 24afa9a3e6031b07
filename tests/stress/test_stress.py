"""A short pass of the stress test; `stress.py` by hand goes on for as long as it is told to."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("stress.py")
SECONDS = 3

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("seed", [1, None], ids=["the same each time", "another each time"])
def test_everything_is_true_after_random_ends_and_kills(seed: int | None, tmp_path: Path) -> None:
    chosen = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    done = subprocess.run(
        [sys.executable, SCRIPT, "--seed", str(chosen), "--minutes", str(SECONDS / 60), "--folder", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stdout
    assert f"seed {chosen}: everything is true" in done.stdout
