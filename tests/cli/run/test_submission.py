"""``localtrack run submit-script``: run configurations, conda files, and what the command line says instead of them."""

import json
import shutil
from pathlib import Path

import pytest

from localtrack.cli.run import run_configuration
from localtrack.core import RunConfiguration
from localtrack.exceptions import CloudOnlyException, RunConfigurationException

SCRIPT = "import sys, os; print('arguments:', *sys.argv[1:], os.environ.get('KIND'))\n"

# As the SDK writes it, shortened.
AZURE = """\
script: train.py
arguments: [--from, file]
target: local
framework: Python
communicator: None
environment:
  name: sklearn
  python:
    userManagedDependencies: false
    interpreterPath: python
    condaDependenciesFile: .azureml/conda_dependencies.yml
  docker:
    enabled: false
nodeCount: 1
docker:
  useDocker: false
environmentVariables:
  KIND: file's
"""
CONDA = "dependencies:\n- python=3.11\n- {}\n"


@pytest.fixture
def project(attached):
    """A workspace with a script and a run configuration that uses this interpreter."""
    attached.write("train.py", SCRIPT)
    attached.write(".azureml/conda_dependencies.yml", CONDA.format("cudatoolkit=11.8"))
    attached.write(".azureml/own.runconfig", AZURE.replace("dencies: false", "dencies: true"))
    return attached


def test_the_article_s_command_after_attaching_says_how_to_make_the_run_configuration(cli):
    cli.write("train.py", SCRIPT)
    cli("folder", "attach", "-w", "myworkspace", "-g", "myresourcegroup")
    command = ["run", "submit-script", "-c", "sklearn", "-e", "testexperiment", "train.py"]
    first = cli.folder / ".azureml" / "local.runconfig"
    assert cli(*command, code=1).err.splitlines() == [
        f"ERROR: There is no run configuration 'sklearn' in {cli.folder}; there are: local.runconfig.",
        (
            f"To make it, copy {first} to sklearn.runconfig beside it, and change it there. "
            "Without -c, the script runs in this interpreter."
        ),
    ]
    assert json.loads(cli("run", "list").out) == []
    shutil.copy(first, first.with_name("sklearn.runconfig"))
    run = json.loads(cli(*command).out)
    assert (run["status"], run["_experiment_name"]) == ("Completed", "testexperiment")
    assert run["run_definition"]["environment"]["name"] == "project_environment"


def test_script_and_arguments_are_the_file_s_unless_the_command_line_has_its_own(project):
    project.write("other.py", SCRIPT)
    query = ["--query", "[script_name, run_definition.arguments, target]"]
    theirs = project("run", "submit-script", *query, "-c", "own")
    assert json.loads(theirs.out) == ["train.py", ["--from", "file"], "local"]
    assert "arguments: --from file file's" in theirs.err.splitlines()
    ours = project("run", "submit-script", *query, "-c", "own", "other.py", "--x")
    assert json.loads(ours.out) == ["other.py", ["--x"], "local"]
    assert "arguments: --x file's" in ours.err.splitlines()
    assert "WARNING" not in ours.err


def test_run_configurations_are_those_of_the_path_and_not_of_the_source_directory(project):
    project.write("src/train.py", SCRIPT)
    project.write("src/.azureml/own.runconfig", AZURE)
    run = json.loads(project("run", "submit-script", "-c", "own", "--source-directory", "src").out)
    assert run["status"] == "Completed"


def test_neither_file_nor_command_line_name_a_script(project):
    file = project.write(".azureml/empty.runconfig", "target: local\n")
    assert project("run", "submit-script", "-c", "empty", code=1).err == (
        f"ERROR: {file} names no script: set script in it, or give one behind the options.\n"
    )


def test_what_can_t_be_had_is_refused_before_anything_is_submitted(project):
    file = project.write(".azureml/sklearn.runconfig", AZURE)
    error = project("run", "submit-script", "-c", "sklearn", code=1).err.splitlines()
    assert error[0] == (
        f"ERROR: {file}, line 9: set userManagedDependencies: true for the interpreter that submits, or change the "
        f"packages in {project.folder}/.azureml/conda_dependencies.yml."
    )
    assert "cudatoolkit" in error[1] and len(error) == 2

    conda = project.write("conda.yml", CONDA.format("cudatoolkit=11.8"))
    assert f"ERROR: {conda.name}: " in project("run", "submit-script", "-c", "own", "-d", "conda.yml", code=1).err
    assert f"ERROR: {conda.name}: " in project("run", "submit-script", "-d", "conda.yml", "train.py", code=1).err
    assert "nowhere.yml can't be read" in project("run", "submit-script", "-d", "nowhere.yml", "a", code=1).err

    file.write_text(AZURE.replace("target: local", "target: gpu").replace("dencies: false", "dencies: true"))
    error = project("run", "submit-script", "-c", "sklearn", code=1).err.splitlines()
    assert error[0].startswith(f"ERROR: {file}, line 3: There is no compute target 'gpu'")
    assert "--target local" in error[1]
    assert json.loads(project("run", "list").out) == []
    assert project("run", "submit-script", "-c", "sklearn", "--ct", "local", "--query", "target").out == '"local"\n'


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "framework: Python",
            "framework: PyTorch",
            4,
            'framework is "PyTorch", and scripts are run by Python: set fra',
        ),
        ("communicator: None", "communicator: OpenMpi", 5, "set communicator: None there"),
        ("nodeCount: 1", "nodeCount: 2", 14, "nodeCount is 2, and a run has one node here: set nodeCount: 1 there"),
        ("useDocker: false", "useDocker: true", 16, "docker.useDocker is true"),
        ("enabled: false", "enabled: true", 13, "set enabled: false there"),
        ("enabled: false", "baseDockerfile: FROM ubuntu", 13, "set baseDockerfile: null there"),
        ("  docker:", "  r: {rVersion: '4'}\n  docker:", 12, "set r: null there"),
        ("nodeCount: 1", "data: {a: {mechanism: mount}}", 14, "set data: {} there"),
        ("interpreterPath: python", "interpreterPath: /no/python", 10, "There is no interpreter /no/python"),
    ],
)
def test_the_line_to_change_is_named(tmp_path, old, new, line, said):
    file = tmp_path / ".azureml" / "a.runconfig"
    file.parent.mkdir()
    assert old in AZURE
    file.write_text(AZURE.replace(old, new).replace("dencies: false", "dencies: true"))
    with pytest.raises(RunConfigurationException) as caught:
        run_configuration.changed(str(file), str(tmp_path), [], None, None)
    assert str(caught.value).startswith(f"{file}, line {line}: ")
    assert said in str(caught.value)


def test_the_line_may_be_in_a_file_that_the_run_configuration_names(tmp_path):
    wanted = RunConfiguration(script="train.py")
    wanted.environment.docker.enabled = True
    wanted.save(tmp_path, "apart", separate_environment_yaml=True)
    with pytest.raises(
        RunConfigurationException, match=r"environment\.yml, line \d+: environment\.docker\.enabled is t"
    ):
        run_configuration.changed(str(tmp_path / ".azureml" / "apart"), str(tmp_path), [], None, None)


def test_data_in_azure_is_still_its_own_error_for_programs(tmp_path):
    file = tmp_path / "a.runconfig"
    file.write_text("script: a.py\ndataReferences: {a: {dataStoreName: b}}\n")
    with pytest.raises(RunConfigurationException) as caught:
        run_configuration.changed(str(file), str(tmp_path), [], None, None)
    assert isinstance(caught.value.inner_exception, CloudOnlyException)


def test_packages_of_the_command_line_are_built_whatever_the_file_says(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    Path("pip.yml").write_text("dependencies:\n- pip:\n  - numpy==2.0.0\n")
    file = str(project.folder / ".azureml" / "own.runconfig")
    for chosen in (file, None):
        wanted = run_configuration.changed(chosen, ".", ["train.py"], "pip.yml", None)
        python = wanted._environment()["python"]
        assert python["userManagedDependencies"] is False
        assert python["condaDependencies"]["dependencies"] == [{"pip": ["numpy==2.0.0"]}]
    project.write("sub/beside.yml", "dependencies: [python=3.11, numpy]\n")
    wanted = run_configuration.changed(None, "sub", ["train.py"], "beside.yml", None)
    assert wanted.environment.python.conda_dependencies.as_dict()["dependencies"][1] == "numpy"


def test_a_run_configuration_is_found_by_its_name_and_by_its_path(tmp_path, monkeypatch, caplog):
    def write(name: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("script: train.py\n")
        return str(path)

    def found(name: str, folder: Path = tmp_path) -> str:
        return run_configuration.find(name, str(folder), str(tmp_path))

    old = write("aml_config/old.runconfig")
    suffix = write(".azureml/suffix.runconfig")
    bare = write(".azureml/bare")
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    assert (found("suffix"), found("suffix.runconfig")) == (suffix, suffix)
    assert (found("bare"), found("bare.runconfig")) == (bare, bare)
    assert found("old") == old
    assert found("bare", tmp_path / "sub" / "deep") == bare  # --path may be below the project
    assert found("aml_config/old.runconfig") == old
    monkeypatch.chdir(tmp_path / "aml_config")
    assert found("./old.runconfig", tmp_path / "sub") == old
    assert not caplog.records

    write(".azureml/bare.runconfig")
    assert found("bare") == bare  # as RunConfiguration.load has it
    assert [each.getMessage() for each in caplog.records] == [f"{bare} is used, and not bare.runconfig."]
    with pytest.raises(RunConfigurationException, match=r"there are: bare, bare\.runconfig, old\.runconfig, suffix"):
        found("else")
    with pytest.raises(RunConfigurationException, match=r"There is no file .*no/such"):
        found("no/such")


def test_a_run_configuration_that_the_sdk_s_save_has_written(project):
    wanted = RunConfiguration(script="train.py", arguments=["--saved"])
    wanted.save(project.folder, "local")
    done = project("run", "submit-script", "-c", "local", "--query", "status")
    assert done.out == '"Completed"\n'
    assert "arguments: --saved None" in done.err.splitlines()


def test_what_stands_in_a_file_can_t_give_orders_to_the_terminal(project):
    project.write(".azureml/odd.runconfig", 'framework: "\\e[2J\\a"\n"odd\\e[31m": 1\n')
    error = project("run", "submit-script", "-c", "odd", "train.py", code=1).err
    assert "\x1b" not in error and "\x07" not in error
    assert "odd\\x1b[31m" in error
