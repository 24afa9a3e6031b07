"""How a script is run, as an object that programs change and files keep."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localtrack.core import run_configuration_file, run_configuration_path
from localtrack.core.environment_section import DefinitionError, Field
from localtrack.core.run_configuration_data import (
    Data,
    DatacacheConfiguration,
    DataReferenceConfiguration,
    OutputData,
)
from localtrack.core.run_configuration_fields import Arguments, EnvironmentField, Parts, Target
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
    RunSection,
    SparkConfiguration,
    TensorflowConfiguration,
)
from localtrack.exceptions import RunConfigurationException

if TYPE_CHECKING:
    from localtrack.core.conda_dependencies import CondaDependencies
    from localtrack.core.environment import Environment


class RunConfiguration(RunSection):
    """How a script is run (the SDK's ``azureml.core.runconfig.RunConfiguration``).

    Nothing has to be set: what is run then runs on this machine, in this interpreter. What localtrack can't do, such as
    containers and distributed jobs, is kept, in files too, and refused when a run is submitted.

    Args:
        script: The script, relative to the source folder.
        arguments: The script's arguments: texts and numbers.
        framework: ``"Python"``; others are kept.
        communicator: ``"None"``; others are kept.
        conda_dependencies: The packages of an environment that is built for the run.
        command: A program with its arguments as a list, or a text for the shell; instead of a script.
        _history_enabled: The value of ``history.output_collection``.
        _path: The folder that `save` uses when it is given none.
        _name: The name that `save` uses when it is given none.

    Attributes:
        environment: The `Environment`. As long as nothing in its ``python`` section is changed, the script runs in the
            interpreter that submits it, where the SDK would build an environment.
        max_run_duration_seconds: The run is ended after so many seconds; None for no limit.
        priority: Runs of a higher one leave the queue first; 0 when None.
        node_count: 1; others are kept.
        history: What is kept of the run.
        docker: Whether a container is wanted.
        source_directory_data_store: A datastore in Azure; kept.
        credential_passthrough: Kept, and shown with the run.
        services: Addresses of the run's programs in Azure, by names; kept.

    Raises:
        UserErrorException: A value can't be one of that setting.

    Example:
        >>> configuration = RunConfiguration(script="train.py", arguments=["--alpha", 0.1])
        >>> configuration.environment_variables = {"OMP_NUM_THREADS": "1"}
        >>> configuration.save(".", "train")
        >>> RunConfiguration.load(".", "train").arguments
        ['--alpha', 0.1]
    """

    script = Field("script", str, "")
    arguments = Arguments("arguments")
    target = Target("target", doc="The name of the compute target; setting it takes the target itself too.")
    framework = Field("framework", str, "Python")
    communicator = Field("communicator", str, "None")
    max_run_duration_seconds = Field("maxRunDurationSeconds", int | float | None)
    node_count = Field("nodeCount", int, 1)
    priority = Field("priority", int | None)
    environment = EnvironmentField("environment")
    history = Field("history", HistoryConfiguration, HistoryConfiguration)
    spark = Field("spark", SparkConfiguration, SparkConfiguration)
    docker = Field("docker", DockerConfiguration, DockerConfiguration)
    hdi = Field("hdi", HdiConfiguration, HdiConfiguration)
    tensorflow = Field("tensorflow", TensorflowConfiguration, TensorflowConfiguration)
    mpi = Field("mpi", MpiConfiguration, MpiConfiguration)
    pytorch = Field("pytorch", PyTorchConfiguration, PyTorchConfiguration)
    paralleltask = Field("paralleltask", ParallelTaskConfiguration, ParallelTaskConfiguration)
    data_references = Parts("dataReferences", DataReferenceConfiguration)
    data = Parts("data", Data)
    datacaches = Parts("datacaches", DatacacheConfiguration, list)
    output_data = Parts("outputData", OutputData)
    source_directory_data_store = Field("sourceDirectoryDataStore", str | None)
    amlcompute = Field("amlcompute", AmlComputeConfiguration, AmlComputeConfiguration)
    auto_cluster_compute_specification = Field("autoClusterComputeSpecification", object)
    kubernetescompute = Field("kubernetescompute", KubernetesComputeConfiguration, KubernetesComputeConfiguration)
    credential_passthrough = Field("credentialPassthrough", bool, False)
    identity = Field("identity", object)
    command = Arguments("command", text=True)
    environment_variables = Field(
        "environmentVariables",
        dict,
        dict,
        doc="Environment variables of the script, which win over those of ``environment``. Those whose names look "
        "secret, such as ``API_TOKEN``, reach the script as they are, and are ``***`` wherever the run is shown.",
    )
    services = Parts("applicationEndpoints", ApplicationEndpointConfiguration)
    auto_prepare_environment = Field(
        "autoPrepareEnvironment", bool, True, doc="An environment that isn't there is built, whatever this says."
    )

    def __init__(
        self,
        script: str | None = None,
        arguments: Sequence[Any] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        _history_enabled: bool | None = None,
        _path: str | os.PathLike[str] | None = None,
        _name: str | None = None,
        command: Sequence[Any] | str | None = None,
    ) -> None:
        given: dict[str, Any] = {"script": script, "arguments": arguments, "command": command}
        given |= {"framework": framework, "communicator": communicator}
        super().__init__(**{name: value for name, value in given.items() if value is not None})
        if _history_enabled is not None:
            self.history.output_collection = _history_enabled
        self._path = _path
        self._name = _name
        self._untouched: tuple[Environment, Any] | None
        self._leave_untouched()
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
            self._untouched = None

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        name: str | None = None,
        separate_environment_yaml: bool = False,
    ) -> None:
        """Write the configuration to a file in the folder ``.azureml`` of a project, which is made if it isn't there.

        The packages of an environment that is to be built go to a conda file beside it.

        Args:
            path: The project's folder, or the file itself; the working folder when left out.
            name: The file's name, which gets no suffix. In that folder, git sees only ``*.runconfig``.
            separate_environment_yaml: Whether the environment goes to a file ``environment.yml`` beside it.

        Raises:
            RunConfigurationException: A value can't be written, the name can't be a configuration's, or the disk
                refuses; nothing was changed.

        Example:
            >>> RunConfiguration(script="train.py").save(".", "train.runconfig")
            >>> RunConfiguration.load(".", "train").script
            'train.py'
        """
        file = run_configuration_path.target(path if path is not None else self._path, name or self._name)
        try:
            document = self._definition()
        except DefinitionError as error:
            raise RunConfigurationException(f"{file} was not written: {error.message}", error) from error
        if self._is_untouched():
            # What it does here; the SDK, which reads the file too, would build an environment otherwise.
            document["environment"]["python"] = {"userManagedDependencies": True, "interpreterPath": "python"}
        run_configuration_file.write(file, document, separate=separate_environment_yaml)

    @staticmethod
    def load(path: str | os.PathLike[str], name: str | None = None) -> RunConfiguration:
        """Return the configuration that a file has; it may be as short as ``script: train.py``.

        Args:
            path: The project's folder, or the file itself.
            name: The file's name, with or without ``.runconfig``.

        Returns:
            The configuration. Keys that nothing here knows are kept, and named in a warning.

        Raises:
            RunConfigurationException: There is no such file, or it has a fault; the message names file, line and key.

        Example:
            >>> with open("local.runconfig", "w") as file:
            ...     _ = file.write("script: train.py")
            >>> RunConfiguration.load(".", "local").script
            'train.py'
        """
        file = run_configuration_path.find(path, name)
        document = run_configuration_file.read(file, [field.key for field in RunConfiguration._fields().values()])
        result = RunConfiguration()
        with run_configuration_file.faults(file):
            result._read(document)
        result._path, result._name = path, name
        if (document.get("environment") or {}).get("python") is None:
            result._leave_untouched()
        unknown = list(run_configuration_file.unknown(result))
        if unknown:
            warnings.warn(
                f"{file} has keys that localtrack doesn't know: {', '.join(unknown)}. They are kept, and do nothing.",
                stacklevel=2,
            )
        return result

    @staticmethod
    def delete(path: str | os.PathLike[str], name: str) -> None:
        """Remove the file of a configuration; a conda file beside it stays, as others may use it.

        Args:
            path: The project's folder.
            name: The file's name, with or without ``.runconfig``.

        Raises:
            RunConfigurationException: There is none of that name, or it can't be removed.

        Example:
            >>> RunConfiguration().save(".", "train")
            >>> RunConfiguration.delete(".", "train")
        """
        run_configuration_file.delete(run_configuration_path.find(path, name))

    def _definition(self) -> dict[str, Any]:
        """Return what stands in a file; what the SDK writes only when it is set is left out until then."""
        document = super()._definition()
        for name in ("identity", "auto_prepare_environment"):
            field = self._fields()[name]
            if document[field.key] == field.initial():
                del document[field.key]
        return document

    def _environment(self) -> dict[str, Any] | None:
        """Return the definition of the environment, or None if that is this interpreter because nobody said else."""
        return None if self._is_untouched() else self.environment._definition()

    def _leave_untouched(self) -> None:
        self._untouched = self.environment, self.environment._definition()["python"]

    def _is_untouched(self) -> bool:
        """Whether nobody has said anything of the interpreter or its packages."""
        if self._untouched is None or self._untouched[0] is not self.environment:
            return False
        return bool(self.environment._definition()["python"] == self._untouched[1])
