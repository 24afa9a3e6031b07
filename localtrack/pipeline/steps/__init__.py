"""The steps of pipelines, of which there are the names alone."""

from __future__ import annotations

from localtrack.core.absent import PIPELINES, absent
from localtrack.pipeline.steps.automl_step import AutoMLStep, AutoMLStepRun
from localtrack.pipeline.steps.command_step import CommandStep
from localtrack.pipeline.steps.data_transfer_step import DataTransferStep
from localtrack.pipeline.steps.databricks_step import DatabricksStep
from localtrack.pipeline.steps.estimator_step import EstimatorStep
from localtrack.pipeline.steps.hyper_drive_step import HyperDriveStep, HyperDriveStepRun
from localtrack.pipeline.steps.mpi_step import MpiStep
from localtrack.pipeline.steps.parallel_run_config import ParallelRunConfig
from localtrack.pipeline.steps.parallel_run_step import ParallelRunStep
from localtrack.pipeline.steps.python_script_step import PythonScriptStep

__all__ = [
    "AdlaStep",
    "AutoMLStep",
    "AutoMLStepRun",
    "AzureBatchStep",
    "CommandStep",
    "DataTransferStep",
    "DatabricksStep",
    "EstimatorStep",
    "HyperDriveStep",
    "HyperDriveStepRun",
    "KustoStep",
    "ModuleStep",
    "MpiStep",
    "ParallelRunConfig",
    "ParallelRunStep",
    "PythonScriptStep",
    "RScriptStep",
    "SynapseSparkStep",
]

AdlaStep = absent(__name__, "AdlaStep", PIPELINES)
AzureBatchStep = absent(__name__, "AzureBatchStep", PIPELINES)
KustoStep = absent(__name__, "KustoStep", PIPELINES)
ModuleStep = absent(__name__, "ModuleStep", PIPELINES)
RScriptStep = absent(__name__, "RScriptStep", PIPELINES)
SynapseSparkStep = absent(__name__, "SynapseSparkStep", PIPELINES)
