"""Calls of the run history with names and values as people should not choose them, and some that they do."""

from decimal import Decimal
from math import inf, nan
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


def _mostly(good: list[Any], bad: list[Any]) -> SearchStrategy[Any]:
    """Choose among what is accepted, and now and then from what is refused."""
    return st.sampled_from(good * 8 + bad)


_texts = _mostly(["a", "A", "", "é 🎉", "'; DROP TABLE runs; --", "two\nlines", "nul\0", "None", "%_"], ["\ud800"])
_metrics = _mostly(["loss", "Loss", "a.b/c", "é 🎉", "nul\0", "n" * 300, 5, None], ["", "lone\udfff"])
_label_names = _mostly(["quality", "é 🎉", "nul\0", 1, "1", None], ["", "lone\udfff"])
_label_values = st.one_of(_texts, st.sampled_from([None, 1, 1.5, nan, True, Decimal("1.50")]))
_labels = st.dictionaries(_label_names, _label_values, max_size=4)
_several = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["x", "y", None]), min_size=2)
_removed = st.one_of(st.lists(_label_names, max_size=6), st.lists(_label_names, min_size=4), st.just("quality"))
_columns = _mostly(["x", "y", "é 🎉", "\0int", "value"], ["", "\ud800"])
_numbers = [0.5, 1, nan, inf, -inf, -0.0, 5e-324, 2**63 - 1, -(2**63), 2**63, -(2**100), 2**400, True, False, None]
_objects = ["", "text", "\0int", "é 🎉\n", b"bytes", Decimal("1.50"), (1, 2), {"a": 1}]
_scalars = st.one_of(_mostly(_numbers, ["\ud800", [1]]), _mostly(_objects, [range(2)]), st.floats(), st.integers())
_lists = st.one_of(st.lists(_scalars, max_size=4), _mostly([[1, 2.5], [None], [True]], ["text", 5, None, {"a": 1}]))
_run_ids = [*(f"run-{number}" for number in range(12)), "A", "a", "x" * 200, "con~1"]
_files = ["outputs/a", "./outputs//a", "outputs/a.b", "logs/é 🎉", "logs/a", "a", "A", "b/b"]


@st.composite
def _tables(draw: st.DrawFn) -> Any:
    length = draw(st.integers(0, 3))
    cells = st.lists(_scalars, min_size=length, max_size=length)
    columns = draw(st.dictionaries(_columns, st.one_of(cells, _scalars) if length == 1 else cells, max_size=3))
    return draw(_mostly([columns], [{**columns, "longer": [1] * 4}, "no table"]))


def _calls(calls: dict[str, dict[str, SearchStrategy[Any]]]) -> SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.one_of(*(st.tuples(st.just(name), st.fixed_dictionaries(given)) for name, given in calls.items()))


_filters = st.one_of(st.none(), _texts, st.dictionaries(_label_names, _label_values, max_size=1))
_statuses = st.sampled_from([None, "Running", "Completed", "Failed", "Canceled"])
_failures: list[dict[str, Any]] = [
    {},
    {"error_details": "out of memory"},
    {"error_details": ValueError("é 🎉")},
    {"error_details": "why", "error_code": "Mine"},
    {"error_code": "Mine"},
    {"error_details": 5},
]
_families: list[dict[str, Any]] = [
    *({"count": count} for count in (0, 1, 2, 3)),
    *({"tag_key": key, "tag_values": ["a", None, 0.5]} for key in ("quality", "é 🎉", "", "\ud800")),
    *({"tag_key": "quality", "tag_values": values} for values in ([], ["a", "\ud800"])),
    *({}, {"count": 1, "tag_key": "a", "tag_values": ["b"]}, {"tag_key": "a"}, {"tag_values": ["a"]}),
]

run_ids = _mostly(_run_ids, ["", "../x", "x" * 201, "a b", "a."])
run_names = st.one_of(st.none(), _texts)
run_tags = st.one_of(st.none(), _labels)
experiment_names = _mostly(["train", "Tést_1", "0"], ["", "a b", "../x"])

logging = _calls(
    {
        "log": {
            "name": _metrics,
            "value": _scalars,
            "step": _mostly([None, 0, -1, True, 2**63 - 1], [2**63]),
        },
        "log_list": {"name": _metrics, "value": _lists},
        "log_row": {"name": _metrics, "columns": st.dictionaries(_columns, _scalars, max_size=3)},
        "log_table": {"name": _metrics, "value": _tables()},
    }
)
labelling = _calls(
    {
        "tag": {"key": _label_names, "value": _label_values},
        "set_tags": {"tags": _labels},
        "remove_tags": {"tags": _removed},
        "add_properties": {"properties": _labels},
    }
)
begetting = st.one_of(
    _calls({"child_run": {"run_id": run_ids, "name": run_names}}),
    st.sampled_from(_families).map(lambda family: ("create_children", family)),
)
_file_names = _mostly(_files, ["", "../a", "/a", "a\nb", "\ud800"])
keeping = _calls({"upload_file": {"name": _file_names, "content": st.sampled_from([b"", b"a", b"\0\xff" * 500])}})
of_many_parts = st.one_of(
    _calls({"set_tags": {"tags": _several}, "add_properties": {"properties": _several}}),
    st.sampled_from([("create_children", {"count": 3}), ("delete", {}), ("complete", {})]),
    keeping,
)
ending = st.one_of(
    st.sampled_from(["complete", "cancel", "delete"]).map(lambda name: (name, {})),
    st.sampled_from(_failures).map(lambda why: ("fail", why)),
)
asking_a_run = _calls(
    {
        "get_children": {"tags": _filters, "status": _statuses, "recursive": st.booleans()},
        "get_metrics": {"recursive": st.booleans()},
    }
)
asking_an_experiment = _calls(
    {
        "get_runs": {"tags": _filters, "properties": _filters, "include_children": st.booleans()},
        "list_runs": {"tags": _filters, "status": _statuses, "include_children": st.booleans()},
    }
)
experimenting = _calls(
    {
        "archive": {},
        "reactivate": {"new_name": st.one_of(st.none(), experiment_names)},
        "delete_experiment": {},
        "set_experiment_tags": {"tags": _labels},
        "remove_experiment_tags": {"tags": _removed},
    }
)
