"""``localtrack model update`` and ``model delete``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.model.arguments import (
    add_labels,
    add_model_argument,
    add_refused,
    model_of,
    refuse_deployment,
)
from localtrack.cli.model.table import model_table
from localtrack.cli.run.labels import labels
from localtrack.cli.scope import add_place_arguments
from localtrack.printable import size_text

helps["model update"] = """
type: command
short-summary: Change a model's tags or description, or add properties
long-summary: Properties that are there can't change.
examples:
  - name: Give a version a tag in place of another.
    text: localtrack model update -i diabetes:2 --add-tag stage=production --remove-tag trial
"""

helps["model delete"] = """
type: command
short-summary: Delete a version of a model with its files
long-summary: It is not asked first, as the Azure CLI doesn't. The version's number is not given again.
examples:
  - name: Delete a version.
    text: localtrack model delete -i diabetes:2
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "model", "localtrack.cli.model.change#{}") as group:
        group.command("update", "update", table_transformer=model_table)
        group.command("delete", "delete")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("update", "delete"):
        with ArgumentsContext(loader, f"model {command}") as arguments:
            add_place_arguments(arguments)
            add_model_argument(arguments)
    with ArgumentsContext(loader, "model update") as arguments:
        add_labels(arguments, "add_tag", "--add-tag", "Tag to add, or to give another value")
        add_labels(arguments, "add_property", "--add-property", "Property to add")
        arguments.argument(
            "remove_tag",
            action="append",
            metavar="KEY",
            help="Tag to remove, before others are added. Can be given several times.",
        )
        arguments.argument("description", help="What it is about.", validator=_check_change)
        add_refused(arguments)


def update(
    model_id: str,
    add_tag: list[str] | None = None,
    remove_tag: list[str] | None = None,
    add_property: list[str] | None = None,
    description: str | None = None,
    cpu_cores: str | None = None,
    memory_gb: str | None = None,
    gpu_cores: str | None = None,
    sample_input_dataset_id: str | None = None,
    sample_output_dataset_id: str | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Change a model, and return what it is then.

    Args:
        model_id: Its name and version, as ``name:version``.
        add_tag: Tags to add, each ``name`` or ``name=value``.
        remove_tag: The names of tags to remove.
        add_property: Properties to add, each ``name`` or ``name=value``.
        description: What it is about.
        cpu_cores: Refused.
        memory_gb: Refused.
        gpu_cores: Refused.
        sample_input_dataset_id: Refused.
        sample_output_dataset_id: Refused.
        **kwargs: Those of `Scope`.

    Raises:
        WrongUsageException: Something about deployment was given.
        ModelNotFoundException: There is no such model.
        UserErrorException: A property is there with another value, or something can't be kept; nothing was changed.
    """
    from localtrack.core.model_registration import refuse_datasets
    from localtrack.values import check_text

    refuse_deployment(cpu_cores, memory_gb, gpu_cores)
    refuse_datasets(sample_input_dataset_id, sample_output_dataset_id)
    check_text(description or "", "The description")  # before anything is changed
    model = model_of(model_id, **kwargs)
    if add_tag or remove_tag or add_property:
        model.update_tags_properties(labels(add_tag), remove_tag, labels(add_property))
    if description is not None:
        model.update(description=description)
    return model.serialize()


def delete(model_id: str, **kwargs: Any) -> None:
    """Say what goes, and delete a version of a model with its files.

    Args:
        model_id: Its name and version, as ``name:version``.
        **kwargs: Those of `Scope`.

    Raises:
        ModelNotFoundException: There is none.
        ServiceException: It could not be deleted, or not all of its files.
    """
    model = model_of(model_id, **kwargs)
    print(f"The model {model.id} goes, with {size_text(model.size)} of files.", file=sys.stderr, flush=True)
    model.delete()


def _check_change(arguments: argparse.Namespace) -> None:
    given = ("add_tag", "remove_tag", "add_property", "description", "cpu_cores", "memory_gb", "gpu_cores")
    if all(getattr(arguments, each) is None for each in given):
        raise ValueError("give what is to change: --add-tag, --remove-tag, --add-property or --description")
