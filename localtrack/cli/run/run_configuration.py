"""The run configuration that a script is submitted with: a file, and what the command line says instead of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from knack.log import get_logger

from localtrack.exceptions import ComputeTargetException, RunConfigurationException, UserErrorException
from localtrack.paths import AZUREML
from localtrack.printable import printable

if TYPE_CHECKING:
    from localtrack.core.run_configuration import RunConfiguration

_SUFFIX = ".runconfig"
_FIRST = f"local{_SUFFIX}"  # what `folder attach` writes

_logger = get_logger(__name__)


def add_arguments(arguments: Any) -> None:
    """Add the arguments that choose and change a run configuration to a command.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    arguments.argument(
        "run_configuration_name",
        options_list=["--run-configuration-name", "-c"],
        help="Run configuration: the name of a file in .azureml below --path, with or without .runconfig, or the path "
        "of a file.",
    )
    arguments.argument(
        "conda_dependencies",
        options_list=["--conda-dependencies", "-d"],
        metavar="FILE",
        help="Conda file whose packages the script's environment is built with, instead of what the run configuration "
        "says of its packages.",
    )
    arguments.argument(
        "target",
        options_list=["--target", "--ct"],
        help="Compute target, instead of the run configuration's: local, or one of `localtrack computetarget list`.",
    )


def find(name: str, folder: str, project: str) -> str:
    """Return the file of a run configuration.

    Args:
        name: Its name, with or without its suffix, or a path, which may be relative to the working folder too.
        folder: Where it is looked for first.
        project: Where it is looked for then, if the folder is below it.

    Raises:
        RunConfigurationException: There is none; the message names those that there are.
    """
    from localtrack.core import run_configuration_path

    if os.path.basename(name) != name:
        for path in (name, os.path.join(folder, name)):
            if os.path.isfile(path):
                return os.path.abspath(path)
        raise RunConfigurationException(
            f"There is no file {os.path.abspath(name)}: give the path of one behind -c, or a run configuration's name."
        )
    folder = os.path.abspath(folder)
    is_below = os.path.commonpath([os.path.realpath(folder), project]) == project
    places = [folder, project] if is_below and os.path.realpath(folder) != project else [folder]
    errors = []
    for place in places:
        try:
            found = run_configuration_path.find(place, name)
            _warn_of_another(found)
            return found
        except RunConfigurationException as error:
            errors.append(error)
    raise RunConfigurationException(f"{errors[-1].message}\n{_advice(name, places[-1])}", errors[-1])


def changed(
    file: str | None, folder: str, script: list[str], conda_dependencies: str | None, target: str | None
) -> RunConfiguration:
    """Return a run configuration as the command line wants it.

    Args:
        file: Its file; None for one that runs a script in this interpreter.
        folder: What paths may be relative to, besides the working folder.
        script: The script and its arguments, instead of the file's; empty for those.
        conda_dependencies: The conda file whose packages are put in.
        target: The compute target, instead of the file's.

    Raises:
        RunConfigurationException: A file has a fault, or wants what can't be had here; the message names the line.
        UserErrorException: There is nothing to run, or the conda file can't be read.
    """
    from localtrack.core import run_configuration_check
    from localtrack.core.conda_dependencies import CondaDependencies
    from localtrack.core.run_configuration import RunConfiguration

    configuration = RunConfiguration() if file is None else RunConfiguration.load(file)
    if script:
        configuration.script, configuration.arguments, configuration.command = script[0], script[1:], None
    elif not configuration.script and not configuration.command:
        raise UserErrorException(f"{file} names no script: set script in it, or give one behind the options.")
    if target is not None:
        configuration.target = target
    packages = None
    if conda_dependencies is not None:
        beside = os.path.join(folder, conda_dependencies)
        is_beside = os.path.isfile(beside) and not os.path.isfile(conda_dependencies)
        packages = beside if is_beside else conda_dependencies
        configuration.environment.python.conda_dependencies = CondaDependencies(packages)
        configuration.environment.python.user_managed_dependencies = False
    run_configuration_check.check(configuration, file, packages)
    return configuration


def without_target(file: str, error: ComputeTargetException) -> ComputeTargetException:
    """Return the error for a run configuration whose compute target there is none of.

    Args:
        file: The run configuration's file.
        error: What submitting has raised.
    """
    from localtrack.core.run_configuration_file import place

    return ComputeTargetException(
        f"{place(file, 'target')}: {error.message}\nMake it with `localtrack computetarget create amlcompute`, or add "
        "--target local.",
        error,
    )


def _warn_of_another(file: str) -> None:
    """Say which file is taken where a name means two: what `RunConfiguration.save` writes has no suffix."""
    other = file.removesuffix(_SUFFIX) if file.endswith(_SUFFIX) else f"{file}{_SUFFIX}"
    if os.path.isfile(other):
        _logger.warning("%s is used, and not %s.", printable(file), printable(os.path.basename(other)))


def _advice(name: str, folder: str) -> str:
    """Return how the run configuration of a name is made."""
    wanted = name if name.endswith(_SUFFIX) else f"{name}{_SUFFIX}"
    first = os.path.join(folder, AZUREML, _FIRST)
    if wanted == _FIRST or not os.path.isfile(first):
        how = f"`localtrack folder attach` writes {_FIRST}, to begin with"
    else:
        how = f"To make it, copy {first} to {wanted} beside it, and change it there"
    return f"{how}. Without -c, the script runs in this interpreter."
