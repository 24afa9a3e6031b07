"""What tells a workspace from its copies: the host and the folder that it is used in."""

from __future__ import annotations

import os

from localtrack.paths import Layout


def place(layout: Layout) -> str:
    """Return this host and this folder."""
    root = os.fsencode(layout.root).decode(errors="backslashreplace")
    return f"{os.uname().nodename}:{root}"


def is_gone(place: str) -> bool:
    """Whether a place was a folder of this host that is not there any more."""
    host, _, root = place.partition(":")
    # A path with a backslash may be none that was written out so.
    return host == os.uname().nodename and "\\" not in root and not os.path.lexists(root)
