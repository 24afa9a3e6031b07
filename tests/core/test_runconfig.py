"""Run configurations and their files: what programs set, what files say, and what is refused."""

import copy
import os
import tempfile
import warnings
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from localtrack.core import RunConfiguration
from localtrack.core.conda_dependencies import CondaDependencies
from localtrack.core.environment import Environment
from localtrack.core.runconfig import (
    ApplicationEndpointConfiguration,
    Data,
    DatacacheConfiguration,
    DataLocation,
    DataPath,
    DataReferenceConfiguration,
    DockerConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from localtrack.exceptions import RunConfigurationException, UserErrorException

KEYS = [
    "script",
    "arguments",
    "target",
    "framework",
    "communicator",
    "maxRunDurationSeconds",
    "nodeCount",
    "priority",
    "environment",
    "history",
    "spark",
    "docker",
    "hdi",
    "tensorflow",
    "mpi",
    "pytorch",
    "paralleltask",
    "dataReferences",
    "data",
    "datacaches",
    "outputData",
    "sourceDirectoryDataStore",
    "amlcompute",
    "autoClusterComputeSpecification",
    "kubernetescompute",
    "credentialPassthrough",
    "command",
    "environmentVariables",
    "applicationEndpoints",
]

MINIMAL = """\
script: train.py
arguments: [--alpha, "0.1"]
target: local
framework: Python
environment:
  name: my-env
  python: {userManagedDependencies: true, interpreterPath: python}
history: {outputCollection: true, snapshotProject: true, directoriesToWatch: [logs]}
environmentVariables: {FOO: bar}
"""

OLD = """\
script: old.py
arguments:
- --data
- 5
target: local
communicator: null
autoPrepareEnvironment: true
maxRunDurationSeconds:
nodeCount: 1
environment:
  environmentVariables:
    EXAMPLE_ENV_VAR: EXAMPLE_VALUE
  python:
    userManagedDependencies: false
    interpreterPath: python
    condaDependenciesFile: aml_config/conda_dependencies.yml
  docker:
    enabled: true
    baseImage: mcr.microsoft.com/azureml/base:0.2.4
    sharedVolumes: true
    gpuSupport: false
    shmSize: 1g
    baseImageRegistry: {address: null, username: null, password: null}
  spark:
    repositories: [https://mmlspark.azureedge.net/maven]
    packages:
    - group: com.microsoft.ml.spark
      artifact: mmlspark_2.11
      version: '0.12'
    precachePackages: true
"""

SCHEMA = """\
script: schema.py
arguments: null
communicator: None
autoPrepareEnvironment: true
amlCompute: {vmSize: Standard_D2_v2, clusterMaxNodeCount: 4}
parallelTask: {workerCountPerNode: 2}
environment:
  python:
    interpreterPath: python
    userManagedDependencies: false
    condaDependencies:
      dependencies:
      - python=3.11
      - pip: [scikit-learn]
  docker: null
dataReferences:
  images: {dataStoreName: store, mode: Download, pathOnDataStore: images, overwrite: true}
"""


def load(text: str, folder: Path, name: str = "train.runconfig") -> RunConfiguration:
    (folder / ".azureml").mkdir(exist_ok=True)
    (folder / ".azureml" / name).write_text(text)
    return RunConfiguration.load(folder, name)


def saved(configuration: RunConfiguration, folder: Path, **options: object) -> dict[str, object]:
    configuration.save(folder, "saved", **options)
    return yaml.safe_load((folder / ".azureml" / "saved").read_text())


def test_a_new_one_has_the_defaults_of_the_sdk():
    configuration = RunConfiguration()
    assert (configuration.script, configuration.arguments, configuration.command) == ("", [], "")
    assert (configuration.target, configuration.framework, configuration.communicator) == ("local", "Python", "None")
    assert (configuration.node_count, configuration.priority, configuration.max_run_duration_seconds) == (1, None, None)
    assert configuration.history.directories_to_watch == ["logs"]
    assert configuration.docker == DockerConfiguration(False, True, [], "2g")
    assert configuration.mpi == MpiConfiguration(1, 1)
    assert configuration.pytorch == PyTorchConfiguration("Nccl", None, 1)
    assert configuration.tensorflow == TensorflowConfiguration(1, 1)
    assert configuration.hdi.yarn_deploy_mode == "cluster"
    assert configuration.amlcompute.vm_size is None
    assert configuration.auto_prepare_environment is True
    assert not configuration.environment.python.user_managed_dependencies


def test_two_share_nothing():
    first, second = RunConfiguration(), RunConfiguration()
    first.arguments.append("--x")
    first.environment_variables["A"] = "1"
    first.history.directories_to_watch.append("more")
    first.environment.python.interpreter_path = "other"
    assert second._definition() == RunConfiguration()._definition()


def test_arguments_of_the_constructor():
    packages = CondaDependencies.create(pip_packages=["six"])
    configuration = RunConfiguration(
        "train.py", ["--n", 1, True, 0.5], "TensorFlow", "ParameterServer", packages, _history_enabled=False
    )
    assert configuration.arguments == ["--n", 1, True, 0.5]
    assert (configuration.framework, configuration.communicator) == ("TensorFlow", "ParameterServer")
    assert configuration.environment.python.conda_dependencies.pip_packages == ["six"]
    assert configuration.history.output_collection is False


def test_a_misspelt_setting_is_refused():
    with pytest.raises(AttributeError, match="enviroment"):
        RunConfiguration().enviroment = Environment("e")
    with pytest.raises(AttributeError, match="node_counts"):
        RunConfiguration().mpi.node_counts = 2
    with pytest.raises(TypeError, match="no 'x'"):
        DataPath(x=1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("node_count", "2", "whole number"),
        ("arguments", "--alpha 0.1", r"\['--alpha', '0.1'\]"),
        ("arguments", ["--data", object()], "arguments.1 must be a text or a number"),
        ("arguments", [None], "arguments.0"),
        ("environment", "my-env", "must be an Environment"),
        ("target", 5, "compute target"),
        ("docker", True, "DockerConfiguration"),
        ("environment_variables", {"A=B": "1"}, "name"),
    ],
)
def test_a_wrong_value_is_refused_at_once(name: str, value: object, message: str):
    configuration = RunConfiguration()
    with pytest.raises(UserErrorException, match=message):
        setattr(configuration, name, value)
    assert configuration._definition() == RunConfiguration()._definition()


def test_a_target_is_given_by_its_name_or_itself(workspace):
    configuration = RunConfiguration()
    configuration.target = workspace.compute_targets["local"]
    assert configuration.target == "local"
    configuration.target = "cluster"
    assert configuration.target == "cluster"
    configuration.target = None
    assert configuration.target == "local"


def test_keys_are_written_in_the_sdk_s_order(tmp_path):
    assert list(saved(RunConfiguration(), tmp_path)) == KEYS


def test_everything_comes_back(tmp_path):
    configuration = RunConfiguration("train.py", ["--alpha", 0.1, 1, True, "yes", "1", "é\n"])
    configuration.target = "cluster"
    configuration.framework = "PyTorch"
    configuration.communicator = "Nccl"
    configuration.max_run_duration_seconds = 60
    configuration.node_count = 2
    configuration.priority = 5
    configuration.environment = Environment("mine")
    configuration.environment.environment_variables = {"A": "1"}
    configuration.environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["six==1.16.0"], conda_packages=["numpy"]
    )
    configuration.pytorch = PyTorchConfiguration("Gloo", 4, 2)
    configuration.docker.use_docker = True
    configuration.paralleltask.terminal_exit_codes = [3, 4]
    configuration.spark.configuration["spark.cores"] = 2
    configuration.data_references["d"] = DataReferenceConfiguration("store", path_on_datastore="p")
    configuration.data["images"] = Data(DataLocation(data_path=DataPath("store", "images")), mechanism="mount")
    configuration.datacaches = [DatacacheConfiguration("id")]
    configuration.services["board"] = ApplicationEndpointConfiguration("TensorBoard", 6006, {"logDir": "logs"})
    configuration.environment_variables = {"FOO": "bar", "N": 3}
    configuration.credential_passthrough = True
    configuration.identity = {"type": "managed"}
    configuration.save(tmp_path, "all")
    assert RunConfiguration.load(tmp_path, "all")._definition() == configuration._definition()


@given(
    st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(), st.booleans())),
    st.dictionaries(st.from_regex("[A-Z_]+", fullmatch=True), st.text(st.characters(exclude_categories=["Cs", "Cc"]))),
)
def test_any_arguments_and_variables_come_back(arguments, variables):
    configuration = RunConfiguration("train.py", arguments)
    configuration.environment_variables = variables
    with tempfile.TemporaryDirectory() as folder:
        configuration.save(folder, "any")
        found = RunConfiguration.load(folder, "any")
    assert found.arguments == arguments
    assert [type(each) for each in found.arguments] == [type(each) for each in arguments]
    assert found.environment_variables == variables


def test_the_short_file_of_one_line(tmp_path):
    configuration = load("script: train.py", tmp_path)
    assert configuration.script == "train.py"
    assert configuration._environment() is None  # this interpreter
    configuration.script = ""
    assert configuration._definition() == RunConfiguration()._definition()


def test_the_minimal_file(tmp_path):
    configuration = load(MINIMAL, tmp_path)
    assert configuration.arguments == ["--alpha", "0.1"]
    assert configuration.environment.name == "my-env"
    assert configuration.environment.python.user_managed_dependencies
    assert configuration.environment_variables == {"FOO": "bar"}


def test_an_old_file_with_docker_in_its_environment(tmp_path):
    (tmp_path / "aml_config").mkdir()
    (tmp_path / "aml_config" / "old.runconfig").write_text(OLD)
    (tmp_path / "aml_config" / "conda_dependencies.yml").write_text("dependencies: [python=3.11, pip: [six]]")
    configuration = RunConfiguration.load(tmp_path, "old")
    assert (configuration.communicator, configuration.arguments) == ("None", ["--data", 5])
    assert configuration.environment.docker.enabled
    assert configuration.environment.docker.shm_size == "1g"
    assert configuration.environment.python.conda_dependencies.pip_packages == ["six"]
    assert configuration.environment.environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}


def test_a_file_as_the_json_schema_spells_it(tmp_path):
    configuration = load(SCHEMA, tmp_path)
    assert (configuration.amlcompute.vm_size, configuration.amlcompute.cluster_max_node_count) == ("Standard_D2_v2", 4)
    assert configuration.paralleltask.worker_count_per_node == 2
    assert configuration.arguments == []
    assert configuration.environment.python.conda_dependencies.pip_packages == ["scikit-learn"]
    assert configuration.data_references["images"].datastore_name == "store"


def test_unknown_keys_are_kept_and_named_in_one_warning(tmp_path):
    text = (
        "script: a.py\njobName: night\nhistory: {enableMLflowTracking: true}\n"
        "data: {images: {hint: 3}}\nenvironment: {docker: {preparation: {commandLine: x}}, mood: good}\n"
    )
    with pytest.warns(UserWarning) as caught:
        configuration = load(text, tmp_path)
    (message,) = [str(each.message) for each in caught]
    for name in (
        "jobName",
        "history.enableMLflowTracking",
        "data.images.hint",
        "environment.docker.preparation",
        "environment.mood",
    ):
        assert name in message
    document = saved(configuration, tmp_path)
    assert document["jobName"] == "night"
    assert document["history"]["enableMLflowTracking"] is True
    assert document["data"]["images"]["hint"] == 3
    assert document["environment"]["docker"]["preparation"] == {"commandLine": "x"}
    assert document["environment"]["mood"] == "good"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("script: a.py\nnodeCount: many", 2, "nodeCount"),
        ("script: a.py\n\narguments: --alpha 1", 3, "arguments"),
        ("arguments:\n- a\n- [b]", 3, "arguments.1"),
        ("history:\n  outputCollection: true\n  snapshotProject: 3", 3, "history.snapshotProject"),
        ("script: a.py\nhistory: [logs]", 2, "history"),
        ("environment:\n  python:\n    userManagedDependencies: 7", 3, "environment.python.userManagedDependencies"),
        ("environment:\n  docker:\n    platform: {os: [1]}", 3, "environment.docker.platform.os"),
        ("script: a.py\nenvironment: elsewhere.yml", 2, "environment"),
        ("environment:\n  python:\n    condaDependenciesFile: no.yml", 3, "environment.python.condaDependenciesFile"),
        ("data:\n  images:\n    dataLocation: 3", 3, "data.images.dataLocation"),
        ("script: a.py\nscript: b.py", 2, "script"),
        ("script: [", 2, ""),
        ("- script", 1, ""),
    ],
)
def test_a_fault_names_file_line_and_key(text: str, line: int, key: str, tmp_path):
    with pytest.raises(RunConfigurationException) as caught:
        load(text, tmp_path)
    path = tmp_path / ".azureml" / "train.runconfig"
    assert f"{path}, line {line}: " in str(caught.value)
    assert key in str(caught.value)
    assert path.read_text() == text


def test_a_fault_in_a_file_that_is_named(tmp_path):
    (tmp_path / "environment.yml").write_text("name: e\npython:\n  interpreterPath: [a]")
    with pytest.raises(RunConfigurationException, match=r"environment\.yml, line 3: python\.interpreterPath"):
        load("environment: environment.yml", tmp_path)


@pytest.mark.parametrize("name", ["train", "train.runconfig"])
@pytest.mark.parametrize("file", ["train", "train.runconfig"])
@pytest.mark.parametrize("folder", [".azureml", "aml_config"])
def test_where_a_configuration_is_found(name: str, file: str, folder: str, tmp_path):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / file).write_text("script: found.py")
    assert RunConfiguration.load(tmp_path, name).script == "found.py"
    assert RunConfiguration.load(tmp_path / folder, name).script == "found.py"
    assert RunConfiguration.load(str(tmp_path / folder / file)).script == "found.py"
    RunConfiguration.delete(tmp_path, name)
    assert os.listdir(tmp_path / folder) == []


def test_a_configuration_in_the_folder_itself(tmp_path):
    (tmp_path / "train.runconfig").write_text("script: here.py")
    assert RunConfiguration.load(tmp_path, "train").script == "here.py"


def test_a_configuration_that_is_not_there(tmp_path):
    RunConfiguration().save(tmp_path, "other.runconfig")
    with pytest.raises(RunConfigurationException, match=r"'train'.*there are: other\.runconfig"):
        RunConfiguration.load(tmp_path, "train")
    with pytest.raises(RunConfigurationException, match="give the name"):
        RunConfiguration.load(tmp_path)
    with pytest.raises(RunConfigurationException, match="not there"):
        RunConfiguration.load(tmp_path / "none")
    with pytest.raises(RunConfigurationException, match="'train'"):
        RunConfiguration.delete(tmp_path, "train")


def test_where_a_configuration_is_saved(tmp_path, monkeypatch):
    RunConfiguration("a.py").save(tmp_path / "new", "train")
    assert os.listdir(tmp_path / "new" / ".azureml") == ["train"]
    (tmp_path / "old" / "aml_config").mkdir(parents=True)
    RunConfiguration("a.py").save(tmp_path / "old", "train")
    assert os.listdir(tmp_path / "old" / "aml_config") == ["train"]
    RunConfiguration("b.py").save(tmp_path / "file.runconfig")
    assert RunConfiguration.load(tmp_path / "file.runconfig").script == "b.py"
    loaded = RunConfiguration.load(tmp_path / "new", "train")
    loaded.script = "c.py"
    loaded.save()
    assert RunConfiguration.load(tmp_path / "new", "train").script == "c.py"
    monkeypatch.chdir(tmp_path)
    RunConfiguration("d.py").save(name="here")
    assert RunConfiguration.load(tmp_path, "here").script == "d.py"
    with pytest.raises(RunConfigurationException, match="give the name"):
        RunConfiguration().save(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "localtrack.db", "runs", "conda_dependencies.yml", "../x", "", "a/b"])
def test_names_that_are_none(name: str, workspace):
    folder = Path(workspace._layout.root)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(RunConfigurationException, match="name"):
        RunConfiguration().save(folder.parent, name)
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_value_that_can_not_be_written_changes_nothing(tmp_path):
    RunConfiguration("a.py").save(tmp_path, "train")
    configuration = RunConfiguration("b.py")
    configuration.data["images"] = object()
    with pytest.raises(RunConfigurationException, match=r"data\.images must be a Data"):
        configuration.save(tmp_path, "train")
    assert RunConfiguration.load(tmp_path, "train").script == "a.py"


def test_a_folder_that_refuses_changes_nothing(unprivileged, read_only, tmp_path):
    configuration = RunConfiguration("a.py")
    configuration.save(tmp_path, "train")
    read_only(str(tmp_path))
    program = """
    import sys
    from localtrack.core import RunConfiguration
    from localtrack.exceptions import RunConfigurationException
    try:
        RunConfiguration("b.py").save(sys.argv[1], "train")
    except RunConfigurationException as error:
        print(error)
    """
    assert "Permission denied. Nothing was saved." in unprivileged(program, tmp_path)
    assert RunConfiguration.load(tmp_path, "train").script == "a.py"
    assert os.listdir(tmp_path / ".azureml") == ["train"]


def test_packages_go_to_a_conda_file_of_which_another_s_is_left_alone(tmp_path):
    first, second = RunConfiguration(), RunConfiguration()
    first.environment.python.conda_dependencies.add_pip_package("six")
    second.environment.python.conda_dependencies.add_pip_package("attrs")
    first.save(tmp_path, "first.runconfig")
    first.save(tmp_path, "again")
    second.save(tmp_path, "second.runconfig")
    assert sorted(os.listdir(tmp_path / ".azureml")) == [
        "again",
        "conda_dependencies.yml",
        "first.runconfig",
        "second.conda_dependencies.yml",
        "second.runconfig",
    ]
    document = yaml.safe_load((tmp_path / ".azureml" / "second.runconfig").read_text())
    python = document["environment"]["python"]
    assert python["condaDependenciesFile"] == os.path.join(".azureml", "second.conda_dependencies.yml")
    assert "condaDependencies" not in python
    for name, package in (("first", "six"), ("again", "six"), ("second", "attrs")):
        found = RunConfiguration.load(tmp_path, name).environment.python.conda_dependencies
        assert found.pip_packages == [package]


def test_an_environment_in_a_file_of_its_own(tmp_path):
    configuration = RunConfiguration("a.py")
    configuration.environment = Environment("apart")
    configuration.environment.python.conda_dependencies.add_pip_package("six")
    document = saved(configuration, tmp_path, separate_environment_yaml=True)
    assert document["environment"] == os.path.join(".azureml", "environment.yml")
    assert RunConfiguration.load(tmp_path, "saved").environment._definition() == configuration.environment._definition()


def test_nothing_said_of_the_environment_is_this_interpreter_also_in_a_file(tmp_path):
    configuration = RunConfiguration("a.py")
    assert configuration._environment() is None
    assert copy.deepcopy(configuration)._environment() is None
    document = saved(configuration, tmp_path)
    assert document["environment"]["python"] == {"userManagedDependencies": True, "interpreterPath": "python"}
    configuration.environment.environment_variables["A"] = "1"
    assert configuration._environment() is None
    configuration.environment.python.conda_dependencies.add_pip_package("six")
    assert configuration._environment() is not None
    configuration.environment = Environment("given")
    assert configuration._environment()["name"] == "given"


def test_loading_warns_of_nothing_that_is_saved(tmp_path):
    RunConfiguration("a.py").save(tmp_path, "a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RunConfiguration.load(tmp_path, "a")
