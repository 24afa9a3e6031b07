"""A step that works on many files at once: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["ParallelRunStep"]

ParallelRunStep = absent(__name__, "ParallelRunStep", PIPELINES)
