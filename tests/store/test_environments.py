"""Versions of environments, when processes are killed in the middle, or register at the same time."""

import signal

import pytest

from localtrack.core import Environment, Workspace
from localtrack.exceptions import UserErrorException

REGISTER = """
import os, signal, sys
from localtrack.core import Environment, Workspace

environment = Environment("shared")
environment.environment_variables["WHO"] = sys.argv[1]
workspace = Workspace.from_config()
"""


def test_processes_that_register_at_once_get_versions_of_their_own(workspace: Workspace, start_python) -> None:
    program = f"{REGISTER}\nfor _ in range(5): print(environment.register(workspace).version)\n"
    processes = [start_python(program, number) for number in range(4)]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, printed
    versions = workspace._store.environments.versions("shared")
    assert versions == [*range(1, len(versions) + 1)]
    for number, output in enumerate(printed):
        for version in output.split():
            found = Environment.get(workspace, "shared", version)
            assert found.environment_variables == {"WHO": str(number)}


def test_a_version_is_there_when_its_process_is_killed(workspace: Workspace, start_python) -> None:
    process = start_python(f"{REGISTER}\nenvironment.register(workspace)\nos.kill(os.getpid(), signal.SIGKILL)", "it")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, output
    assert Environment.get(workspace, "shared").environment_variables == {"WHO": "it"}


def test_nothing_of_a_version_is_there_when_its_process_was_killed_before_the_end(
    workspace: Workspace, start_python
) -> None:
    program = f"""{REGISTER}
import json
from localtrack.store import environments
dumps = json.dumps
def dump(*arguments, **options):
    text = dumps(*arguments, **options)
    if isinstance(arguments[0], dict) and arguments[0].get("name") == "shared":
        environments.time.time_ns = lambda: os.kill(os.getpid(), signal.SIGKILL)
    return text
json.dumps = dump
environment.register(workspace)
"""
    process = start_python(program, "it")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, output
    assert Environment.list(workspace) == {}
    assert Environment("shared").register(workspace).version == "1"


def test_a_definition_that_json_can_t_hold_is_refused(workspace: Workspace) -> None:
    environment = Environment("e")
    environment.docker.base_image_registry.registry_identity = object()
    with pytest.raises(UserErrorException, match="'e' can't be kept"):
        environment.register(workspace)
    assert Environment.list(workspace) == {}
