"""Building an environment on this machine; what builds images in Azure is refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from localtrack.core.environment_base import EnvironmentBase
from localtrack.exceptions import CloudOnlyException, UserErrorException

if TYPE_CHECKING:
    import os

    from localtrack.core.docker_section import DockerImagePlatform
    from localtrack.core.workspace import Workspace


class EnvironmentBuilding(EnvironmentBase):
    """Building an environment."""

    def build_local(self, workspace: Workspace, platform: DockerImagePlatform | None = None, **kwargs: Any) -> str:
        """Build the environment on this machine if it isn't there yet, and print the log meanwhile.

        Submitting a script does the same when it is needed.

        Args:
            workspace: The workspace.
            platform: Refused: it is about images.
            **kwargs: ``useDocker``, which must be False.

        Returns:
            The path of its interpreter.

        Raises:
            UserErrorException: An image is asked for, or no script could run in the environment here.
            RunConfigurationException: It wants packages or an interpreter that can't be had.
            ExperimentExecutionException: It could not be built.

        Example:
            >>> env = Environment("mine")
            >>> env.python.user_managed_dependencies = True
            >>> import sys
            >>> env.build_local(ws) == sys.executable
            True
        """
        from localtrack.executor import interpreter, local_build

        unknown = kwargs.keys() - {"useDocker", "pushImageToWorkspaceAcr"}
        if unknown:
            raise TypeError(f"build_local() has no argument {min(unknown)!r}.")
        if platform is not None or any(kwargs.values()):
            raise UserErrorException(
                "localtrack builds no images: leave platform, useDocker and pushImageToWorkspaceAcr out, and the "
                "packages go to an environment of Python's."
            )
        refusal = self._refusal()
        if refusal is not None:
            raise UserErrorException(refusal)
        definition = self._definition()
        return interpreter.chosen(definition) or local_build.build(definition, sys.stdout.write)

    def build(self, workspace: Workspace, image_build_compute: str | None = None) -> NoReturn:
        """Refuse: images are built in Azure; `build_local` builds on this machine."""
        raise _cloud_only("Environment.build()", "use build_local(), or submit a script, which builds what it needs")

    def get_image_details(self, workspace: Workspace) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("Environment.get_image_details()", "there is no image")

    @staticmethod
    def add_private_pip_wheel(
        workspace: Workspace, file_path: str | os.PathLike[str], exist_ok: bool = False
    ) -> NoReturn:
        """Refuse: wheels are uploaded to Azure; here pip takes them from the folder that they are in."""
        raise _cloud_only(
            "Environment.add_private_pip_wheel()",
            "add the pip option '--find-links /the/folder' of the wheel, and the package by its name",
        )


class ImageBuildDetails:
    """The build of an image in Azure; there are none here."""

    def __init__(self, environment_client: object, location: object) -> None:
        raise _cloud_only("ImageBuildDetails", "use Environment.build_local()")

    @property
    def status(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("ImageBuildDetails.status", "use Environment.build_local()")

    def get_log(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("ImageBuildDetails.get_log()", "use Environment.build_local()")

    def wait_for_completion(self, show_output: bool = True) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("ImageBuildDetails.wait_for_completion()", "use Environment.build_local()")


class DockerImageDetails:
    """What Azure knows of an image; there are none here."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise _cloud_only("DockerImageDetails", "there is no image")

    @property
    def image_exist(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.image_exist", "there is no image")

    @property
    def repository(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.repository", "there is no image")

    @property
    def registry(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.registry", "there is no image")

    @property
    def image(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.image", "there is no image")

    @property
    def interpreter_path(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.interpreter_path", "there is no image")

    @property
    def environment_path(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.environment_path", "there is no image")

    @property
    def dockerfile(self) -> NoReturn:
        """Refuse: images are built in Azure."""
        raise _cloud_only("DockerImageDetails.dockerfile", "there is no image")


def _cloud_only(what: str, instead: str) -> CloudOnlyException:
    return CloudOnlyException(f"{what} means something only in Azure: {instead}.")
