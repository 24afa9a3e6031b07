"""The user's settings for the command, as knack asks for them."""

from __future__ import annotations

import os
from typing import Any


class Settings:
    """No settings but the variables ``NO_COLOR`` and ``TERM``.

    Knack's own, in whose place they are, make a folder in the user's home.

    Args:
        config_dir: Where knack would keep them.
        **_more: What else knack gives to its own.
    """

    def __init__(self, config_dir: str, **_more: object) -> None:
        self.config_dir = config_dir

    def get(self, section: str, option: str, fallback: Any = None) -> Any:
        """Return what is set, or ``fallback``."""
        if (section, option) == ("core", "no_color"):
            return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"  # https://no-color.org
        return fallback

    getboolean = get
