"""Pipelines of scripts, of which there are the names alone."""

from __future__ import annotations

from localtrack.pipeline.core.builder import PipelineData, PipelineStep, StepSequence
from localtrack.pipeline.core.graph import (
    InputPortBinding,
    OutputPortBinding,
    PipelineDataset,
    PipelineParameter,
    PortDataReference,
    PublishedPipeline,
    TrainingOutput,
)
from localtrack.pipeline.core.module import Module, ModuleVersion, ModuleVersionDescriptor
from localtrack.pipeline.core.pipeline import Pipeline
from localtrack.pipeline.core.pipeline_draft import PipelineDraft
from localtrack.pipeline.core.pipeline_endpoint import PipelineEndpoint
from localtrack.pipeline.core.run import PipelineRun, StepRun, StepRunOutput
from localtrack.pipeline.core.schedule import Schedule, ScheduleRecurrence, TimeZone

__all__ = [
    "InputPortBinding",
    "Module",
    "ModuleVersion",
    "ModuleVersionDescriptor",
    "OutputPortBinding",
    "Pipeline",
    "PipelineData",
    "PipelineDataset",
    "PipelineDraft",
    "PipelineEndpoint",
    "PipelineParameter",
    "PipelineRun",
    "PipelineStep",
    "PortDataReference",
    "PublishedPipeline",
    "Schedule",
    "ScheduleRecurrence",
    "StepRun",
    "StepRunOutput",
    "StepSequence",
    "TimeZone",
    "TrainingOutput",
]
