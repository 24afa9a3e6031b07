"""Automated training: a name alone."""

from __future__ import annotations

from localtrack.core.absent import AUTOML, absent

__all__ = ["AutoMLConfig"]

AutoMLConfig = absent(__name__, "AutoMLConfig", AUTOML)
