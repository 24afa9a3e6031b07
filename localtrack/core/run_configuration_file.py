"""The files of run configurations, and how an environment stands in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from localtrack import yaml_file
from localtrack.core.environment_section import DefinitionError, Section
from localtrack.core.run_configuration_path import CONDA_FILE, ENVIRONMENT_FILE, SUFFIX, project
from localtrack.exceptions import RunConfigurationException, UserErrorException


def read(path: str, keys: Iterable[str]) -> dict[str, Any]:
    """Return what a configuration's file and those that it names have.

    Args:
        path: The file.
        keys: The keys that are known. Other spellings of them, such as ``amlCompute``, are changed to them.

    Raises:
        RunConfigurationException: A file can't be read, or is no YAML of that kind.
    """
    usual = {key.lower(): key for key in keys}
    document = _load(path)
    document = {usual.get(key.lower(), key): value for key, value in document.items()}
    environment = document.get("environment")
    if isinstance(environment, str):
        path = _named(path, ("environment",), environment)
        environment = document["environment"] = _load(path)
        own: tuple[str, ...] = ()
    else:
        own = ("environment",)
    if isinstance(environment, dict):
        python = environment.get("python")
        if isinstance(python, dict):
            environment["python"] = _with_packages(path, own, python)
        _check_environment(path, own, environment)
    return document


def write(path: str, document: Mapping[str, Any], *, separate: bool) -> None:
    """Write a configuration's files; if one can't be written, none is changed.

    Args:
        path: The configuration's.
        document: What goes to it, with the environment's whole definition.
        separate: Whether that goes to a file of its own.

    Raises:
        RunConfigurationException: They can't be written.
    """
    folder, top = os.path.dirname(path), project(path)
    texts: dict[str, str] = {}
    environment = dict(document["environment"])
    python = environment.get("python") or {}
    packages = python.get("condaDependencies")
    if packages and not python.get("userManagedDependencies"):
        file = _beside(folder, CONDA_FILE, path, packages)
        texts[file] = yaml_file.dump(packages)
        rest = {key: value for key, value in python.items() if key != "condaDependencies"}
        environment["python"] = {**rest, "condaDependenciesFile": os.path.relpath(file, top)}
    whole: Any = environment
    if separate:
        file = _beside(folder, ENVIRONMENT_FILE, path, environment)
        texts[file] = yaml_file.dump(environment)
        whole = os.path.relpath(file, top)
    texts[path] = yaml_file.dump({**document, "environment": whole})
    _write_all(folder, texts)


def delete(path: str) -> None:
    """Remove a configuration's file.

    Raises:
        RunConfigurationException: It can't be removed.
    """
    try:
        os.unlink(path)
    except OSError as error:
        raise RunConfigurationException(f"{path} can't be removed: {error.strerror}.", error) from error


@contextmanager
def faults(path: str, *keys: str) -> Iterator[None]:
    """Name file, line and key in the error for a value.

    Args:
        path: The file that the value comes from.
        *keys: Where in it the document stands.
    """
    try:
        yield
    except DefinitionError as error:
        whole = DefinitionError(error.fault, (*keys, *error.keys))
        raise yaml_file.wrong(path, whole.keys, whole.text) from error


def place(path: str, *keys: str) -> str:
    """Return what messages call the line of a setting, or of the nearest above it that is there.

    Args:
        path: The configuration's file.
        *keys: The way to the setting; it may be in another file that this one names.

    Raises:
        RunConfigurationException: A file can't be read any more.
    """
    named = _load(path).get("environment")
    if keys[:1] == ("environment",) and isinstance(named, str):
        path, keys = _named(path, ("environment",), named), keys[1:]
    section: Any = _load(path)
    for key in keys[:-1]:
        section = section.get(key) if isinstance(section, dict) else None
    beside = section if isinstance(section, dict) else {}
    conda_file = beside.get("condaDependenciesFile")
    if keys[-1:] == ("condaDependencies",) and isinstance(conda_file, str) and not beside.get("condaDependencies"):
        return _named(path, (*keys[:-1], "condaDependenciesFile"), conda_file)
    return yaml_file.place(path, yaml_file.line(path, keys))


def unknown(section: Section, *keys: str) -> Iterator[str]:
    """Yield the keys of a section and those below it that nothing here knows."""
    yield from (".".join((*keys, key)) for key in section._others)
    for name, field in section._fields().items():
        value = getattr(section, name)
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for key, part in parts:
            if isinstance(part, Section):
                yield from unknown(part, *keys, field.key, *([str(key)] if key else []))


def _load(path: str) -> dict[str, Any]:
    try:
        return yaml_file.load(path)
    except UserErrorException as error:
        raise RunConfigurationException(error.message, error.inner_exception) from error


def _named(path: str, keys: tuple[str, ...], name: str) -> str:
    """Return the file that a configuration's file names."""
    for folder in (project(path), os.path.dirname(path)):
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return candidate
    raise yaml_file.wrong(path, keys, f"{'.'.join(keys)} names the file {name}, which is not in {project(path)}")


def _with_packages(path: str, keys: tuple[str, ...], python: dict[str, Any]) -> dict[str, Any]:
    """Return the section with the packages that stand in a conda file."""
    from localtrack.core.conda_dependencies import CondaDependencies

    file = python.get("condaDependenciesFile")
    if not isinstance(file, str) or python.get("condaDependencies"):
        return python
    rest = {key: value for key, value in python.items() if key != "condaDependenciesFile"}
    try:
        found = _named(path, (*keys, "python", "condaDependenciesFile"), file)
    except RunConfigurationException:
        if python.get("userManagedDependencies") is True:
            return rest  # nothing of it is needed, and the SDK's templates name one that isn't there
        raise
    packages = CondaDependencies(found)  # a fault in it is one of that file
    return {**rest, "condaDependencies": packages.as_dict()}


def _check_environment(path: str, keys: tuple[str, ...], environment: dict[str, Any]) -> None:
    from localtrack.core.environment import Environment

    with faults(path, *keys):
        Environment._from_definition({"name": "", **environment})


def _beside(folder: str, name: str, path: str, document: Mapping[str, Any]) -> str:
    """Return the file for what a configuration names: the usual one, unless that has something else already."""
    usual = os.path.join(folder, name)
    try:
        is_free = not os.path.lexists(usual) or yaml_file.load(usual) == document
    except (UserErrorException, RunConfigurationException):
        is_free = False
    bare = os.path.basename(path).removesuffix(SUFFIX)
    return usual if is_free else os.path.join(folder, f"{bare}.{name}")


def _write_all(folder: str, texts: Mapping[str, str]) -> None:
    made = []
    try:
        os.makedirs(folder, exist_ok=True)
        for path, text in texts.items():
            made.append(temporary := f"{path}.{os.getpid()}.new")
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
        for path in texts:
            os.replace(f"{path}.{os.getpid()}.new", path)
    except OSError as error:
        raise RunConfigurationException(
            f"{error.filename or folder} can't be written: {error.strerror}. Nothing was saved.", error
        ) from error
    finally:
        for temporary in made:
            if os.path.lexists(temporary):
                os.unlink(temporary)
