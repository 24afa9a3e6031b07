"""A step that runs a command: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["CommandStep"]

CommandStep = absent(__name__, "CommandStep", PIPELINES)
