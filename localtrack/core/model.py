"""The registered model: files under a name and a version, kept apart from the run that they come from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from localtrack.core.inference_config import InferenceConfig as InferenceConfig
from localtrack.core.inference_config import ModelPackage as ModelPackage
from localtrack.core.model_hosting import ModelHosting
from localtrack.core.model_labels import ModelLabels
from localtrack.exceptions import ModelNotFoundException, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localtrack.core.workspace import Workspace
    from localtrack.store.models import ModelFilter, ModelRecord

    Chosen = str | dict[str, Any] | Sequence[Any] | None
    Path = str | os.PathLike[str]
    ModelList = list["Model"]  # Model.list hides the name


class Model(ModelLabels, ModelHosting):
    """One version of a registered model (the SDK's ``azureml.core.Model``).

    Calling the class loads a model that is there. Models are made by `Run.register_model` and `Model.register`. The
    tags and properties filter as in `Model.list`.

    Args:
        workspace: The workspace.
        name: The model's name; this or ``id`` is needed.
        id: Name and version, as ``name:version``.
        tags: Only a version with these tags.
        properties: Only a version with these properties.
        version: The version, from 1; the last one that fits when left out.
        run_id: Only a version that was registered from this run.
        model_framework: Only a version of this framework.
        expand: Accepted and not used.
        **kwargs: Accepted for the SDK's sake.

    Raises:
        ModelNotFoundException: There is none; the message names those that there are.
        UserErrorException: Neither name nor id is given, or a filter is none.

    Example:
        >>> with open("model.txt", "w") as file:
        ...     _ = file.write("y = 2 x")
        >>> _ = Model.register(ws, "model.txt", "line")
        >>> Model(ws, "line").id
        'line:1'
    """

    class Framework:
        """What a model may be made with; any other text will do, too."""

        CUSTOM = "Custom"
        MULTI = "Multi"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        SCIKITLEARN = "ScikitLearn"
        TENSORFLOW = "TensorFlow"
        TFKERAS = "TfKeras"

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Chosen = None,
        properties: Chosen = None,
        version: int | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        from localtrack.store.models import ModelFilter

        if id is not None:
            name_of_id, _, version_of_id = str(id).rpartition(":")
            if not version_of_id.isdecimal() or name not in (None, name_of_id):
                raise _not_found(workspace, f"id {id!r}", name)
            name, version = name_of_id, int(version_of_id)
        if name is None:
            raise UserErrorException("A model is loaded by its name, such as Model(ws, 'model'), or by its id.")
        chosen = ModelFilter(name, _number(version), run_id, model_framework, _labels(tags), _labels(properties))
        found = workspace._store.models.find(chosen)
        if not found:
            given = {
                "version": version,
                "tags": tags,
                "properties": properties,
                "run_id": run_id,
                "model_framework": model_framework,
            }
            wanted = [f"{key} {value!r}" for key, value in {"name": name, **given}.items() if value is not None]
            raise _not_found(workspace, ", ".join(wanted), name)
        self._workspace = workspace
        self._record = found[0]

    @classmethod
    def _of(cls, workspace: Workspace, record: ModelRecord) -> Model:
        model = cls.__new__(cls)
        model._workspace = workspace
        model._record = record
        return model

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: Path,
        model_name: str,
        tags: dict[str, Any] | None = None,
        properties: dict[str, Any] | None = None,
        description: str | None = None,
        datasets: object = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Sequence[Path] | None = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
    ) -> Model:
        """Register a file or a folder of this machine as the next version of a model, which keeps a copy of its own.

        Args:
            workspace: The workspace.
            model_path: The file or the folder.
            model_name: 1 to 255 letters, digits and ``. _ -``, with a letter or digit first.
            tags: Of the model.
            properties: Of the model; they can't change.
            description: Of the model.
            datasets: Not supported yet.
            model_framework: Such as `Model.Framework.SCIKITLEARN`.
            model_framework_version: Such as ``sklearn.__version__``.
            child_paths: Only these files and folders of the folder, relative to it.
            sample_input_dataset: Not supported yet.
            sample_output_dataset: Not supported yet.
            resource_configuration: Refused: it is about deployment.

        Raises:
            ModelPathNotFoundException: There is no such file.
            UserErrorException: A name, a file or another argument can't be kept.
            CloudOnlyException: ``resource_configuration`` is given.
            ServiceException: The files could not be copied.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> [Model.register(ws, "model.txt", "line").version for _ in range(2)]
            [1, 2]
        """
        from localtrack.core.model_registration import register_of_path

        record = register_of_path(
            workspace._store,
            model_name,
            model_path,
            child_paths,
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

    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Chosen = None,
        properties: Chosen = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
    ) -> ModelList:
        """Return the models of a workspace, the last registered first.

        Args:
            workspace: The workspace.
            name: Only versions of this model.
            tags: Only those with these tags: a list of names and of ``[name, value]`` pairs, a dict, or one name.
            properties: Likewise.
            run_id: Only those that were registered from this run.
            latest: Whether only the last version of each name that fits is listed.
            dataset_id: Not supported yet.
            expand: Accepted and not used.
            page_count: Accepted and not used.
            model_framework: Only those of this framework.

        Raises:
            UserErrorException: A filter is none.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> for quality in ("poor", "good"):
            ...     _ = Model.register(ws, "model.txt", "line", tags={"quality": quality})
            >>> [model.id for model in Model.list(ws, tags=[["quality", "good"]])]
            ['line:2']
        """
        from localtrack.core.model_registration import refuse_datasets
        from localtrack.store.models import ModelFilter

        refuse_datasets(dataset_id)
        chosen = ModelFilter(name, None, run_id, model_framework, _labels(tags), _labels(properties))
        return _listed(workspace, chosen, latest)

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: Workspace | None = None) -> str:
        """Return where a model's file or folder lies on this machine. It is for reading: `download` gives a copy.

        Args:
            model_name: The model's name.
            version: The version; the last one when left out.
            _workspace: The workspace; when left out that of the submitted run which this process is the script of, of
                the working folder, or else the one that is kept for programs outside of any project.

        Raises:
            ModelNotFoundException: There is no such model.
            UserErrorException: There is no workspace.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> _ = Model.register(ws, "model.txt", "line")
            >>> Model.get_model_path("line").endswith("/.azureml/models/line/1/model.txt")
            True
        """
        return Model(_workspace or _current_workspace(), model_name, version=version)._path

    def download(self, target_dir: Path = ".", exist_ok: bool = False, exists_ok: bool | None = None) -> str:
        """Copy the model's file or folder, whole or not at all.

        Args:
            target_dir: The folder to copy to; it is made if it isn't there.
            exist_ok: Whether what is there is overwritten. Other files of a folder stay.
            exists_ok: The same under an older name.

        Returns:
            The path of the file or folder.

        Raises:
            UserErrorException: There is something of that name.
            ModelNotFoundException: The model was deleted.
            ServiceException: It could not be copied.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> Model.register(ws, "model.txt", "line").download("copies")
            'copies/model.txt'
        """
        from localtrack.core.model_files import copy_out
        from localtrack.store.models import ModelFilter

        if not self._workspace._store.models.find(ModelFilter(self.name, self.version)):
            raise ModelNotFoundException(f"The model {self.id} is not in this workspace any more.")
        target = os.path.join(target_dir, self._record.path)
        overwrite = exist_ok if exists_ok is None else exists_ok
        copy_out(self._path, self._record.size, target, exist_ok=overwrite)
        return target

    def delete(self) -> None:
        """Delete this version with its files. Its number is not given again.

        Raises:
            ModelNotFoundException: It was deleted already.
            ServiceException: A file could not be removed.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> Model.register(ws, "model.txt", "line").delete()
            >>> Model.register(ws, "model.txt", "line").version
            2
        """
        self._workspace._store.models.delete(self._record)

    def serialize(self) -> dict[str, Any]:
        """Return what the model is as a dict that JSON can hold, with the SDK's keys and ``size``.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> document = Model.register(ws, "model.txt", "line").serialize()
            >>> document["id"], document["size"]
            ('line:1', 7)
        """
        return {
            "createdTime": self.created_time.isoformat(),
            "createdBy": self.created_by,
            "description": self.description,
            "experimentName": self.experiment_name,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "id": self.id,
            "mimeType": self.mime_type,
            "name": self.name,
            "properties": self.properties,
            "runId": self.run_id,
            "size": self.size,
            "tags": self.tags,
            "url": self.url,
            "version": self.version,
        }

    @staticmethod
    def deserialize(workspace: Workspace, model_payload: dict[str, Any]) -> Model:
        """Load the model that a dict of `serialize` is of, as it is now.

        Raises:
            ModelNotFoundException: The workspace does not have it.
            UserErrorException: The dict has no ``id``.

        Example:
            >>> with open("model.txt", "w") as file:
            ...     _ = file.write("y = 2 x")
            >>> document = Model.register(ws, "model.txt", "line").serialize()
            >>> Model.deserialize(ws, document).version
            1
        """
        if not isinstance(model_payload, dict) or "id" not in model_payload:
            raise UserErrorException(f"A model's dict has the key 'id', and this is {model_payload!r}.")
        return Model(workspace, id=model_payload["id"])


def latest_models(workspace: Workspace) -> dict[str, Model]:
    """Return the last version of each model, by name."""
    from localtrack.store.models import ModelFilter

    return {model.name: model for model in sorted(_listed(workspace, ModelFilter(), True), key=lambda each: each.name)}


def _listed(workspace: Workspace, chosen: ModelFilter, latest: bool) -> ModelList:
    found = workspace._store.models.find(chosen)
    if latest:
        first: dict[str, ModelRecord] = {}
        for each in found:
            first.setdefault(each.name, each)
        found = list(first.values())
    return [Model._of(workspace, each) for each in found]


def _labels(wanted: Chosen) -> dict[str, Any]:
    """Return a filter as the store takes it; the SDK writes it as a list of names and of [name, value] pairs."""
    from localtrack.core.filters import labels_filter

    if not isinstance(wanted, list | tuple):
        return labels_filter(wanted)  # type: ignore[arg-type]
    chosen: dict[str, Any] = {}
    for each in wanted:
        if isinstance(each, str):
            chosen = {**labels_filter(each), **chosen}
        elif isinstance(each, list | tuple) and len(each) == 2:
            chosen |= labels_filter({each[0]: each[1]})
        else:
            raise UserErrorException(
                f"Tags and properties are chosen by names and [name, value] pairs, such as ['a', ['b', '1']], not by "
                f"{each!r}."
            )
    return chosen


def _number(version: object) -> int | None:
    text = str(version)
    if version is None or isinstance(version, int) or text.isdecimal():
        return None if version is None else int(text)
    raise UserErrorException(f"A model's version is a number from 1, not {version!r}.")


def _not_found(workspace: Workspace, wanted: str, name: str | None) -> ModelNotFoundException:
    models = workspace._store.models
    versions = models.versions(name) if name is not None else []
    if versions:
        there = f"{name!r} has the versions {', '.join(map(str, versions))}"
    else:
        there = f"its models are: {', '.join(models.names()) or 'none'}"
    return ModelNotFoundException(f"The workspace {workspace.name!r} has no model with {wanted}; {there}.")


def _current_workspace() -> Workspace:
    from localtrack.core import registry
    from localtrack.core.context import submitted
    from localtrack.core.workspace import Workspace

    run = submitted()
    if run is not None:
        return run.experiment.workspace
    try:
        return Workspace.from_config()
    except UserErrorException:
        layout = registry.default()
        if not os.path.exists(layout.config):
            raise
        return Workspace.from_config(layout.project)
