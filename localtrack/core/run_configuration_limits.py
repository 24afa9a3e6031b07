"""What of a run configuration this machine can't do: refused when a run is submitted, each by its name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localtrack.exceptions import CloudOnlyException, ExperimentExecutionException

if TYPE_CHECKING:
    from localtrack.core.run_configuration import RunConfiguration

_KEPT = ("logs", "outputs")
_DATA = {
    "data": "data: {}",
    "data_references": "dataReferences: {}",
    "datacaches": "datacaches: []",
    "output_data": "outputData: {}",
    "source_directory_data_store": "sourceDirectoryDataStore: null",
}


@dataclass(frozen=True)
class Refusal:
    """A setting that this machine can't do.

    Attributes:
        error: The error for a program.
        keys: The way to the setting in a configuration's file.
        reason: Why it is refused, for whoever has the file.
        instead: What the file should have there.
    """

    error: ExperimentExecutionException | CloudOnlyException
    keys: tuple[str, ...]
    reason: str
    instead: str


def check(configuration: RunConfiguration) -> None:
    """Refuse what can't be done, and warn of what has no effect.

    Raises:
        ExperimentExecutionException: A container, a distributed job, or a framework that starts scripts in its own way.
        CloudOnlyException: Data in Azure.
    """
    for refusal in refusals(configuration):
        raise refusal.error
    _warn_of_history(configuration)


def refusals(configuration: RunConfiguration) -> Iterator[Refusal]:
    """Yield the settings that can't be done."""
    yield from _of_jobs(configuration)
    yield from _of_environment(configuration)
    yield from _of_data(configuration)


def _of_jobs(configuration: RunConfiguration) -> Iterator[Refusal]:
    if configuration.framework.lower() != "python":
        error = ExperimentExecutionException(
            f"The framework {configuration.framework!r} is not supported: scripts are run by Python. "
            "Set framework to 'Python'."
        )
        yield Refusal(error, ("framework",), "scripts are run by Python", "framework: Python")
    if configuration.communicator.lower() != "none":
        error = ExperimentExecutionException(
            f"Distributed jobs are not supported, and the communicator is {configuration.communicator!r}: leave "
            "distributed_job_config out, and set communicator to 'None'."
        )
        yield Refusal(error, ("communicator",), "distributed jobs are not supported", "communicator: None")
    if configuration.node_count != 1:
        error = ExperimentExecutionException(
            f"A run has one node here, and node_count is {configuration.node_count}: set it to 1."
        )
        yield Refusal(error, ("nodeCount",), "a run has one node here", "nodeCount: 1")
    if configuration.docker.use_docker:
        error = ExperimentExecutionException(
            "Containers are not supported, and docker.use_docker is True: set it to False, or leave "
            "docker_runtime_config out."
        )
        yield Refusal(error, ("docker", "useDocker"), "localtrack starts no containers", "useDocker: false")


def _of_environment(configuration: RunConfiguration) -> Iterator[Refusal]:
    environment = configuration.environment
    refusal = environment._refusal()
    if refusal is None:
        return
    error = ExperimentExecutionException(refusal)
    docker = environment.docker
    if environment.r is not None:
        yield Refusal(error, ("environment", "r"), "localtrack puts in no packages of R", "r: null")
        return
    key, value = "baseImage", "null"
    if docker.enabled:
        key, value = "enabled", "false"
    elif docker.base_dockerfile is not None:
        key = "baseDockerfile"
    elif docker.build_context is not None:
        key = "buildContext"
    yield Refusal(error, ("environment", "docker", key), "localtrack starts no containers", f"{key}: {value}")


def _of_data(configuration: RunConfiguration) -> Iterator[Refusal]:
    for name, instead in _DATA.items():
        if getattr(configuration, name):
            error = CloudOnlyException(
                f"{name} is about data in Azure, which localtrack doesn't reach: leave it out, and give the script the "
                "path of the data as an argument."
            )
            key = instead.partition(":")[0]
            yield Refusal(error, (key,), "localtrack doesn't reach data in Azure", instead)


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
