"""``localtrack exec``, ``--version``, and the exit codes of what can't be run."""

import os
import signal
import subprocess
import sys

import pytest

import localtrack

PROGRAM = """
import multiprocessing, subprocess, sys
import azureml.core

def of_worker(_):
    from azureml.core import Run
    return Run.__module__

if __name__ == "__main__":
    print(azureml.core.__name__, sys.argv[1:])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(of_worker, [0]))
    sys.exit(7)
"""


def test_a_command_and_its_workers_have_azureml(cli):
    cli.write("train.py", PROGRAM)
    arguments = ["--alpha", "0.1", "-h", "--", "--query", "["]
    for words in (["exec", "--"], ["exec"]):
        done = cli(*words, sys.executable, "train.py", *arguments, code=7)
        assert done.out.splitlines() == [f"localtrack.core {arguments}", "['localtrack.core.run']"]
        assert done.err == ""
    # With options of our own before it.
    assert "localtrack.core" in cli("exec", "--only-show-errors", "--", sys.executable, "train.py", code=7).out


def test_the_rest_of_the_environment_stays(cli, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ["PYTHONPATH"], "", "/of/mine"]))
    first, *rest = cli("exec", "sh", "-c", 'printf %s "$PYTHONPATH"').out.split(os.pathsep)
    assert os.path.isdir(os.path.join(first, "azureml"))
    assert rest == [entry for entry in os.environ["PYTHONPATH"].split(os.pathsep) if entry]
    nested = cli("exec", *cli.command("exec", "--", "sh", "-c", 'printf %s "$PYTHONPATH"'))
    assert nested.out.split(os.pathsep) == [first, *rest]


def test_signals_are_the_command_s_own(cli):
    process = cli.start("exec", "--", sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM
    # Python ignores SIGPIPE for itself: `yes` would go on to write.
    done = subprocess.run(["bash", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "-", *cli.command("exec", "yes")],
                          cwd=cli.folder, capture_output=True, text=True, timeout=30)  # fmt: skip
    assert done.stdout.splitlines() == ["y", str(128 + signal.SIGPIPE)]


def test_what_can_t_be_run_is_said(cli):
    cli.write("plain.py", "print()\n")
    for name, text in (("broken", "#!/no/such/program\n"), ("text", "no program\n")):
        cli.write(name, text).chmod(0o755)
    for program, code, said in (
        ("no-such-command", 127, "There is no command 'no-such-command'. Give a program that is on PATH"),
        ("./no-such-file", 127, "There is no command './no-such-file'."),
        ("\x1b[31m", 127, r"'\x1b[31m'"),
        ("./plain.py", 126, "it is not executable. `localtrack exec -- python ./plain.py` runs it"),
        ("./broken", 126, "behind #!, is not there"),
        ("./text", 126, "nor a script with #!"),
        ("/", 126, "it is a folder"),
    ):
        done = cli("exec", "--", program, code=code)
        assert said in done.err
        assert (done.out, len(done.err.splitlines())) == ("", 1)


def test_help_and_wrong_usage(cli):
    assert "COMMAND_AND_ARGUMENTS" in cli("exec", "--help").out
    for words in (["exec"], ["exec", "--"]):
        assert "localtrack exec: give a command, with its arguments behind it" in cli(*words, code=2).err


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_the_version_is_told_without_the_framework(cli, flag):
    assert cli(flag).out == f"localtrack {localtrack.VERSION}\n"
    program = "import sys; from localtrack.cli import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, flag], capture_output=True, text=True, timeout=30)
    assert not {"knack", "argparse", "sqlite3"} & set(done.stdout.split())
