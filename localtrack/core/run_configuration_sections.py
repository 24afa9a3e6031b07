"""The sections of a run configuration that say how a script is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localtrack.core.environment_section import Field, Section
from localtrack.core.run_configuration_fields import Arguments

_SHARED_MEMORY = "2g"


class RunSection(Section):
    """A section of a run configuration.

    Args:
        *values: The values of its attributes, in order.
        **named: Or by their names.

    Raises:
        TypeError: It has no such attribute.
        UserErrorException: A value can't be one of that attribute.
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__()
        names = list(self._fields())
        if len(values) > len(names):
            raise TypeError(f"{type(self).__name__} takes {len(names)} values: {', '.join(names)}")
        for name, value in (*zip(names, values, strict=False), *named.items()):
            if name not in names:
                raise TypeError(f"{type(self).__name__} has no {name!r}; it has {', '.join(names)}")
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, RunSection) and other._definition() == self._definition()

    __hash__ = None  # type: ignore[assignment]  # it may change


class HistoryConfiguration(RunSection):
    """What is kept of a run.

    Attributes:
        output_collection: Whether its files are.
        snapshot_project: Whether its source folder is.
        directories_to_watch: Folders whose files are kept while it runs.
    """

    output_collection = Field("outputCollection", bool, True)
    snapshot_project = Field("snapshotProject", bool, True)
    directories_to_watch = Field("directoriesToWatch", list, lambda: ["logs"])


class SparkConfiguration(RunSection):
    """Settings of a Spark job; not supported, and kept.

    Attributes:
        configuration: Spark's settings by their names.
    """

    configuration = Field(
        "configuration", object, lambda: {"spark.app.name": "Azure ML Experiment", "spark.yarn.maxAppAttempts": 1}
    )


class DockerConfiguration(RunSection):
    """Settings of a run in a container; not supported, and kept.

    Attributes:
        use_docker: Whether a container is wanted; submitting such a run is refused.
        shared_volumes: Whether folders are shared with it.
        arguments: More arguments of ``docker run``.
        shm_size: The size of its shared memory.
    """

    use_docker = Field("useDocker", bool, False)
    shared_volumes = Field("sharedVolumes", bool, True)
    arguments = Field("arguments", list, list)
    shm_size = Field("shmSize", str, _SHARED_MEMORY)

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: Sequence[str] = (),
        shm_size: str = _SHARED_MEMORY,
    ) -> None:
        super().__init__(use_docker=use_docker, shared_volumes=shared_volumes, arguments=arguments, shm_size=shm_size)


class HdiConfiguration(RunSection):
    """Settings of an HDInsight cluster; they mean nothing on one machine, and are kept."""

    yarn_deploy_mode = Field("yarnDeployMode", str, "cluster")


class TensorflowConfiguration(RunSection):
    """A distributed TensorFlow job; not supported, and kept.

    Attributes:
        worker_count: Its workers.
        parameter_server_count: Its parameter servers.
    """

    worker_count = Field("workerCount", int, 1)
    parameter_server_count = Field("parameterServerCount", int, 1)

    def __init__(
        self,
        worker_count: int = 1,
        parameter_server_count: int = 1,
    ) -> None:
        super().__init__(worker_count=worker_count, parameter_server_count=parameter_server_count)


class MpiConfiguration(RunSection):
    """A distributed MPI job; not supported, and kept.

    Attributes:
        process_count_per_node: Processes on each node.
        node_count: Nodes.
    """

    process_count_per_node = Field("processCountPerNode", int, 1)
    node_count = Field("nodeCount", int, 1)

    def __init__(
        self,
        process_count_per_node: int = 1,
        node_count: int = 1,
    ) -> None:
        super().__init__(process_count_per_node=process_count_per_node, node_count=node_count)


class PyTorchConfiguration(RunSection):
    """A distributed PyTorch job; not supported, and kept.

    Attributes:
        communication_backend: ``"Nccl"`` or ``"Gloo"``.
        process_count: Processes on all nodes together.
        node_count: Nodes.
    """

    communication_backend = Field("communicationBackend", str, "Nccl")
    process_count = Field("processCount", int | None)
    node_count = Field("nodeCount", int, 1)

    def __init__(
        self,
        communication_backend: str = "Nccl",
        process_count: int | None = None,
        node_count: int = 1,
    ) -> None:
        super().__init__(
            communication_backend=communication_backend, process_count=process_count, node_count=node_count
        )


class ParallelTaskConfiguration(RunSection):
    """A job of parallel tasks; not supported, and kept.

    Attributes:
        max_retries_per_worker: How often a worker is started again.
        worker_count_per_node: Workers on each node.
        terminal_exit_codes: Exit codes after which a worker is not started again.
    """

    max_retries_per_worker = Field("maxRetriesPerWorker", int, 0)
    worker_count_per_node = Field("workerCountPerNode", int, 1)
    terminal_exit_codes = Arguments("terminalExitCodes")


class AmlComputeConfiguration(RunSection):
    """A cluster that Azure would make for a run; it means nothing on one machine, and is kept.

    Attributes:
        vm_size: The size of its machines.
        vm_priority: ``"dedicated"`` or ``"lowpriority"``.
        retain_cluster: Whether it outlives the run.
        name: Its name.
        cluster_max_node_count: How far it grows.
    """

    vm_size = Field("vmSize", str | None)
    vm_priority = Field("vmPriority", str | None)
    retain_cluster = Field("retainCluster", bool, False)
    name = Field("name", str | None)
    cluster_max_node_count = Field("clusterMaxNodeCount", int | None)


class KubernetesComputeConfiguration(RunSection):
    """A Kubernetes cluster's settings; they mean nothing on one machine, and are kept."""

    instance_type = Field("instanceType", str | None)


class ApplicationEndpointConfiguration(RunSection):
    """An address under which a run's program is reached in Azure; kept.

    Attributes:
        type: The kind of program.
        port: Its port.
        properties: More settings.
    """

    type = Field("type", str | None)
    port = Field("port", int | None)
    properties = Field("properties", dict | None)
