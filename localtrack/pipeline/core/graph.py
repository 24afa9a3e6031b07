"""The parts of a pipeline: names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent

__all__ = [
    "DataSource",
    "DataType",
    "Graph",
    "InputPortBinding",
    "InputPortDef",
    "ModuleDef",
    "Node",
    "OutputPortBinding",
    "OutputPortDef",
    "Param",
    "ParamDef",
    "PipelineDataset",
    "PipelineParameter",
    "PortDataReference",
    "PublishedPipeline",
    "TrainingOutput",
]

DataSource = absent(__name__, "DataSource", PIPELINES)
DataType = absent(__name__, "DataType", PIPELINES)
Graph = absent(__name__, "Graph", PIPELINES)
InputPortBinding = absent(__name__, "InputPortBinding", PIPELINES)
InputPortDef = absent(__name__, "InputPortDef", PIPELINES)
ModuleDef = absent(__name__, "ModuleDef", PIPELINES)
Node = absent(__name__, "Node", PIPELINES)
OutputPortBinding = absent(__name__, "OutputPortBinding", PIPELINES)
OutputPortDef = absent(__name__, "OutputPortDef", PIPELINES)
Param = absent(__name__, "Param", PIPELINES)
ParamDef = absent(__name__, "ParamDef", PIPELINES)
PipelineDataset = absent(__name__, "PipelineDataset", PIPELINES)
PipelineParameter = absent(__name__, "PipelineParameter", PIPELINES)
PortDataReference = absent(__name__, "PortDataReference", PIPELINES)
PublishedPipeline = absent(__name__, "PublishedPipeline", PIPELINES)
TrainingOutput = absent(__name__, "TrainingOutput", PIPELINES)
