"""Pipelines that are being drafted: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PipelineDraft"]

PipelineDraft = absent(__name__, "PipelineDraft", PIPELINES)
