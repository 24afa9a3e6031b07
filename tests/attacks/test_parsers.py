"""Files that others wrote: each is read or refused, shortly and by its name; nothing is written."""

import json
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import owner, user_folders
from localtrack.cli.model.registration import register
from localtrack.core import CondaDependencies, Environment, RunConfiguration, Workspace, config
from localtrack.core.run_configuration_check import check
from localtrack.exceptions import (
    AzureMLException,
    RunConfigurationException,
    WorkspaceException,
)
from localtrack.executor import environment, requirements
from localtrack.paths import Layout

Answered = Callable[..., Any]

fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SCOPE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/"
NUMBERS = st.sampled_from([0, -1, 1.5, 2**63, -(2**64), 10**400, 5e-324, float("inf"), float("nan")])
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", "\0", "../x", "/etc/passwd", ".", "no", "0x1f", "a\nb", "é 🎉", "a" * 5000, "~", "a=1", "-e ."]
    ),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
KEYS = st.sampled_from(
    [
        *("script", "arguments", "target", "framework", "command", "environment", "environmentVariables", "python"),
        *("condaDependencies", "condaDependenciesFile", "dependencies", "pip", "channels", "name", "version", "docker"),
        *("enabled", "baseImage", "interpreterPath", "userManagedDependencies", "history", "outputCollection"),
        *("directoriesToWatch", "nodeCount", "maxRunDurationSeconds", "data", "dataReferences", "port", "AmlCompute"),
        *("applicationEndpoints", "spark", "r", "identity", "subscription_id", "resource_group", "workspace_name"),
        *("Scope", "Path", "Id", "run_id", "runId"),
    ]
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, TEXTS), inner, max_size=6)),
    max_leaves=12,
)
YAML_PARTS = st.sampled_from(
    [
        *("script", "arguments", "environment", "python", "dependencies", "pip", "name", ": ", ":", "\n", "\n  ", "- "),
        *(
            "[",
            "]",
            "{",
            "}",
            ",",
            "'",
            '"',
            "|",
            ">",
            "#",
            "&a ",
            "*a",
            "!",
            "!!int ",
            "!!float ",
            "!!bool ",
            "!!str ",
        ),
        *(
            "!!python/object/apply:os.system ",
            "!!binary ",
            "? ",
            "---",
            "...",
            "%YAML 1.1",
            "<<",
            "~",
            "\t",
            "\\",
            "\0",
        ),
        *("1e3", "0o8", "0x", "1:30", "on", "9" * 5000, ".inf", "-", "\ufeff", "\x85", "\u2028", "2001-01-01"),
    ]
)
YAML = st.one_of(
    st.lists(YAML_PARTS, max_size=20).map("".join).map(str.encode),
    st.text(max_size=30).map(lambda text: text.encode(errors="surrogatepass")),
    st.binary(max_size=30),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    st.dictionaries(KEYS, DOCUMENTS, max_size=6).map(lambda document: json.dumps(document).encode()),
)
JSON = st.one_of(
    YAML, st.lists(st.sampled_from([*'[]{},:"0-\\', "true", "NaN", '"\\ud800"', "1e999"])).map("".join).map(str.encode)
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of keys that nobody knows
        yield tmp_path


def written(name: str, content: bytes | str) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def saved(found: RunConfiguration) -> Any:
    """Return what comes back of a configuration that was written and read again."""
    repr(found)
    found.save("again.runconfig")
    return RunConfiguration.load("again.runconfig")


@fuzz
@given(content=YAML)
def test_a_run_configuration(answered: Answered, content: bytes) -> None:
    written("x.runconfig", content)
    found = answered(lambda: RunConfiguration.load("x.runconfig"), "x.runconfig")
    if isinstance(found, RunConfiguration):
        assert isinstance(saved(found), RunConfiguration)
        answered(lambda: check(found, os.path.abspath("x.runconfig")))


@fuzz
@given(content=YAML)
def test_a_conda_file(answered: Answered, content: bytes) -> None:
    written("conda.yml", content)
    found = answered(lambda: CondaDependencies("conda.yml"), "conda.yml")
    if isinstance(found, CondaDependencies):
        repr(found)
        written("x.runconfig", "environment: {python: {condaDependenciesFile: conda.yml}}")
        answered(lambda: check(RunConfiguration.load("x.runconfig"), os.path.abspath("x.runconfig")))


@fuzz
@given(content=JSON)
def test_an_environment_s_folder(answered: Answered, content: bytes) -> None:
    os.makedirs("env", exist_ok=True)
    written("env/azureml_environment.json", content)
    found = answered(lambda: Environment.load_from_directory("env"), "azureml_environment.json", "conda")
    if isinstance(found, Environment):
        repr(found)


@fuzz
@given(
    content=st.lists(
        st.one_of(TEXTS, st.sampled_from(["-r ", "-r a.txt", "#", "\\", "\n", "a==1", ";", "--pre", " ", "\r"])),
        max_size=8,
    ).map("".join)
)
def test_a_requirements_file(answered: Answered, content: str) -> None:
    written("a.txt", content)
    found = answered(lambda: Environment.from_pip_requirements("e", "a.txt"), "a.txt", "/etc/passwd")
    if isinstance(found, Environment):
        answered(lambda: requirements.of_definition(json.loads(repr(found))))


@fuzz
@given(document=st.one_of(DOCUMENTS, st.dictionaries(KEYS, DOCUMENTS)))
def test_a_definition_that_is_built(answered: Answered, document: Any) -> None:
    answered(lambda: requirements.of_definition(document))
    answered(lambda: requirements.of_definition({"python": {"condaDependencies": {"dependencies": document}}}))


@fuzz
@given(content=JSON)
def test_a_workspace_s_configuration(answered: Answered, content: bytes) -> None:
    path = os.path.abspath(written("config.json", content))
    answered(lambda: config.read(path), "config.json")


@fuzz
@given(document=st.fixed_dictionaries({"Scope": TEXTS.map(SCOPE.__add__)}, optional={"Path": DOCUMENTS}))
def test_a_workspace_s_name_and_path(answered: Answered, document: Any) -> None:
    path = os.path.abspath(written("config.json", json.dumps(document)))
    answered(lambda: config.read(path), "config.json")


@pytest.mark.parametrize("key", ["Path", "workspace_name", "resource_group"])
@pytest.mark.parametrize("value", ["a\0b", "\ud800", "a/" * 5000, "a\x1b[2Jb"])
def test_no_workspace_is_made_of_a_hostile_configuration(answered: Answered, key: str, value: str) -> None:
    document = {"subscription_id": "s", "resource_group": "g", "workspace_name": "w", key: value}
    written("config.json", json.dumps(document))
    if (key, value) != ("Path", "a\x1b[2Jb"):  # which is a folder's name like others
        assert isinstance(answered(lambda: Workspace.from_config("config.json"), "config.json"), WorkspaceException)


@fuzz
@given(content=JSON)
def test_a_file_about_a_run(answered: Answered, workspace: Workspace, content: bytes) -> None:
    written("run.json", content)
    found = answered(lambda: register("m", asset_path="outputs/a", run_metadata_file="run.json"))
    assert isinstance(found, AzureMLException)


@fuzz
@given(content=JSON)
def test_a_queued_environment(answered: Answered, content: bytes) -> None:
    layout = Layout(".azureml")
    os.makedirs(layout.queued, exist_ok=True)
    path = os.path.join(layout.queued, "run.json")
    written(path, content)
    try:
        found = environment.take(layout, "run.json")
    except ValueError:  # which fails the run
        assert Path(path).exists()
    else:
        assert all(isinstance(each, str) for each in (*found, *found.values()))


@fuzz
@given(content=JSON)
def test_what_an_owner_says_of_itself(content: bytes) -> None:
    written("0123456789ab.lock", content)
    found = owner.read(".", "0123456789ab") or {}
    assert isinstance(found.get("host"), str | None) and isinstance(found.get("pid"), int | None)


@pytest.mark.parametrize(
    "content", ["", "[", "[" * 5000, "5", "[5]", '["a"]', '["s", "g", "w", "\\u0000"]', '{"a": 1}']
)
def test_a_note_of_a_workspace(workspace: Workspace, content: str) -> None:
    folder = os.path.join(user_folders.data(), "workspaces")
    os.makedirs(folder, exist_ok=True)
    written(os.path.join(folder, "damaged.json"), content)
    with pytest.warns(UserWarning, match=r"damaged\.json is damaged"):
        assert "damaged" not in Workspace.list()


MILLION = 1_000_000
LARGE_YAML = {
    "deep lists": "a: " + "[" * MILLION,
    "deep maps": "a: " + "{a: " * 200_000,
    "keys of keys": "? " * 500_000,
    "dashes": "- " * 500_000,
    "an open quote": 'a: "' + "\\" * MILLION,
    "spaces": " " * MILLION,
    "digits": "nodeCount: " + "9" * 5000,
    "hexadecimal digits": "framework: 0x" + "f" * 6000,
    "a long text": "nodeCount: " + "x" * MILLION,
    "a long key": "x" * 900_000 + ": 1\nnodeCount: []",
    "a bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "no bool": "a: !!bool maybe",
    "no float": "a: !!float ''",
    "two mebibytes": "#" * (2 << 20),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", LARGE_YAML.values(), ids=LARGE_YAML.keys())
def test_yaml_that_is_made_to_take_time_or_room(answered: Answered, text: str) -> None:
    written("x.runconfig", text)
    with pytest.raises(RunConfigurationException):
        raise answered(lambda: RunConfiguration.load("x.runconfig"), "x.runconfig")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "entry", ["a" + " " * 900_000 + "b", "a; " + "(" * 5000, "a==" + "9" * 5000, "-i '" + "a" * MILLION]
)
@pytest.mark.parametrize("kind", ["conda", "pip"])
def test_packages_that_are_made_to_take_time(answered: Answered, kind: str, entry: str) -> None:
    dependencies = [entry] if kind == "conda" else [{"pip": [entry]}]
    definition = {"python": {"condaDependencies": {"dependencies": dependencies}}}
    answer = answered(lambda: requirements.of_definition(definition))
    assert isinstance(answer, RunConfigurationException | requirements.Requirements)


@pytest.mark.timeout(20)
def test_requirements_that_include_each_other_again_and_again(answered: Answered) -> None:
    for number in range(19):
        written(f"{number}.txt", f"-r {number + 1}.txt\n" * 4)
    written("19.txt", "a")
    written("spaces.txt", "a" + " " * MILLION + "b")
    assert "more than 200 files" in str(answered(lambda: Environment.from_pip_requirements("e", "0.txt")))
    assert isinstance(answered(lambda: Environment.from_pip_requirements("e", "spaces.txt")), Environment)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_file_where_one_is_read(answered: Answered, make: Callable[[str], None]) -> None:
    make("x")
    for read in (
        lambda: CondaDependencies("x"),
        lambda: Environment.from_pip_requirements("e", "x"),
        lambda: Environment.from_dockerfile("e", "x"),
        lambda: RunConfiguration.load(".", "x"),
    ):
        assert isinstance(answered(read, "x"), AzureMLException)
