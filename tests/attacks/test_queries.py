"""What people type to find and choose: each text is answered or refused, in time."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.cli.query_evaluation import evaluate, fault
from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import UserErrorException

fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.sampled_from(
    [
        *("metrics.loss", "metric.`a b`", 'tags."x', "tags.q", "params.a", "status", "start_time", "min(metrics.loss)"),
        *(
            "count (metrics.x)",
            "duration",
            "=",
            "==",
            "!=",
            "<>",
            "<=",
            ">",
            "like",
            "ILIKE",
            "not",
            "in",
            "is",
            "null",
        ),
        *(
            "(",
            ")",
            ",",
            "'a'",
            '"',
            "'",
            "''",
            "\\",
            "%",
            "_",
            "*",
            "?",
            "[",
            "--",
            ";",
            "/*",
            "x'00'",
            "0",
            "-1",
            "1e999",
        ),
        *("nan", "inf", "9" * 4000, "9" * 5000, "true", "and", "OR", "'2026-01-01'", "'9999-12-31T23:59:59+23:59'"),
        *(
            "'0001-01-01T00:00+23:59'",
            "\0",
            "\ud800",
            "\u2028",
            "é",
            "٣",
            "DESC",
            "asc",
            ". ",
            "@",
            "order by",
            "UNION",
        ),
    ]
)
FILTERS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS, max_size=8).map("".join))


@pytest.fixture
def run(workspace: Workspace) -> Run:
    run = Experiment(workspace, "train").start_logging(outputs=False, tags={"q": "a"})
    run.log("loss", 0.5)
    run.complete()
    return run


@fuzz
@given(text=FILTERS, is_order=st.booleans())
def test_a_filter_made_of_its_words(workspace: Workspace, run: Run, text: str, is_order: bool) -> None:
    try:
        found = workspace.search_runs("" if is_order else text, order_by=[text] if is_order else None)
    except UserErrorException as error:
        assert "can't be used: " in str(error)
        assert 3 <= len(str(error).splitlines()) <= 4 and len(str(error)) < 1000
    else:
        assert [each.id for each in found] in ([], [run.id])
    assert run.get_metrics() == {"loss": 0.5}


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "not " * 25_000,
        "'" * 99_999,
        "tags.`" + "``" * 45_000,
        " and ".join(["tags.q = 'a'"] * 5000),
        "tags.q in (" + "'a'," * 20_000 + "'a')",
        "tags.q like '" + "%a" * 40_000 + "'",
        "metrics.loss = " + "9" * 90_000,
        "a" * 99_999,
        " " * 99_999 + "x",
        "x" * 10_000_000,
    ],
)
def test_a_filter_that_is_made_to_take_time(workspace: Workspace, run: Run, text: str) -> None:
    with pytest.raises(UserErrorException) as refused:
        workspace.search_runs(text)
    assert len(str(refused.value)) < 1000


def test_texts_of_sql_are_texts(workspace: Workspace, run: Run) -> None:
    text = "a' OR 1=1; DROP TABLE runs; --"
    run.tag(text, text)
    quoted = text.replace("'", "''")
    for condition in (f"tags.\"{text}\" = '{quoted}'", f"tags.`{text}` like '{quoted}'", f'tags."{text}" is not null'):
        assert [each.id for each in workspace.search_runs(condition)] == [run.id]
    assert list(workspace.search_runs(f"tags.q = '{quoted}'")) == []
    for condition in (text, f"tags.{text} = 'a'", "tags.q = 'a' UNION SELECT * FROM runs", "runs.key = 1", "rowid = 1"):
        with pytest.raises(UserErrorException, match="can't be used"):
            workspace.search_runs(condition)


RUNS = [
    {"run_id": "train_1", "run_number": 1, "tags": {"quality": "good", "__proto__": "x"}, "status": None},
    {"run_id": "train_2", "run_number": 2, "tags": {}, "status": "Completed", "metrics": [0.5, "nan", True]},
]
EXPRESSION_PARTS = st.sampled_from(
    [
        *(
            "@",
            "[]",
            "[*]",
            "*",
            "[0]",
            "[-1]",
            "[::2]",
            "[::0]",
            "[9999999999999999999999]",
            "[?",
            "]",
            "[",
            "{",
            "}",
            "a: ",
        ),
        *(
            ".",
            "|",
            "||",
            "&&",
            "!",
            "==",
            "<",
            "(",
            ")",
            ",",
            "&",
            "run_id",
            "tags",
            "run_number",
            "metrics",
            "`1`",
            "`",
        ),
        *(
            "'x'",
            '"',
            '"\\ud800"',
            "`NaN`",
            "`1e999`",
            "`[[]]`",
            "`{}`",
            "\\",
            "\0",
            "\ud800",
            "keys(",
            "length(",
            "sort(",
        ),
        *(
            "sort_by(",
            "map(",
            "to_string(",
            "to_number(",
            "join(",
            "max_by(",
            "merge(",
            "sum(",
            "avg(",
            "type(",
            "nope(",
        ),
        *("contains(", "starts_with(", "reverse(", "not_null(", "values(", "ceil(", "abs(", "group_by(", "9" * 5000),
    ]
)


@fuzz
@given(text=st.one_of(st.lists(EXPRESSION_PARTS, max_size=14).map("".join), st.text(max_size=20)))
def test_an_expression_made_of_its_words(text: str) -> None:
    said = fault(text)
    assert said is None or said
    if said is None:
        try:
            result = evaluate(text, RUNS)
        except UserErrorException as error:
            assert str(error).startswith("--query: ")
        else:
            json.dumps(result)


FUNCTIONS = st.sampled_from(
    [
        *(
            "keys(@)",
            "length(@)",
            "sort(@)",
            "to_string(@)",
            "to_number(@)",
            "reverse(@)",
            "values(@)",
            "sum(@)",
            "max(@)",
        ),
        *("sort_by(@, &run_id)", "map(&[@,@], @)", "[]", "[*]", "*", "[0]", "[@, @]", "{a: @, b: @}", "join('', @)"),
        *("[?run_number > `1`]", "not_null(@, @)", "merge(@, @)", "to_array(@)", "contains(@, @)", "@ == @", "[::-1]"),
    ]
)


@fuzz
@given(parts=st.lists(FUNCTIONS, max_size=60))
def test_a_pipe_of_functions_ends(parts: list[str]) -> None:
    text = "|".join(["@", *parts])
    if fault(text) is None:
        try:
            result = evaluate(text, RUNS)
        except UserErrorException as error:
            assert str(error).startswith("--query: ")
        else:
            size = 0
            for part in json.JSONEncoder().iterencode(result):
                size += len(part)
            assert size < 50_000_000
