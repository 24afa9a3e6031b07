"""What of a configuration reaches the script, and what of it is shown."""

import os
import sys
import threading
import venv
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localtrack.core import Experiment, RunConfiguration, ScriptRun, ScriptRunConfig, Workspace
from localtrack.core.environment import Environment
from localtrack.exceptions import ExperimentExecutionException, RunConfigurationException, UserErrorException
from localtrack.redaction import redacted

PRINT = "import os, sys; print(*[os.environ.get(each) for each in sys.argv[1:]], sep='|')"
WAIT = "import time; time.sleep(120)"
LOG = "user_logs/std_log.txt"


def output(run: ScriptRun) -> str:
    run.wait_for_completion()
    return run.get_details_with_logs()["logFiles"][LOG]


@pytest.fixture
def command(workspace: Workspace, tmp_path: Path):
    """Submit a command."""

    def submit_command(command: list[object] | str, **options: object) -> ScriptRun:
        (tmp_path / "folder").mkdir(exist_ok=True)
        config = ScriptRunConfig(str(tmp_path / "folder"), command=command, **options)
        return Experiment(workspace, "e").submit(config)

    return submit_command


def test_variables_of_the_environment_and_of_the_configuration_that_wins(submit):
    configuration = RunConfiguration()
    configuration.environment.environment_variables = {"A": "environment", "B": "environment"}
    configuration.environment_variables = {"B": "configuration", "N": 3}
    run = submit(PRINT, "A", "B", "N", run_config=configuration)
    assert output(run) == "environment|configuration|3\n"
    definition = run.get_details()["runDefinition"]
    assert definition["environmentVariables"] == {"A": "environment", "B": "configuration", "N": "3"}


def test_secrets_reach_the_script_and_are_shown_nowhere(submit, workspace, monkeypatch):
    monkeypatch.setenv("MINE_ALONE", "of-the-submitter")
    configuration = RunConfiguration()
    configuration.environment = Environment("mine")
    configuration.environment.python.user_managed_dependencies = True
    configuration.environment.environment_variables = {"API_TOKEN": "s3cret-1"}
    configuration.environment_variables = {"DB_PASSWORD": "s3cret-2", "URL": "https://me:s3cret-3@host/x"}
    run = submit(PRINT, "API_TOKEN", "DB_PASSWORD", "URL", "MINE_ALONE", run_config=configuration)
    assert output(run) == "s3cret-1|s3cret-2|https://me:s3cret-3@host/x|of-the-submitter\n"
    definition = run.get_details()["runDefinition"]
    shown = {"API_TOKEN": "***", "DB_PASSWORD": "***", "URL": "https://me:***@host/x"}
    assert definition["environmentVariables"] == shown
    assert definition["environment"]["environmentVariables"] == {"API_TOKEN": "***"}
    assert configuration.environment.environment_variables == {"API_TOKEN": "s3cret-1"}
    workspace._store.database.close()
    kept = b"".join(path.read_bytes() for path in Path(workspace._layout.root).glob("localtrack.db*"))
    assert b"s3cret" not in kept
    assert b"of-the-submitter" not in kept
    assert os.listdir(workspace._layout.queued) == []


def test_the_password_of_an_index_reaches_the_build_and_is_shown_nowhere(submit, workspace):
    """The index is one of our own, and notes who asks."""
    asked: list[str | None] = []

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            self.send_response(401 if asked[-1] is None else 404)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever).start()
        packages = Environment("mine")
        packages.python.conda_dependencies.add_pip_package("no-such-package")
        packages.python.conda_dependencies.set_pip_index_url(f"http://me:s3cret@127.0.0.1:{server.server_port}/simple")
        run = submit(PRINT, environment=packages)
        details = run.wait_for_completion(raise_on_error=False)
        server.shutdown()
    assert details["error"]["error"]["code"] == "EnvironmentBuildFailed"
    assert f"Basic {b64encode(b'me:s3cret').decode()}" in asked
    assert "http://me:***@127.0.0.1" in str(details["runDefinition"]["environment"])
    assert "s3cret" not in str(run.get_details_with_logs())
    workspace._store.database.close()
    kept = b"".join(path.read_bytes() for path in Path(workspace._layout.root).glob("localtrack.db*"))
    assert b"s3cret" not in kept


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PASSWORD", True),
        ("PGPASSWORD", True),
        ("passwd", True),
        ("GITHUB_TOKEN", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("APIKEY", True),
        ("API_KEYS", True),
        ("GOOGLE_APPLICATION_CREDENTIALS", True),
        ("AZURE_STORAGE_CONNECTION_STRING", True),
        ("BASIC_AUTH", True),
        ("DB_PWD", True),
        ("TOKENIZERS_PARALLELISM", False),
        ("KEYBOARD", False),
        ("AUTHOR", False),
        ("PATH", False),
        ("OMP_NUM_THREADS", False),
    ],
)
def test_names_that_look_secret(name: str, secret: bool):
    assert redacted({name: "x"}) == {name: "***" if secret else "x"}


def test_a_list_has_no_shell_and_a_text_has(command):
    given = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME; *", 1, True]
    run = command(given)
    assert output(run) == "['$HOME; *', '1', 'True']\n"
    assert run.get_details()["runDefinition"]["command"] == " ".join(map(str, given))
    assert output(command("echo $((1 + 1)) | tr 2 3")) == "3\n"


def test_python_in_a_command_is_the_interpreter_that_submits(command, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    run = command(["python", "-c", "import sys; print(sys.prefix)"])
    assert output(run) == f"{sys.prefix}\n"
    assert run.get_details()["runDefinition"]["interpreter"] == sys.executable


def test_an_interpreter_of_the_user_s_own(submit, command, tmp_path):
    venv.create(tmp_path / "own", with_pip=False)
    environment = Environment("own")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = str(tmp_path / "own" / "bin" / "python")
    run = submit("import sys; print(sys.prefix)", environment=environment)
    assert output(run) == f"{tmp_path / 'own'}\n"
    definition = run.get_details()["runDefinition"]
    assert definition["interpreter"] == environment.python.interpreter_path
    assert definition["environment"]["name"] == "own"
    run = command("python -c 'import sys; print(sys.prefix)'", environment=environment)
    assert output(run) == f"{tmp_path / 'own'}\n"


def test_an_interpreter_by_its_name(submit, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "my-python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    environment = Environment("named")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = "my-python"
    run = submit("print('ran')", environment=environment)
    assert output(run) == "ran\n"
    assert run.get_details()["runDefinition"]["interpreter"] == str(tmp_path / "bin" / "my-python")


@pytest.mark.parametrize("name", ["no-such-python", "/no/such/python"])
def test_an_interpreter_that_is_not_there(name: str, submit, workspace):
    environment = Environment("none")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = name
    with pytest.raises(RunConfigurationException, match=name):
        submit("", environment=environment)
    assert list(Experiment(workspace, "e").get_runs()) == []


def test_nothing_said_of_the_environment_is_this_interpreter(submit):
    run = submit("import sys; print(sys.executable)", run_config=RunConfiguration())
    assert output(run) == f"{sys.executable}\n"
    assert run.get_details()["runDefinition"]["environment"] is None


def add_target(workspace: Workspace, name: str) -> None:
    with workspace._store.database.transaction() as connection:
        connection.execute(
            "INSERT INTO targets (name, type, max_nodes, created) VALUES (?, 'AmlCompute', 1, 0)", (name,)
        )


def test_an_environment_that_is_to_be_built_leaves_a_place_for_its_interpreter(submit, workspace, wait_until):
    add_target(workspace, "one")
    first = submit(WAIT, compute_target="one")
    wait_until(lambda: first.get_status() == "Running")
    environment = Environment("managed")
    environment.python.conda_dependencies.add_pip_package("six")
    second = submit("", 1, compute_target="one", environment=environment)
    definition = workspace._store.runs.get(second.id).definition
    assert definition["interpreter"] is None
    assert definition["process"] == ["python", "script.py", "1"]
    assert definition["environment"] == environment._definition()
    second.cancel()
    first.cancel()


def test_runs_of_a_higher_priority_go_first(submit, workspace, wait_until):
    add_target(workspace, "one")
    first = submit(WAIT, compute_target="one")
    wait_until(lambda: first.get_status() == "Running")
    runs = []
    for priority in (None, 5, 9, 5):
        configuration = RunConfiguration()
        configuration.target = "one"
        configuration.priority = priority
        runs.append(submit("", run_config=configuration))
    assert runs[1].get_details()["runDefinition"]["priority"] == 5
    first.cancel()
    for run in runs:
        run.wait_for_completion()
    order = sorted(range(4), key=lambda number: runs[number].get_details()["startTimeUtc"])
    assert order == [2, 1, 3, 0]


def test_a_priority_that_is_none(submit):
    configuration = RunConfiguration()
    configuration.priority = 10**20
    with pytest.raises(UserErrorException, match="priority"):
        submit("", run_config=configuration)


def test_a_script_goes_on_with_the_outputs_of_a_run(submit):
    first = submit("import os; os.makedirs('outputs', exist_ok=True); open('outputs/checkpoint', 'w').write('42')")
    first.wait_for_completion()
    script = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--epochs")
parser.add_argument("--resume-from")
arguments = parser.parse_args()
assert arguments.resume_from == os.environ["AZUREML_DATAREFERENCE_MODEL_LOCATION"]
print(arguments.epochs, open(os.path.join(arguments.resume_from, "checkpoint")).read())
"""
    run = submit(script, "--epochs", 3, resume_from=first)
    assert output(run) == "3 42\n"
    assert run.get_details()["runDefinition"]["arguments"][:3] == ["--epochs", "3", "--resume-from"]


def test_a_command_goes_on_with_a_path(command, tmp_path):
    (tmp_path / "model").write_text("7")
    assert output(command('cat "$AZUREML_DATAREFERENCE_MODEL_LOCATION"', resume_from=tmp_path / "model")) == "7"


def test_nothing_to_go_on_with(submit, workspace, tmp_path):
    interactive = Experiment(workspace, "e").start_logging(outputs=False)
    for given, message in ((interactive, "no outputs"), (tmp_path / "none", "not there"), (5, "a run or a path")):
        with pytest.raises(UserErrorException, match=message):
            submit("", resume_from=given)


@pytest.mark.parametrize("script", ["../train.py", "/train.py", "none.py"])
def test_a_script_must_be_in_its_folder(script: str, workspace, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "train.py").touch()
    name = str(tmp_path) + script if script.startswith("/") else script
    with pytest.raises(ExperimentExecutionException, match="relative to source_directory"):
        Experiment(workspace, "e").submit(ScriptRunConfig(str(tmp_path / "source"), script=name))
    assert list(Experiment(workspace, "e").get_runs()) == []


def test_credentials_that_are_passed_through_are_shown_with_the_run(workspace, tmp_path):
    (tmp_path / "train.py").touch()
    config = ScriptRunConfig(str(tmp_path), script="train.py")
    runs = [Experiment(workspace, "e").submit(config, credential_passthrough=each) for each in (True, None)]
    assert [run.wait_for_completion()["runDefinition"]["credentialPassthrough"] for run in runs] == [True, False]


def test_a_configuration_s_file_is_enough_to_run(workspace, tmp_path):
    (tmp_path / "train.py").write_text("import sys; print(sys.argv[1:])")
    (tmp_path / "train.runconfig").write_text("script: train.py\narguments: [--alpha, 0.1]\ntarget: local")
    config = ScriptRunConfig(str(tmp_path), run_config=RunConfiguration.load(tmp_path, "train"))
    assert output(Experiment(workspace, "e").submit(config)) == "['--alpha', '0.1']\n"


def test_history_settings_without_effect_are_said(submit):
    configuration = RunConfiguration()
    configuration.history.snapshot_project = False
    configuration.history.directories_to_watch = ["logs", "./outputs/tb", "elsewhere"]
    with pytest.warns(UserWarning) as caught:
        run = submit("", run_config=configuration)
    assert ["snapshot_project" in str(caught[0].message), "'elsewhere'" in str(caught[1].message)] == [True, True]
    assert len(caught) == 2
    run.wait_for_completion()
