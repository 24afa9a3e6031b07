"""Arguments that several commands about models have."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext

from localtrack.cli.scope import Scope
from localtrack.cli.wrong_usage import WrongUsageException

if TYPE_CHECKING:
    from localtrack.core import Model


def add_model_argument(arguments: ArgumentsContext) -> None:
    """Add the argument that names a version of a model."""
    arguments.argument(
        "model_id", options_list=["--model-id", "-i"], type=_model_id, help="Id of the model: NAME:VERSION."
    )


def add_labels(arguments: ArgumentsContext, name: str, flag: str, what: str) -> None:
    """Add an argument that takes names with values, any number of times."""
    arguments.argument(
        name,
        options_list=[flag],
        action="append",
        metavar="KEY[=VALUE]",
        help=f"{what}. Can be given several times.",
    )


def add_refused(arguments: ArgumentsContext) -> None:
    """Add the arguments that only a model in Azure can have."""
    for name, flags in (
        ("cpu_cores", ["--cpu-cores", "--cc"]),
        ("memory_gb", ["--memory-gb", "--gb"]),
        ("gpu_cores", ["--gpu-cores", "--gc"]),
    ):
        arguments.argument(name, options_list=flags, help="Refused: it is about deployment.")
    for name in ("sample_input_dataset_id", "sample_output_dataset_id"):
        arguments.argument(name, help="Refused: there are no datasets yet.")


def refuse_deployment(*given: str | None) -> None:
    """Refuse what a deployed model would run on.

    Raises:
        WrongUsageException: It is given.
    """
    if any(each is not None for each in given):
        raise WrongUsageException(
            "--cc, --gb and --gc say what a model gets where Azure deploys it; they mean nothing on this machine, and "
            "nothing was changed: leave them out."
        )


def model_of(model_id: str, **kwargs: Any) -> Model:
    """Return a version of a model.

    Raises:
        ModelNotFoundException: There is none.
    """
    from localtrack.core import Model

    return Model(Scope(**kwargs).workspace(), id=model_id)


def _model_id(text: str) -> str:
    name, _, version = text.rpartition(":")
    if not name or not version.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no id: an id is NAME:VERSION, such as {name or text}:1")
    return text
