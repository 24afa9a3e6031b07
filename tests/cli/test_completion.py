"""What the Tab key offers."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from localtrack.core import Environment, Experiment, Model, Workspace
from localtrack.core.compute import AmlCompute, ComputeTarget
from localtrack.paths import Layout
from localtrack.store.store import close_store

SEPARATOR = "\v"


@pytest.fixture
def offered(cli) -> Callable[..., list[str]]:
    """Return what is offered at the end of a line; nothing may be printed beside it."""

    def complete(line: str, words: int = 1, **options: object) -> list[str]:
        read, write = os.pipe()
        variables = {
            "_ARGCOMPLETE": str(words),
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "_ARGCOMPLETE_IFS": SEPARATOR,
            "COMP_LINE": line,
            "COMP_POINT": str(len(line.encode())),
        }
        given = {"cwd": cli.folder, "env": {**os.environ, **variables}, **options}
        # As the shell's function has it: stream 8 is for the answer.
        with os.fdopen(read, encoding="utf-8") as answer:
            done = subprocess.run(
                ["bash", "-c", f'"$@" 8>&{write}', "-", *cli.command()],
                pass_fds=[write],
                capture_output=True,
                timeout=60,
                **given,  # type: ignore[call-overload]
            )
            os.close(write)
            text = answer.read()
        assert (done.stdout, done.stderr) == (b"", b"")
        return text.split(SEPARATOR) if text else []

    return complete


@pytest.fixture
def workspace(attached) -> Workspace:
    found = Workspace.from_config(attached.folder)
    for name, run_id in (("explore", "run-a"), ("explore", "run-b"), ("train", "other")):
        Experiment(found, name).start_logging(outputs=False, run_id=run_id).complete()
    return found


def test_commands_flags_and_choices(offered):
    assert "run" in offered("localtrack ")
    assert offered("localtrack run mon") == ["monitor-logs"]
    assert offered("az ml run mon", words=2) == ["monitor-logs"]
    assert offered("localtrack run list --par") == ["--parent-run-id"]
    assert offered("localtrack run list --status Co") == ["Completed"]
    assert offered("localtrack run list -o ya") == ["yaml", "yamlc"]
    assert offered("localtrack shell-init ") == ["bash", "zsh"]
    # Files are the shell's to offer.
    assert offered("localtrack run submit-script ") == []
    assert offered("localtrack exec -- ") == []


def test_names_of_the_workspace(offered, workspace, attached):
    assert sorted(offered("localtrack run list -e ")) == ["explore", "train"]
    assert sorted(offered("localtrack run show -r ")) == ["last", "other", "run-a", "run-b"]
    assert sorted(offered("az ml run show -r run", words=2)) == ["run-a", "run-b"]
    assert offered("localtrack run list --experiment-name=ex") == ["--experiment-name=explore"]

    ComputeTarget.create(workspace, "cluster", AmlCompute.provisioning_configuration(max_nodes=1))
    Environment("sklearn").register(workspace)
    attached.write("weights.bin", "x")
    Model.register(workspace, str(attached.folder / "weights.bin"), "diabetes")
    assert offered("localtrack computetarget show -n cl") == ["cluster"]
    assert offered("localtrack environment show -n ") == ["sklearn"]
    assert offered("localtrack model show -n ") == ["diabetes"]
    elsewhere = attached.home
    assert offered("localtrack run list --path 'My project' -e tr", cwd=elsewhere) == ["train"]
    assert offered("localtrack run list -w demo -e tr", cwd=elsewhere) == ["train"]
    assert offered("localtrack run list -w de", cwd=elsewhere) == ["demo"]

    attached.write(".azureml/sklearn.runconfig", "script: train.py")
    assert offered("localtrack run submit-script -c sk") == ["sklearn"]
    with Experiment(workspace, "train").start_logging(outputs=False, run_id="logged") as run:
        run.log("loss", 1)
    assert offered("localtrack run metrics -r logged --history ") == ["loss"]


def test_names_that_a_shell_would_need_quotes_for_are_not_offered(offered, workspace):
    for name in ("two words", "a$b", "x;y", "a\nb", "plain-é"):
        workspace._store.environments.register(name, {})  # as another program may have done
    assert offered("localtrack environment show -n ") == ["plain-é"]


def test_nothing_is_offered_printed_or_made_where_there_is_nothing(offered, cli):
    before = sorted(str(path) for path in Path(cli.home).rglob("*"))
    for line in (
        "localtrack run list -e ",
        "localtrack run show -r ",
        "localtrack nonsense -r ",
        "localtrack run list 'unclosed",
        "localtrack run list -e \x1b[31m",
    ):
        offered(line)
    assert offered("localtrack run list -e ") == []
    cli.write(".azureml/config.json", "no configuration")
    assert offered("localtrack run list -e ") == []
    (cli.folder / ".azureml" / "config.json").unlink()
    (cli.folder / ".azureml").rmdir()
    assert sorted(str(path) for path in Path(cli.home).rglob("*")) == before


def test_a_workspace_is_left_as_it_is(offered, attached, run_python):
    program = """
    from localtrack.core import Experiment, Workspace
    with Experiment(Workspace.from_config(), "train").start_logging(outputs=False, run_id="run-a"):
        pass
    """
    close_store(Layout(str(attached.folder / ".azureml")))
    run_python(program, cwd=attached.folder)

    def files() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in attached.folder.rglob("*") if path.is_file()}

    before = files()
    assert offered("localtrack run show -r run-a") == ["run-a"]
    assert files() == before


def test_a_command_that_another_completion_runs_is_done(cli, monkeypatch):
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setenv("COMP_LINE", "other ")
    assert cli("--version").out.startswith("localtrack ")
