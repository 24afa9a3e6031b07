"""The configuration of a distributed job in that of a run: kept, and refused when the run is submitted."""

from __future__ import annotations

from localtrack.core.run_configuration import RunConfiguration
from localtrack.core.run_configuration_sections import (
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from localtrack.exceptions import UserErrorException


def put(configuration: RunConfiguration, job: object) -> None:
    """Put a job's configuration where the SDK has it.

    Raises:
        UserErrorException: It is no such configuration.
    """
    if isinstance(job, MpiConfiguration):
        configuration.mpi = job
        configuration.communicator = "OpenMpi"
        configuration.node_count = job.node_count
    elif isinstance(job, PyTorchConfiguration):
        configuration.pytorch = job
        configuration.communicator = job.communication_backend
        configuration.node_count = job.node_count
    elif isinstance(job, TensorflowConfiguration):
        configuration.tensorflow = job
        configuration.framework = "TensorFlow"
        configuration.communicator = "ParameterServer"
    elif isinstance(job, ParallelTaskConfiguration):
        configuration.paralleltask = job
        configuration.communicator = "ParallelTask"
    else:
        raise UserErrorException(
            "distributed_job_config must be an MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration or "
            f"ParallelTaskConfiguration, not {job!r}."
        )
