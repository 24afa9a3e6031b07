"""An environment in a folder, to be looked at, changed and put under version control."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from localtrack import yaml_file
from localtrack.core.conda_dependencies import CONDA_FILE_NAME, CondaDependencies
from localtrack.core.environment_base import EnvironmentBase
from localtrack.core.environment_section import DefinitionError
from localtrack.exceptions import RunConfigurationException, UserErrorException

if TYPE_CHECKING:
    from localtrack.core.environment import Environment

    Path = str | os.PathLike[str]

DEFINITION_FILE_NAME = "azureml_environment.json"
DOCKERFILE_NAME = "BaseDockerfile"


class EnvironmentFiles(EnvironmentBase):
    """Writing an environment to files, and reading it."""

    def save_to_directory(self, path: Path, overwrite: bool = False) -> None:
        """Write the environment to a folder: ``azureml_environment.json`` and ``conda_dependencies.yml``.

        The text of ``docker.base_dockerfile``, if there is one, goes to ``BaseDockerfile``.

        Args:
            path: The folder; it is made if it isn't there.
            overwrite: Whether these files are written in place of others.

        Raises:
            UserErrorException: A file is there already, or can't be written.

        Example:
            >>> env = Environment("train")
            >>> env.python.conda_dependencies.add_pip_package("pandas")
            >>> env.save_to_directory("environment")
            >>> Environment.load_from_directory("environment").python.conda_dependencies.pip_packages
            ['pandas']
        """
        definition = self._definition()
        packages = definition["python"].pop("condaDependencies")
        definition["python"]["condaDependenciesFile"] = None if packages is None else CONDA_FILE_NAME
        files = {} if packages is None else {CONDA_FILE_NAME: self.python.conda_dependencies.serialize_to_string()}
        if self.docker.base_dockerfile is not None:
            files[DOCKERFILE_NAME] = definition["docker"]["baseDockerfile"]
            definition["docker"]["baseDockerfile"] = None
        files[DEFINITION_FILE_NAME] = f"{json.dumps(definition, indent=4)}\n"
        try:
            os.makedirs(path, exist_ok=True)
        except OSError as error:
            raise UserErrorException(f"{error.filename or path} can't be made: {error.strerror}.", error) from error
        names = (CONDA_FILE_NAME, DEFINITION_FILE_NAME, DOCKERFILE_NAME)
        there = [name for name in names if os.path.lexists(os.path.join(path, name))]
        if there and not overwrite:
            raise UserErrorException(
                f"{os.path.join(path, there[0])} is there already, and was left as it was: give another folder, or "
                "overwrite=True."
            )
        for name, text in files.items():
            yaml_file.write(os.path.join(path, name), text)
        if DOCKERFILE_NAME in there and DOCKERFILE_NAME not in files:
            os.unlink(os.path.join(path, DOCKERFILE_NAME))  # it would be read as a part of this environment

    @staticmethod
    def load_from_directory(path: Path) -> Environment:
        """Return the environment that `save_to_directory` has written to a folder.

        Args:
            path: The folder.

        Raises:
            UserErrorException: A file can't be read.
            RunConfigurationException: A file has a fault; the message names the line.

        Example:
            >>> Environment("train").save_to_directory("environment")
            >>> Environment.load_from_directory("environment").name
            'train'
        """
        from localtrack.core.environment import Environment

        file = os.path.join(path, DEFINITION_FILE_NAME)
        definition = _load(file)
        try:
            environment = Environment._from_definition(_without_file(definition))
        except DefinitionError as error:
            raise yaml_file.wrong(file, error.keys, error.text) from None
        dockerfile = os.path.join(path, DOCKERFILE_NAME)
        if os.path.exists(dockerfile):
            environment.docker.base_dockerfile = yaml_file.read_text(dockerfile)
        conda_file = _conda_file(file, definition)
        for name in filter(None, (conda_file, CONDA_FILE_NAME)):
            beside = os.path.join(path, name)
            if os.path.exists(beside):
                environment.python.conda_dependencies = CondaDependencies(beside)
                break
        else:
            if conda_file:
                raise UserErrorException(f"{os.path.join(path, conda_file)} is not there, and {file} names it.")
        return environment


def _load(file: str) -> dict[str, Any]:
    try:
        content = json.loads(yaml_file.read_text(file), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise yaml_file.wrong_line(file, error.lineno, f"this is no JSON: {error.msg}") from error
    except ValueError as error:
        raise yaml_file.wrong_line(file, None, f"this can't be read: {error}") from error
    except RecursionError as error:
        raise _too_deep(file) from error
    if _is_deeper(content, yaml_file.MOST_DEPTH):
        raise _too_deep(file)
    if not isinstance(content, dict):
        raise yaml_file.wrong_line(file, 1, "there must be an object with an environment's keys")
    return content


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"one of the keys {', '.join(found)} is there twice")
    return found


def _too_deep(file: str) -> RunConfigurationException:
    return yaml_file.wrong_line(file, None, f"values are nested too deep, in more than {yaml_file.MOST_DEPTH} levels")


def _is_deeper(content: Any, levels: int) -> bool:
    layer = [content]
    while layer and levels >= 0:
        levels -= 1
        lists = (each.values() if isinstance(each, dict) else each for each in layer if isinstance(each, dict | list))
        layer = [each for values in lists for each in values]
    return bool(layer)


def _conda_file(file: str, definition: dict[str, Any]) -> str | None:
    """Return the conda file that a definition names."""
    name = (definition.get("python") or {}).get("condaDependenciesFile")
    if not isinstance(name, str | None):
        keys = ("python", "condaDependenciesFile")
        raise yaml_file.wrong(file, keys, f"{'.'.join(keys)} must be a text, not {name!r}")
    return name


def _without_file(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition that names no conda file, which is read by its place in the folder."""
    python = definition.get("python")
    if not isinstance(python, dict):
        return definition
    return {**definition, "python": {key: value for key, value in python.items() if key != "condaDependenciesFile"}}
