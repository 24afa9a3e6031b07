"""An environment of its own for each tracker, with the version that was compared."""

from __future__ import annotations

import os
import subprocess
import sys
import venv

VERSIONS = {
    "localtrack": "",  # this checkout
    "mlflow": "mlflow==3.17.2",
    "trackio": "trackio==0.43.0",
    "aim": "aim==3.29.1",
    "wandb": "wandb==0.31.0",
    "tensorboardX": "tensorboardX==2.6.5",
    "dvclive": "dvclive==3.49.1",
    "sacred": "sacred==0.8.7",
}

_CHECKOUT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))


def ready(peer: str, folder: str) -> tuple[str | None, str]:
    """Return the Python of a tracker's environment, made if it isn't there, or None and why it can't be made.

    Args:
        peer: A key of `VERSIONS`.
        folder: Where the environments are kept; those of an earlier time are used again.
    """
    home = os.path.join(folder, peer)
    python = os.path.join(home, "bin", "python")
    done = os.path.join(home, "installed")
    wanted = VERSIONS[peer] or _CHECKOUT
    if os.path.exists(done) and _read(done) == wanted and peer != "localtrack":
        return python, ""
    if not os.path.exists(python):
        venv.create(home, with_pip=True)
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wanted]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        lines = installed.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"pip ended with {installed.returncode}"
    with open(done, "w", encoding="utf-8") as file:
        file.write(wanted)
    return python, ""


def default_folder() -> str:
    """Return where the environments are kept if nothing else is said: beside the interpreter's own cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "localtrack-peers", f"{sys.version_info.major}.{sys.version_info.minor}")


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
