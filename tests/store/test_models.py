"""Versions of models, when processes are killed in the middle, or register at the same time."""

import json
import os
import signal
from pathlib import Path

import pytest

from localtrack.core import Model, Workspace
from localtrack.exceptions import ServiceException
from localtrack.store.models import ModelFilter
from localtrack.store.store import Store

REGISTER = """
import os, shutil, signal, sys
from localtrack import copying
from localtrack.core import Model, Workspace

workspace = Workspace.from_config()
workspace._store.owners.current()

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def killed_after(module, name, calls):
    true = getattr(module, name)
    left = [calls]
    def call(*arguments, **options):
        result = true(*arguments, **options)
        left[0] -= 1
        if not left[0]:
            die()
        return result
    setattr(module, name, call)
"""


@pytest.fixture
def folder(workspace: Workspace) -> str:
    """Make a model of three files in the working folder."""
    os.mkdir("net")
    for name in "abc":
        Path("net", name).write_text(name * 1000)
    return "net"


def assert_whole(workspace: Workspace) -> None:
    """Check that every version has all its files."""
    for model in Model.list(workspace):
        files = [path for path in Path(workspace._layout.model(model.name, model.version)).rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) == model.size


def killed(process) -> bool:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, output
    return True


@pytest.mark.parametrize(
    "moment",
    [
        "killed_after(os, 'makedirs', 1)",
        "killed_after(copying, 'copy', 1)",
        "killed_after(copying, 'copy', 3)",
        "os.rename = die",
        "killed_after(os, 'rename', 1)",
    ],
)
def test_a_process_is_killed_while_it_registers(workspace: Workspace, folder: str, start_python, moment: str) -> None:
    Model.register(workspace, folder, "m")
    assert killed(start_python(f"{REGISTER}\n{moment}\nModel.register(workspace, 'net', 'm')"))
    assert [model.id for model in Model.list(workspace)] == ["m:1"]
    assert Model.register(workspace, folder, "m").version == 2
    assert_whole(workspace)
    assert os.listdir(workspace._layout.unfinished_models) == []


def test_a_process_is_killed_after_it_has_registered(workspace: Workspace, folder: str, start_python) -> None:
    assert killed(start_python(f"{REGISTER}\nModel.register(workspace, 'net', 'm')\ndie()"))
    assert Model(workspace, "m").version == 1
    assert_whole(workspace)


def test_what_was_registered_is_kept_whenever_the_process_is_killed(
    workspace: Workspace, folder: str, start_python
) -> None:
    loop = "while True: print(Model.register(workspace, 'net', 'm', tags={'a': 'b'}).version, flush=True)"
    told: list[str] = []
    for _ in range(4):
        process = start_python(f"{REGISTER}\n{loop}")
        told += [process.stdout.readline() for _ in range(3)]
        process.kill()
        told += process.communicate(timeout=60)[0].splitlines()
    versions = workspace._store.models.versions("m")
    assert {int(version) for version in told} <= set(versions)
    assert versions == list(range(1, len(versions) + 1))
    assert all(model.tags == {"a": "b"} for model in Model.list(workspace))
    assert_whole(workspace)


def test_what_another_process_copies_is_left_alone(workspace: Workspace, folder: str, start_python) -> None:
    program = f"""{REGISTER}
true = copying.copy
def copy(*arguments):
    print("copying", flush=True)
    sys.stdin.readline()
    true(*arguments)
copying.copy = copy
print(Model.register(workspace, "net", "m", child_paths=["a"]).version)
"""
    process = start_python(program)
    assert process.stdout.readline() == "copying\n"
    assert Model.register(workspace, folder, "m").version == 1
    output, _ = process.communicate("go on\n", timeout=60)
    assert output == "2\n"
    assert_whole(workspace)


def test_processes_register_the_same_name_at_once(workspace: Workspace, folder: str, start_python) -> None:
    program = (
        f"{REGISTER}\nsys.stdin.readline()\nprint(*(Model.register(workspace, 'net', 'm').version for _ in range(5)))"
    )
    processes = [start_python(program) for _ in range(4)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    given = [process.communicate(timeout=60)[0].split() for process in processes]
    assert sorted(int(version) for each in given for version in each) == list(range(1, 21))
    assert all(each == sorted(each, key=int) for each in given)
    assert_whole(workspace)


def test_a_process_is_killed_while_it_deletes(workspace: Workspace, folder: str, start_python) -> None:
    Model.register(workspace, folder, "m")
    assert killed(start_python(f"{REGISTER}\nshutil.rmtree = die\nModel(workspace, 'm').delete()"))
    assert Model.list(workspace) == []
    assert Model.register(workspace, folder, "m").version == 2


def test_a_folder_that_no_row_tells_of_is_set_aside_and_kept(workspace: Workspace, folder: str) -> None:
    stray = Path(workspace._layout.model("m", 1))
    stray.mkdir(parents=True)
    (stray / "file").write_text("somebody's")
    assert Model.register(workspace, folder, "m").version == 1
    (aside,) = Path(workspace._layout.models, "m").glob("1.unregistered-*")
    assert (aside / "file").read_text() == "somebody's"
    assert_whole(workspace)


def test_nothing_is_registered_where_its_folder_can_t_be_placed(workspace: Workspace, folder: str) -> None:
    Model.register(workspace, folder, "other")
    Path(workspace._layout.models, "m").write_text("in the way")
    with pytest.raises(ServiceException, match=r"can't be put into .* Nothing was registered"):
        Model.register(workspace, folder, "m")
    assert Model.list(workspace, "m") == []
    assert os.listdir(workspace._layout.unfinished_models) == []
    os.remove(os.path.join(workspace._layout.models, "m"))
    assert Model.register(workspace, folder, "m").version == 1


def test_a_folder_that_can_t_be_removed(workspace: Workspace, folder: str, unprivileged, read_only) -> None:
    Model.register(workspace, folder, "m")
    read_only(workspace._layout.model("m", 1))
    program = f"""{REGISTER}
from localtrack.exceptions import ServiceException
try:
    Model(workspace, "m").delete()
except ServiceException as error:
    print(error)
"""
    assert "m:1 is deleted, but not all of its files" in unprivileged(program)
    assert Model.list(workspace) == []


def test_many_models_are_listed_with_their_labels(workspace: Workspace, store: Store) -> None:
    Path("file").write_text("x")
    for number in range(40):
        Model.register(workspace, "file", f"m{number % 3}", tags={"n": number}, properties={"p": -number})
    found = store.models.find(ModelFilter())
    assert [(model.tags, model.properties) for model in found] == [
        ({"n": str(number)}, {"p": str(-number)}) for number in reversed(range(40))
    ]
    assert store.models.names() == ["m0", "m1", "m2"]
    assert store.models.versions("m1") == list(range(1, 14))
    assert json.dumps(store.models.versions("absent")) == "[]"
