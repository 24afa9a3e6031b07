"""Pipelines as web services: a name alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PipelineEndpoint"]

PipelineEndpoint = absent(__name__, "PipelineEndpoint", PIPELINES)
