"""The environment that a script runs in: an interpreter, its packages, and environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localtrack.core.conda_dependencies import CondaDependencies as CondaDependencies
from localtrack.core.docker_section import DEFAULT_CPU_IMAGE as DEFAULT_CPU_IMAGE
from localtrack.core.docker_section import DEFAULT_GPU_IMAGE as DEFAULT_GPU_IMAGE
from localtrack.core.docker_section import DockerBuildContext as DockerBuildContext
from localtrack.core.docker_section import DockerEnvironment as DockerEnvironment
from localtrack.core.docker_section import DockerImagePlatform as DockerImagePlatform
from localtrack.core.docker_section import DockerSection as DockerSection
from localtrack.core.environment_building import DockerImageDetails as DockerImageDetails
from localtrack.core.environment_building import EnvironmentBuilding
from localtrack.core.environment_building import ImageBuildDetails as ImageBuildDetails
from localtrack.core.environment_files import EnvironmentFiles
from localtrack.core.environment_registration import EnvironmentRegistration
from localtrack.core.environment_sources import EnvironmentSources
from localtrack.core.python_section import PythonEnvironment as PythonEnvironment
from localtrack.core.python_section import PythonSection as PythonSection
from localtrack.core.r_section import RCranPackage as RCranPackage
from localtrack.core.r_section import RGitHubPackage as RGitHubPackage
from localtrack.core.r_section import RSection as RSection
from localtrack.core.spark_section import SparkEnvironment as SparkEnvironment
from localtrack.core.spark_section import SparkPackage as SparkPackage
from localtrack.core.spark_section import SparkSection as SparkSection

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace


class Environment(EnvironmentRegistration, EnvironmentSources, EnvironmentFiles, EnvironmentBuilding):
    """The environment of a script (the SDK's ``azureml.core.Environment``).

    It has the attributes ``python``, ``docker``, ``spark``, ``r``, ``environment_variables``, ``version`` and
    ``inferencing_stack_version``. A script runs in the interpreter ``python.interpreter_path`` if
    ``python.user_managed_dependencies`` is True; otherwise in one that is built for it with the packages of
    ``python.conda_dependencies``.

    Args:
        name: The name.
        **kwargs: None of the SDK's have a meaning here.

    Raises:
        UserErrorException: The name is no text.

    Example:
        >>> env = Environment("train")
        >>> env.python.conda_dependencies.add_pip_package("pandas")
        >>> env.environment_variables["OMP_NUM_THREADS"] = "1"
        >>> env.register(ws).version
        '1'
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        unknown = kwargs.keys() - {"_skip_defaults"}
        if unknown:
            raise TypeError(f"Environment() has no argument {min(unknown)!r}.")
        super().__init__(name)


class EnvironmentReference:
    """An environment that a workspace keeps, by its name.

    Args:
        name: The environment's name.
        version: The version; the last one when left out.
    """

    def __init__(self, name: str, version: str | None = None) -> None:
        self.name = name
        self.version = version

    def get_environment(self, workspace: Workspace) -> Environment:
        """Return the environment; see `Environment.get`.

        Example:
            >>> from localtrack.core.environment import EnvironmentReference
            >>> _ = Environment("train").register(ws)
            >>> EnvironmentReference("train").get_environment(ws).version
            '1'
        """
        return Environment.get(workspace, self.name, self.version)
