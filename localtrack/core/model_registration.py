"""Making models of files: of a run's, and of others on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from localtrack.core import model_files
from localtrack.core.labels import checked_labels
from localtrack.exceptions import CloudOnlyException, UserErrorException
from localtrack.owner import user_name
from localtrack.paths import check_model_name
from localtrack.store.models import ModelRecord, NewModel
from localtrack.store.store import Store
from localtrack.values import check_text


def register_of_run(
    store: Store, run_id: str, name: str, path: str | os.PathLike[str] | None, **facts: Any
) -> ModelRecord:
    """Register a run's files; see `Run.register_model`."""
    new = _checked(name, **facts)
    run = store.runs.get(run_id)
    if run is None:
        raise UserErrorException(f"Run {run_id} is not in this workspace any more.")
    found = model_files.of_run(store, run, name if path is None else path)
    return _register(store, found, new, run_id=run.id, experiment=run.experiment)


def register_of_path(
    store: Store,
    name: str,
    path: str | os.PathLike[str],
    child_paths: Sequence[str | os.PathLike[str]] | None,
    **facts: Any,
) -> ModelRecord:
    """Register a file or a folder of this machine; see `Model.register`."""
    new = _checked(name, **facts)
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise UserErrorException(f"A model is a file or a folder, given by its path, not by {path!r}.")
    if isinstance(child_paths, str | os.PathLike):
        raise UserErrorException(f"child_paths is a list of paths, such as [{child_paths!r}], not {child_paths!r}.")
    return _register(store, model_files.of_path(store.layout, path, child_paths), new)


def _register(store: Store, found: model_files.ModelFiles, new: dict[str, Any], **origin: Any) -> ModelRecord:
    with model_files.copied(store, found) as (folder, size):
        return store.models.add(NewModel(path=found.path, size=size, created_by=user_name(), **new, **origin), folder)


def _checked(
    name: str,
    *,
    tags: dict[str, Any] | None,
    properties: dict[str, Any] | None,
    description: str | None,
    model_framework: str | None,
    model_framework_version: str | None,
    datasets: object,
    sample_input_dataset: object,
    sample_output_dataset: object,
    resource_configuration: object,
) -> dict[str, Any]:
    """Return what `NewModel` takes of the SDK's arguments.

    Raises:
        UserErrorException: One of them can't be kept.
        CloudOnlyException: One means something only in Azure.
    """
    refuse_datasets(datasets, sample_input_dataset, sample_output_dataset)
    refuse_resources(resource_configuration)
    return {
        "name": check_model_name(name),
        "tags": checked_labels(tags, "tag"),
        "properties": checked_labels(properties, "property"),
        "description": None if description is None else check_text(description, "The description"),
        "framework": None if model_framework is None else check_text(model_framework, "The framework"),
        "framework_version": (
            None if model_framework_version is None else check_text(model_framework_version, "The framework's version")
        ),
    }


def refuse_datasets(*given: object) -> None:
    """Refuse what a model's data sets would be.

    Raises:
        UserErrorException: There is one.
    """
    for each in given:
        if each is not None and each != []:
            raise UserErrorException(
                "localtrack has no datasets yet, so that a model can't refer to any: leave the argument out, and note "
                "the data in a tag or property, such as properties={'data': 'data/train.csv'}."
            )


def refuse_resources(configuration: object) -> None:
    """Refuse what a deployed model would run on.

    Raises:
        CloudOnlyException: It is given.
    """
    if configuration is not None:
        raise CloudOnlyException(
            "resource_configuration says what a model gets where Azure deploys it; it means nothing on this machine: "
            "leave it out."
        )
