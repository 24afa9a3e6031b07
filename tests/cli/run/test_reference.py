"""Which run is meant by ``-r``."""

import pytest

from localtrack.cli.run.reference import find, find_all, find_in
from localtrack.cli.scope import Scope
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import UserErrorException


@pytest.fixture
def project(workspace: Workspace, monkeypatch) -> Workspace:
    monkeypatch.chdir(workspace._layout.project)
    experiment = Experiment(workspace, "train")
    for run_id in ("alpha-1", "alpha-2", "alphabet", "beta"):
        experiment.start_logging(run_id=run_id, outputs=False).complete()
    return workspace


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("alpha-1", "alpha-1"), ("alphab", "alphabet"), ("b", "beta"), ("beta", "beta"), ("last", "beta")],
)
def test_a_run_is_found(project, wanted, found):
    assert find(Scope(), wanted)[1].id == found


@pytest.mark.parametrize("wanted", ["gamma", "alpha-11", "ALPHA-1", "alpha_1", "alpha%", "\0", "*", "zzz"])
def test_no_run_is_found(project, wanted):
    with pytest.raises(UserErrorException, match=r"There is no run .* `localtrack run list` has those"):
        find(Scope(), wanted)


def test_several_runs_are_named(project):
    with pytest.raises(UserErrorException, match="3 runs whose id begins with 'a', such as alphabet and alpha-2"):
        find(Scope(), "a")


def test_an_empty_text_chooses_no_run(workspace, store):
    Experiment(workspace, "train").start_logging(run_id="only", outputs=False).complete()
    with pytest.raises(UserErrorException, match="Which run"):
        find_in(store, "")


def test_an_id_comes_before_the_newest_and_before_what_begins_so(workspace, store):
    experiment = Experiment(workspace, "train")
    for run_id in ("last", "lasting", "newest"):
        experiment.start_logging(run_id=run_id, outputs=False).complete()
    assert find_in(store, "last").id == "last"
    assert find_in(store, "lasti").id == "lasting"


def test_the_newest_is_no_child_and_of_the_experiment(workspace, store):
    with Experiment(workspace, "train").start_logging(run_id="parent", outputs=False) as parent:
        parent.child_run(run_id="child").complete()
    assert find_in(store, "last").id == "parent"
    Experiment(workspace, "other").start_logging(run_id="newer", outputs=False).complete()
    assert find_in(store, "last").id == "newer"
    assert find_in(store, "last", "train").id == "parent"
    with pytest.raises(UserErrorException, match="no runs yet in the experiment nobody"):
        find_in(store, "last", "nobody")


def test_runs_of_another_experiment_are_refused(project):
    assert [run.id for run in find_all(Scope(), ["last", "alpha-2"])[1]] == ["beta", "alpha-2"]
    with pytest.raises(UserErrorException, match="Run alpha-2 is of the experiment 'train': leave -e out"):
        find_all(Scope(experiment_name="other"), ["alpha-2"])
