"""What a script's configuration takes from its arguments, and what from a run configuration."""

import copy
import warnings

import pytest

from localtrack.core import Experiment, RunConfiguration, ScriptRunConfig
from localtrack.core.environment import Environment
from localtrack.core.runconfig import (
    Data,
    DatacacheConfiguration,
    DataReferenceConfiguration,
    DockerConfiguration,
    MpiConfiguration,
    OutputData,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from localtrack.core.script_run_config import get_run_config_from_script_run
from localtrack.exceptions import CloudOnlyException, ExperimentExecutionException, UserErrorException


def test_a_run_configuration_is_made_from_the_arguments():
    environment = Environment("mine")
    config = ScriptRunConfig(
        ".",
        script="train.py",
        arguments=["--n", 1],
        compute_target="cluster",
        environment=environment,
        max_run_duration_seconds=60,
    )
    made = config.run_config
    assert (made.script, made.arguments, made.target) == ("train.py", ["--n", 1], "cluster")
    assert made.environment is environment
    assert made.max_run_duration_seconds == 60
    assert ScriptRunConfig(".").run_config.max_run_duration_seconds == 2_592_000


def test_what_is_changed_in_the_run_configuration_counts():
    config = ScriptRunConfig(".", script="train.py")
    config.run_config.script = "other.py"
    config.run_config.arguments = ["--x"]
    config.run_config.target = "cluster"
    config.run_config.max_run_duration_seconds = 5
    assert (config.script, config.arguments) == ("other.py", ["--x"])
    assert (config.compute_target, config.max_run_duration_seconds) == ("cluster", 5)
    config.arguments = ["--y"]
    assert config.arguments == ["--y"]
    config.script = None
    config.command = ["ls"]
    config.arguments = None
    assert (config.script, config.arguments, config.command) == (None, [], ["ls"])


def test_what_a_run_configuration_has_too_is_ignored_with_one_warning():
    given = RunConfiguration("train.py")
    with pytest.warns(UserWarning) as caught:
        config = ScriptRunConfig(
            ".",
            run_config=given,
            compute_target="cluster",
            environment=Environment("e"),
            distributed_job_config=MpiConfiguration(),
            docker_runtime_config=DockerConfiguration(True),
            max_run_duration_seconds=5,
        )
    (message,) = [str(each.message) for each in caught]
    assert (
        "compute_target, environment, distributed_job_config, docker_runtime_config, max_run_duration_seconds"
        in message
    )
    assert caught[0].filename == __file__
    assert config.run_config is given
    assert given._definition() == RunConfiguration("train.py")._definition()


def test_script_and_arguments_that_are_passed_win_with_a_warning_each():
    given = RunConfiguration("theirs.py", ["--theirs"])
    with pytest.warns(UserWarning) as caught:
        config = ScriptRunConfig(".", script="mine.py", arguments=["--mine", 2], run_config=given)
    assert ["script" in str(caught[0].message), "arguments" in str(caught[1].message), len(caught)] == [True, True, 2]
    assert (config.script, config.arguments) == ("mine.py", ["--mine", 2])
    assert (given.script, given.arguments) == ("theirs.py", ["--theirs"])  # others may use it too


def test_what_is_not_passed_is_the_run_configuration_s_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = ScriptRunConfig(".", run_config=RunConfiguration("theirs.py", ["--theirs"]))
        same = ScriptRunConfig(".", script="theirs.py", run_config=RunConfiguration("theirs.py"))
        command = ScriptRunConfig(".", run_config=RunConfiguration(command="ls | wc"))
    assert (config.script, config.arguments, config.command) == ("theirs.py", ["--theirs"], None)
    assert (same.script, same.arguments) == ("theirs.py", [])
    assert (command.script, command.command) == (None, "ls | wc")


def test_a_command_that_is_passed_takes_the_place_of_a_script():
    with pytest.warns(UserWarning, match=r"theirs|--a"):
        config = ScriptRunConfig(".", command=["ls"], run_config=RunConfiguration("theirs.py", ["--a"]))
    assert (config.script, config.arguments, config.command) == (None, [], ["ls"])
    with pytest.warns(UserWarning, match="ls"):
        config = ScriptRunConfig(".", script="mine.py", run_config=RunConfiguration(command=["ls"]))
    assert (config.script, config.command) == ("mine.py", None)


def test_one_run_configuration_serves_many():
    shared = RunConfiguration()
    configs = [ScriptRunConfig(".", script="train.py", arguments=[n], run_config=shared) for n in range(3)]
    assert [config.arguments for config in configs] == [[0], [1], [2]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"script": "a.py", "command": ["ls"]}, "not both"),
        ({"command": ["ls"], "arguments": ["-l"]}, "into the command"),
        ({"script": "a.py", "arguments": "--alpha 0.1"}, r"\['--alpha', '0.1'\]"),
        ({"script": "a.py", "arguments": ["--data", object()]}, "arguments.1"),
        ({"script": "a.py", "run_config": "train"}, "RunConfiguration.load"),
        ({"script": "a.py", "environment": "train"}, "Environment"),
        ({"script": "a.py", "compute_target": 3}, "compute target"),
        ({"script": "a.py", "distributed_job_config": "mpi"}, "MpiConfiguration"),
        ({"script": "a.py", "max_run_duration_seconds": "60"}, "max_run_duration_seconds"),
    ],
)
def test_a_wrong_argument_is_refused(options, message: str):
    with pytest.raises(UserErrorException, match=message):
        ScriptRunConfig(".", **options)


def changed(**changes: object) -> RunConfiguration:
    configuration = RunConfiguration("train.py")
    for name, value in changes.items():
        setattr(configuration, name, value)
    return configuration


def in_a_container() -> RunConfiguration:
    configuration = RunConfiguration("train.py")
    configuration.environment.docker.enabled = True
    return configuration


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"distributed_job_config": MpiConfiguration(2, 2)}, ExperimentExecutionException, "'OpenMpi'"),
        ({"distributed_job_config": PyTorchConfiguration()}, ExperimentExecutionException, "'Nccl'"),
        ({"distributed_job_config": TensorflowConfiguration()}, ExperimentExecutionException, "'TensorFlow'"),
        ({"distributed_job_config": ParallelTaskConfiguration()}, ExperimentExecutionException, "'ParallelTask'"),
        ({"docker_runtime_config": DockerConfiguration(True)}, ExperimentExecutionException, "use_docker"),
        ({"run_config": changed(framework="PySpark")}, ExperimentExecutionException, "'PySpark'"),
        ({"run_config": changed(communicator="Gloo")}, ExperimentExecutionException, "'Gloo'"),
        ({"run_config": changed(node_count=2)}, ExperimentExecutionException, "node_count is 2"),
        ({"run_config": in_a_container()}, ExperimentExecutionException, "docker.enabled"),
        ({"run_config": changed(data={"images": Data()})}, CloudOnlyException, "data is"),
        (
            {"run_config": changed(data_references={"a": DataReferenceConfiguration()})},
            CloudOnlyException,
            "references",
        ),
        ({"run_config": changed(output_data={"a": OutputData()})}, CloudOnlyException, "output_data"),
        ({"run_config": changed(datacaches=[DatacacheConfiguration()])}, CloudOnlyException, "datacaches"),
        ({"run_config": changed(command="ls")}, UserErrorException, "a script and a command"),
    ],
)
def test_what_this_machine_can_not_do_is_kept_and_refused_at_submit(
    options, error: type[Exception], message: str, workspace, tmp_path
):
    (tmp_path / "train.py").touch()
    config = ScriptRunConfig(str(tmp_path), **({} if "run_config" in options else {"script": "train.py"}), **options)
    config.run_config.save(tmp_path, "kept")
    assert RunConfiguration.load(tmp_path, "kept").communicator == config.run_config.communicator
    experiment = Experiment(workspace, "e")
    with pytest.raises(error, match=message):
        experiment.submit(config)
    assert list(experiment.get_runs()) == []


def test_a_python_and_a_none_in_any_spelling_are_no_fault(workspace, tmp_path):
    (tmp_path / "train.py").touch()
    configuration = changed(framework="python", communicator="none")
    Experiment(workspace, "e").submit(ScriptRunConfig(str(tmp_path), run_config=configuration)).wait_for_completion()


def test_a_copy_of_the_run_configuration_with_script_and_arguments(tmp_path):
    given = RunConfiguration("theirs.py")
    given.node_count = 3
    with pytest.warns(UserWarning, match="theirs"):
        config = ScriptRunConfig(".", script="mine.py", arguments=["--x"], run_config=given)
    found = get_run_config_from_script_run(config)
    assert (found.script, found.arguments, found.node_count, found.command) == ("mine.py", ["--x"], 3, "")
    assert given.script == "theirs.py"


def test_a_configuration_is_copied_with_all_that_was_changed():
    config = ScriptRunConfig(".", script="train.py")
    other = copy.deepcopy(config)
    other.run_config.environment_variables["A"] = "1"
    assert config.run_config.environment_variables == {}
    assert other.run_config._environment() is None
