"""Every command has help and an example, and stands in the README; what may stand last on its line."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from knack.commands import CLICommand
from knack.events import EVENT_INVOKER_PRE_PARSE_ARGS
from knack.help_files import helps
from knack.invocation import CommandInvoker

from localtrack.cli.application import create

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
_END_OF_COMMAND = {"|", "||", "&&", ";", ">", ">>", "<", "&"}


def invocation(command: str) -> CommandInvoker:
    """Return what a call of a command has before its command line is parsed."""
    cli = create()
    found = CommandInvoker(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    cli.invocation = found
    found.data["command_string"] = command
    found.commands_loader.load_command_table([])
    found.commands_loader.load_arguments(command)
    found.parser.load_command_table(found.commands_loader)
    return found


def table(command: str = "") -> dict[str, CLICommand]:
    loaded: dict[str, CLICommand] = invocation(command).commands_loader.command_table
    return loaded


@cache
def commands() -> list[str]:
    return sorted(table())


def groups() -> list[str]:
    parts = [command.split() for command in commands()]
    return sorted({" ".join(words[:number]) for words in parts for number in range(1, len(words))})


def help_of(name: str) -> dict[str, object]:
    assert name in helps, f"{name} has no help"
    found: dict[str, object] = yaml.safe_load(helps[name])
    return found


def lines_of(example: str) -> Iterator[list[str]]:
    """Yield the words of each call of the command in an example for a shell."""
    text = re.sub(r'"\$\((.*?)\)"', r"\1", example.replace("\\\n", " "))
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        while "localtrack" in words:
            words = words[words.index("localtrack") + 1 :]
            end = next((number for number, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
            yield words[:end]
            words = words[end:]


def test_there_are_the_commands_of_the_grammar():
    names = """
    folder attach, run submit-script, run list, run show, run update, run cancel, run monitor-logs, run download-logs,
    experiment list, environment list, environment show, environment register, environment download,
    environment scaffold, environment prune, computetarget create amlcompute, computetarget list, computetarget show,
    computetarget delete, workspace create, workspace show, workspace list, workspace delete, model register,
    model list, model show, model download, model update, model delete, login, logout, run delete, run metrics,
    run files list, run files download, run tag, run untag, run search, run compare, run wait, run export, doctor,
    backup, gc, exec, shell-init
    """
    assert set(re.split(r",\s+", names.strip())) <= set(commands())


@pytest.mark.parametrize("name", groups())
def test_a_group_has_help(name):
    entry = help_of(name)
    assert entry["type"] == "group"
    assert str(entry["short-summary"])[0].isupper()


@pytest.mark.parametrize("name", commands())
def test_a_command_has_help_and_examples_that_are_its_own(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry = help_of(name)
    assert entry["type"] == "command"
    summary = str(entry["short-summary"])
    assert summary[0].isupper()
    assert not summary.endswith(".")  # it gets one
    examples = entry["examples"]
    assert isinstance(examples, list)
    assert examples
    for example in examples:
        assert example["name"]
        lines = list(lines_of(example["text"]))
        assert lines, example["text"]
        assert any(" ".join(words).startswith(name) for words in lines), example["text"]
        for words in lines:
            own = invocation(next(each for each in reversed(commands()) if " ".join(words).startswith(each)))
            own.cli_ctx.raise_event(EVENT_INVOKER_PRE_PARSE_ARGS, args=words)
            own.parser.parse_args(words)


@pytest.mark.parametrize("name", commands())
def test_examples_can_be_pasted(name, capsys):
    with pytest.raises(SystemExit):
        invocation(name).parser.parse_args([*name.split(), "--help"])
    lines = [line.strip() for line in capsys.readouterr().out.partition("\nExamples\n")[2].splitlines()]
    for example in help_of(name)["examples"]:
        for line in example["text"].strip().splitlines():
            assert line in lines
            # zsh takes brackets that are not in quotes for a pattern.
            assert not any(char in re.sub(r"\"[^\"]*\"|'[^']*'", "", line) for char in "[]?*"), line


@pytest.mark.parametrize("name", commands())
def test_each_argument_of_a_command_has_help(name):
    for argument in table(name)[name].arguments.values():
        if argument.name != "cmd":  # knack's own
            assert argument.type.settings.get("help"), argument.name


def test_the_readme_has_a_row_for_each_command():
    rows = re.findall(r"^\| `([a-z -]+)` +\|", README, re.MULTILINE)
    assert sorted(rows) == commands()


@pytest.mark.parametrize(
    ("line", "expression", "left"),
    [
        ("run search F [].run_id", "[].run_id", {"filter_text": "F"}),
        ("run search -o table F [0] --last 3", "[0]", {"filter_text": "F"}),
        ("run wait last [].run_id", "[].run_id", {"more_runs": ["last"]}),
        ("run wait -r last [].run_id -o tsv", "[].run_id", {"runs": ["last"]}),
        ("run compare A B differences[0] -o json", "differences[0]", {"runs": ["A", "B"]}),
        ("run compare A B -o json differences[0]", "differences[0]", {"runs": ["A", "B"]}),
        ("run delete -r ID [].id", "[].id", {"runs": ["ID"]}),
        ("backup b.db [size]", "[size]", {"file": "b.db"}),
        ("run search [].run_id", None, {"filter_text": "[].run_id"}),
        ("run tag -r x a=1", None, {"tags": ["a=1"]}),
        ("run submit-script train.py a=[1]", None, {"script": ["train.py", "a=[1]"]}),
    ],
)
def test_an_expression_stands_behind_other_words_where_it_can_be_no_other(line, expression, left):
    words = line.split()
    command = " ".join(words[: 1 if words[0] == "backup" else 2])
    parsed = invocation(command).parser.parse_args(words)
    assert parsed._jmespath_query == expression
    assert {name: getattr(parsed, name) for name in left} == left


@pytest.mark.parametrize(
    "line", ["run tag a=1 -r x [0]", "run search F [0] [1]", "run wait last -o json other", "run search F word"]
)
def test_other_words_that_are_left_over_are_wrong(line, capsys):
    words = line.split()
    with pytest.raises(SystemExit):
        invocation(" ".join(words[:2])).parser.parse_args(words)


def test_help_says_where_an_expression_can_stand_last(capsys):
    for command, said in (("run list", True), ("run wait", True), ("run tag", False), ("run submit-script", False)):
        with pytest.raises(SystemExit):
            invocation(command).parser.parse_args([*command.split(), "--help"])
        assert ("It can also stand" in " ".join(capsys.readouterr().out.split())) == said, command
