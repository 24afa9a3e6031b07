"""Environments that localtrack builds: each once for its requirements, in this user's cache, with uv or with pip."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import distributions

from localtrack.executor import own_files
from localtrack.executor.build_failed import BuildFailed, build_failed
from localtrack.executor.build_steps import BuildSteps
from localtrack.executor.environment_folder import EnvironmentFolder, EnvironmentRecord, interpreter_of, this_boot
from localtrack.executor.requirements import Requirements

_REQUIREMENTS_FILE = "requirements.txt"

# What uv has another name for, and takes on the command line only.
_UV_OPTIONS = {"--pre": "--prerelease=allow", "--trusted-host": "--allow-insecure-host"}


@dataclass(frozen=True)
class ManagedEnvironment:
    """A built environment that this process uses.

    Attributes:
        interpreter: The path of its Python.
        own_files: The folder of localtrack's own files in it.
        folder: Where it is kept.
        record: What is known of it.
        descriptor: Keeps it from being removed as long as it is open.
    """

    interpreter: str
    own_files: str
    folder: EnvironmentFolder
    record: EnvironmentRecord
    descriptor: int

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables of a script that runs in it: its programs are found first."""
        folder = os.path.dirname(self.interpreter)
        path = given.get("PATH", os.defpath)
        result = {**given, "PATH": os.pathsep.join([folder, path]), "VIRTUAL_ENV": os.path.dirname(folder)}
        result["PYTHONPATH"] = own_files.instead_of_running(given["PYTHONPATH"], self.own_files)
        result.pop("PYTHONHOME", None)
        return result

    def command(self, process: Sequence[str], *, is_script: bool) -> list[str]:
        """Return what is to be started.

        Args:
            process: What the run's definition has.
            is_script: Whether that begins with a placeholder for the interpreter.
        """
        return [self.interpreter, *process[1:]] if is_script else list(process)

    def release(self) -> None:
        """Let it be removed, as this process's end would."""
        with suppress(OSError):  # without it, the environment is built anew after the machine's next start
            self.folder.settle(self.record)  # now that no script waits for it
        os.close(self.descriptor)


def built(requirements: Requirements, steps: BuildSteps) -> ManagedEnvironment:
    """Return the environment that has these requirements, and build it if it isn't there.

    Of several processes that ask for the same one at a time, one builds and the others wait. A build that was
    interrupted is never used.

    Args:
        requirements: What it must have.
        steps: Runs what builds it; knows the log.

    Raises:
        BuildFailed: It could not be built.
        OSError: The cache can't be written.
        ServiceException: localtrack's own files can't be put in.
    """
    folder = EnvironmentFolder(requirements.digest)
    for notice in requirements.notices:
        steps.say(f"Notice: {notice}")
    waiting = _Waiting(folder, steps)
    with folder.locked(waiting.wait):
        record = folder.record
        if record is None:
            record = _build(requirements, folder, steps)
        else:
            steps.say(f"Environment {folder.digest}, built by {record.tool} before, is used.")
        path = folder.path(record.folder)
        own = own_files.put_in(path, record.python, in_use=folder.in_use)
        return ManagedEnvironment(interpreter_of(path), own, folder, record, folder.use())


class _Waiting:
    """Says once what is waited for."""

    def __init__(self, folder: EnvironmentFolder, steps: BuildSteps) -> None:
        self._folder = folder
        self._steps = steps
        self._said = False

    def wait(self, seconds: float) -> None:
        if not self._said:
            self._said = True
            self._steps.say(f"Another run is preparing environment {self._folder.digest}: waiting for it.")
        self._steps.pause(seconds)


def _build(requirements: Requirements, folder: EnvironmentFolder, steps: BuildSteps) -> EnvironmentRecord:
    os.makedirs(folder.root, exist_ok=True)
    folder.discard_unfinished()
    name = os.urandom(6).hex()  # what a build that was killed may still write goes elsewhere
    path = folder.path(name)
    listed = [*map(_without_password, requirements.options), *map(_without_password, requirements.pip)]
    uv = shutil.which("uv", path=steps.variables.get("PATH"))
    tool = "pip" if uv is None else "uv"
    steps.say(f"Building environment {folder.digest} with {tool}, Python {requirements.python_version}:")
    for line in listed:
        steps.say(f"  {line}")
    try:
        if uv is None:
            make, install = _with_pip(requirements, path, steps.variables)
        else:
            make, install = _with_uv(uv, requirements, path)
        _run(steps, folder.root, "Making an empty environment", make, ())
        if requirements.pip:
            _write_requirements(requirements, path, for_uv=uv is not None)
            _run(steps, folder.root, "Installing packages", install, requirements.pip)
        packages = {each.name: each.version for each in distributions(path=[own_files.site_packages(path)])}
        record = EnvironmentRecord(name, listed, requirements.python_version, tool, time.time(), this_boot(), packages)
        folder.write(record)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)  # what stays goes with the next build
        raise
    steps.say(f"Built: {', '.join(f'{name} {version}' for name, version in sorted(packages.items())) or 'no packages'}")
    return record


def _run(steps: BuildSteps, folder: str, what: str, command: Sequence[str], requirements: Sequence[str]) -> None:
    start = steps.size()
    if steps.run(command, folder):
        raise build_failed(what, steps.log, start, requirements)


def _with_pip(requirements: Requirements, path: str, variables: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the commands that make an environment and that install into it."""
    python: str | None = sys.executable
    if requirements.python is not None:
        python = shutil.which(f"python{requirements.python}", path=variables.get("PATH"))
    if python is None:
        raise BuildFailed(
            f"There is no python{requirements.python} on the PATH: install it, or install uv, which fetches it; or "
            "leave python out of the environment for the version that submits."
        )
    # localtrack needs pip itself, and this one installs into other environments: none need be made for each.
    make = [python, "-P", "-m", "venv", "--without-pip", path]
    pip = [sys.executable, "-P", "-m", "pip", "--python", interpreter_of(path), "install", "--no-input"]
    return make, [*pip, "--disable-pip-version-check", "--requirement", os.path.join(path, _REQUIREMENTS_FILE)]


def _with_uv(uv: str, requirements: Requirements, path: str) -> tuple[list[str], list[str]]:
    quiet = ["--no-progress", "--color", "never"]
    make = [uv, "venv", *quiet, "--no-project", "--python", requirements.python or sys.executable, path]
    install = [uv, "pip", "install", *quiet, "--python", interpreter_of(path)]
    # as pip looks for versions: in all indexes
    install += ["--index-strategy", "unsafe-best-match", "--requirements", os.path.join(path, _REQUIREMENTS_FILE)]
    for option in requirements.options:
        name, _, value = option.partition("=")
        if name in _UV_OPTIONS:
            install += [_UV_OPTIONS[name], value] if value else [_UV_OPTIONS[name]]
    return make, install


def _write_requirements(requirements: Requirements, path: str, *, for_uv: bool) -> None:
    """Write the file that has what no command line should show: addresses may have passwords."""
    descriptor = os.open(os.path.join(path, _REQUIREMENTS_FILE), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        for option in requirements.options:
            name, _, value = option.partition("=")
            if not for_uv or name not in (*_UV_OPTIONS, "--prefer-binary"):
                file.write(f"{name} {shlex.quote(value)}\n" if value else f"{name}\n")
        file.writelines(f"{line}\n" for line in requirements.pip)


def _without_password(text: str) -> str:
    return re.sub(r"://[^/@\s]+@", "://***@", text)
