"""What the steps of a pipeline write: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = ["PipelineOutputAbstractDataset", "PipelineOutputFileDataset", "PipelineOutputTabularDataset"]

PipelineOutputAbstractDataset = absent(__name__, "PipelineOutputAbstractDataset", PIPELINES)
PipelineOutputFileDataset = absent(__name__, "PipelineOutputFileDataset", PIPELINES)
PipelineOutputTabularDataset = absent(__name__, "PipelineOutputTabularDataset", PIPELINES)
