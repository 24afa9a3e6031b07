"""Images and charts: kept as files of the run, checked before, given back whole."""

import copy
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.store.store import Store

PNG = b"\x89PNG\r\n\x1a\n"

TABLE = [[[3, 2, 0, 0], [2, 0, 2, 1], [0, 0, 2, 3]], [[2, 3, 0, 0], [2, 1, 2, 0], [0, 0, 3, 2]]]
DOCUMENTS: dict[str, dict[str, Any]] = {
    "confusion_matrix": {
        "schema_type": "confusion_matrix",
        "schema_version": "1.0.0",
        "data": {"class_labels": ["n", "y"], "matrix": [[5, 1], [2, 7]]},
    },
    "accuracy_table": {
        "schema_type": "accuracy_table",
        "schema_version": "1.0.1",
        "data": {
            "class_labels": ["n", "y"],
            "probability_thresholds": [0.0, 0.5, 1.0],
            "probability_tables": TABLE,
            "percentile_thresholds": [0.0, 0.01],
            "percentile_tables": [rows[:2] for rows in TABLE],
        },
    },
    "residuals": {
        "schema_type": "residuals",
        "schema_version": "1.0.0",
        "data": {"bin_edges": [-1.5, 0, 2], "bin_counts": [4, 0.5], "mean": -0.25},
    },
    "predictions": {
        "schema_type": "predictions",
        "schema_version": "1.0.0",
        "data": {
            "bin_averages": [-0.25, 0.75],
            "bin_errors": [0.013, 0.042],
            "bin_counts": [56, 34],
            "bin_edges": [0.0, 0.5, 1.0],
        },
    },
}


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


def log(run: Run, chart: str, name: str, value: Any, description: str = "") -> None:
    getattr(run, f"log_{chart}")(name, value, description)


@pytest.mark.parametrize("chart", DOCUMENTS)
def test_a_chart_is_a_file_of_the_run_named_after_its_metric(run: Run, chart: str) -> None:
    document = DOCUMENTS[chart]
    log(run, chart, "m", document, "what it shows")
    assert run.get_file_names() == ["m.json"]
    assert run.get_metrics() == {"m": f"aml://artifactId/ExperimentRun/dcid.{run.id}/m.json"}
    assert run.get_metrics(populate=True) == {"m": document}
    run.download_file("m.json", "copy.json")
    assert json.loads(Path("copy.json").read_text(encoding="utf-8")) == document


@pytest.mark.parametrize("chart", DOCUMENTS)
def test_the_json_text_of_a_chart_is_the_chart(run: Run, chart: str) -> None:
    log(run, chart, "m", json.dumps(DOCUMENTS[chart]))
    assert run.get_metrics(populate=True) == {"m": DOCUMENTS[chart]}


@pytest.mark.parametrize("chart", DOCUMENTS)
def test_arrays_in_a_chart_become_lists(run: Run, chart: str) -> None:
    document = copy.deepcopy(DOCUMENTS[chart])
    document["data"] = {key: numpy.array(item) for key, item in document["data"].items()}
    log(run, chart, "m", document)
    assert run.get_metrics(populate=True) == {"m": DOCUMENTS[chart]}


@pytest.mark.parametrize("chart", DOCUMENTS)
@pytest.mark.parametrize("version", ["1.0.0", "v1", None])
def test_the_versions_that_scripts_write(run: Run, chart: str, version: str | None) -> None:
    document = {**DOCUMENTS[chart], "schema_version": version}
    if version is None:
        del document["schema_version"]
    log(run, chart, "m", document)
    assert run.get_metrics(populate=True) == {"m": document}


def test_each_chart_of_a_metric_has_a_file(run: Run) -> None:
    documents = []
    for epoch in range(9):
        documents.append({**DOCUMENTS["residuals"], "epoch": epoch})
        run.log_residuals("m", documents[-1])
    assert run.get_metrics(populate=True) == {"m": documents}
    assert len(run.get_file_names()) == len(set(run.get_file_names())) == 9
    assert set(run.get_file_names()) == {"m.json", *(f"m_{number}.json" for number in range(2, 10))}


@pytest.mark.parametrize("name", ["a/b: c", "..", ".", "con", "é😀e\u0301", "混" * 200, "a\0b\nc", " ", "x" * 16_000])
def test_any_metric_name_can_be_a_chart_s(run: Run, name: str) -> None:
    run.log_residuals(name, DOCUMENTS["residuals"])
    run.log_image(name, plot=Figure())
    assert run.get_metrics(populate=True) == {name: [DOCUMENTS["residuals"], PNG + b"1"]}
    assert len(run.get_file_names()) == 2


def without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["data"].pop(key)


def put(value: Any, *keys: str | int) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("chart", "change", "reason"),
    [
        ("residuals", lambda document: document.pop("schema_type"), "the document has no 'schema_type'"),
        ("residuals", lambda document: document.pop("data"), "the document has no 'data'"),
        ("residuals", put("predictions", "schema_type"), "schema_type is 'predictions'; this call logs 'residuals'"),
        ("residuals", put("2.0.0", "schema_version"), r"schema_version is '2\.0\.0'; known are 1\.0\.0"),
        ("residuals", put(None, "schema_version"), "schema_version is None"),
        ("residuals", put([1], "data"), r"data must be a dict, not \[1\]"),
        ("residuals", put({1}, "data", "extra"), r"data\.extra is a set"),
        ("residuals", put({1: 2}, "data", "extra"), r"data\.extra has the key 1"),
        ("residuals", put("\ud800", "data", "extra"), r"data\.extra has a lone surrogate"),
        ("residuals", put(1, "data", "\ud800"), "a key of data has a lone surrogate"),
        ("residuals", put(2**64, "data", "extra"), r"data\.extra is an integer of more than 64 bits"),
        ("residuals", put(float("nan"), "data", "bin_counts", 1), r"data\.bin_counts\[1\] is nan"),
        ("residuals", put(numpy.array([1, numpy.inf]), "data", "bin_counts"), r"data\.bin_counts\[1\] is inf"),
        ("residuals", put(-1, "data", "bin_counts", 1), r"data\.bin_counts\[1\] is -1.*negative"),
        ("residuals", put("4", "data", "bin_counts", 0), r"data\.bin_counts\[0\] must be a number, not '4'"),
        ("residuals", put(True, "data", "bin_counts", 0), r"data\.bin_counts\[0\] must be a number, not True"),
        ("residuals", put([], "data", "bin_counts"), r"data\.bin_counts is empty"),
        ("residuals", put([1], "data", "bin_counts"), r"data\.bin_edges has 3 items; 1 bins .* have 2 edges"),
        ("residuals", put(-1.5, "data", "bin_edges", 1), r"data\.bin_edges\[1\] is -1\.5, not above -1\.5"),
        ("residuals", put(None, "data", "bin_edges", 1), r"data\.bin_edges\[1\] must be a number"),
        ("residuals", without("bin_edges"), "data has no 'bin_edges'"),
        ("predictions", without("bin_errors"), "data has no 'bin_errors'"),
        ("predictions", put([1], "data", "bin_averages"), r"data\.bin_averages has 1 items, and must have 2"),
        ("predictions", put("x", "data", "bin_errors"), r"data\.bin_errors must be a list"),
        ("predictions", put([0, 1], "data", "bin_edges"), r"data\.bin_edges has 2 items"),
        ("predictions", put(-1, "data", "bin_counts", 0), r"data\.bin_counts\[0\] is -1"),
        ("confusion_matrix", put(["n"], "data", "class_labels"), r"data\.matrix has 2 items, and must have 1"),
        ("confusion_matrix", put([None, "y"], "data", "class_labels"), r"data\.class_labels\[0\] must be a text"),
        ("confusion_matrix", put([1], "data", "matrix", 1), r"data\.matrix\[1\] has 1 items, and must have 2"),
        ("confusion_matrix", put(-2, "data", "matrix", 1, 0), r"data\.matrix\[1\]\[0\] is -2"),
        ("confusion_matrix", put(5, "data", "matrix", 1), r"data\.matrix\[1\] must be a list"),
        ("accuracy_table", without("percentile_tables"), "data has no 'percentile_tables'"),
        ("accuracy_table", put([0.5], "data", "probability_thresholds"), r"probability_tables\[0\] has 3 items.* 1 "),
        ("accuracy_table", put([1, 2, 3], "data", "percentile_tables", 0, 1), r"percentile_tables\[0\]\[1\] has 3"),
        (
            "accuracy_table",
            put([2, 0, 2, 2], "data", "probability_tables", 0, 1),
            r"data\.probability_tables\[0\]\[1\], TP \+ FN is 4, and 3",
        ),
        (
            "accuracy_table",
            put([2, 2, 2, 1], "data", "percentile_tables", 0, 1),
            r"data\.percentile_tables\[0\]\[1\], TN \+ FP is 4, and 2",
        ),
        (
            "accuracy_table",
            put([[3, 3, 0, 0], [2, 1, 2, 1]], "data", "percentile_tables", 1),
            r"data\.percentile_tables\[1\], TP \+ FP \+ TN \+ FN is 6, and 5",
        ),
    ],
)
def test_a_wrong_chart_is_refused_with_the_reason(run: Run, chart: str, change: Any, reason: str) -> None:
    document = copy.deepcopy(DOCUMENTS[chart])
    change(document)
    with pytest.raises(UserErrorException, match=rf"The {chart} 'm' can't be kept: .*{reason}"):
        log(run, chart, "m", document)
    assert run.get_metrics() == {}
    assert run.get_file_names() == []


@pytest.mark.parametrize("value", ["{", "[]", "", 3, None, [DOCUMENTS], "NaN", "[" * 100_000])
def test_what_is_no_document(run: Run, value: object) -> None:
    with pytest.raises(UserErrorException, match="'m' can't be kept"):
        run.log_residuals("m", value)  # type: ignore[arg-type]
    assert run.get_metrics() == {}
    assert run.get_file_names() == []


def test_a_description_that_cannot_be_kept_leaves_no_file(run: Run) -> None:
    for call in (
        lambda: run.log_residuals("m", DOCUMENTS["residuals"], "\ud800"),
        lambda: run.log_image("m", plot=Figure(), description="\ud800"),
    ):
        with pytest.raises(UserErrorException, match="description"):
            call()
    assert run.get_metrics() == {}
    assert run.get_file_names() == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_accuracy_of_any_predictions_is_a_table(run: Run, data: st.DataObject) -> None:
    classes = data.draw(st.integers(1, 4))
    count = data.draw(st.integers(1, 20))
    true = numpy.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)))
    scores = numpy.array(data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
    weights = numpy.array(data.draw(st.lists(st.floats(0, 1e6), min_size=count, max_size=count)))
    thresholds = data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=5))
    table = [
        [
            [
                weights[chosen & own].sum(),
                weights[chosen & ~own].sum(),
                weights[~chosen & ~own].sum(),
                weights[~chosen & own].sum(),
            ]
            for chosen in (scores >= threshold for threshold in thresholds)
        ]
        for own in (true == label for label in range(classes))
    ]
    document = {
        "schema_type": "accuracy_table",
        "schema_version": "1.0.1",
        "data": {
            "class_labels": list(range(classes)),
            "probability_thresholds": thresholds,
            "probability_tables": table,
            "percentile_thresholds": thresholds,
            "percentile_tables": numpy.array(table),
        },
    }
    name = f"m{len(run.get_file_names())}"
    run.log_accuracy_table(name, document)
    kept = run.get_metrics(name, populate=True)[name]["data"]
    assert kept["percentile_tables"] == kept["probability_tables"] == numpy.array(table).tolist()


class Figure:
    """As matplotlib's: something that can save itself."""

    drawn = 0

    def savefig(self, target: Any, format: str) -> None:
        self.drawn += 1
        target.write(PNG + str(self.drawn).encode())


def test_populate_gives_an_image_s_bytes(run: Run) -> None:
    figure = Figure()
    run.log_image("plot", plot=figure)
    run.log_image("plot", plot=figure)
    Path("pic.png").write_bytes(PNG + b"file")
    run.log_image("file", path="pic.png")
    Path("pic.png").write_bytes(PNG + b"changed")
    run.log_image("file again", path="pic.png")
    run.log("scalar", 1)
    assert run.get_metrics(populate=True) == {
        "plot": [PNG + b"1", PNG + b"2"],
        "file": PNG + b"file",
        "file again": PNG + b"changed",
        "scalar": 1,
    }


def test_populate_reads_each_run_s_own_files(run: Run) -> None:
    child = run.child_run()
    run.log_residuals("m", {**DOCUMENTS["residuals"], "of": "parent"})
    child.log_residuals("m", {**DOCUMENTS["residuals"], "of": "child"})
    found = run.get_metrics(recursive=True, populate=True)
    assert {run_id: metrics["m"]["of"] for run_id, metrics in found.items()} == {run.id: "parent", child.id: "child"}


def test_a_text_that_looks_like_a_reference_stays_a_text(run: Run) -> None:
    run.log_residuals("chart", DOCUMENTS["residuals"])
    run.log("text", run.get_metrics()["chart"])
    assert run.get_metrics("text", populate=True) == run.get_metrics("text")


def test_a_file_that_is_gone_is_named(run: Run) -> None:
    run.log_residuals("m", DOCUMENTS["residuals"])
    os.unlink(os.path.join(run._folder.files, "m.json"))
    with pytest.raises(ServiceException, match=r"'m' of run .*m\.json.* can't be read"):
        run.get_metrics(populate=True)
    assert len(run.get_metrics()) == 1


def test_a_file_that_the_run_has_no_more_is_named(store: Store, run: Run) -> None:
    run.log_residuals("m", DOCUMENTS["residuals"])
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM artifacts")
    with pytest.raises(ServiceException, match=r"'m' of run .* is the file 'm\.json', which the run has no more"):
        run.get_metrics(populate=True)


def test_many_threads_log_one_chart(run: Run) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for part in range(5):
                run.log_residuals("m", {**DOCUMENTS["residuals"], "id": number * 5 + part})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(each["id"] for each in run.get_metrics(populate=True)["m"]) == list(range(20))
