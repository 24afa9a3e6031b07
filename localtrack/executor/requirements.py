"""What an environment must have, as pip is asked for it; made from the conda and pip lists of its definition."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from localtrack.exceptions import RunConfigurationException
from localtrack.executor import conda_packages

_LAYOUT = 1  # of a built environment; another number makes all of them anew

_OLDEST_MINOR, _NEWEST_MINOR = 11, 14  # of the Python 3 that localtrack runs in
_MOST_PATCHES = 50

_OPTIONS_WITH_VALUE = {
    "-i": "--index-url",
    "-f": "--find-links",
    **{
        name: name
        for name in (
            "--index-url",
            "--extra-index-url",
            "--find-links",
            "--trusted-host",
            "--no-binary",
            "--only-binary",
        )
    },
}
_FLAGS = ("--no-index", "--pre", "--prefer-binary")
_URL = re.compile(r"(?:(?:git|hg|svn|bzr)\+\S+|(?:https?|ftp|file)://\S+)", re.IGNORECASE)
_OWN_ENVIRONMENT = (
    "run in an environment of your own: python.user_managed_dependencies = True, and python.interpreter_path = "
    "the path of its Python"
)


@dataclass(frozen=True)
class Requirements:
    """What an environment must have. Equal ones share an environment.

    Attributes:
        pip: Requirements as in a requirements file, normalised and sorted.
        options: Options of pip's as ``--name`` or ``--name=value``, in the order given.
        python: Such as ``3.12``; None for the version of this interpreter.
        notices: What the user should know of how these came about; no part of the environment.
    """

    pip: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    python: str | None = None
    notices: tuple[str, ...] = ()

    @property
    def python_version(self) -> str:
        """The Python version, such as ``3.12``."""
        return self.python or _this_version()

    @property
    def digest(self) -> str:
        """The name of the environment that has these: 24 hexadecimal digits, the same in every process of a machine."""
        abi = sys.abiflags if self.python_version == _this_version() else ""
        machine = [sys.platform, platform.machine(), sys.implementation.name, self.python_version + abi]
        content = json.dumps([_LAYOUT, machine, self.pip, self.options])
        return hashlib.sha256(content.encode()).hexdigest()[:24]


def of_definition(environment: Mapping[str, Any]) -> Requirements:
    """Return what a managed environment must have.

    Args:
        environment: The SDK's document of an environment, whose ``python.condaDependencies`` counts.

    Raises:
        RunConfigurationException: pip can't be asked for all of it; the message names what it is, and what to do.
    """
    environment = _below({"environment": environment}, "environment", dict)
    python = _below(environment, "python", dict)
    document = _below(python, "condaDependencies", dict)
    reader = _Reader(str(environment.get("name") or ""))
    for entry in _below(document, "dependencies", list):
        if isinstance(entry, str):
            reader.add_conda(entry)
        elif isinstance(entry, Mapping) and set(entry) == {"pip"}:
            for line in _below(entry, "pip", list):
                reader.add_pip(line)
        else:
            raise RunConfigurationException(
                f"The environment {reader.name!r} has {_shown(entry)} among its dependencies: there can be texts for "
                "conda packages, and one {'pip': [...]}."
            )
    return reader.result()


def _below(document: Mapping[str, Any], key: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
    """Return what stands in a document under a key; nothing if there is none."""
    found = document.get(key)
    if not isinstance(found, kind | None):
        raise RunConfigurationException(
            f"The definition of the environment can't be used: {key} must be a {kind.__name__}, not {_shown(found)}."
        )
    return found or kind()


def _shown(value: object) -> str:
    return f"{value!r:.{conda_packages.MOST_SHOWN}}"


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self._pip: set[str] = set()
        self._options: list[str] = []
        self._python: str | None = None
        self._notices: list[str] = []
        self._refused: list[str] = []

    def add_conda(self, text: str) -> None:
        package = conda_packages.parsed(text)
        if package.name == "python":
            self._choose_python(text, package.versions)
            return
        if package.name == "pip":
            # It is among the files that every environment gets with localtrack.
            if package.versions:
                self._notices.append(f"{text} was not heeded: the environment has the pip of localtrack's.")
            return
        if package.pip_name is None:
            self._refused.append(package.name)
            return
        if package.build is not None:
            self._notices.append(f"The build in {text} was not heeded: pip has none.")
        if package.pip_name != canonicalize_name(package.name):
            self._notices.append(f"{text} was taken from pip, where it is called {package.pip_name}.")
        self._add(f"{package.pip_name}{package.versions}")

    def add_pip(self, line: object) -> None:
        if not isinstance(line, str):
            raise self._fault(line, "it must be a text")
        if len(line) > conda_packages.MOST_CHARACTERS:
            raise self._fault(line, f"it has {len(line)} characters")
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if not text:
            return
        if _URL.fullmatch(text):
            self._pip.add(text)
        elif text.startswith("-"):
            self._options.extend(self._read_options(line, text))
        else:
            text, *hashes = (part.strip() for part in re.split(r"\s(?=--hash[= ])", text))
            self._add(text, hashes)

    def result(self) -> Requirements:
        if self._refused:
            raise RunConfigurationException(
                f"The environment {self.name!r} needs conda packages that pip does not have: "
                f"{', '.join(sorted(set(self._refused)))}. localtrack builds environments with pip. Leave them out if "
                f"the script finds them on this machine, or {_OWN_ENVIRONMENT}."
            )
        options = tuple(dict.fromkeys(self._options))
        return Requirements(tuple(sorted(self._pip)), options, self._python, tuple(self._notices))

    def _add(self, text: str, hashes: Iterable[str] = ()) -> None:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError) as error:
            reason = "it is no requirement of pip's"
            if text.startswith((".", "/", "~")) or "/" in text or os.sep in text or text.endswith((".whl", ".gz")):
                reason = (
                    "a path means nothing where the environment is built. Add the folder of wheels by '--find-links "
                    "/its/whole/path' and ask for the package by its name"
                )
            raise self._fault(text, reason) from error
        requirement.name = canonicalize_name(requirement.name)
        if requirement.name == "localtrack" or requirement.name.partition("-")[0] == "azureml":
            self._notices.append(f"{text} was left out: localtrack is azureml here, and every environment has it.")
            return
        self._pip.add(" ".join([str(requirement), *hashes]))

    def _read_options(self, line: str, text: str) -> Iterator[str]:
        try:
            words = iter(shlex.split(text))
        except ValueError as error:
            raise self._fault(line, f"it can't be read: {error}") from error
        for word in words:
            name, _, value = word.partition("=")
            if word in _FLAGS:
                yield word
            elif name in _OPTIONS_WITH_VALUE:
                value = value or next(words, "")
                if not value:
                    raise self._fault(line, f"{name} needs a value")
                if name in ("-f", "--find-links") and not (os.path.isabs(value) or "://" in value):
                    raise self._fault(line, "the path must be a whole one, because it is read from another folder")
                yield f"{_OPTIONS_WITH_VALUE[name]}={value}"
            elif name in ("-e", "--editable", "-r", "--requirement", "-c", "--constraint"):
                raise self._fault(
                    line,
                    "the environment is shared by runs, and built where files of this folder are not at hand. List "
                    "what is in the file, and leave code of your own in source_directory, from where it is imported",
                )
            else:
                known = ", ".join((*dict.fromkeys(_OPTIONS_WITH_VALUE.values()), *_FLAGS))
                raise self._fault(line, f"of pip's options there can be {known}")

    def _choose_python(self, text: str, versions: str) -> None:
        wanted = SpecifierSet(versions, prereleases=True)
        this = sys.version_info.minor
        for minor in (this, *range(_OLDEST_MINOR, _NEWEST_MINOR + 1)):
            if any(f"3.{minor}.{patch}" in wanted for patch in range(_MOST_PATCHES)):
                break
        else:
            raise RunConfigurationException(
                f"The environment {self.name!r} wants {text}, and localtrack needs 3.{_OLDEST_MINOR} or newer: "
                f"change it to python=3.{this}, or leave it out for the version that submits."
            )
        self._python = None if minor == this else f"3.{minor}"
        if minor == this and platform.python_version() not in wanted:
            self._notices.append(f"{text} became {platform.python_version()}, the 3.{minor} that submits.")

    def _fault(self, line: object, reason: str) -> RunConfigurationException:
        return RunConfigurationException(
            f"The environment {self.name!r} has {_shown(line)} in its pip list, which can't be used: {reason}."
        )


def _this_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
