"""Environments made from files that list packages, from conda, and from images."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from localtrack import yaml_file
from localtrack.core import requirements_file
from localtrack.core.conda_dependencies import CondaDependencies
from localtrack.core.environment_base import EnvironmentBase
from localtrack.core.environment_section import DefinitionError
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.container_registry import ContainerRegistry
    from localtrack.core.docker_section import DockerBuildContext
    from localtrack.core.environment import Environment

    Path = str | os.PathLike[str]


class EnvironmentSources(EnvironmentBase):
    """Making environments."""

    @staticmethod
    def from_pip_requirements(name: str, file_path: Path, pip_version: str | None = None) -> Environment:
        """Return an environment with the packages of a requirements file.

        Args:
            name: The environment's name.
            file_path: The file. Those that it includes with ``-r`` are read too.
            pip_version: The version of pip.

        Raises:
            UserErrorException: A file can't be read.
            RunConfigurationException: A line can't be kept; the message names it.

        Example:
            >>> with open("requirements.txt", "w") as file:
            ...     _ = file.write("pandas>=2  # for tables")
            >>> env = Environment.from_pip_requirements("train", "requirements.txt")
            >>> env.python.conda_dependencies.pip_packages
            ['pandas>=2']
        """
        environment = _new(name)
        packages = environment.python.conda_dependencies
        if pip_version is not None:
            packages.add_conda_package(f"pip={pip_version}")
        packages.set_pip_requirements(requirements_file.read(file_path))
        return environment

    @staticmethod
    def from_conda_specification(name: str, file_path: Path) -> Environment:
        """Return an environment with the packages of a conda file.

        Args:
            name: The environment's name.
            file_path: The file.

        Raises:
            UserErrorException: The file can't be read.
            RunConfigurationException: The file has a fault; the message names the line.

        Example:
            >>> path = CondaDependencies.create(pip_packages=["pandas"]).save("train.yml")
            >>> env = Environment.from_conda_specification("train", path)
            >>> env.python.conda_dependencies.pip_packages
            ['pandas']
        """
        environment = _new(name)
        environment.python.conda_dependencies = CondaDependencies(file_path)
        return environment

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """Return an environment with the packages that an environment of conda's on this machine has.

        To run in that one itself, set ``python.interpreter_path`` to its interpreter, and
        ``python.user_managed_dependencies`` to True.

        Args:
            name: The environment's name.
            conda_environment_name: The name that conda knows.

        Raises:
            UserErrorException: conda isn't there, or knows no such environment.

        Example:
            >>> Environment.from_existing_conda_environment("train", "no-such-environment")
            Traceback (most recent call last):
            localtrack.exceptions.UserErrorException: ...
        """
        from localtrack.executor import conda

        environment = _new(name)
        said = f"what conda says of {conda_environment_name}"
        document = yaml_file.loads(conda.exported(conda_environment_name), said)
        document.pop("prefix", None)
        try:
            environment.python.conda_dependencies = CondaDependencies._from_definition(document)
        except DefinitionError as error:
            raise UserErrorException(f"{said.capitalize()} can't be used: {error}", error) from error
        return environment

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: Path | None = None,
        pip_requirements: Path | None = None,
    ) -> Environment:
        """Return the environment of an image. It can be kept and saved; submitting a script in it is refused.

        Args:
            name: The environment's name.
            image: The image's name.
            container_registry: Where the image is.
            conda_specification: A conda file with packages to add, or
            pip_requirements: a requirements file with them.

        Raises:
            UserErrorException: Both files are given, or one can't be read.
            RunConfigurationException: A file has a fault.

        Example:
            >>> Environment.from_docker_image("train", "pytorch/pytorch:latest").docker.base_image
            'pytorch/pytorch:latest'
        """
        environment = _in_container(name, conda_specification, pip_requirements)
        environment.docker.base_image = image
        if container_registry is not None:
            environment.docker.base_image_registry = container_registry
        return environment

    @staticmethod
    def from_dockerfile(
        name: str,
        dockerfile: Path,
        conda_specification: Path | None = None,
        pip_requirements: Path | None = None,
    ) -> Environment:
        """Return the environment of a Dockerfile. It can be kept and saved; submitting a script in it is refused.

        Args:
            name: The environment's name.
            dockerfile: The file's path, or its text.
            conda_specification: A conda file with packages to add, or
            pip_requirements: a requirements file with them.

        Raises:
            UserErrorException: Both files are given, or one can't be read.
            RunConfigurationException: A file has a fault.

        Example:
            >>> with open("Dockerfile", "w") as file:
            ...     _ = file.write("FROM ubuntu")
            >>> Environment.from_dockerfile("train", "Dockerfile").docker.base_dockerfile
            'FROM ubuntu'
        """
        environment = _in_container(name, conda_specification, pip_requirements)
        text = os.fspath(dockerfile)
        environment.docker.base_dockerfile = text if "\n" in text else yaml_file.read_text(text)
        environment.docker.base_image = None
        return environment

    @staticmethod
    def from_docker_build_context(name: str, docker_build_context: DockerBuildContext) -> Environment:
        """Return the environment of a folder with a Dockerfile. It can be kept; submitting a script in it is refused.

        Args:
            name: The environment's name.
            docker_build_context: The folder.

        Raises:
            UserErrorException: It is none.

        Example:
            >>> from localtrack.core.environment import DockerBuildContext
            >>> context = DockerBuildContext("Git", "https://git.example.com/train.git")
            >>> Environment.from_docker_build_context("train", context).docker.build_context.location_type
            'Git'
        """
        environment = _in_container(name, None, None)
        environment.docker.build_context = docker_build_context
        environment.docker.base_image = None
        return environment


def _new(name: str) -> Environment:
    from localtrack.core.environment import Environment

    return Environment(name)


def _in_container(name: str, conda_specification: Path | None, pip_requirements: Path | None) -> Environment:
    if conda_specification is not None and pip_requirements is not None:
        raise UserErrorException("Give a conda file or a requirements file, not both.")
    if conda_specification is not None:
        environment = EnvironmentSources.from_conda_specification(name, conda_specification)
    elif pip_requirements is not None:
        environment = EnvironmentSources.from_pip_requirements(name, pip_requirements)
    else:
        environment = _new(name)
        environment.python.user_managed_dependencies = True
    environment.docker.enabled = True
    return environment
