"""The models that are made of a run's files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from localtrack.core.run_base import RunBase

if TYPE_CHECKING:
    from localtrack.core.model import Model


class RunModels(RunBase):
    """The models that are made of a run's files."""

    def register_model(
        self,
        model_name: str,
        model_path: str | os.PathLike[str] | None = None,
        tags: dict[str, Any] | None = None,
        properties: dict[str, Any] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: object = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
        **kwargs: Any,
    ) -> Model:
        """Register files of this run as the next version of a model, which keeps a copy of its own.

        Args:
            model_name: The model's name: 1 to 255 letters, digits and ``. _ -``, with a letter or digit first.
            model_path: One of the run's files, or a folder of them, such as ``outputs/model.pkl``; ``model_name`` when
                left out. While a script runs, what it has written to ``./outputs`` is there at once.
            tags: Of the model.
            properties: Of the model; they can't change.
            model_framework: Such as `Model.Framework.SCIKITLEARN`.
            model_framework_version: Such as ``sklearn.__version__``.
            description: Of the model.
            datasets: Not supported yet.
            sample_input_dataset: Not supported yet.
            sample_output_dataset: Not supported yet.
            resource_configuration: Refused: it is about deployment.
            **kwargs: None is known.

        Returns:
            The model.

        Raises:
            ModelPathNotFoundException: The run has no such file; the message names those it has.
            UserErrorException: The name or another argument can't be kept.
            CloudOnlyException: ``resource_configuration`` is given.
            ServiceException: The files could not be copied.
            TypeError: There is a keyword that the SDK doesn't have.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> _ = run.upload_file("outputs/model.txt", "model.txt")
            >>> model = run.register_model("line", "outputs/model.txt", tags={"quality": "good"})
            >>> model.name, model.version, model.tags
            ('line', 1, {'quality': 'good'})
        """
        from localtrack.core.model import Model
        from localtrack.core.model_registration import register_of_run

        if kwargs:
            raise TypeError(f"register_model() got an unexpected keyword argument {next(iter(kwargs))!r}")
        workspace = self.experiment.workspace
        record = register_of_run(
            self._store,
            self._id,
            model_name,
            model_path,
            tags=tags,
            properties=properties,
            description=description,
            model_framework=model_framework,
            model_framework_version=model_framework_version,
            datasets=datasets,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
        )
        return Model._of(workspace, record)
