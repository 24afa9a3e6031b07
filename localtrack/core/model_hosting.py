"""What the SDK does with models in Azure, and nothing does on one machine."""

from __future__ import annotations

from typing import Any, NoReturn

from localtrack.exceptions import CloudOnlyException


class ModelHosting:
    """The calls of a model that mean something only in Azure; each raises one clear error."""

    @staticmethod
    def deploy(
        workspace: object,
        name: str,
        models: object,
        inference_config: object = None,
        deployment_config: object = None,
        deployment_target: object = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> NoReturn:
        """Refuse to deploy models as a web service.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.deploy")

    @staticmethod
    def package(
        workspace: object,
        models: object,
        inference_config: object = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> NoReturn:
        """Refuse to build an image with models.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.package")

    @staticmethod
    def profile(
        workspace: object,
        profile_name: str,
        models: object,
        inference_config: object,
        input_dataset: object,
        cpu: float | None = None,
        memory_in_gb: float | None = None,
        description: str | None = None,
    ) -> NoReturn:
        """Refuse to measure what a deployed model needs.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.profile")

    @staticmethod
    def print_configuration(
        models: object, inference_config: object, deployment_config: object, deployment_target: object
    ) -> NoReturn:
        """Refuse to print what a deployment would be.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.print_configuration")

    def get_sas_urls(self) -> NoReturn:
        """Refuse to make addresses from which anybody can download.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.get_sas_urls")

    def add_dataset_references(self, datasets: Any) -> NoReturn:
        """Refuse to note data sets of Azure's.

        Raises:
            CloudOnlyException: Always.
        """
        _refuse("Model.add_dataset_references")


def _refuse(call: str) -> NoReturn:
    raise CloudOnlyException(
        f"{call} works with services that exist only in Azure. On this machine, take the model's file with "
        "Model.get_model_path or download, and load it."
    )
