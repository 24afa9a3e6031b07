"""``localtrack environment``."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localtrack.core import Environment, Workspace
from localtrack.executor import environment_cache
from localtrack.executor.environment_folder import EnvironmentFolder, EnvironmentRecord, this_boot

DAY = 86400


@pytest.fixture
def built(cli) -> Callable[..., EnvironmentFolder]:
    """Put an environment into the user's cache as a build leaves it there."""

    def build(digest: str, *requirements: str, used_days_ago: float = 0, whole: bool = True) -> EnvironmentFolder:
        folder = EnvironmentFolder(digest)
        python = Path(folder.path("first"), "bin", "python")
        python.parent.mkdir(parents=True)
        python.write_bytes(bytes(100_000))
        if whole:
            folder.write(EnvironmentRecord("first", [*requirements], "3.12", "pip", 0.0, this_boot(), {}))
        os.close(folder.use())
        used = time.time() - used_days_ago * DAY
        os.utime(folder.path("used"), (used, used))
        return folder

    return build


def digests() -> list[str]:
    return [each.digest for each in environment_cache.cached()]


def register(cli, name: str, *packages: str) -> Environment:
    environment = Environment(name)
    for package in packages:
        environment.python.conda_dependencies.add_pip_package(package)
    return environment.register(Workspace.from_config(cli.folder))


def test_registered_environments_are_listed_in_their_last_version(attached):
    register(attached, "train", "pandas")
    register(attached, "train", "pandas", "scikit-learn==1.5")
    own = Environment("own")
    own.python.user_managed_dependencies = True
    own.python.interpreter_path = "/usr/bin/python3"
    own.register(Workspace.from_config(attached.folder))

    documents = {each["name"]: each for each in json.loads(attached("environment", "list").out)}
    assert sorted(documents) == ["own", "train"]
    Environment.get(Workspace.from_config(attached.folder), "train").save_to_directory(attached.home / "saved")
    saved = json.loads((attached.home / "saved" / "azureml_environment.json").read_text())
    assert documents["train"].keys() == saved.keys()
    assert documents["train"]["version"] == "2"
    assert documents["own"]["python"]["interpreterPath"] == "/usr/bin/python3"

    header, _, *rows = attached("environment", "list", "-o", "table").out.splitlines()
    assert header.split() == ["Name", "Version", "Interpreter", "Packages"]
    by_name = {row.split()[0]: row for row in rows}
    assert by_name["train"].endswith("pandas, scikit-learn==1.5")
    assert by_name["own"].split() == ["own", "1", "/usr/bin/python3"]


def test_an_environment_is_shown_in_the_version_asked_for(attached):
    register(attached, "train", "pandas")
    register(attached, "train", "polars")
    packages = ["--query", "python.condaDependencies.dependencies[-1].pip[]", "-o", "tsv"]
    assert attached("environment", "show", "-n", "train", *packages).out == "polars\n"
    assert attached("environment", "show", "-n", "train", "-v", "1", *packages).out == "pandas\n"
    assert "pandas" in attached("environment", "show", "-n", "train", "-v", "1", "-o", "table").out
    assert "'train' has the versions 1, 2" in attached("environment", "show", "-n", "train", "-v", "3", code=1).err
    assert "no environment 'test'" in attached("environment", "show", "-n", "test", code=1).err


def test_built_environments_are_listed_without_a_workspace(cli, built):
    folder = built("1a2b", "pandas", "numpy<2", used_days_ago=2)
    built("half", whole=False)
    half, whole = json.loads(cli("environment", "list", "--built").out)
    assert whole == {
        "hash": "1a2b",
        "requirements": ["pandas", "numpy<2"],
        "python": "3.12",
        "size": environment_cache.cached()[1].size,
        "lastUsed": whole["lastUsed"],
        "inUse": False,
    }
    assert whole["size"] >= 100_000
    used = datetime.fromtimestamp(folder.last_used, UTC)
    assert abs(datetime.fromisoformat(whole["lastUsed"]) - used).total_seconds() < 0.001
    assert (half["hash"], half["requirements"], half["python"]) == ("half", None, None)

    header, _, _, row = cli("environment", "list", "--built", "-o", "table").out.splitlines()
    assert header.split() == ["Hash", "Python", "Size", "LastUsed", "InUse", "Requirements"]
    size = [f"{whole['size'] / 1e3:.1f}", "kB"]
    assert row.split() == ["1a2b", "3.12", *size, *f"{used:%Y-%m-%d %H:%M}".split(), "False", "pandas,", "numpy<2"]


def test_there_may_be_no_built_environments(cli):
    assert json.loads(cli("environment", "list", "--built").out) == []
    done = cli("environment", "prune")
    assert (json.loads(done.out), done.err) == ([], "")


def test_built_environments_belong_to_no_workspace(attached):
    assert "leave -w" in attached("environment", "list", "--built", "-w", "demo", code=2).err


def test_prune_removes_what_was_not_used_for_so_long_and_is_not_in_use(cli, built):
    built("old", "pandas", used_days_ago=40)
    built("new", used_days_ago=2)
    in_use = built("busy", used_days_ago=50)
    descriptor = in_use.use()
    os.utime(in_use.path("used"), (0, 0))
    try:
        done = cli("environment", "prune", "--unused-days", "30", "--yes")
        assert [each["hash"] for each in json.loads(done.out)] == ["old"]
        assert done.err.splitlines()[0] == "These environments go:" and done.err.splitlines()[1].endswith(": pandas")
        assert len(done.err.splitlines()) == 2
        assert sorted(digests()) == ["busy", "new"]
        cli("environment", "prune", "-y")
        assert digests() == ["busy"]
    finally:
        os.close(descriptor)


def test_prune_without_a_terminal_says_what_would_go_and_removes_nothing(cli, built):
    built("old", "pandas")
    process = cli.start("environment", "prune", stdin=subprocess.DEVNULL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and out == ""
    assert "old" in err and "pandas" in err and "Add --yes" in err
    assert digests() == ["old"]


@pytest.mark.parametrize(
    ("answer", "code", "left"), [("y\n", 0, []), ("YES\n", 0, []), ("n\n", 1, ["old"]), ("\n", 1, ["old"])]
)
def test_prune_asks_on_a_terminal(cli, built, answer, code, left):
    built("old")
    ours, theirs = os.openpty()
    try:
        process = cli.start("environment", "prune", "--query", "[].hash", "-o", "tsv", stdin=theirs)
        os.write(ours, answer.encode())
        out, err = process.communicate(timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == code, err
    assert "Remove them? (y/N): " in err and "old" in err
    assert out == ("" if left else "old\n")
    assert digests() == left


def test_what_has_come_into_use_since_it_was_shown_stays(cli, built):
    built("old", used_days_ago=1)
    taken = built("taken", used_days_ago=1)
    busy = built("busy", used_days_ago=1).use()  # was not shown, and is not in use any more when the answer comes
    descriptor = None
    ours, theirs = os.openpty()
    try:
        process = cli.start("environment", "prune", "--query", "[].hash", "-o", "tsv", stdin=theirs)
        shown = ""
        while not shown.endswith("(y/N): "):
            read = process.stderr.read(1)
            assert read, shown
            shown += read
        descriptor = taken.use()
        os.close(busy)
        os.write(ours, b"y\n")
        out, err = process.communicate(timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
        if descriptor is not None:
            os.close(descriptor)
    assert "taken" in shown and "busy" not in shown and process.returncode == 0, err
    assert out == "old\n"
    assert sorted(digests()) == ["busy", "taken"]


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "x"])
def test_days_that_are_none_are_wrong_usage(cli, built, days):
    built("old")
    assert "is no number of days from 0 up" in cli("environment", "prune", "--yes", f"--unused-days={days}", code=2).err
    assert digests() == ["old"]


def test_help_has_examples(cli):
    for command in ("list", "show", "register", "download", "scaffold", "prune"):
        text = cli("environment", command, "--help").out
        assert f"localtrack environment {command}" in text.partition("Examples")[2]


def test_an_environment_goes_from_a_folder_to_the_workspace_and_back(attached):
    folder = attached.folder / "env"
    done = attached("environment", "scaffold", "-n", "train", "-d", "env")
    assert (done.out, done.err) == ("", "")
    assert sorted(os.listdir(folder)) == ["azureml_environment.json", "conda_dependencies.yml"]
    conda = attached.write("env/conda_dependencies.yml", "dependencies:\n- python=3.12\n- pip: [pandas]\n")
    registered = json.loads(attached("environment", "register", "-d", "env").out)
    assert (registered["name"], registered["version"]) == ("train", "1")
    assert registered == json.loads(attached("environment", "show", "-n", "train").out)
    _, _, row = attached("environment", "register", "-d", "env", "-o", "table").out.splitlines()
    assert row.split() == ["train", "1", "python=3.12,", "pandas"]

    conda.write_text("dependencies:\n- pip: [polars]\n")
    assert attached("environment", "register", "-d", "env", "--query", "version").out == '"2"\n'
    error = attached("environment", "download", "-n", "train", "-v", "1", "-d", "env", code=1).err
    assert f"env{os.sep}azureml_environment.json is there already" in error and "--overwrite" in error
    assert "polars" in conda.read_text()
    done = attached("environment", "download", "-n", "train", "-v", "1", "-d", "env", "--overwrite")
    assert (done.out, done.err) == ("", "")
    assert "pandas" in conda.read_text()
    attached("environment", "download", "-n", "train", "-d", "new/folder", "-w", "demo", "-g", "group")
    assert Environment.load_from_directory(attached.folder / "new" / "folder").version == "2"


def test_what_can_t_be_written_or_registered_is_named(attached):
    attached.write("env/azureml_environment.json", '{"name": "a b"}')
    assert "give another folder" in attached("environment", "scaffold", "-n", "train", "-d", "env", code=1).err
    assert (attached.folder / "env" / "azureml_environment.json").read_text() == '{"name": "a b"}'
    assert "'a b' can't be an environment's name" in attached("environment", "register", "-d", "env", code=1).err
    assert "azureml_environment.json can't be read" in attached("environment", "register", "-d", "no", code=1).err
    assert "no environment 'no'" in attached("environment", "download", "-n", "no", "-d", "x", code=1).err
    assert not (attached.folder / "x").exists()
