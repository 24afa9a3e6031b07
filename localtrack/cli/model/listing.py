"""``localtrack model list``, ``model show`` and ``model download``."""

from __future__ import annotations

import argparse
import os
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.model.arguments import add_labels, add_model_argument, model_of
from localtrack.cli.model.table import model_table
from localtrack.cli.run.labels import labels
from localtrack.cli.run.listing import whole_number
from localtrack.cli.scope import Scope, add_place_arguments
from localtrack.exceptions import UserErrorException
from localtrack.printable import printable

helps["model list"] = """
type: command
short-summary: List models, the last registered first
examples:
  - name: The last version of each model, as a table.
    text: localtrack model list --latest -o table
  - name: The versions of one model that have a tag.
    text: localtrack model list -n diabetes --tag quality=good
"""

helps["model show"] = """
type: command
short-summary: Show a model
examples:
  - name: The last version of a model.
    text: localtrack model show -n diabetes
  - name: The run that a version comes from.
    text: localtrack model show -i diabetes:2 --query runId -o tsv
"""

helps["model download"] = """
type: command
short-summary: Copy a model's file or folder
long-summary: >-
    The short flag -t is the folder's here, as the Azure CLI has it; the file for the result has its long name alone.
examples:
  - name: Copy a model into a folder, which is made.
    text: localtrack model download -i diabetes:2 -t models
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "model", "localtrack.cli.model.listing#{}") as group:
        group.command("list", "list_models", table_transformer=model_table)
        group.command("show", "show", table_transformer=model_table)
        group.command("download", "download")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("list", "show", "download"):
        with ArgumentsContext(loader, f"model {command}") as arguments:
            add_place_arguments(arguments)
            add_model_argument(arguments)
            arguments.argument("model_name", options_list=["--model-name", "-n"], help="Name of the model.")
            arguments.argument("run_id", help="Only models that were registered from this run.")
    with ArgumentsContext(loader, "model list") as arguments:
        add_labels(arguments, "tags", "--tag", "Only models with this tag, or with this value of it")
        add_labels(arguments, "properties", "--property", "Only models with this property, or with this value of it")
        arguments.argument("latest", options_list=["--latest", "-l"], help="Only the last version of each that fits.")
        arguments.argument("dataset_id", help="Refused: there are no datasets yet.")
    with ArgumentsContext(loader, "model show") as arguments:
        arguments.argument("version", type=whole_number, help="The last one when left out.", validator=_check_model)
    with ArgumentsContext(loader, "model download") as arguments:
        arguments.argument("target_dir", options_list=["--target-dir", "-t"], help="Folder for the copy.")
        arguments.argument("overwrite", help="Replace files that are there.")


def list_models(
    model_name: str | None = None,
    tags: list[str] | None = None,
    properties: list[str] | None = None,
    run_id: str | None = None,
    latest: bool = False,
    dataset_id: str | None = None,
    **kwargs: Any,
) -> list[dict[str, Any]]:
    """Return models, the last registered first.

    Args:
        model_name: Only versions of this model.
        tags: Only those with all of these, each ``name`` or ``name=value``.
        properties: Likewise.
        run_id: Only those that were registered from this run.
        latest: Only the last version of each name that fits.
        dataset_id: Refused.
        **kwargs: Those of `Scope`.
    """
    from localtrack.core import Model

    found = Model.list(
        Scope(**kwargs).workspace(),
        name=model_name,
        tags=_wanted(tags),
        properties=_wanted(properties),
        run_id=run_id,
        latest=latest,
        dataset_id=dataset_id,
    )
    return [each.serialize() for each in found]


def show(
    model_id: str | None = None,
    model_name: str | None = None,
    version: int | None = None,
    run_id: str | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Return a model.

    Args:
        model_id: Its name and version, as ``name:version``.
        model_name: Or its name.
        version: With that, its version; the last one that fits when left out.
        run_id: Only one that was registered from this run.
        **kwargs: Those of `Scope`.

    Raises:
        ModelNotFoundException: There is none.
        UserErrorException: The id has no version.
    """
    from localtrack.core import Model

    return Model(
        Scope(**kwargs).workspace(),
        name=model_name,
        id=model_id,
        version=version,
        run_id=run_id,
    ).serialize()


def download(model_id: str, target_dir: str, overwrite: bool = False, **kwargs: Any) -> dict[str, Any]:
    """Copy a model's file or folder, and return where it is.

    Args:
        model_id: Its name and version, as ``name:version``.
        target_dir: The folder for the copy; it is made if it isn't there.
        overwrite: Whether what is there is replaced.
        **kwargs: Those of `Scope`.

    Raises:
        ModelNotFoundException: There is none.
        UserErrorException: There is something of that name.
        ServiceException: It could not be copied.
    """
    model = model_of(model_id, **kwargs)
    target = os.path.join(target_dir, model._record.path)
    if os.path.lexists(target) and not overwrite:
        raise UserErrorException(
            f"{printable(target)} is there already, and nothing was copied: add --overwrite to replace it, or give "
            "another folder."
        )
    return {"id": model.id, "path": model.download(target_dir, exist_ok=overwrite), "size": model.size}


def _wanted(given: list[str] | None) -> list[Any]:
    return [name if value is None else [name, value] for name, value in labels(given).items()]


def _check_model(arguments: argparse.Namespace) -> None:
    if (arguments.model_id is None) == (arguments.model_name is None):
        raise ValueError("give either --model-id/-i or --model-name/-n")
