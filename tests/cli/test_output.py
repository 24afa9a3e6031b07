"""What is printed: formats, tables that fit, text that gives no orders, and streams that can't be written."""

import contextlib
import json
import os
import subprocess
from argparse import Namespace
from collections.abc import Callable

import pytest
import yaml
from wcwidth import wcswidth

from localtrack.cli.run.table import note
from localtrack.cli.table_format import table
from localtrack.cli.whole_file import fault, whole_file
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import UserErrorException

HOSTILE = (
    "line\nbreak \x1b[31mred\x1b]0;title\x07 \u202eright\u200f \x9b2J 'quote' \"quotes\" tab\t 日本語 e\u0301 🙂"
    "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} \u2028|"
)
ORDERS = "\x07\x1b\t\x9b\u2028\u202e\u200f"


@pytest.fixture
def project(attached):
    workspace = Workspace.from_config(attached.folder)
    for number in range(2):
        run = Experiment(workspace, "train").start_logging(outputs=False, display_name=HOSTILE, run_id=f"run-{number}")
        run.tag(HOSTILE, HOSTILE)
        run.complete()
    return attached


@pytest.fixture
def at(cli) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the command as a shell would with a redirection."""

    def run(redirection: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-c", f'"$@" {redirection}', "-", *cli.command(*arguments)],
            cwd=cli.folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_no_format_lets_text_give_orders(project):
    query = ["--query", "[].{name: display_name, tags: tags, id: run_id}"]
    printed = {form: project("run", "list", *query, "-o", form).out for form in ("json", "yaml", "table", "tsv")}
    for form, text in printed.items():
        assert not set(ORDERS.replace("\t", "") if form == "tsv" else ORDERS) & set(text), form
    expected = [{"name": HOSTILE, "tags": {HOSTILE: HOSTILE}, "id": f"run-{number}"} for number in (1, 0)]
    assert json.loads(printed["json"]) == expected
    assert yaml.safe_load(printed["yaml"]) == expected
    assert [line.count("\t") for line in printed["tsv"].splitlines()] == [2, 2]
    header, line, *rows = printed["table"].splitlines()
    assert (header.split(), len(rows), set(line)) == (["Name"], 2, {"-"})
    assert wcswidth(rows[0]) == len(line)
    assert "日本語" in rows[0]
    assert "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}" in rows[0]

    minimal = project("run", "list", "--minimal", "-o", "table").out
    assert not set(ORDERS) & set(minimal)
    assert len(minimal.splitlines()) == 4
    assert project("run", "list", "-o", "none").out == ""


def test_yaml_has_the_same_value_twice_where_it_is_there_twice(project):
    assert yaml.safe_load(project("run", "list", "-o", "yaml", "[0].[tags, tags]").out) == [{HOSTILE: HOSTILE}] * 2
    assert "&id" not in project("run", "list", "-o", "yaml", "[0].[tags, tags]").out


def test_a_table_fits_the_terminal_and_nothing_else(project, terminal):
    whole = project("run", "list", "-o", "table").out.splitlines()
    for columns in (150, 100, 72):
        header, line, *rows = terminal(columns, "run", "list", "-o", "table").splitlines()
        assert max(map(wcswidth, (header, line, *rows))) <= columns
        # The widest column is the one that is cut.
        assert header.split() == whole[0].split()
        for row in rows:
            assert row.startswith("run-")
            assert "…" in row
            assert row.split()[-1] == "0:00:00"
    assert terminal(1000, "run", "list", "-o", "table").splitlines() == whole
    narrow = terminal(10, "run", "list", "-o", "table").splitlines()
    assert [line.rstrip() for line in narrow] == ["Run", "-----", "run-1", "run-0"]


def test_a_narrow_terminal_gets_ids_whole_and_fewer_columns():
    rows = [{"Run": "train_1767225600_5f0c2a1b", "Name": "n" * 40, "Status": "Completed", "Started": "2026-01-01"}]
    for width, columns in ((120, 4), (80, 4), (60, 4), (45, 3), (34, 2), (30, 1)):
        left_out: list[str] = []
        header, line, row = table(rows, width, left_out=left_out).splitlines()
        assert [*header.split(), *left_out] == ["Run", "Name", "Status", "Started"]
        assert len(header.split()) == columns
        assert row.split()[0] == "train_1767225600_5f0c2a1b"
        assert len(line) <= width
    assert table(rows, 10).splitlines()[2] == "train_176…"


def test_columns_that_have_no_room_are_named(project):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    variables = {**os.environ, "COLUMNS": "20", "TERM": "dumb"}
    process = project.start("run", "list", "-o", "table", stdout=theirs, stderr=theirs, env=variables)
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 4096):
            text += part
    os.close(ours)
    assert process.wait(timeout=30) == 0
    # Without colours, since the terminal is dumb.
    assert text.startswith(b"WARNING: Not shown, since the terminal is too narrow: Experiment, Status, Started")


def test_warnings_and_notes_give_no_orders(project, capsys):
    done = project("run", "list", "-e", HOSTILE)
    assert done.err.startswith("WARNING: There are no runs in the experiment line")
    assert not set(ORDERS) & set(done.err)
    note(Namespace(cli_ctx=Namespace(only_show_errors=False)), HOSTILE)
    said = capsys.readouterr().err
    assert said.startswith("line\\nbreak") and not set(ORDERS) & set(said)


def test_a_table_of_what_is_no_table(project):
    assert project("run", "list", "-e", "none", "-o", "table").out == ""
    assert project("run", "list", "-o", "table", "[].run_id").out.splitlines() == ["Result", "------", "run-1", "run-0"]
    assert project("run", "list", "-o", "table", "[].[run_id, status]").out.splitlines()[0] == "Column1  Column2"
    done = project("run", "list", "-o", "table", "[].[tags][]", code=0)
    assert len(done.out.splitlines()) == 4
    done = project("run", "list", "-o", "table", "[].{tags: tags}", code=1)
    assert done.err == (
        "ERROR: This result has nothing that fits in a table: choose its columns by --query, or -o json.\n"
    )


def test_what_can_t_be_shown_is_said(project):
    number = "9" * 4300  # as long as Python prints one
    done = project("run", "list", "--query", f"sum(`[{number}, {number}]`)", code=1)
    assert done.err.startswith("ERROR: The command was done, but its result can't be shown as json: ValueError: ")
    assert len(done.err.splitlines()) == 1


def test_a_terminal_of_an_old_encoding_gets_escapes(project, at):
    done = at("", "run", "list", "[0].display_name", PYTHONIOENCODING="latin-1")
    assert json.loads(done.stdout) == HOSTILE
    assert (done.returncode, done.stderr) == (0, "")
    done = at("", "run", "list", "[0].{a: display_name}", "-o", "table", PYTHONIOENCODING="ascii")
    assert r"\u65e5\u672c\u8a9e" in done.stdout
    done = at("", "run", "list", "[0].display_name", LC_ALL="C", LANG="C")
    assert json.loads(done.stdout) == HOSTILE


@pytest.mark.parametrize("arguments", [["run", "list"], ["--version"], ["shell-init", "bash"], ["run", "list", "-h"]])
def test_a_stdout_that_can_t_be_written_is_an_error(project, at, arguments):
    for redirection in (">&-", ">/dev/full"):
        done = at(redirection, *arguments)
        assert done.returncode == 1, redirection
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("ERROR: ")
    assert at("| true", *arguments).stderr == ""


def test_streams_that_are_closed_change_nothing_else(project, at):
    assert len(json.loads(at("2>&-", "run", "list").stdout)) == 2
    assert len(json.loads(at("<&- 2>/dev/full", "run", "list").stdout)) == 2
    for redirection in ("2>&-", "2>/dev/full", "<&- >&- 2>&-"):
        assert at(redirection, "run", "nonsense").returncode == 2
        assert at(redirection, "run", "show", "-r", "nothing").returncode == 1
    # Nothing was printed into the database, which would have been opened as the first free stream.
    assert at(">&- 2>&-", "run", "list", "-o", "table").returncode == 1
    assert len(json.loads(at("", "run", "list").stdout)) == 2


def test_arguments_of_any_bytes(project, at):
    for arguments in (
        ["run", "show", "-r", "\udcff"],
        ["run", "list", "-e", "\udcff"],
        ["run", "list", "--path", "/\udcff"],
        ["run", "list", "--query", "\udcff"],
        ["run", "list", "\udcff"],
        ["\udcff"],
        ["run", "\x1b[31m"],
        ["run", "list", "--\x1b[31m"],
        ["run", "list", "--status", "\x1b[31m"],
        ["computetarget", "show", "-n", "\udcff"],
    ):
        done = at("", *arguments)
        assert done.returncode in (1, 2), arguments
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stderr
        assert 1 <= len(done.stderr.splitlines()) <= 2


def test_a_home_is_not_needed(project, cli, read_only):
    done = subprocess.run(
        ["env", "-u", "HOME", "-u", "XDG_DATA_HOME", *cli.command("run", "list", "length(@)")],
        cwd=cli.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_only_debug_shows_where_an_error_comes_from(project):
    assert "Traceback" not in project("run", "show", "-r", "nothing", code=1).err
    shown = subprocess.run(
        project.command("run", "show", "-r", "nothing", "--debug"), cwd=project.folder, capture_output=True, text=True
    )
    assert shown.returncode == 1
    assert "Traceback" in shown.stderr


def test_a_file_for_the_result_is_written_whole(project):
    path = project.write("result.json", "old")
    path.chmod(0o640)
    project("run", "show", "-r", "run-1", "-t", path, "-o", "none", "--query", "run_id")
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["run_id"], written["display_name"]) == ("run-1", HOSTILE)
    assert not set(ORDERS) & set(path.read_text(encoding="utf-8"))
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(project.folder)) == [".azureml", "result.json"]
    assert json.loads(project("run", "show", "-r", "run-1", "-t", "/dev/stdout", "-o", "none").out) == written


def test_a_file_that_can_t_be_written_is_refused_before_anything_is_done(project):
    for place in ("", "nowhere/x.json", ".", "new/"):
        done = project("run", "tag", "-r", "run-1", "odd", "-t", place, code=2)
        assert "can't be a file: give a name in a folder that exists" in done.err
    tags = json.loads(project("run", "show", "-r", "run-1", "--query", "tags").out)
    assert tags == {HOSTILE: HOSTILE}


def test_permissions_are_looked_at_too(tmp_path, monkeypatch):
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("old")
    assert (fault(str(there)), fault(str(new))) == (None, None)
    # Whoever tests may be allowed everything.
    monkeypatch.setattr(os, "access", lambda path, _mode: str(path) != str(there))
    assert "you may not change it" in str(fault(str(there)))
    monkeypatch.setattr(os, "access", lambda path, _mode: str(path) != str(tmp_path))
    assert "you may not change its folder" in str(fault(str(new)))
    with pytest.raises(UserErrorException, match=f"{new} can't be written"), whole_file(str(new)):
        pass


def test_a_file_that_fails_late_is_named_and_left_as_it_was(tmp_path, monkeypatch):
    there = tmp_path / "there"
    there.write_text("old")

    def refuse(source: str, _target: str) -> None:
        raise PermissionError(13, "Permission denied", source)

    monkeypatch.setattr(os, "replace", refuse)
    message = f"{there} can't be written: Permission denied. What was there is as it was."
    with pytest.raises(UserErrorException, match=message), whole_file(str(there)) as file:
        file.write("new")
    assert there.read_text() == "old"
    assert os.listdir(tmp_path) == ["there"]


def test_wrong_words_get_a_hint(cli):
    for arguments, said in (
        (["rnu"], "localtrack: 'rnu' is none of its commands: did you mean 'run'?"),
        (["run", "lst"], "localtrack run: 'lst' is none of its commands: did you mean 'list'"),
        (["run", "xyz"], "they are "),
        (["run", "list", "-o", "xml"], "'xml' is not a value of --output/-o, which can be json, jsonc, "),
    ):
        done = cli(*arguments, code=2)
        assert said in done.err
        assert len(done.err.splitlines()) == 2
