"""The steps of a pipeline and what they hand on: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PipelineData", "PipelineStep", "StepSequence"]

PipelineData = absent(__name__, "PipelineData", PIPELINES)
PipelineStep = absent(__name__, "PipelineStep", PIPELINES)
StepSequence = absent(__name__, "StepSequence", PIPELINES)
