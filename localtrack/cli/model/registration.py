"""``localtrack model register``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.model.arguments import add_labels, add_refused, refuse_deployment
from localtrack.cli.model.table import model_table
from localtrack.cli.run.labels import labels
from localtrack.cli.run.reference import chosen
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException

if TYPE_CHECKING:
    from localtrack.core import Run

_MOST_BYTES = 16 << 20  # of a file about a run

helps["model register"] = """
type: command
short-summary: Register a file or folder as the next version of a model
long-summary: >-
    The model keeps a copy of its own. The files are some of this machine's, or some of a run's.
examples:
  - name: A file of this machine.
    text: localtrack model register -n diabetes -p outputs/model.pkl --tag quality=good
  - name: A file of the newest run.
    text: localtrack model register -n diabetes --asset-path outputs/model.pkl -r last
  - name: A file of a run that another command has submitted, which wrote its result to a file.
    text: >-
        localtrack run submit-script -t run.json train.py &&
        localtrack model register -n diabetes --asset-path outputs/model.pkl -f run.json -t model.json
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "model", "localtrack.cli.model.registration#{}") as group:
        group.command("register", "register", table_transformer=model_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "model register") as arguments:
        add_scope_arguments(arguments)
        add_labels(arguments, "tags", "--tag", "Tag")
        add_labels(arguments, "properties", "--property", "Property")
        add_refused(arguments)
        arguments.argument("name", options_list=["--name", "-n"], help="Name of the model.")
        arguments.argument(
            "model_path",
            options_list=["--model-path", "-p"],
            help="File or folder on this machine.",
            validator=_check_origin,
        )
        arguments.argument("asset_path", help="File or folder of a run, such as outputs/model.pkl.")
        arguments.argument(
            "run_id", options_list=["--run-id", "-r"], help="Id of that run, what its id alone begins with, or 'last'."
        )
        arguments.argument(
            "run_metadata_file",
            options_list=["--run-metadata-file", "-f"],
            help="File that `run submit-script -t FILE` has written, in place of the run's id.",
        )
        arguments.argument("description", options_list=["--description", "-d"], help="What it is about.")
        arguments.argument("model_framework", help="What it was made with, such as ScikitLearn.")
        arguments.argument("model_framework_version", help="The version of that.")


def register(
    name: str,
    model_path: str | None = None,
    asset_path: str | None = None,
    run_id: str | None = None,
    run_metadata_file: str | None = None,
    tags: list[str] | None = None,
    properties: list[str] | None = None,
    description: str | None = None,
    model_framework: str | None = None,
    model_framework_version: str | None = None,
    cpu_cores: str | None = None,
    memory_gb: str | None = None,
    gpu_cores: str | None = None,
    sample_input_dataset_id: str | None = None,
    sample_output_dataset_id: str | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Register the next version of a model.

    Args:
        name: Its name.
        model_path: A file or folder of this machine.
        asset_path: In place of it, one of a run.
        run_id: That run.
        run_metadata_file: Or a file with what `localtrack.cli.run.submission.submit_script` has returned of it.
        tags: Each ``name`` or ``name=value``.
        properties: Likewise.
        description: What it is about.
        model_framework: What it was made with.
        model_framework_version: The version of that.
        cpu_cores: Refused.
        memory_gb: Refused.
        gpu_cores: Refused.
        sample_input_dataset_id: Refused.
        sample_output_dataset_id: Refused.
        **kwargs: Those of `Scope`.

    Raises:
        WrongUsageException: Something about deployment was given.
        UserErrorException: There is no such run, or something can't be kept.
        ModelPathNotFoundException: There is no such file.
        ServiceException: The files could not be copied.
    """
    from localtrack.core import Model

    refuse_deployment(cpu_cores, memory_gb, gpu_cores)
    scope = Scope(**kwargs)
    facts: dict[str, Any] = {
        "tags": labels(tags),
        "properties": labels(properties),
        "description": description,
        "model_framework": model_framework,
        "model_framework_version": model_framework_version,
        "sample_input_dataset": sample_input_dataset_id,
        "sample_output_dataset": sample_output_dataset_id,
    }
    if model_path is not None:
        return Model.register(scope.workspace(), model_path, name, **facts).serialize()
    run = _run_of_file(scope, run_metadata_file) if run_metadata_file is not None else chosen(scope, str(run_id))
    return run.register_model(name, asset_path, **facts).serialize()


def _run_of_file(scope: Scope, path: str) -> Run:
    """Return the run of a file that a command's ``--output-metadata-file`` was."""
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
    except OSError as error:
        raise UserErrorException(f"{path} can't be read: {error.strerror}. Nothing was registered.", error) from error
    except (ValueError, RecursionError) as error:
        raise UserErrorException(f"{path} is not JSON, so nothing was registered: {error}.", error) from error
    found = document if isinstance(document, dict) else {}
    run_id = found.get("run_id", found.get("runId"))
    if not isinstance(run_id, str):
        raise UserErrorException(
            f"{path} has no run's id, so nothing was registered: give a file that `localtrack run submit-script -t "
            "FILE` has written, or the id by -r."
        )
    return scope.workspace().get_run(run_id)


def _check_origin(arguments: argparse.Namespace) -> None:
    runs = [each for each in (arguments.run_id, arguments.run_metadata_file) if each is not None]
    if (arguments.model_path is None) == (arguments.asset_path is None):
        raise ValueError("give either --model-path/-p, or --asset-path with a run")
    if arguments.asset_path is not None and len(runs) != 1:
        raise ValueError("--asset-path needs a run: give one of --run-id/-r and --run-metadata-file/-f")
    if arguments.model_path is not None and runs:
        raise ValueError("--model-path/-p is a file of this machine: a file of a run is given by --asset-path")
