"""The container of an environment. It is kept, but nothing runs in a container here."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from localtrack.core.container_registry import ContainerRegistry
from localtrack.core.environment_section import Field, Section
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core.workspace import Workspace

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"

# Azure's images to build on have no packages of their own, those that it calls curated have.
_BASE_IMAGE = re.compile(r"mcr\.microsoft\.com/azureml/(?!curated/).*")


class DockerImagePlatform(Section):
    """The system of an image."""

    os = Field("os", str, "Linux", doc="The operating system.")
    architecture = Field("architecture", str, "amd64", doc="The processor.")


class DockerBuildContext(Section):
    """The files that an image is built from.

    Args:
        location_type: What kind of place they are in.
        location: The place.
        dockerfile_path: The Dockerfile among them.
    """

    location_type = Field("locationType", str | None, doc="What kind of place the files are in.")
    location = Field("location", str | None, doc="The place.")
    dockerfile_path = Field("dockerfilePath", str, "Dockerfile", doc="The Dockerfile, relative to the place.")

    def __init__(
        self, location_type: str | None = None, location: str | None = None, dockerfile_path: str = "Dockerfile"
    ) -> None:
        super().__init__()
        self.location_type = location_type
        self.location = location
        self.dockerfile_path = dockerfile_path

    @staticmethod
    def from_local_directory(
        workspace: Workspace, path: str, dockerfile_path: str = "Dockerfile"
    ) -> DockerBuildContext:
        """Return the context that a folder of this machine is. The folder stays where it is.

        Args:
            workspace: The workspace.
            path: The folder.
            dockerfile_path: The Dockerfile in it.

        Raises:
            UserErrorException: There is no such Dockerfile.

        Example:
            >>> import os
            >>> from localtrack.core.environment import DockerBuildContext
            >>> os.mkdir("image")
            >>> with open("image/Dockerfile", "w") as file:
            ...     _ = file.write("FROM ubuntu")
            >>> DockerBuildContext.from_local_directory(ws, "image").dockerfile_path
            'Dockerfile'
        """
        file = os.path.join(path, dockerfile_path)
        if not os.path.isfile(file):
            raise UserErrorException(f"There is no {file}: give the folder, and the Dockerfile relative to it.")
        return DockerBuildContext("LocalDirectory", os.path.abspath(path), dockerfile_path)


class DockerSection(Section):
    """The image that an environment is built on."""

    enabled = Field("enabled", bool, False, doc="Whether scripts run in a container; submitting one is refused then.")
    base_image = Field("baseImage", str | None, DEFAULT_CPU_IMAGE, doc="The image that is built on.")
    base_dockerfile = Field("baseDockerfile", str | None, doc="The text of a Dockerfile instead of an image.")
    build_context = Field(
        "buildContext", DockerBuildContext | None, doc="A folder with a Dockerfile instead of an image."
    )
    base_image_registry = Field("baseImageRegistry", ContainerRegistry, ContainerRegistry, doc="Where the image is.")
    platform = Field("platform", DockerImagePlatform, DockerImagePlatform, doc="The system of the image.")
    shared_volumes = Field("sharedVolumes", bool, True, doc="Whether folders are shared with the container.")
    arguments = Field("arguments", list, list, doc="More arguments of ``docker run``.")
    shm_size = Field("shmSize", str | None, "2g", doc="The size of the shared memory.")
    gpu_support = Field("gpuSupport", bool, False, doc="Whether graphics cards are wanted.")

    def _needed_for(self, own_packages: bool) -> str | None:
        """Return what of this section a script can't do without, or None if it runs without a container.

        Args:
            own_packages: Whether the packages are those that the interpreter has already.
        """
        if self.enabled:
            return "docker.enabled is True"
        if self.base_dockerfile is not None:
            return "docker.base_dockerfile is set"
        if self.build_context is not None:
            return "docker.build_context is set"
        if own_packages and self.base_image is not None and not _BASE_IMAGE.fullmatch(self.base_image):
            return f"its packages are those of the image {self.base_image!r}"
        return None


class DockerEnvironment(DockerSection):
    """The older name of `DockerSection`."""
