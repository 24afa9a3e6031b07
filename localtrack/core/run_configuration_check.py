"""A run configuration's file looked at before anything is submitted: what can't be had is named with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localtrack.core import run_configuration_limits
from localtrack.core.run_configuration_file import place
from localtrack.exceptions import RunConfigurationException

if TYPE_CHECKING:
    from localtrack.core.run_configuration import RunConfiguration

_MOST_SHOWN = 60
_PYTHON = ("environment", "python")


def check(configuration: RunConfiguration, file: str | None, packages: str | None = None) -> None:
    """Refuse what a configuration wants and this machine can't do.

    Args:
        configuration: What was read from a file, and may have been changed since.
        file: The file; None if there is none, and only the packages can be at fault.
        packages: The conda file that the environment's packages were taken from, if that is not the one of the file.

    Raises:
        RunConfigurationException: Something can't be done; the message names the line, and what to set there.
    """
    from localtrack.executor import interpreter, requirements

    if file is not None:
        _check_settings(configuration, file)
        _check_interpreter(configuration, file)
    environment = configuration._environment()
    if interpreter.chosen(environment) is not None:
        return
    try:
        requirements.of_definition(environment or {})
    except RunConfigurationException as error:
        if packages is not None or file is None:
            raise RunConfigurationException(f"{packages}: {error.message}", error) from error
        raise RunConfigurationException(
            f"{place(file, *_PYTHON, 'userManagedDependencies')}: set userManagedDependencies: true for the "
            f"interpreter that submits, or change the packages in {place(file, *_PYTHON, 'condaDependencies')}.\n"
            f"{error.message}",
            error,
        ) from error


def _check_settings(configuration: RunConfiguration, file: str) -> None:
    for refusal in run_configuration_limits.refusals(configuration):
        what = f"{'.'.join(refusal.keys)} is {_shown(configuration._definition(), refusal.keys)}"
        raise RunConfigurationException(
            f"{place(file, *refusal.keys)}: {what}, and {refusal.reason}: set {refusal.instead} there.", refusal.error
        )


def _check_interpreter(configuration: RunConfiguration, file: str) -> None:
    from localtrack.executor import interpreter

    try:
        interpreter.chosen(configuration._environment())
    except RunConfigurationException as error:
        where = place(file, *_PYTHON, "interpreterPath")
        raise RunConfigurationException(f"{where}: {error.message}", error) from error


def _shown(document: Any, keys: tuple[str, ...]) -> str:
    for key in keys:
        document = document[key]
    text = json.dumps(document, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
