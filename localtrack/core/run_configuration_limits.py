"""What of a run configuration this machine can't do: refused when a run is submitted, each by its name."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from localtrack.exceptions import CloudOnlyException, ExperimentExecutionException

if TYPE_CHECKING:
    from localtrack.core.run_configuration import RunConfiguration

_KEPT = ("logs", "outputs")


def check(configuration: RunConfiguration) -> None:
    """Refuse what can't be done, and warn of what has no effect.

    Raises:
        ExperimentExecutionException: A container, a distributed job, or a framework that starts scripts in its own way.
        CloudOnlyException: Data in Azure.
    """
    _check_jobs(configuration)
    _check_environment(configuration)
    _check_data(configuration)
    _warn_of_history(configuration)


def _check_jobs(configuration: RunConfiguration) -> None:
    if configuration.framework.lower() != "python":
        raise ExperimentExecutionException(
            f"The framework {configuration.framework!r} is not supported: scripts are run by Python. "
            "Set framework to 'Python'."
        )
    if configuration.communicator.lower() != "none":
        raise ExperimentExecutionException(
            f"Distributed jobs are not supported, and the communicator is {configuration.communicator!r}: leave "
            "distributed_job_config out, and set communicator to 'None'."
        )
    if configuration.node_count != 1:
        raise ExperimentExecutionException(
            f"A run has one node here, and node_count is {configuration.node_count}: set it to 1."
        )
    if configuration.docker.use_docker:
        raise ExperimentExecutionException(
            "Containers are not supported, and docker.use_docker is True: set it to False, or leave "
            "docker_runtime_config out."
        )


def _check_environment(configuration: RunConfiguration) -> None:
    refusal = configuration.environment._refusal()
    if refusal is not None:
        raise ExperimentExecutionException(refusal)


def _check_data(configuration: RunConfiguration) -> None:
    for name in ("data", "data_references", "datacaches", "output_data", "source_directory_data_store"):
        if getattr(configuration, name):
            raise CloudOnlyException(
                f"{name} is about data in Azure, which localtrack doesn't reach: leave it out, and give the script the "
                "path of the data as an argument."
            )


def _warn_of_history(configuration: RunConfiguration) -> None:
    history = configuration.history
    if not (history.output_collection and history.snapshot_project):
        warnings.warn(
            "history.output_collection and history.snapshot_project have no effect: outputs and source are kept.",
            stacklevel=5,
        )
    for folder in history.directories_to_watch:
        if folder.removeprefix("./").split("/")[0] not in _KEPT:
            warnings.warn(
                f"history.directories_to_watch has {folder!r}, whose files are not kept: only those in "
                f"{' and '.join(_KEPT)} are.",
                stacklevel=5,
            )
