"""A step on several machines: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["MpiStep"]

MpiStep = absent(__name__, "MpiStep", PIPELINES)
