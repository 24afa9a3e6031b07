"""Environments: described, kept in a workspace, written to files, read from files that people write."""

import copy
import json
import os
import pickle
import sys
from pathlib import Path

import pytest

from localtrack.core import ContainerRegistry, Environment, Experiment, Run, ScriptRunConfig, Workspace
from localtrack.core.environment import (
    DEFAULT_GPU_IMAGE,
    DockerBuildContext,
    DockerImageDetails,
    DockerImagePlatform,
    EnvironmentReference,
    ImageBuildDetails,
    RCranPackage,
    RSection,
    SparkPackage,
)
from localtrack.exceptions import (
    CloudOnlyException,
    ExperimentExecutionException,
    RunConfigurationException,
    UserErrorException,
)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)


@pytest.fixture
def full() -> Environment:
    """Make an environment in which nothing is as it was."""
    environment = Environment("full")
    environment.version = "7"
    environment.environment_variables = {"A": "b", "COUNT": 3}
    environment.inferencing_stack_version = "latest"
    environment.python.interpreter_path = "/opt/python"
    environment.python.user_managed_dependencies = True
    environment.python.conda_dependencies.add_pip_package("pandas")
    environment.python.base_conda_environment = "base"
    environment.docker.enabled = True
    environment.docker.base_image = "mine"
    environment.docker.arguments.append("--net=host")
    environment.docker.platform.architecture = "arm64"
    environment.docker.base_image_registry.address = "registry.example.com"
    environment.docker.build_context = DockerBuildContext("Git", "https://git.example.com", "Dockerfile.cpu")
    environment.spark.packages = [SparkPackage("com.example", "thing", "1.0")]
    environment.r = RSection()
    package = RCranPackage()
    package.name = "dplyr"
    environment.r.cran_packages.append(package)
    return environment


def described(environment: Environment) -> dict:
    return environment._definition()


def test_a_new_environment_is_described_as_the_sdk_does() -> None:
    definition = described(Environment("mine"))
    assert (definition["name"], definition["version"], definition["r"]) == ("mine", None, None)
    assert definition["environmentVariables"] == {}
    python = definition["python"]
    assert python["condaDependencies"]["channels"] == ["anaconda", "conda-forge"]
    assert (python["userManagedDependencies"], python["interpreterPath"]) == (False, "python")
    assert (python["condaDependenciesFile"], python["baseCondaEnvironment"]) == (None, None)
    docker = definition["docker"]
    assert (docker["enabled"], docker["sharedVolumes"], docker["shmSize"]) == (False, True, "2g")
    assert docker["platform"] == {"os": "Linux", "architecture": "amd64"}
    assert docker["baseImageRegistry"]["address"] is None
    assert definition["spark"] == {"repositories": [], "packages": [], "precachePackages": True}
    assert json.loads(repr(Environment("mine"))) == definition


def test_a_definition_is_read_as_it_was_with_what_is_not_known(full: Environment) -> None:
    definition = described(full)
    definition["assetId"] = "azureml://x"
    definition["docker"]["newKey"] = {"deep": [1]}
    definition["python"]["condaDependencies"]["variables"] = {"A": "b"}
    definition["spark"]["packages"][0]["scope"] = "runtime"
    again = Environment._from_definition(json.loads(json.dumps(definition)))
    assert described(again) == definition
    assert again.environment_variables == {"A": "b", "COUNT": "3"}
    assert again.spark.packages[0].artifact == "thing"
    assert again.r is not None and again.r.cran_packages[0].name == "dplyr"
    definition["docker"]["newKey"]["deep"].append(2)
    assert described(again)["docker"]["newKey"] == {"deep": [1]}
    for copied in (again.clone("full"), copy.deepcopy(again), pickle.loads(pickle.dumps(again))):
        copied.version = "7"
        assert described(copied) == described(again)


def test_null_means_the_default_where_there_must_be_a_value() -> None:
    environment = Environment._from_definition(
        {"name": "e", "docker": None, "spark": None, "environmentVariables": None, "python": {"interpreterPath": None}}
    )
    assert described(environment) == described(Environment("e"))


def test_a_clone_is_another_environment(full: Environment) -> None:
    cloned = full.clone("other")
    assert (cloned.name, cloned.version) == ("other", None)
    cloned.python.conda_dependencies.add_pip_package("numpy")
    cloned.docker.arguments.clear()
    cloned.environment_variables.clear()
    assert full.python.conda_dependencies.pip_packages == ["pandas"]
    assert full.docker.arguments == ["--net=host"]
    assert full.environment_variables == {"A": "b", "COUNT": "3"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda e: setattr(e.python, "user_managed_dependencies", "yes"), r"user_managed_dependencies must be True or"),
        (
            lambda e: setattr(e.python, "conda_dependencies", {}),
            "must be a CondaDependencies or None",
        ),
        (lambda e: setattr(e, "docker", None), "Environment.docker must be a DockerSection, not None"),
        (lambda e: setattr(e, "name", None), "name must be a text"),
        (lambda e: setattr(e.docker, "arguments", "--net"), "arguments must be a list of texts"),
        (lambda e: setattr(e.docker, "arguments", [1]), "0 must be a text, not 1"),
        (lambda e: setattr(e, "environment_variables", {"A": None}), "A must be a text"),
        (lambda e: setattr(e, "environment_variables", {"A=": "b"}), "can't be an environment variable's name"),
        (lambda e: setattr(e.spark, "packages", ["a"]), "a SparkPackage"),
        (lambda e: setattr(e.docker, "enabled", 1), "enabled must be True or False, not 1"),
    ],
)
def test_a_wrong_value_is_refused_when_it_is_set(wrong, message: str) -> None:
    environment = Environment("e")
    before = described(environment)
    with pytest.raises(UserErrorException, match=message):
        wrong(environment)
    assert described(environment) == before


def test_a_slip_in_an_attribute_s_name_is_refused() -> None:
    environment = Environment("e")
    with pytest.raises(AttributeError, match="no 'user_managed_dependancies'; it has interpreter_path, user_"):
        environment.python.user_managed_dependancies = True
    with pytest.raises(AttributeError, match="no 'enviroment_variables'"):
        environment.enviroment_variables = {}
    with pytest.raises(TypeError, match="no argument 'python'"):
        Environment("e", python=None)


def test_what_was_put_into_a_list_or_dict_is_looked_at_when_it_is_used(workspace: Workspace) -> None:
    environment = Environment("e")
    environment.environment_variables["A"] = None  # type: ignore[assignment]
    with pytest.raises(UserErrorException, match=r"environmentVariables\.A must be a text"):
        environment.register(workspace)
    environment.environment_variables["A"] = 1  # type: ignore[assignment]
    assert environment.register(workspace).environment_variables == {"A": "1"}


def test_environments_are_kept_in_versions(workspace: Workspace) -> None:
    environment = Environment("train")
    first = environment.register(workspace)
    assert (first.name, first.version, environment.version) == ("train", "1", None)
    environment.environment_variables["A"] = "größe 🙂"
    assert [environment.register(workspace).version for _ in range(2)] == ["2", "2"]
    assert first.register(workspace).version == "3"
    Environment("other").register(workspace)

    assert Environment.get(workspace, "train").version == "3"
    assert Environment.get(workspace, "train", version="2").environment_variables == {"A": "größe 🙂"}
    assert Environment.get(workspace, "train", 1).environment_variables == {}
    assert {name: each.version for name, each in workspace.environments.items()} == {"other": "1", "train": "3"}
    assert described(workspace.environments["other"]) == {**described(Environment("other")), "version": "1"}
    assert EnvironmentReference("train", "2").get_environment(workspace).version == "2"


def test_everything_of_an_environment_is_kept(workspace: Workspace, full: Environment) -> None:
    full.register(workspace)
    assert described(Environment.get(workspace, "full")) == {**described(full), "version": "1"}


def test_a_label_is_on_one_version(workspace: Workspace) -> None:
    environment = Environment("train")
    environment.register(workspace)
    environment.environment_variables["A"] = "b"
    environment.register(workspace)
    Environment.label(workspace, "train", "1", ["good", "first"])
    Environment.label(workspace, "train", "2", ["good"])
    assert Environment.get(workspace, "train", label="good").version == "2"
    assert Environment.get(workspace, "train", label="first").version == "1"
    with pytest.raises(UserErrorException, match="no environment 'train' labeled 'bad'; 'train' has the versions 1, 2"):
        Environment.get(workspace, "train", label="bad")
    with pytest.raises(UserErrorException, match="not by both"):
        Environment.get(workspace, "train", "1", "good")
    for version in ("3", "x", "\u0661"):
        with pytest.raises(UserErrorException, match="no environment 'train' in version"):
            Environment.label(workspace, "train", version, ["lost"])
    with pytest.raises(UserErrorException):
        Environment.label(workspace, "train", "1", ["fine", ""])
    with pytest.raises(UserErrorException):
        Environment.get(workspace, "train", label="fine")


def test_an_environment_that_is_not_there_is_named_with_those_that_are(workspace: Workspace) -> None:
    with pytest.raises(UserErrorException, match="no environment 'train'; its environments are: none"):
        Environment.get(workspace, "train")
    Environment("b").register(workspace)
    with pytest.raises(UserErrorException, match=r"'AzureML-x'; its environments are: b\. Azure's own"):
        Environment.get(workspace, "AzureML-x")
    for version in ("2", "Autosave_2021", 10**30):
        with pytest.raises(UserErrorException, match="'b' has the versions 1"):
            Environment.get(workspace, "b", version)


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "ä", "a" * 256])
def test_a_name_that_can_t_be_kept_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="can't be an environment's name"):
        Environment(name).register(workspace)
    assert workspace.environments == {}


def test_an_environment_goes_to_a_folder_and_comes_back(full: Environment) -> None:
    full.save_to_directory("env")
    assert sorted(os.listdir("env")) == ["azureml_environment.json", "conda_dependencies.yml"]
    assert described(Environment.load_from_directory("env")) == described(full)
    with pytest.raises(UserErrorException, match=r"conda_dependencies\.yml is there already"):
        Environment("x").save_to_directory("env")
    assert described(Environment.load_from_directory("env")) == described(full)
    Environment("x").save_to_directory("env", overwrite=True)
    assert described(Environment.load_from_directory("env")) == described(Environment("x"))


def test_an_environment_without_packages_goes_to_a_folder_and_comes_back() -> None:
    environment = Environment("e")
    environment.python.conda_dependencies = None
    environment.save_to_directory("env")
    assert os.listdir("env") == ["azureml_environment.json"]


def test_a_folder_of_the_sdk_s_is_read() -> None:
    os.mkdir("env")
    python = {"userManagedDependencies": False, "interpreterPath": "python", "condaDependenciesFile": "train.yml"}
    definition = {"name": "testenv", "version": None, "python": python, "docker": {"enabled": False, "baseImage": "m"}}
    Path("env/azureml_environment.json").write_text("\ufeff" + json.dumps(definition), encoding="utf-8")
    with pytest.raises(UserErrorException, match=r"train\.yml is not there"):
        Environment.load_from_directory("env")
    Path("env/conda_dependencies.yml").write_text("dependencies: [numpy]")
    assert Environment.load_from_directory("env").python.conda_dependencies.conda_packages == ["numpy"]
    Path("env/train.yml").write_text("dependencies: [pandas]")
    assert Environment.load_from_directory("env").python.conda_dependencies.conda_packages == ["pandas"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"name": "e",\n "docker": {\n  "enabled": "yes"}}', r", line 3: docker\.enabled must be True or False"),
        (
            '{"name": "e",\n\n "spark": {"packages": [\n  {"group": []}]}}',
            r", line 4: spark\.packages\.0\.group must be",
        ),
        ('{"name": "e",\n "python": []}', ", line 2: python must be keys and values"),
        ('{"name": "e",\n]', ", line 2: this is no JSON"),
        ('{"name": "e", "name": "f"}', "one of the keys name is there twice"),
        ("[]", ", line 1: there must be an object"),
        ("[" * 100_000, "nested too deep"),
        ('{"x":' * 900 + "1" + "}" * 900, "nested too deep"),
    ],
)
def test_a_fault_in_a_definition_is_told_with_its_line(text: str, fault: str) -> None:
    os.mkdir("env")
    Path("env/azureml_environment.json").write_text(text)
    with pytest.raises(RunConfigurationException, match=rf"env/azureml_environment\.json.*{fault}"):
        Environment.load_from_directory("env")


def test_a_folder_without_an_environment_is_refused() -> None:
    with pytest.raises(UserErrorException, match=r"azureml_environment\.json can't be read: No such file"):
        Environment.load_from_directory(".")
    Path("file").touch()
    with pytest.raises(UserErrorException, match="file can't be made"):
        Environment("e").save_to_directory("file")


def test_requirements_are_read_with_the_files_that_they_include() -> None:
    os.mkdir("more")
    Path("requirements.txt").write_text(
        "# packages\n--index-url https://pypi.example.com/simple\n\npandas >= 2  # tables\n-r more/base.txt\n"
        "numpy==1.26.0 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\nmine @ https://example.com/a#egg=mine\n"
    )
    Path("more/base.txt").write_text("-rdeep.txt\nscipy\n")
    Path("more/deep.txt").write_text("attrs")
    environment = Environment.from_pip_requirements("e", "requirements.txt", pip_version="24.0")
    packages = environment.python.conda_dependencies
    assert packages.pip_options == ["--index-url https://pypi.example.com/simple"]
    assert [" ".join(each.split()) for each in packages.pip_packages] == [
        "pandas >= 2",
        "attrs",
        "scipy",
        "numpy==1.26.0 --hash=sha256:abc --hash=sha256:def",
        "mine @ https://example.com/a#egg=mine",
    ]
    assert packages.conda_packages[1:] == ["pip=24.0"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("-e .", "-e can't be kept"),
        ("-c other.txt", "-c can't be kept"),
        ("--constraint=other.txt", "--constraint can't be kept"),
        ("./package", "is a path"),
        ("wheels/a-1.0-py3-none-any.whl", "is a path"),
    ],
)
def test_a_requirement_that_means_something_here_only_is_refused_with_its_line(line: str, fault: str) -> None:
    Path("requirements.txt").write_text(f"pandas\n\n{line}\n")
    with pytest.raises(RunConfigurationException, match=rf"requirements\.txt, line 3: .*{fault}"):
        Environment.from_pip_requirements("e", "requirements.txt")


def test_requirements_that_include_themselves_are_refused() -> None:
    Path("a.txt").write_text("-r b.txt")
    Path("b.txt").write_text("-r ./a.txt")
    with pytest.raises(RunConfigurationException, match=r"a\.txt is included by itself"):
        Environment.from_pip_requirements("e", "a.txt")
    with pytest.raises(UserErrorException, match=r"missing\.txt can't be read"):
        Environment.from_pip_requirements("e", "missing.txt")


def test_a_conda_file_may_be_set(tmp_path: Path) -> None:
    (tmp_path / "train.yml").write_text("dependencies: [numpy]")
    environment = Environment("e")
    environment.python.conda_dependencies_file = str(tmp_path / "train.yml")
    assert environment.python.conda_dependencies.conda_packages == ["numpy"]
    with pytest.raises(UserErrorException, match="can't be read"):
        environment.python.conda_dependencies_file = "missing.yml"
    assert environment.python.conda_dependencies_file == str(tmp_path / "train.yml")


def test_a_definition_may_name_a_conda_file_relative_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "train.yml").write_text("dependencies: [numpy]")
    definition = {"name": "e", "python": {"condaDependenciesFile": "train.yml"}}
    read = Environment._from_definition(definition, str(tmp_path))
    assert read.python.conda_dependencies.conda_packages == ["numpy"]
    with pytest.raises(UserErrorException, match=r"train\.yml can't be read"):
        Environment._from_definition(definition)
    definition["python"]["userManagedDependencies"] = True
    assert Environment._from_definition(definition).python.conda_dependencies_file == "train.yml"


def fake_conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "conda").write_text(f"#!/bin/sh\n{script}")
    (folder / "conda").chmod(0o755)
    monkeypatch.delenv("CONDA_EXE", raising=False)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_conda_is_asked_for_an_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_conda(tmp_path, monkeypatch, 'echo "prefix: /opt/conda"; echo "dependencies: [python=3.12.1, \'$*\']"')
    environment = Environment.from_existing_conda_environment("mine", "theirs")
    assert environment.name == "mine"
    assert environment.python.conda_dependencies.as_dict() == {
        "dependencies": ["python=3.12.1", "env export --no-builds --name theirs"],
        "channels": [],
    }


def test_conda_s_error_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_conda(tmp_path, monkeypatch, "echo EnvironmentLocationNotFound >&2; exit 1")
    with pytest.raises(UserErrorException, match="conda can't export 'theirs': EnvironmentLocationNotFound"):
        Environment.from_existing_conda_environment("mine", "theirs")
    with pytest.raises(UserErrorException, match="'--help' can't be the name"):
        Environment.from_existing_conda_environment("mine", "--help")


def test_without_conda_the_way_around_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONDA_EXE", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserErrorException, match=r"no conda on the PATH .*from_conda_specification\(\)"):
        Environment.from_existing_conda_environment("mine", "theirs")


def test_containers_are_kept_and_refused_when_run(workspace: Workspace) -> None:
    Path("Dockerfile").write_text("FROM ubuntu\n")
    registry = ContainerRegistry()
    registry.address = "registry.example.com"
    Path("conda.yml").write_text("dependencies: [numpy]")
    made = [
        Environment.from_dockerfile("a", "Dockerfile", pip_requirements=None, conda_specification="conda.yml"),
        Environment.from_dockerfile("b", "FROM ubuntu\nRUN true\n"),
        Environment.from_docker_image("c", "mine", registry),
        Environment.from_docker_image("d", DEFAULT_GPU_IMAGE),
        Environment.from_docker_build_context("e", DockerBuildContext.from_local_directory(workspace, ".")),
    ]
    for environment in made:
        refusal = environment._refusal()
        assert refusal is not None and "localtrack starts none" in refusal
        kept = environment.register(workspace)
        assert kept._refusal() == refusal
        with pytest.raises(UserErrorException, match="localtrack starts none"):
            kept.build_local(workspace)
    assert made[0].docker.base_dockerfile == "FROM ubuntu\n"
    assert made[0].python.conda_dependencies.conda_packages == ["numpy"]
    assert not made[0].python.user_managed_dependencies and made[1].python.user_managed_dependencies
    assert made[2].docker.base_image_registry.address == "registry.example.com"
    assert made[4].docker.build_context.location == os.getcwd()
    with pytest.raises(UserErrorException, match="not both"):
        Environment.from_docker_image("f", "x", None, "conda.yml", "requirements.txt")
    with pytest.raises(UserErrorException, match="can't be read"):
        Environment.from_dockerfile("g", "missing")
    with pytest.raises(UserErrorException, match="There is no"):
        DockerBuildContext.from_local_directory(workspace, ".", "missing")


def test_what_runs_without_a_container_is_not_refused() -> None:
    environment = Environment("e")
    assert environment._refusal() is None
    environment.docker.base_image = "mine"
    assert environment._refusal() is None  # as the SDK does on this machine
    environment.python.user_managed_dependencies = True
    assert "'mine'" in (environment._refusal() or "")
    environment.docker.base_image = "mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04:20210615.v1"
    assert environment._refusal() is None
    environment.docker.base_image = "mcr.microsoft.com/azureml/curated/sklearn:1"
    assert environment._refusal() is not None
    environment.docker.base_image = None
    environment.r = RSection()
    assert "packages of R" in (environment._refusal() or "")


@pytest.mark.parametrize(
    "call",
    [
        lambda ws: Environment("e").build(ws),
        lambda ws: Environment("e").get_image_details(ws),
        lambda ws: Environment.add_private_pip_wheel(ws, "a.whl"),
        lambda ws: ImageBuildDetails(None, None),
        lambda ws: DockerImageDetails(),
    ],
)
def test_what_means_something_in_azure_only_says_so(workspace: Workspace, call) -> None:
    with pytest.raises(CloudOnlyException, match="only in Azure"):
        call(workspace)


def test_an_environment_of_the_user_s_needs_no_build(workspace: Workspace) -> None:
    environment = Environment("e")
    environment.python.user_managed_dependencies = True
    assert environment.build_local(workspace, useDocker=False) == sys.executable
    with pytest.raises(UserErrorException, match="builds no images"):
        environment.build_local(workspace, useDocker=True)
    with pytest.raises(UserErrorException, match="builds no images"):
        environment.build_local(workspace, DockerImagePlatform())
    with pytest.raises(TypeError, match="no argument 'docker'"):
        environment.build_local(workspace, docker=False)
    environment.python.interpreter_path = "/no/such/python"
    with pytest.raises(RunConfigurationException, match="no interpreter /no/such/python"):
        environment.build_local(workspace)


def test_an_environment_is_built_on_this_machine(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    environment = Environment("e")
    environment.python.conda_dependencies.set_pip_option("--no-index")
    interpreter = environment.build_local(workspace)
    assert interpreter.startswith(str(tmp_path / "home")) and os.path.exists(interpreter)
    assert "Built:" in capsys.readouterr().out
    assert environment.build_local(workspace) == interpreter
    assert "Built:" not in capsys.readouterr().out


def test_a_build_that_fails_says_why(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "home"))
    environment = Environment("e")
    environment.python.conda_dependencies.set_pip_requirements(["--no-index", "no-such-package"])
    with pytest.raises(ExperimentExecutionException, match="no-such-package"):
        environment.build_local(workspace)
    assert "no-such-package" in capsys.readouterr().out
    environment.python.conda_dependencies.set_pip_requirements(["not a requirement!"])
    with pytest.raises(RunConfigurationException, match="not a requirement!"):
        environment.build_local(workspace)


def test_a_run_s_environment_is_the_interpreter_that_it_ran_in(workspace: Workspace) -> None:
    os.mkdir("source")
    Path("source/train.py").write_text("print('training')")
    run = Experiment(workspace, "train").submit(ScriptRunConfig("source", "train.py"))
    run.wait_for_completion()
    environment = Run.get(workspace, run.id).get_environment()
    assert environment.python.user_managed_dependencies
    assert environment.python.interpreter_path == sys.executable
    assert environment.python.conda_dependencies is None
    assert environment._refusal() is None


def test_a_run_s_environment_is_the_one_it_was_submitted_with(workspace: Workspace) -> None:
    os.mkdir("source")
    Path("source/train.py").write_text("print('training')")
    environment = Environment("mine")
    environment.python.user_managed_dependencies = True
    environment.environment_variables["A"] = "b"
    config = ScriptRunConfig("source", "train.py", environment=environment)
    run = Experiment(workspace, "train").submit(config)
    run.wait_for_completion()
    found = run.get_environment()
    assert (found.name, found.environment_variables) == ("mine", {"A": "b"})


def test_a_run_of_a_process_has_no_environment(workspace: Workspace) -> None:
    run = Experiment(workspace, "train").start_logging(outputs=False)
    with pytest.raises(UserErrorException, match="is no script's"):
        run.get_environment()


def test_a_dockerfile_is_a_file_of_its_own_in_a_folder(tmp_path):
    environment = Environment.from_dockerfile("train", "FROM ubuntu\n")
    environment.save_to_directory(tmp_path)
    file = tmp_path / "BaseDockerfile"
    assert file.read_text() == "FROM ubuntu\n"
    file.write_text("FROM debian\n")
    assert Environment.load_from_directory(tmp_path).docker.base_dockerfile == "FROM debian\n"
    Environment("else").save_to_directory(tmp_path, overwrite=True)
    assert Environment.load_from_directory(tmp_path).docker.base_dockerfile is None
