"""What is shown of a run, read again as it grows."""

import io
import math
import re
import xml.etree.ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack.core import Experiment, Run
from localtrack.widgets.chart import chart
from localtrack.widgets.outline import Outline
from localtrack.widgets.page import page
from localtrack.widgets.run_view import RunReader

PNG = b"\x89PNG\r\n\x1a\n"

values = st.lists(st.floats() | st.integers() | st.text(max_size=2) | st.none() | st.booleans(), max_size=1500)


@pytest.fixture
def run(workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


@given(values)
def test_an_outline_keeps_order_and_extremes(logged) -> None:
    outline = Outline()
    for value in logged:
        outline.add(value)
    line = outline.line()
    drawn = [y for _, y in line.points if y is not None]
    numbers = [float(value) for value in logged if type(value) in (int, float) and -math.inf < value < math.inf]
    assert len(line.points) <= 300
    assert (line.numbers, line.others) == (len(numbers), len(logged) - len(numbers))
    places = [x for x, y in line.points if y is not None]
    assert places == sorted(places)
    if len(logged) <= 300:
        assert drawn == numbers
    elif numbers:
        assert (min(drawn), max(drawn)) == (min(numbers), max(numbers))
        assert len(drawn) >= min(len(numbers), 75)


@pytest.mark.parametrize(
    ("steps", "over", "places"),
    [([5, 7, 7], "step", [5, 7, 7]), ([5, 7, 6], "order", [0, 1, 2]), ([5, None, 6], "order", [0, 1, 2])],
)
def test_an_outline_is_over_steps_that_do_not_go_back(steps, over, places) -> None:
    outline = Outline()
    for step in steps:
        outline.add(1, step)
    line = outline.line()
    assert (line.over, [x for x, _ in line.points]) == (over, places)


@given(st.lists(values.filter(lambda logged: sum(type(each) is float for each in logged) > 1), max_size=3))
def test_charts_of_anything_are_drawn_within_their_bounds(columns) -> None:
    lines = {}
    for number, logged in enumerate(columns):
        outline = Outline()
        for value in logged:
            outline.add(value)
        if outline.line().numbers > 1:
            lines[f"<{number}>"] = outline.line()
    if lines:
        root = xml.etree.ElementTree.fromstring(f"<div>{chart(lines)}</div>")
        for polyline in root.iter("polyline"):
            for number in re.split("[ ,]", polyline.get("points")):
                assert 0 <= float(number) <= 260


def test_gaps_break_a_line() -> None:
    outline = Outline()
    for value in (1, 2, math.nan, 3, 4, math.inf, 5):
        outline.add(value)
    drawn = chart({"": outline.line()})
    assert (drawn.count("<polyline"), drawn.count("<circle")) == (2, 1)
    assert "2 of the values are no finite numbers" in drawn


def test_a_reader_reads_on(run: Run) -> None:
    reader = RunReader(run)
    run.log("m", 1)
    assert lines(reader) == {}
    for value in (2, 3):
        run.log("m", value)
    run.log_list("list", [1, 2])
    assert lines(reader) == {"m": [1, 2, 3], "list": [1, 2]}
    run.log("m", 4)
    run.log_list("list", [3])
    assert lines(reader) == {"m": [1, 2, 3, 4], "list": [1, 2, 3]}


def test_a_reader_finds_what_was_logged_earlier_and_taken_in_later(run: Run, run_python) -> None:
    reader = RunReader(run)
    for value in (2, 3):
        run.log("m", value)
    assert lines(reader) == {"m": [2, 3]}
    run_python(
        """
        import sys
        from localtrack import journal
        from localtrack.core import Workspace
        journal.time_ns = lambda: 1
        Workspace.from_config().get_run(sys.argv[1]).log("m", 1)
        """,
        run.id,
    )
    assert lines(reader) == {"m": [1, 2, 3]}


def test_a_reader_reads_no_more_than_it_may_at_once(run: Run) -> None:
    for value in range(50_000):
        run.log("m", value)
    reader = RunReader(run)
    first = reader.read(most=10_000)
    assert not first.complete and first.metrics[0].lines[""].numbers < 50_000
    views = [reader.read(most=10_000) for _ in range(2)]
    assert views[-1].complete and views[-1].metrics[0].lines[""].numbers == 50_000


def test_a_reader_of_a_read_only_workspace(run: Run, unprivileged, read_only) -> None:
    for value in (1, 2, 3):
        run.log("m", value)
    read_only(run._layout.root)
    shown = unprivileged(
        """
        import sys, warnings
        warnings.simplefilter("ignore")
        from localtrack.core import Workspace
        from localtrack.widgets import RunDetails
        print(RunDetails(Workspace.from_config().get_run(sys.argv[1])).get_widget_data()["run_metrics"][0]["series"])
        """,
        run.id,
    )
    assert "'data': [1.0, 2.0, 3.0]" in shown


def test_a_run_that_is_deleted_while_it_is_shown(run: Run) -> None:
    run.log("loss", 1)
    reader = RunReader(run)
    reader.read()
    run.complete()
    run.delete()
    view = reader.read()
    assert view.deleted and reader.status() is None
    assert f"Run {run.id} was deleted" in page(view) and "loss" in page(view)


def test_the_end_of_the_log(run: Run) -> None:
    text = "".join(f"line {number}\n" for number in range(30)) + "10%\r50%\r100%\n\x1b[31mred\x1b[0m <b>\n"
    run.upload_file("logs/train.log", io.BytesIO(text.encode() + b"\xff" + b"x" * 1000))
    run.upload_file("other.log", io.BytesIO(b"not this"))
    log = RunReader(run).read().log
    assert log.name == "logs/train.log" and not log.whole
    assert len(log.lines) == 20 and log.lines[:2] == ["line 13", "line 14"]
    assert log.lines[-3:-1] == ["100%", "red <b>"]
    assert len(log.lines[-1]) == 500 and log.lines[-1].startswith("\N{REPLACEMENT CHARACTER}xx")
    assert "red &lt;b&gt;" in page(RunReader(run).read())


def test_a_link_among_the_logs_is_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    logs = Path(run._folder.logs)
    logs.mkdir(parents=True)
    (logs / "a.log").symlink_to(tmp_path / "secret")
    assert RunReader(run).read().log is None


def test_images(run: Run) -> None:
    Path("small.png").write_bytes(PNG + b"small")
    Path("large.png").write_bytes(PNG + b"x" * 300_000)
    Path("drawing.svg").write_bytes(b"<svg onload='alert(1)'/>")
    for name in ("small.png", "large.png", "drawing.svg"):
        run.log_image(name, path=name)
    shown = page(RunReader(run).read())
    assert shown.count("<img") == 1 and 'src="data:image/png;base64,' in shown
    assert "large.png: run.download_file" in shown and "drawing.svg: run.download_file" in shown


def test_many_metrics_and_children(run: Run) -> None:
    for number in range(100):
        run.log(f"metric {number}", number)
    run.create_children(count=25)
    shown = page(RunReader(run).read())
    assert "metric 23" in shown and "metric 24" not in shown and "76 more metrics" in shown
    assert "The newest 20; run.get_children()" in shown


def lines(reader: RunReader) -> dict[str, list[float | None]]:
    return {
        each.summary.name: [value for _, value in each.lines[""].points] for each in reader.read().metrics if each.lines
    }
