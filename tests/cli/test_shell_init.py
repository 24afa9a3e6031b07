"""``localtrack shell-init``, in real shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localtrack.core import Experiment, Workspace

SHELLS = [
    ["bash", "--norc", "-u"],
    pytest.param(["zsh", "-f", "-u"], marks=pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")),
]
AZURE_CLI = """#!/bin/sh
printf '<%s>' "azure" "$@"
exit 4
"""


@pytest.fixture
def shell(cli, tmp_path):
    """Run a program in a shell that has evaluated what shell-init prints."""

    def run(command: list[str], program: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        cli.write("init", cli("shell-init", command[0]).out)
        return subprocess.run(
            [*command, "-c", f". ./init\n{program}"],
            cwd=cli.folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def azure_cli(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "bin" / "az"
    path.parent.mkdir()
    path.write_text(AZURE_CLI)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(path.parent) + os.pathsep + os.environ["PATH"])
    return path


@pytest.mark.parametrize("command", SHELLS)
def test_az_is_localtrack_where_localtrack_has_something_to_say(attached, shell, azure_cli, command):
    program = """
    az ml run list -e 'train' --query "[?display_name=='a b']" -o json; echo "code $?"
    az ml nonsense; echo "code $?"
    az login --use-device-code; az logout; az account set -s 'my subscription'; echo "code $?"
    az account show; echo "code $?"
    az acr build 'a b' ml; echo "code $?"
    az; echo "code $?"
    """
    done = shell(command, program)
    assert done.stdout.splitlines() == [
        "[]",
        "code 0",
        "code 2",
        "code 0",
        "<azure><account><show>code 4",
        "<azure><acr><build><a b><ml>code 4",
        "<azure>code 4",
    ]
    assert "localtrack: 'nonsense' is none of its commands" in done.stderr
    assert done.stderr.count("localtrack works on this machine") == 3


@pytest.mark.parametrize("command", SHELLS)
def test_without_the_azure_cli_the_shell_says_so(shell, command):
    done = shell(command, 'PATH=/nowhere; az acr list; echo "code $?"')
    assert done.stdout == "code 127\n"
    assert "command not found" in done.stderr


@pytest.mark.parametrize("command", SHELLS)
def test_an_alias_gives_way(shell, command):
    done = shell(command, "alias az='echo mine'\n. ./init\naz ml --version\naz login")
    assert "mine" not in done.stdout
    assert "nothing to log in to" in done.stderr


def test_scripts_that_bash_runs_have_az_ml_too(shell, cli):
    cli.write("script", "az ml --version")
    done = shell(SHELLS[0], "bash script")
    assert (done.stdout.split()[0], done.stderr) == ("localtrack", "")


@pytest.mark.parametrize("command", SHELLS)
def test_the_interpreter_s_path_may_have_any_characters(cli, tmp_path, command):
    strange = tmp_path / """a b'c"d$HOME`e`\\f!"""
    strange.mkdir()
    python = strange / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    code = "import sys; sys.executable = sys.argv[1]; from localtrack.cli.shell_code import shell_code as c; "
    program = f"{code}sys.stdout.write(c({command[0]!r}))"
    text = subprocess.run([sys.executable, "-c", program, str(python)], capture_output=True, text=True, check=True)
    cli.write("init", text.stdout)
    cli.write("json.py", "raise SystemExit('a module of the working folder')\n")
    script = [*command, "-c", ". ./init\naz ml --version"]
    done = subprocess.run(script, cwd=cli.folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("localtrack ")


def test_other_shells_and_options_are_parsed_as_all_are(cli):
    assert "'fish' is not a value of SHELL, which can be bash, zsh" in cli("shell-init", "fish", code=2).err
    assert "SHELL" in cli("shell-init", code=2).err
    assert cli("shell-init", "bash", "--only-show-errors").out == cli("shell-init", "bash").out


COMPLETE = """
complete_line() {
    COMP_LINE=$1 COMP_POINT=${#1}
    read -ra COMP_WORDS <<< "$1"
    [[ $1 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )) COMPREPLY=()
    local name=$(complete -p "${COMP_WORDS[0]}"); name=${name##* -F }
    "${name% *}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s,' "${COMPREPLY[@]-}"; echo
}
"""


def test_bash_completes_localtrack_and_az(attached, shell):
    Experiment(Workspace.from_config(attached.folder), "explore").start_logging(outputs=False).complete()
    program = f"""
    {COMPLETE}
    complete_line 'localtrack run mon'
    complete_line 'az ml run mon'
    complete_line 'az ml run list -e ex'
    complete_line 'az m'
    complete_line 'az acr '
    complete_line 'localtrack run submit-script '
    _of_azure() {{ COMPREPLY=(of-azure "$2"); }}
    complete -F _of_azure az
    . ./init
    . ./init
    complete_line 'az acr bu'
    complete_line 'az ml run mon'
    """
    done = shell(["bash", "--norc"], program)
    assert done.stdout.splitlines() == [
        "monitor-logs,", "monitor-logs,", "explore,", "ml,", ",", ",", "of-azure,bu,", "monitor-logs,",
    ]  # fmt: skip
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
def test_zsh_registers_the_completion(shell):
    program = "autoload -U compinit; compinit -D; . ./init; . ./init; echo $_comps[az] $_comps[localtrack]"
    done = shell(["zsh", "-f"], program)
    assert done.stdout == "_localtrack_completion _localtrack_completion\n"
