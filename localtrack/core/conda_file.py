"""A conda file: what it says, how it is read and how it is written."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Mapping
from typing import Any, Self

from localtrack import yaml_file
from localtrack.core.environment_section import DefinitionError, below

PYTHON_DEFAULT_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CONDA_FILE_NAME = "conda_dependencies.yml"


class CondaFile:
    """The content of a conda file.

    Args:
        conda_dependencies_file_path: The file; a default content when left out.
    """

    def __init__(self, conda_dependencies_file_path: str | os.PathLike[str] | None = None) -> None:
        if conda_dependencies_file_path is None:
            self._document: dict[str, Any] = {
                "name": "project_environment",
                "dependencies": [f"python={PYTHON_DEFAULT_VERSION}"],
                "channels": ["anaconda", "conda-forge"],
            }
        else:
            content = yaml_file.load(conda_dependencies_file_path)
            try:
                self._document = _checked(content)
            except DefinitionError as error:
                raise yaml_file.wrong(conda_dependencies_file_path, error.keys, error.text) from None

    def save_to_file(
        self, base_directory: str | os.PathLike[str], conda_file_path: str | os.PathLike[str] | None = None
    ) -> str:
        """Write a conda file, in place of one that is there, and return its path.

        Args:
            base_directory: A folder.
            conda_file_path: The file, relative to the folder; ``conda_dependencies.yml`` when left out.

        Raises:
            UserErrorException: It can't be written.

        Example:
            >>> CondaDependencies().save_to_file(".", "train.yml")
            './train.yml'
        """
        return self.save(os.path.join(base_directory, conda_file_path or CONDA_FILE_NAME))

    def save(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write a conda file, in place of one that is there, and return its path.

        Args:
            path: The file, or a folder for its ``conda_dependencies.yml``; the working folder when left out.

        Raises:
            UserErrorException: It can't be written.

        Example:
            >>> path = CondaDependencies.create(pip_packages=["pandas"]).save("train.yml")
            >>> CondaDependencies(path).pip_packages
            ['pandas']
        """
        file = os.fspath(path) if path is not None else CONDA_FILE_NAME
        if os.path.isdir(file):
            file = os.path.join(file, CONDA_FILE_NAME)
        yaml_file.write(file, self.serialize_to_string())
        return file

    def serialize_to_string(self) -> str:
        """Return the text of the conda file.

        Example:
            >>> print(CondaDependencies.create(pip_packages=["pandas"], python_version="3.12").serialize_to_string())
            name: project_environment
            dependencies:
            - python=3.12
            - pip:
              - pandas
            channels:
            - anaconda
            - conda-forge
            <BLANKLINE>
        """
        return yaml_file.dump(self._document)

    def as_dict(self) -> dict[str, Any]:
        """Return the content of the conda file.

        Example:
            >>> CondaDependencies.create(python_version="3.12").as_dict()["dependencies"]
            ['python=3.12']
        """
        return copy.deepcopy(self._document)

    def _definition(self) -> dict[str, Any]:
        return self.as_dict()

    @classmethod
    def _from_definition(cls, document: Any) -> Self:
        """Return the dependencies that the content of a conda file describes. Keys that are not known are kept.

        Raises:
            DefinitionError: It describes none.
        """
        found = cls.__new__(cls)
        found._document = _checked(document)
        return found

    @property
    def _dependencies(self) -> list[Any]:
        found: list[Any] = self._document["dependencies"]
        return found

    def __repr__(self) -> str:
        return self.serialize_to_string()


def _checked(document: Any) -> dict[str, Any]:
    """Return a copy of a conda file's content, if it is one.

    Raises:
        DefinitionError: It is none.
    """
    if not isinstance(document, Mapping):
        raise DefinitionError(f"must be the content of a conda file, not {document!r}")
    if "dependencies" not in document:
        raise DefinitionError("must have the key 'dependencies', with a list of packages")
    checked = copy.deepcopy(dict(document))
    with below("dependencies"):
        checked["dependencies"] = _checked_dependencies(document["dependencies"])
    with below("channels"):
        checked["channels"] = _texts(document.get("channels"))
    if not isinstance(document.get("name"), str | None):
        raise DefinitionError(f"must be a text, not {document['name']!r}", ("name",))
    return checked


def _checked_dependencies(entries: Any) -> list[Any]:
    found: list[Any] = []
    if not isinstance(entries, list | None):
        raise DefinitionError(f"must be a list, not {entries!r}")
    for place, each in enumerate(entries or ()):
        with below(place):
            if isinstance(each, Mapping) and set(each) == {"pip"}:
                if any(isinstance(other, dict) for other in found):
                    raise DefinitionError("must not be a second list for pip")
                with below("pip"):
                    found.append({"pip": _texts(each["pip"])})
            elif isinstance(each, str):
                found.append(each)
            else:
                raise DefinitionError(f"must be a text such as 'numpy=1.26', or 'pip:' with a list, not {each!r}")
    return found


def _texts(entries: Any) -> list[str]:
    if not isinstance(entries, list | None):
        raise DefinitionError(f"must be a list of texts, not {entries!r}")
    for place, each in enumerate(entries or ()):
        if not isinstance(each, str) or not each.strip():
            raise DefinitionError(f"must be a text, not {each!r}", (place,))
    return list(entries or ())
