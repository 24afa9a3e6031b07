"""How a step works on many files at once: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["ParallelRunConfig"]

ParallelRunConfig = absent(__name__, "ParallelRunConfig", PIPELINES)
