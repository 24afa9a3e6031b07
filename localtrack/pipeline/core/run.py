"""The runs of a pipeline: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PipelineRun", "StepRun", "StepRunOutput"]

PipelineRun = absent(__name__, "PipelineRun", PIPELINES)
StepRun = absent(__name__, "StepRun", PIPELINES)
StepRunOutput = absent(__name__, "StepRunOutput", PIPELINES)
