"""What tells a workspace from its copies: the host and the folder that it is used in."""

from __future__ import annotations

import os

from localtrack.paths import Layout


def place(layout: Layout) -> str:
    """Return this host and this folder."""
    root = os.fsencode(layout.root).decode(errors="backslashreplace")
    return f"{os.uname().nodename}:{root}"
