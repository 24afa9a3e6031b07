"""``--query``, and an expression as the last word."""

import json
from typing import Any

import pytest

from localtrack.cli.query_evaluation import evaluate, fault
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import UserErrorException

RUNS: list[dict[str, Any]] = [
    {
        "run_id": f"train_{number}",
        "run_number": number,
        "properties": {"author": "azureml-user" if number % 2 else "me"},
        "tags": {"quality": "fantastic run", "worth another look": None} if number % 3 else {},
    }
    for number in range(300)
]
DOUBLED = "|[@,@]"


@pytest.fixture
def project(attached):
    workspace = Workspace.from_config(attached.folder)
    for name, author in (("one", "azureml-user"), ("two", "me")):
        run = Experiment(workspace, "train").start_logging(outputs=False, display_name=name)
        run.add_properties({"author": author})
        run.complete()
    return attached


def test_an_expression_after_its_flag_or_as_the_last_word(project):
    expression = "[?properties.author=='azureml-user'].{name: display_name, author: properties.author}"
    found = json.loads(project("run", "list", "--query", expression).out)
    assert found == [{"name": "one", "author": "azureml-user"}]
    for words in (["-o", "json", expression], [expression, "-o", "json"], ["--", expression]):
        assert json.loads(project("run", "list", "--experiment-name", "train", *words).out) == found
    # Columns are in the order of the expression.
    assert project("run", "list", expression, "-o", "tsv").out == "one\tazureml-user\n"
    header, _, row = project("run", "list", expression, "-o", "table").out.splitlines()
    assert (header.split(), row.split()) == (["Name", "Author"], ["one", "azureml-user"])


def test_a_table_of_runs_that_an_expression_has_only_chosen_is_that_of_runs(project):
    whole = project("run", "list", "-o", "table").out.splitlines()
    part = project("run", "list", "-o", "table", "[?display_name=='one']").out.splitlines()
    assert part == [whole[0], whole[1], whole[3]]


def test_what_is_no_expression_is_wrong_usage(project):
    for words, said in (
        (["--query", "[?a"], "argument --query: [?a is no expression of JMESPath: it ends too early"),
        (["--query", "a\x1b[2J\n"], r"a\x1b[2J\n is no expression of JMESPath: Unknown token \x1b at character 2"),
        (["--query", " "], "the expression is empty: leave --query out"),
        (["--query", "a" * 10_001], "the expression has 10 001 characters, and may have 10 000"),
        (["--query", "[].run_id", "[0]"], "[0] is a second expression behind that of --query"),
        (["[?properties.author==azureml-user]"], "Unknown token '-' at character 29. Is it in quotes, as"),
        (["[?a", "==", "b]"], "unrecognized arguments: [?a == b]. An expression is one word: put it in quotes, as"),
        (["train"], "unrecognized arguments: train\n"),
        (["--tag", "[0]"], "unrecognized arguments: --tag [0]\n"),
    ):
        done = project("run", "list", *words, code=2)
        assert said in done.err
        assert done.err.startswith("ERROR: localtrack run list: ")
        assert (done.out, len(done.err.splitlines())) == ("", 2)


def test_what_can_t_be_applied_is_one_line(project):
    done = project("run", "list", "--query", "[].run_id" + DOUBLED * 30, code=1)
    assert done.err == (
        "ERROR: --query: the result is larger than 10 MB, and larger than what it is made of: select less.\n"
    )
    assert done.out == ""
    assert project("run", "list", "keys(@)", code=1).err == "ERROR: --query: keys() takes object, and not array.\n"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("[?properties.author=='azureml-user'] | length(@)", 150),
        ("[?tags.keys(@)[?starts_with(@, 'worth another look')]] | length(@)", 200),
        ("[?properties.author=='azureml-user' && tags.quality=='fantastic run'] | length(@)", 100),
        ("sort_by(@, &run_number)[-1].run_id", "train_299"),
        ("max_by(@, &run_number).run_number", 299),
        ("[?contains(run_id, '29')].run_number", [29, 129, 229, *range(290, 300)]),
        ("[:2].run_id | join(', ', @)", "train_0, train_1"),
        ("[?run_number >= `298`].run_id", ["train_298", "train_299"]),
        ("[0].to_string(tags)", "{}"),
        ("[*].tags | [] | length(@)", 300),
        ("nothing", None),
    ],
)
def test_what_expressions_give(expression, result):
    assert fault(expression) is None
    assert evaluate(expression, RUNS) == result


@pytest.mark.parametrize(
    "expression",
    [
        "@" + DOUBLED * 60,
        "@" + "|[@,@][]" * 60,
        "`1`" + DOUBLED * 60 + "|to_string(@)",
        "[`1`" + DOUBLED * 40 + ", `1`" + DOUBLED * 40 + "]|[0]==[1]",
        "[`1`" + DOUBLED * 40 + "]|contains(@, `2`)",
        "[*].run_id|" + "|".join(["[@,@,@,@]|[]|[join('xxxx', @)]"] * 25),
        "'x'" + "|[@,@,@,@,@,@,@,@]|join(@[0],@)" * 40,
        "@" + "|map(&[@,@],@)[]" * 60,
        "@" + "|[].[@,@,@,@][]" * 60,
        "{a: @, b: @}" + "|{a: @, b: @}" * 40,
        "'x'" + "|[@,@]|reverse(join('',@))" * 35,
        "@" + "|[@,@][]|[::-1]" * 35,
    ],
)
def test_what_would_take_days_or_fill_the_memory_is_refused(expression):
    assert fault(expression) is None
    with pytest.raises(UserErrorException, match=r"takes too long|is larger than 10 MB"):
        evaluate(expression, RUNS)


@pytest.mark.parametrize(
    "expression", ["[" * 1000, "!" * 5000 + "a", "a" + "||a" * 3000, "(" * 3000, "`" + "[" * 4000 + "]" * 4000 + "`"]
)
def test_what_is_nested_too_deeply_is_a_fault(expression):
    assert "more than 100 levels" in str(fault(expression))


def test_a_result_may_be_as_large_as_what_it_is_made_of():
    large = [{"text": "x" * 1_000_000}] * 30
    assert evaluate("[]", large) == large
    with pytest.raises(UserErrorException, match="larger than what it is made of"):
        evaluate("[@, @]", large)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("`1` < 'x'", "can't be applied to this result: '<' not supported"),
        ("[::0]", "slice step cannot be zero"),
        ("ceil(`Infinity`)", "cannot convert float infinity"),
        ("foo(@)", r"Unknown function: foo\(\)"),
        ("abs(`1`, `2`)", r"Expected 1 argument for function abs\(\), received 2"),
        ("[0].starts_with(nothing, 'x')", r"starts_with\(\) takes string, and not null"),
        ("[&run_id]", "is no result by itself"),
    ],
)
def test_what_fails_in_an_expression_is_said(expression, said):
    assert fault(expression) is None
    with pytest.raises(UserErrorException, match=said):
        evaluate(expression, RUNS)
