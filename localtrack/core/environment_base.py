"""What an environment is: the state that its parts share."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, cast

from localtrack.core.conda_dependencies import CondaDependencies
from localtrack.core.docker_section import DockerSection
from localtrack.core.environment_section import Field, Section
from localtrack.core.python_section import PythonSection
from localtrack.core.r_section import RSection
from localtrack.core.spark_section import SparkSection

if TYPE_CHECKING:
    from localtrack.core.environment import Environment

UNNAMED = "environment"


class EnvironmentBase(Section):
    """An environment's attributes."""

    name = Field("name", str, doc="The name.")
    version = Field("version", str | None, doc="The version, such as ``'1'``; None if it is not registered.")
    environment_variables = Field("environmentVariables", dict, dict, doc="Environment variables of the script.")
    python = Field("python", PythonSection, PythonSection, doc="Which Python, and which packages.")
    docker = Field("docker", DockerSection, DockerSection, doc="The container; kept, and nothing runs in it here.")
    spark = Field("spark", SparkSection, SparkSection, doc="Spark's packages; kept, and not used.")
    r = Field("r", RSection | None, doc="R and its packages; kept, and not used. None for an environment of Python.")
    inferencing_stack_version = Field(
        "inferencingStackVersion", str | None, doc="What Azure adds to serve models; kept, and not used."
    )

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def clone(self, new_name: str) -> Environment:
        """Return a copy under another name, which has no version.

        Args:
            new_name: The copy's name.

        Raises:
            UserErrorException: It is no text.

        Example:
            >>> env = Environment("train")
            >>> env.python.conda_dependencies.add_pip_package("pandas")
            >>> copied = env.clone("train-2")
            >>> copied.name, copied.python.conda_dependencies.pip_packages
            ('train-2', ['pandas'])
        """
        cloned = copy.deepcopy(self._whole)
        cloned.name = new_name
        cloned.version = None
        return cloned

    @classmethod
    def _from_definition(cls, document: Any, folder: str | None = None) -> Self:
        """Return the environment of a definition. Keys that are not known are kept.

        Args:
            document: The definition.
            folder: What the path of a conda file in it is relative to; the working folder when left out. The file is
                read where the packages don't stand in the definition and are not the user's own business.

        Raises:
            DefinitionError: It is no definition, or a value can't be used.
            UserErrorException: The conda file can't be read.
            RunConfigurationException: The conda file has a fault.
        """
        environment = cls(UNNAMED)
        environment._read(document)
        python = document.get("python")
        if isinstance(python, Mapping) and python.get("condaDependencies") is None:
            environment._read_conda_file(folder)
        return environment

    def _read_conda_file(self, folder: str | None) -> None:
        file = self.python.conda_dependencies_file
        if file is None:
            return
        path = os.path.join(folder or "", file)
        if not self.python.user_managed_dependencies or os.path.isfile(path):
            self.python.conda_dependencies = CondaDependencies(path)

    def _refusal(self) -> str | None:
        """Return why no script can run in this environment on this machine, or None if one can."""
        if self.r is not None:
            return (
                f"The environment {self.name!r} has packages of R, and localtrack puts in those of Python only: set r "
                "to None, and run Rscript as a command."
            )
        needed = self.docker._needed_for(self.python.user_managed_dependencies)
        if needed is not None:
            return (
                f"The environment {self.name!r} is a container's ({needed}), and localtrack starts none: make one with "
                "Environment.from_conda_specification() or Environment.from_pip_requirements(), or set "
                "docker.enabled, docker.base_dockerfile and docker.build_context back and take the interpreter of this "
                "machine with python.user_managed_dependencies = True."
            )
        return None

    @property
    def _whole(self) -> Environment:
        return cast("Environment", self)
