"""What notebooks show of workspaces, experiments and runs; names are anybody's text."""

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.core import Experiment, Run
from localtrack.core.html import experiment_html, run_html, runs_html, workspace_html
from localtrack.core.markup import element, escape, join
from localtrack.widgets.page import page
from localtrack.widgets.run_view import RunReader

ELEMENTS = {
    *("div", "span", "b", "a", "img", "pre", "table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "line", "polyline", "circle", "text"),
}

# What makes markup, in any order.
hostile = st.lists(
    st.sampled_from(["<", ">", '"', "'", "&", "<script>", "</td>", "--", "onload=", "javascript:", "\0", "\u202e", "x"])
    | st.text(min_size=1, max_size=3),
    min_size=1,
    max_size=8,
).map("".join)


@pytest.fixture
def experiment(workspace) -> Experiment:
    return Experiment(workspace, "train")


class Checked(HTMLParser):
    """Fails for elements and attributes that are not ours, and for such as are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes) -> None:
        assert tag in ELEMENTS
        for name, value in attributes:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert value.startswith(("file:///", "data:image/"))
            elif name == "style":
                assert "url" not in value
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data) -> None:
        self.text += data

    def handle_comment(self, data) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@given(st.text())
def test_text_is_shown_as_it_is_and_never_markup(text) -> None:
    made = element("td", text, title=text)
    assert not any(sign in escape(text) for sign in "<>\"'")
    shown = Checked(made)
    if text.isprintable():
        assert shown.text == text


def test_markup_is_put_together_as_it_is() -> None:
    assert element("b", element("i", "<"), "&", stroke_width=1) == '<b stroke-width="1"><i>&lt;</i>&amp;</b>'
    assert join(["<", element("b")], between=" & ") == "&lt; &amp; <b></b>"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(hostile, hostile)
def test_hostile_names(experiment: Experiment, name: str, value: str) -> None:
    run = experiment.start_logging(outputs=False, display_name=name, description=value, tags={name: value})
    run.log(name, value)
    run.log_row(f"{name} row", **{name: 1, value: 2})
    run.log_row(f"{name} row", **{name: 2, value: 3})
    run.fail(value, error_code=name)
    for shown in (
        run_html(run),
        runs_html([run], more=name),
        experiment_html(experiment),
        workspace_html(experiment.workspace),
        page(RunReader(run).read(), trouble=value),
    ):
        Checked(shown)


def test_a_run(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False, tags={"quality": "good", "seen": None})
    run.log("loss", 0.123456789)
    run.log("loss", 0.25)
    run.log("big", 10**5000)
    shown = Checked(run._repr_html_()).text
    for text in ("train", run.id, "Running", "loss = 0.25", "an integer of 16610 bits", "quality=good, seen"):
        assert text in shown
    run.fail("it broke")
    assert "UserError: it broke" in Checked(run._repr_html_()).text
    run.delete()
    assert "not in this workspace any more" in run._repr_html_()


def test_an_experiment_and_a_workspace(experiment: Experiment) -> None:
    assert "No runs" in experiment._repr_html_()
    runs = [experiment.start_logging(outputs=False) for _ in range(7)]
    shown = Checked(experiment._repr_html_()).text
    assert [run.id in shown for run in runs] == [False, False, True, True, True, True, True]
    assert "The newest 5 runs" in shown
    shown = Checked(experiment.workspace._repr_html_()).text
    assert experiment.workspace.name in shown and "train" in shown


def test_runs_of_two_workspaces_in_one_table(experiment: Experiment, tmp_path, monkeypatch) -> None:
    from localtrack.core import Workspace
    from localtrack.store.store import close_store

    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    other = Workspace.create(name="other")
    runs: list[Run] = []
    for number, each in enumerate([experiment, Experiment(other, "train")]):
        run = each.start_logging(outputs=False, run_id="same", tags={"n": number})
        run.log("loss", number + 0.5)
        runs.append(run)
    shown = Checked(runs_html(runs)).text
    close_store(other._layout)
    assert shown.count("same") == 2
    for text in ("n=0", "n=1", "0.5", "1.5"):
        assert text in shown
