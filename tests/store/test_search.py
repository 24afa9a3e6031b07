"""Searching runs by filters."""

import math
import operator
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import journal
from localtrack.exceptions import UserErrorException
from localtrack.journal import writer
from localtrack.store import status
from localtrack.store.runs import NewRun
from localtrack.store.store import Store

NUMBERS = [0, 3, 3.0, -1.5, 2.5, 1e300, -1e300, 2**53, 2**63 - 1, -(2**63), 2.0**64, 1e30, -1e30, math.inf, -math.inf]
BIG = [2**63, -(2**63) - 1, 10**30, -(10**30), 10**30 + 1, 10**400, -(10**400), 1 << 64]
TEXTS = ["", "a", "A", "ab", "é", "É", "3", "100%", "a_b", "[x]", "*", "it's", 'say "x"', "back\\slash", "~"]
METRICS = ["m", "val loss", "val.loss", 'q"`', "and"]
LABELS = ["t", "odd name", "0"]
SIGNS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EVERYTHING = [*NUMBERS, *BIG, *TEXTS, True, False, math.nan]


@pytest.fixture
def store(store: Store) -> Store:
    store.experiments.ensure("e")
    return store


def make(store: Store, run_id: str, /, **details: object) -> str:
    experiment = store.experiments.ensure("e").id
    store.runs.create(experiment, [NewRun(id=run_id, **{"status": status.RUNNING, **details})])  # type: ignore[arg-type]
    return run_id


def log(store: Store, run_id: str, **metrics: object) -> None:
    for name, value in metrics.items():
        writer(store.layout.journals).log(run_id, name, value)


def found(store: Store, text: str = "", **options: object) -> list[str]:
    return [run.id for run in store.search.runs(text, **options)]  # type: ignore[arg-type]


def error(store: Store, text: str, **options: object) -> str:
    with pytest.raises(UserErrorException) as caught:
        store.search.runs(text, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_metrics_tags_and_attributes_together(store: Store) -> None:
    for name, mse, quality in (("a", 2000, "fantastic"), ("b", 1000, "fan"), ("c", 5000, "fan"), ("d", 500, "bad")):
        make(store, name, tags={"quality": quality}, properties={"author": name})
        log(store, name, mse=mse)
    make(store, "bare")
    store.runs.move("b", status.PERSON, status.COMPLETED)
    assert found(store, "metrics.mse < 3000 and tags.quality like 'fan%'", order_by=["metrics.mse"]) == ["b", "a"]
    assert found(store, "metrics.mse < 3000 and status = 'Completed'") == ["b"]
    assert found(store, "properties.author = 'c' or tags.quality = 'bad'") == ["d", "c"]
    assert found(store, "") == found(store, "  ") == ["bare", "d", "c", "b", "a"]
    assert found(store, "not metrics.mse >= 1000", max_results=1) == ["bare"]


def test_and_binds_more_tightly_than_or(store: Store) -> None:
    make(store, "x", name="x", type="1")
    assert found(store, "name = 'x' or name = 'y' and type = '2'") == ["x"]
    assert found(store, "(name = 'x' or name = 'y') and type = '2'") == []
    assert found(store, "not name = 'y' and not (name = 'x' and type = '2')") == ["x"]


def test_what_was_just_logged_is_found(store: Store) -> None:
    make(store, "run")
    for value in (5, 1, 3):
        log(store, "run", m=value)
        assert found(store, f"metrics.m = {value}") == ["run"]
    assert found(store, "min(metrics.m) = 1 and max(metrics.m) = 5 and count(metrics.m) = 3") == ["run"]
    assert found(store, "MIN ( metrics.m ) > 1 or max(metrics.m) < 5 or count(metrics.m) <> 3") == []


def test_a_number_is_never_compared_with_another_type(store: Store) -> None:
    for name, value in (("number", 3), ("text", "9"), ("bool", True), ("nan", math.nan), ("none", None)):
        make(store, name)
        log(store, name, m=value)
    make(store, "without")
    assert found(store, "metrics.m > 0") == found(store, "metrics.m >= -1e300") == ["number"]
    assert found(store, "metrics.m < 10 or metrics.m <= 10") == ["number"]
    assert found(store, "metrics.m >= 'a' or metrics.m < ''") == []
    assert found(store, "metrics.m > '0'") == found(store, "metrics.m like '%'") == ["text"]
    assert found(store, "metrics.m = true") == ["bool"]
    assert found(store, "metrics.m != 3") == ["nan", "bool", "text"]
    assert found(store, "metrics.m = NaN") == ["nan"]
    assert found(store, "metrics.m IS NULL") == ["without", "none"]
    assert found(store, "count(metrics.m) = 0") == ["without"]
    assert found(store, "not metrics.m = 3") == ["without", "none", "nan", "bool", "text"]


@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_numbers_of_any_size_are_compared_exactly(store: Store, sign: str) -> None:
    values = [*NUMBERS, *BIG, 2**53 + 1, 2.0**53, int(1e30), -int(1e30), int(1e30) + 1]
    for number, value in enumerate(values):
        make(store, f"run{number}")
        log(store, f"run{number}", m=value)
    compare = operator.ne if sign == "!=" else SIGNS[sign]
    for pivot in values:
        expected = [value for value in reversed(values) if compare(value, pivot)]
        assert [values[int(run_id[3:])] for run_id in found(store, f"metrics.m {sign} {pivot}")] == expected, pivot


def test_lists_count_as_values_and_are_equal_to_nothing(store: Store) -> None:
    make(store, "run")
    writer(store.layout.journals).log("run", "m", [1, 2], kind=journal.LIST)
    assert found(store, "metrics.m is not null and count(metrics.m) = 1") == ["run"]
    assert found(store, "metrics.m != 1 or metrics.m like '%' or metrics.m > 0") == []
    assert found(store, "", order_by="metrics.m") == ["run"]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("a%", ["a_b", "ab", "a"]),
        ("a_b", ["a_b"]),
        ("_", ["~", "*", "3", "É", "é", "A", "a"]),
        ("[x]", ["[x]"]),
        ("*", ["*"]),
        ("%\\\\%", ["back\\slash"]),
        ("%''%", ["it's"]),
        ("", [""]),
    ],
)
def test_patterns(store: Store, pattern: str, fits: list[str]) -> None:
    for number, text in enumerate(TEXTS):
        make(store, f"run{number}", tags={"t": text})
    assert [TEXTS[int(run_id[3:])] for run_id in found(store, f"tags.t LIKE '{pattern}'")] == fits
    assert len(found(store, f"tags.t not like '{pattern}'")) == len(TEXTS) - len(fits)


def test_case_is_ignored_by_ilike_alone(store: Store) -> None:
    make(store, "ascii", tags={"t": "Fine"})
    make(store, "more", tags={"t": "ÄRGER"})
    assert found(store, "tags.t like 'fine'") == []
    assert found(store, "tags.t ilike 'fINE'") == ["ascii"]
    assert found(store, "tags.t ilike 'ärg%'") == ["more"]
    assert found(store, "tags.t not ilike 'ä%'") == ["ascii"]


def test_a_hostile_pattern_is_answered(store: Store) -> None:
    make(store, "run", tags={"t": "a" * 3000})
    assert found(store, f"tags.t like '{'%a' * 490}%b'") == []
    assert "1000 characters" in error(store, f"tags.t like '{'%a' * 501}'")


def test_names_with_odd_characters(store: Store) -> None:
    make(store, "run", tags={"odd name": "1", 'q"`': "2", "path/x-y:1": "3", "é": "4"})
    log(store, "run", **{"val loss": 1, "val.loss": 2, "0": 3})
    for text in (
        'metrics."val loss" = 1',
        "metrics.`val loss` = 1",
        "metric.val.loss = 2",
        "metrics.0 = 3",
        'tag."odd name" = "1"',
        'tags."q""`" = \'2\'',
        "tags.`q\"``` = '2'",
        "tags.path/x-y:1='3'",
        "tags.é='4'",
    ):
        assert found(store, text) == ["run"], text


def test_texts_with_quotes(store: Store) -> None:
    make(store, "run", tags={"t": 'it\'s "x" \\ \n'})
    for text in (r"""tags.t = 'it''s "x" \\ """ + "\n'", r"""tags.t = "it's \"x\" \ """ + '\n"'):
        assert found(store, text) == ["run"], text
    assert found(store, "tags.t = 'x'' OR 1=1 --'") == []


def test_attributes(store: Store) -> None:
    make(store, "parent", name="n", display_name="d", description="text", type="t", target="local", submitted_by="me")
    make(store, "child", parent="parent")
    store.runs.update("parent", exit_code=2)
    for text in (
        "name = 'n'",
        "run_name = 'n'",
        "attributes.`Run Name` = 'n'",
        "Run.display_name = 'd'",
        "attribute.description like 'te%'",
        "type in ('s', 't')",
        "number = 1",
        "number < 1.5",
        "target = 'local'",
        "submitted_by != 'you'",
        "exit_code = 2",
        "parent IS NULL",
        "not parent = 'parent'",
        "run_id not in ('child', 'x')",
    ):
        assert found(store, text) == ["parent"], text
    assert found(store, "parent_run_id = 'parent'") == ["child"]
    assert found(store, "exit_code IS NULL") == found(store, "not exit_code > 1") == ["child"]
    assert found(store, "exit_code != 3 or exit_code not in (1)") == ["parent"]
    assert found(store, "experiment = 'e' and experiment_name like 'e'") == ["child", "parent"]
    assert found(store, "status = 'Running'", experiment_id=store.experiments.ensure("other").id) == []
    assert found(store, "", experiment_id=store.experiments.ensure("e").id) == ["child", "parent"]


def test_times(store: Store) -> None:
    make(store, "run")
    at = 1_795_428_000_123_456_789
    store.runs.update("run", started=at, ended=at + 90_500_000_000)
    written = datetime.fromtimestamp(at // 10**9, UTC)
    assert written.isoformat() == "2026-11-23T10:00:00+00:00"
    for text in (
        "start_time > '2026-11-23'",
        "start_time = '2026-11-23T10:00:00.123456Z'",
        "start_time <= '2026-11-23T12:00:00.123456+02:00'",
        "start_time >= '2026-11-23 10:00:00.123456'",
        "start_time = 1795428000123",
        "start_time < 1795428000124.0",
        "end_time > '2026-11-23T10:01:30'",
        "duration = 90.5 and duration > 90",
        "created > '0001-01-01' and created < '9999-12-31T23:59:59.999999Z'",
    ):
        assert found(store, text) == ["run"], text
    for text in (
        "start_time < '2026-11-23T10:00:00.123456Z'",
        "start_time > '2026-11-23T10:00:00.123456Z'",
        "start_time != 1795428000123",
        "start_time > 1795428000123",
        "start_time > '2026-11-24'",
    ):
        assert found(store, text) == [], text


def test_a_run_that_goes_on_has_a_duration(store: Store) -> None:
    make(store, "run")
    make(store, "queued", status=status.QUEUED)
    store.runs.update("run", started=1)
    assert found(store, "duration > 3600") == ["run"]


def test_order(store: Store) -> None:
    values = [3, "b", 1.5, math.nan, None, -(10**30), "a", 10**30, True, 10**31, -(10**31), -(10**30) - 1]
    for number, value in enumerate(values):
        make(store, f"run{number}")
        log(store, f"run{number}", m=value)
    make(store, "without")

    def ordered(key: str, most: int | None = None) -> list[object]:
        runs = found(store, "", order_by=[key], max_results=most)
        return ["without" if run == "without" else values[int(run[3:])] for run in runs]

    numbers = [-(10**31), -(10**30) - 1, -(10**30), 1.5, 3, 10**30, 10**31]
    missing = ["without", None, math.nan]
    assert ordered("metrics.m") == [*numbers, "a", "b", True, *missing]
    assert ordered("metrics.m DESC") == [*reversed(numbers), True, "b", "a", *missing]
    assert ordered("metrics.m asc", 2) == numbers[:2]
    assert len(ordered("metrics.m", 10**30)) == len(values) + 1


@pytest.mark.parametrize("most", [None, 1, 2, 3, 4, 5, 6, 10])
def test_order_by_several_keys(store: Store, most: int | None) -> None:
    for name, value, tag in (
        ("a", 2, "x"),
        ("b", 1, "y"),
        ("c", 2, "y"),
        ("d", 2, "y"),
        ("e", None, "z"),
        ("f", 0, "q"),
    ):
        make(store, name, tags={"t": tag})
        if value is not None:
            log(store, name, m=value)
    store.labels.set_tags("f", {"t": None})
    for order_by, expected in (
        ("metrics.m", "fbdcae"),
        ("metrics.m DESC, tags.t desc", "dcabfe"),
        (["metrics.m DESC", "tags.t"], "adcbfe"),
        (["tags.t"], "adcbef"),
        ("tags.t DESC", "edcbaf"),
        ("max(metrics.m) desc, name", "dcabfe"),
        ("count(metrics.m), number", "eabcdf"),
        ("", "fedcba"),
        ((), "fedcba"),
    ):
        if order_by == "":
            assert "something to compare" in error(store, "", order_by=order_by)
        else:
            assert "".join(found(store, order_by=order_by, max_results=most)) == expected[:most], order_by


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("metrics.mse 3000", 12, "an operator"),
        ("metrics.mse <", 13, "a number, a text in quotes"),
        ("metrics.mse < fine", 14, "'fine'"),
        ("metrics.mse = null", 14, "IS NULL"),
        ("metrics.mse is 3", 15, "NULL or NOT NULL"),
        ("metrics.mse not 3", 16, "LIKE, ILIKE or IN"),
        ("metrics.mse < 3 metrics.x = 3", 16, "AND, OR"),
        ("metrics.mse < 3 and", 19, "something to compare"),
        ("(metrics.mse < 3", 16, "a closing parenthesis"),
        ("metrics.mse < 3)", 15, "the end"),
        ("metrics.mse in (1 2)", 18, "a comma or a closing"),
        ("metrics.mse in ()", 16, "a number"),
        ("metrics. < 3", 0, "a name is missing"),
        ('metrics."mse < 3', 8, "not closed"),
        ("tags.x = 'y", 9, "not closed"),
        ("tags.epochs = 5", 14, "'5'"),
        ("tags.x like 5", 12, "a text in quotes"),
        ("metrics.x < true", 10, "= and !="),
        ("metrics.x < nan", 10, "= and !="),
        ("min(metrics.x) = 'a'", 17, "a number"),
        ("min(metrics.x) = nan", 17, "a number"),
        ("min(tags.x) = 1", 4, "min(metrics.NAME)"),
        ("count(metrics.x) is null", 0, "is 0"),
        ("min(metrics.x) like '1'", 20, "no text"),
        ("params.lr = '1'", 0, "tags.NAME or properties.NAME"),
        ("stauts = 'Failed'", 0, "Did you mean status?"),
        ("attributes.nothing = 1", 0, "status, run_id, name"),
        ("foo.bar = 1", 0, "metrics.NAME, tags.NAME"),
        ("status = 'FINISHED'", 9, "Completed"),
        ("status in ('Failed', 'OK')", 21, "Completed"),
        ("exit_code = '1'", 12, "a number"),
        ("start_time > 'yesterday'", 13, "2026-11-23T10:00:00Z"),
        ("start_time > 1.5", 13, "whole milliseconds"),
        ("start_time > inf", 13, "whole milliseconds"),
        ("start_time = true", 13, "whole milliseconds"),
        ("start_time in (1)", 0, "not by IN"),
        ("metrics.x < 1e999", 12, "inf"),
        (f"metrics.x < {'9' * 5000}", 12, "too many digits"),
        ("metrics.x < 1 \ud800", 14, "surrogate"),
        ("metrics.x < 1 \0", 14, "NUL"),
    ],
)
def test_errors_show_the_place(store: Store, text: str, place: int, says: str) -> None:
    message, shown, mark = error(store, text).split("\n")
    assert says in message
    assert mark.endswith("^")
    start = max(0, place - 50)
    assert len(mark) - 1 == 4 + (3 if start else 0) + place - start
    assert shown.startswith("    " + ("..." if start else "") + text[start:place].replace("\n", " "))


def test_errors_of_an_order(store: Store) -> None:
    assert "ASC, DESC" in error(store, "", order_by="metrics.mse down")
    assert "The order_by can't be used: there is no attribute 'mse'" in error(store, "", order_by=["status", "mse"])
    assert "20 keys" in error(store, "", order_by=["name"] * 21)
    assert "20 keys" in error(store, "", order_by=",".join(["name"] * 21))
    for wrong in (5, [5], {"a": 1}):
        assert "order_by is a list of texts" in error(store, "", order_by=wrong)


@pytest.mark.parametrize("most", [0, -1, True, 1.0, "1"])
def test_numbers_of_results_that_are_none(store: Store, most: object) -> None:
    assert "max_results" in error(store, "", max_results=most)


@pytest.mark.parametrize("text", [None, 5, b"name = 'x'"])
def test_filters_that_are_no_text(store: Store, text: object) -> None:
    assert "The filter is a text" in error(store, text)  # type: ignore[arg-type]


LEAVES = [
    "metrics.m not in (2, 1e30)",
    "metrics.m not like '4'",
    "metrics.m < 1e30",
    "min(metrics.m) >= -1e30",
    "tags.t not ilike 'b'",
    "count(metrics.m) not in (0, 2)",
    "duration is not null",
    "experiment not like 'x'",
    "not start_time != 0",
    "start_time != 0",
]
TRUE = [leaf for leaf in LEAVES if not leaf.startswith("not ")]


def chain(levels: int, wrap: str) -> str:
    """Return a filter that is nested to a depth, of comparisons of all kinds that hold."""
    text = TRUE[0]
    for level in range(levels):
        text = wrap.format(leaf=TRUE[level % len(TRUE)], inner=text, other=TRUE[(level + 3) % len(TRUE)])
    return text


def bush(levels: int) -> str:
    if levels == 0:
        return TRUE[0]
    inner = bush(levels - 1)
    return f"({inner}) {'and' if levels % 2 else 'or'} ({inner})"


@pytest.mark.parametrize(
    "text",
    [
        chain(30, "({inner})"),
        chain(7, "not (not metrics.m = 5 or not ({inner}))"),
        chain(30, "{leaf} and ({inner})"),
        chain(30, "({inner}) or {leaf}"),
        chain(30, "{leaf} and {other} and ({inner}) and {other} and {leaf}"),
        chain(15, "not ({leaf} and not metrics.m is null and {other} and {other}) or ({inner})"),
        bush(8),
        " and ".join(TRUE * 33),
        " or ".join(LEAVES * 30),
        f"metrics.m in ({', '.join(map(str, range(10_000)))})",
        f"metrics.m not in ({', '.join(['1e19'] * 10_000)})",
        f"tags.t ilike '{'%' * 500}a{'%' * 499}'",
        f"tags.t not ilike '{chr(0x1C5) * 1000}'",
    ],
)
def test_everything_up_to_the_limits_works(store: Store, text: str) -> None:
    make(store, "run", tags={"t": "a"})
    log(store, "run", m=5)
    assert found(store, text) == found(store, text, order_by="metrics.m", max_results=1) == ["run"]


def test_limits_are_told(store: Store) -> None:
    assert "nested more than 30" in error(store, chain(31, "({inner})"))
    assert "nested more than 30" in error(store, "not " * 31 + "tags.t = 'a'")
    assert "nested more than 30" in error(store, "(" * 40_000 + "tags.t = 'a'" + ")" * 40_000)
    assert "something to compare" in error(store, "(" * 100_000)
    assert "100000 can be read" in error(store, "(" * 100_001)
    assert "more than 300 comparisons" in error(store, " or ".join(["tags.t = 'a'"] * 301))
    values = ",".join(["1"] * 10_000)
    assert "IN can have 10000" in error(store, f"metrics.m in ({values}, 1)")
    assert "more than 10000 values" in error(store, f"metrics.m in ({values}) or metrics.m = 1")


def test_a_workspace_that_cannot_be_changed(store: Store, read_only, unprivileged) -> None:
    make(store, "run")
    log(store, "run", m=1)
    assert found(store, "metrics.m = 1") == ["run"]
    log(store, "run", m=2)
    root = str(Path(store.layout.root))
    store.database.close()
    read_only(root)
    program = """
    import sys, warnings
    from localtrack.paths import Layout
    from localtrack.store.store import Store
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        store = Store(Layout(sys.argv[1]))
        print([run.id for run in store.search.runs("metrics.m = 1")], [str(each.message) for each in caught])
    """
    output = unprivileged(program, root)
    assert output.startswith("['run'] [") and "Not searched: 1 logged values" in output
    assert "read-only" in output


def test_a_database_that_another_process_holds(store: Store, hold_lock, monkeypatch: pytest.MonkeyPatch) -> None:
    make(store, "run")
    log(store, "run", m=1)
    store.ingest.take()
    hold_lock(store.layout.write_lock)
    monkeypatch.setattr("localtrack.store.search._READER_SECONDS", 0.01)
    assert found(store, "metrics.m = 1") == ["run"]
    log(store, "run", m=2)
    with pytest.warns(UserWarning, match="Not searched: 1 logged values.*Another process"):
        assert found(store, "metrics.m = 1") == ["run"]


# A filter as text, and what it says of a run held in memory.


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def written(value: object) -> str:
    return quoted(value) if isinstance(value, str) else str(value).lower()


def kind(value: object) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def equal(left: object, right: object) -> bool:
    both_nan = left != left and right != right
    return kind(left) is kind(right) and (left == right or both_nan)


def like(value: object, pattern: str, flags: int) -> bool:
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return isinstance(value, str) and re.fullmatch(expression, value, flags | re.DOTALL) is not None


@st.composite
def comparisons(draw: st.DrawFn):
    """Give a comparison's text, and a function that tells whether it holds for a run."""
    place = draw(st.sampled_from(["metrics", "metrics", "tags", "min", "max", "count"]))
    name = draw(st.sampled_from(LABELS if place == "tags" else METRICS))
    numeric = place in ("min", "max", "count")
    left = f"{place}(metrics.{quoted_name(name)})" if numeric else f"{place}.{quoted_name(name)}"
    values = st.sampled_from([*NUMBERS, *BIG] if numeric else TEXTS if place == "tags" else EVERYTHING)

    def of(run: dict) -> object:
        if place == "tags":
            return run["tags"].get(name)
        logged = run["metrics"].get(name, [])
        if place == "metrics":
            return logged[-1] if logged else None
        if place == "count":
            return len(logged)
        small = [
            each
            for each in logged
            if kind(each) is float and each == each and (-(2**63) <= each < 2**63 or isinstance(each, float))
        ]
        return (min if place == "min" else max)(small) if small else None

    forms = ["sign", "equal", "in"] + ([] if numeric else ["like"]) + ([] if place == "count" else ["null"])
    form = draw(st.sampled_from(forms))
    negated = draw(st.booleans())
    if form == "null":
        return f"{left} IS {'NOT ' if negated else ''}NULL", lambda run: (of(run) is None) != negated
    if form == "like":
        pattern = draw(st.text("%_aAé[*3", max_size=4))
        flags, word = draw(st.sampled_from([(0, "LIKE"), (re.IGNORECASE, "ilike")]))
        text = f"{left} {'NOT ' if negated else ''}{word} {quoted(pattern)}"
        return text, lambda run: of(run) is not None and like(of(run), pattern, flags) != negated
    if form == "in":
        several = draw(st.lists(values, min_size=1, max_size=4).filter(lambda each: not numeric or each == each))
        text = f"{left} {'not ' if negated else ''}in ({', '.join(map(written, several))})"
        return text, lambda run: of(run) is not None and any(equal(of(run), each) for each in several) != negated
    value = draw(values)
    if form == "equal" or isinstance(value, bool) or value != value:
        text = f"{left} {'!=' if negated else draw(st.sampled_from(['=', '==']))} {written(value)}"
        return text, lambda run: of(run) is not None and equal(of(run), value) != negated
    sign = draw(st.sampled_from(sorted(SIGNS)))
    return (
        f"{left}{sign}{written(value)}",
        lambda run: kind(of(run)) is kind(value) and of(run) == of(run) and SIGNS[sign](of(run), value),
    )


def combined(children: st.SearchStrategy) -> st.SearchStrategy:
    def joined(word: str, test: object) -> st.SearchStrategy:
        return st.lists(children, min_size=2, max_size=3).map(
            lambda parts: (
                f" {word} ".join(f"({text})" for text, _ in parts),
                lambda run: test(holds(run) for _, holds in parts),  # type: ignore[operator]
            )
        )

    negation = children.map(lambda part: (f"NOT ({part[0]})", lambda run: not part[1](run)))
    return joined("and", all) | joined("OR", any) | negation


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "metrics": st.dictionaries(
                st.sampled_from(METRICS), st.lists(st.sampled_from([*EVERYTHING, None]), min_size=1, max_size=3)
            ),
            "tags": st.dictionaries(st.sampled_from(LABELS), st.sampled_from([*TEXTS, None])),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(runs=RUNS, filters=st.lists(st.recursive(comparisons(), combined, max_leaves=6), min_size=5, max_size=5))
def test_a_filter_finds_the_runs_for_which_it_holds(store: Store, runs: list[dict], filters: list) -> None:
    experiment = store.experiments.ensure(f"e{len(store.experiments.all())}").id
    ids = [f"{experiment}-{number}" for number in range(len(runs))]
    store.runs.create(
        experiment,
        [NewRun(id=each, status=status.RUNNING, tags=run["tags"]) for each, run in zip(ids, runs, strict=True)],
    )
    for run_id, run in zip(ids, runs, strict=True):
        for name, values in run["metrics"].items():
            for value in values:
                log(store, run_id, **{name: value})
    for text, holds in filters:
        expected = [run_id for run_id, run in zip(ids, runs, strict=True) if holds(run)]
        assert found(store, text, experiment_id=experiment) == expected[::-1], text


WORDS = [
    "metrics.m", "tags.t", "status", "min(", "(", ")", "and", "or", "not", "=", "<", "like", "in", "is", "null", "'a'",
    '"', "`", "1", "1e5", ",", "true", "nan", "inf", "'2026-01-01'", "start_time", "count(metrics.m)", ".", "\\", "\n",
]  # fmt: skip


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.booleans())
def test_any_text_is_a_filter_or_refused(store: Store, text: str, is_order: bool) -> None:
    try:
        found(store, "" if is_order else text, order_by=text if is_order else None)
    except UserErrorException as refused:
        assert "can't be used: " in str(refused)
