"""Run configurations, under the names of the SDK's module."""

from __future__ import annotations

from localtrack.core.conda_dependencies import CondaDependencies
from localtrack.core.container_registry import AzureContainerRegistry, ContainerRegistry
from localtrack.core.docker_section import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, DockerEnvironment, DockerSection
from localtrack.core.environment import Environment
from localtrack.core.environment_definition import EnvironmentDefinition
from localtrack.core.python_section import PythonEnvironment, PythonSection
from localtrack.core.run_configuration import RunConfiguration
from localtrack.core.run_configuration_data import (
    Data,
    DatacacheConfiguration,
    DataLocation,
    DataPath,
    DataReferenceConfiguration,
    Dataset,
    DatasetRegistrationOptions,
    GlobsOptions,
    MountOptions,
    OutputData,
    OutputOptions,
    RegistrationOptions,
    UploadOptions,
    Uri,
)
from localtrack.core.run_configuration_sections import (
    AmlComputeConfiguration,
    ApplicationEndpointConfiguration,
    DockerConfiguration,
    HdiConfiguration,
    HistoryConfiguration,
    KubernetesComputeConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    SparkConfiguration,
    TensorflowConfiguration,
)
from localtrack.core.spark_section import SparkEnvironment, SparkSection

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "AmlComputeConfiguration",
    "ApplicationEndpointConfiguration",
    "AzureContainerRegistry",
    "CondaDependencies",
    "ContainerRegistry",
    "Data",
    "DataLocation",
    "DataPath",
    "DataReferenceConfiguration",
    "DatacacheConfiguration",
    "Dataset",
    "DatasetRegistrationOptions",
    "DockerConfiguration",
    "DockerEnvironment",
    "DockerSection",
    "Environment",
    "EnvironmentDefinition",
    "GlobsOptions",
    "HdiConfiguration",
    "HistoryConfiguration",
    "KubernetesComputeConfiguration",
    "MountOptions",
    "MpiConfiguration",
    "OutputData",
    "OutputOptions",
    "ParallelTaskConfiguration",
    "PyTorchConfiguration",
    "PythonEnvironment",
    "PythonSection",
    "RegistrationOptions",
    "RunConfiguration",
    "SparkConfiguration",
    "SparkEnvironment",
    "SparkSection",
    "TensorflowConfiguration",
    "UploadOptions",
    "Uri",
]
