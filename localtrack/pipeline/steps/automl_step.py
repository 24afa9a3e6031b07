"""A step that trains by itself: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["AutoMLStep", "AutoMLStepRun"]

AutoMLStep = absent(__name__, "AutoMLStep", PIPELINES)
AutoMLStepRun = absent(__name__, "AutoMLStepRun", PIPELINES)
