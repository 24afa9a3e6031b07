"""Interactive runs: what is logged, tagged, kept and asked."""

import io
import os
import pickle
import signal
import sys
import threading
from pathlib import Path

import numpy
import pytest

from localtrack.core import Experiment, Run, Workspace, get_run
from localtrack.exceptions import UserErrorException


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "train")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(outputs=False)


def test_what_was_logged_once_is_a_value_and_more_often_a_list(run: Run) -> None:
    run.log("once", 1)
    for value in (1, 2.5, 3):
        run.log("often", value, step=7)
    run.log(name="named", value="text", description="")
    metrics = run.get_metrics()
    assert metrics == {"once": 1, "often": [1, 2.5, 3], "named": "text"}
    assert [type(value) for value in metrics["often"]] == [int, float, int]
    assert run.get_metrics(name="often") == {"often": [1, 2.5, 3]}
    assert run.get_metrics("absent") == {}


@pytest.mark.parametrize("step", ["1", 1.5, 2**63, numpy.array([1, 2]), numpy.array(1.5)])
def test_steps_that_are_none(run: Run, step: object) -> None:
    with pytest.raises(UserErrorException, match="step of the metric 'm'"):
        run.log("m", 1, step=step)  # type: ignore[arg-type]
    assert run.get_metrics() == {}


def test_a_step_of_numpy(run: Run) -> None:
    run.log("m", numpy.float64(0.5), step=numpy.int64(3))
    assert run.get_metrics() == {"m": 0.5}


def test_lists_rows_and_tables(run: Run) -> None:
    values = [1, 2.5, None, True, "é", 2**100, -(10**5000)]
    run.log_list("list", (value for value in values))
    run.log_list("list", numpy.arange(2))
    run.log_list("one", [5])
    run.log_list("none", [])
    run.log_row("row", a=1, b="x")
    run.log_row("rows", "of one column", a=1)
    run.log_row("rows", a=2.5)
    run.log_table("table", {"x": [1, 2], "y": numpy.array([0.5, 0.25])})
    run.log_table("one row", {"x": 1, "y": "s"})
    run.log_table("no rows", {})
    assert run.get_metrics() == {
        "list": [*values, 0, 1],
        "one": 5,
        "row": {"a": 1, "b": "x"},
        "rows": {"a": [1, 2.5]},
        "table": {"x": [1, 2], "y": [0.5, 0.25]},
        "one row": {"x": 1, "y": "s"},
    }


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log_list("m", "text"),
        lambda run: run.log_list("m", 3),
        lambda run: run.log_list("m", [[1]]),
        lambda run: run.log_list("m", ["\ud800"]),
        lambda run: run.log_row("m", a=[1]),
        lambda run: run.log_table("m", {"a": [1], "b": [1, 2]}),
        lambda run: run.log_table("m", [1]),
        lambda run: run.log("m", 1, "\ud800"),
    ],
)
def test_what_is_no_list_row_or_table(run: Run, log) -> None:
    with pytest.raises(UserErrorException, match=r"'m'|description"):
        log(run)
    assert run.get_metrics() == {}


def test_recursive_metrics(run: Run) -> None:
    run.log("top", 1)
    child = run.child_run("c")
    child.log("below", 2)
    silent = child.child_run()
    assert run.get_metrics() == {"top": 1}
    assert run.get_metrics(recursive=True) == {run.id: {"top": 1}, child.id: {"below": 2}}
    assert silent.get_metrics() == {}


def test_status_of_a_run_that_is_completed(run: Run) -> None:
    assert run.get_status() == run.status == "Running"
    run.complete()
    run.complete()
    details = run.get_details()
    assert details["status"] == "Completed"
    assert details["startTimeUtc"] <= details["endTimeUtc"]
    assert details["endTimeUtc"].endswith("Z") and len(details["endTimeUtc"]) == 27
    assert "error" not in details and "runDefinition" not in details


def test_fail_after_complete(run: Run) -> None:
    run.complete()
    run.fail("the wrong script", "WrongScript")
    assert run.get_status() == "Failed"
    assert run.get_details()["error"] == {"error": {"code": "WrongScript", "message": "the wrong script"}}
    with pytest.raises(UserErrorException, match="is Failed and can't become Completed"):
        run.complete()


def test_fail_with_an_exception(run: Run) -> None:
    try:
        raise ValueError("bad")
    except ValueError as error:
        run.fail(error)
    error = run.get_details()["error"]["error"]
    assert error["code"] == "UserError"
    assert error["message"] == "ValueError: bad"
    assert "raise ValueError" in error["debugInfo"]["stackTrace"]


def test_fail_takes_nothing_else(run: Run) -> None:
    with pytest.raises(TypeError):
        run.fail(3)  # type: ignore[arg-type]
    assert run.get_status() == "Running"


def test_cancel(run: Run) -> None:
    run.cancel()
    assert run.get_status() == "Canceled"
    with pytest.raises(UserErrorException, match="is Canceled"):
        run.fail()


def test_logging_to_a_run_that_has_ended_is_kept(run: Run) -> None:
    run.complete()
    run.log("late", 1)
    assert run.get_metrics() == {"late": 1}


def test_with_completes(experiment: Experiment) -> None:
    with experiment.start_logging(outputs=False) as run:
        assert run.get_status() == "Running"
    assert run.get_status() == "Completed"


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), SystemExit(2)])
def test_with_fails_on_an_error_and_lets_it_pass(experiment: Experiment, error: BaseException) -> None:
    with pytest.raises(type(error)), experiment.start_logging(outputs=False) as run:
        raise error
    assert run.get_status() == "Failed"
    assert type(error).__name__ in run.get_details()["error"]["error"]["message"]


@pytest.mark.parametrize("code", [None, 0])
def test_with_completes_where_the_program_ends_well(experiment: Experiment, code: int | None) -> None:
    with pytest.raises(SystemExit), experiment.start_logging(outputs=False) as run:
        sys.exit(code)
    assert run.get_status() == "Completed"


@pytest.mark.parametrize("call", ["fail", "cancel", "complete"])
def test_with_leaves_a_status_that_was_set_inside(experiment: Experiment, call: str) -> None:
    with experiment.start_logging(outputs=False) as run:
        getattr(run, call)()
        status = run.get_status()
    assert run.get_status() == status


def test_parents_and_children_are_independent(run: Run) -> None:
    child = run.child_run(name="c")
    assert child.parent is not None and child.parent.id == run.id
    assert child.name == f"run_{run.id}>c"
    run.complete()
    assert child.get_status() == "Running"
    child.fail()
    assert run.get_status() == "Completed"


def test_create_children(run: Run) -> None:
    counted = run.create_children(count=150)
    assert [child.get_tags() for child in counted] == [{"azureml.batch_child_number": str(n)} for n in range(150)]
    tagged = run.create_children(tag_key="fruit", tag_values=["apple", 2])
    assert [child.get_tags() for child in tagged] == [{"fruit": "apple"}, {"fruit": "2"}]
    assert {child.get_status() for child in tagged} == {"Running"}
    assert [child.id for child in run.get_children(tags={"fruit": 2})] == [tagged[1].id]
    assert len(list(run.get_children())) == 152


@pytest.mark.parametrize(
    "arguments", [{}, {"count": 1, "tag_key": "a", "tag_values": [1]}, {"tag_key": "a"}, {"tag_values": [1]}]
)
def test_create_children_in_one_way_only(run: Run, arguments: dict[str, object]) -> None:
    with pytest.raises(UserErrorException):
        run.create_children(**arguments)  # type: ignore[arg-type]
    assert list(run.get_children()) == []


def test_tags_and_properties(run: Run) -> None:
    run.tag("quality", "great")
    run.tag("quality", "fantastic")
    run.tag("worth another look")
    run.tag(3, 4.5)
    assert run.get_tags() == run.tags == {"quality": "fantastic", "worth another look": None, "3": "4.5"}
    run.add_properties({"author": "me"})
    with pytest.raises(UserErrorException, match="'author'"):
        run.add_properties({"author": "you", "more": "x"})
    assert run.get_properties() == run.properties == {"author": "me"}


@pytest.mark.parametrize("name", ["\ud800", "", "x" * 20_000])
def test_labels_that_cannot_be_kept(run: Run, name: str) -> None:
    with pytest.raises(UserErrorException):
        run.tag(name)
    with pytest.raises(UserErrorException):
        run.add_properties({"good": "x", name: "x"})
    assert run.get_tags() == {} and run.get_properties() == {}


def test_get_runs(experiment: Experiment) -> None:
    made = [experiment.start_logging(outputs=False, tags={"n": n}) for n in range(3)]
    child = made[0].child_run()
    assert [found.id for found in experiment.get_runs()] == [run.id for run in reversed(made)]
    assert child.id in [found.id for found in experiment.get_runs(include_children=True)]
    assert [found.id for found in experiment.get_runs(tags={"n": 1})] == [made[1].id]
    assert len(list(experiment.get_runs(tags="n"))) == 3
    assert list(experiment.get_runs(type="azureml.scriptrun")) == []
    assert list(Experiment(experiment.workspace, "other").get_runs()) == []


def test_load(run: Run, experiment: Experiment) -> None:
    for loaded in (Run(experiment, run.id), get_run(experiment, run.id), experiment.workspace.get_run(run.id)):
        assert (loaded.id, loaded.number, loaded.type, loaded.experiment.name) == (run.id, 1, None, "train")
    assert str(run) == f"Run(Experiment: train,\nId: {run.id},\nType: None,\nStatus: Running)"
    with pytest.raises(UserErrorException):
        Run(experiment, "nobody")


def test_names_and_descriptions(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False, display_name="nice", description="what", name="n", run_id="my-run.1")
    assert (run.id, run.name, run.display_name, run.description) == ("my-run.1", "n", "nice", "what")
    run.display_name = "nicer"
    run.description = None
    loaded = Run(experiment, "my-run.1")
    assert (loaded.display_name, loaded.description) == ("nicer", None)
    with pytest.raises(UserErrorException, match=r"my-run\.1"):
        experiment.start_logging(outputs=False, run_id="my-run.1")


@pytest.mark.parametrize("run_id", ["../x", "", "a/b", ".hidden", "x" * 300, "a\0"])
def test_run_ids(experiment: Experiment, run_id: str) -> None:
    with pytest.raises(UserErrorException, match="run id"):
        experiment.start_logging(outputs=False, run_id=run_id)


def test_unknown_keywords(experiment: Experiment) -> None:
    with pytest.raises(TypeError):
        experiment.start_logging(properties={})  # type: ignore[call-arg]


def test_outputs_are_made_at_once_and_kept_at_the_end(experiment: Experiment) -> None:
    run = experiment.start_logging()
    assert os.path.isdir("outputs")
    Path("outputs", "deep").mkdir()
    Path("outputs", "deep", "a.txt").write_text("one")
    run.upload_file("outputs/deep/a.txt", "outputs/deep/a.txt")
    Path("outputs", "b.txt").write_text("two")
    Path("outputs", "link").symlink_to("/etc/hostname")
    run.complete()
    assert run.get_file_names() == ["outputs/b.txt", "outputs/deep/a.txt"]
    again = experiment.start_logging()
    Path("outputs", "b.txt").write_text("another")
    again.complete()
    run.download_file("outputs/b.txt", "first.txt")
    again.download_file("outputs/b.txt", "second.txt")
    assert (Path("first.txt").read_text(), Path("second.txt").read_text()) == ("two", "another")


def test_upload_and_download(run: Run, tmp_path: Path) -> None:
    Path("here.bin").write_bytes(b"\0\1\2" * 1000)
    run.upload_file("models/m.bin", "here.bin")
    run.upload_file("from-stream", io.BytesIO(b"stream"))
    assert run.get_file_names() == ["from-stream", "models/m.bin"]
    run.download_file("models/m.bin", tmp_path / "new" / "copy.bin")
    run.download_file("from-stream", tmp_path)
    run.download_file("./models/m.bin")
    assert (tmp_path / "new" / "copy.bin").read_bytes() == Path("m.bin").read_bytes() == b"\0\1\2" * 1000
    assert (tmp_path / "from-stream").read_bytes() == b"stream"
    with pytest.raises(UserErrorException, match=r"not found,\navailable files include: from-stream,models/m\.bin"):
        run.download_file("nothing")
    with pytest.raises(UserErrorException, match=r"has a file 'models/m\.bin' already"):
        run.upload_file("models/m.bin", "here.bin")
    with pytest.raises(UserErrorException, match=r"absent\.bin can't be read"):
        run.upload_file("x", "absent.bin")
    assert len(run.get_file_names()) == 2


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "a/../../x", "/etc/passwd", "C:\\x", "\\\\host\\x", "..\\x", "a\0b", "", ".", "CON", "aux.txt"),
        *("x.", "a:b", "x" * 300, "\ud800", "a\nb"),
    ],
)
def test_file_names_that_lead_elsewhere(run: Run, name: str) -> None:
    with pytest.raises(UserErrorException):
        run.upload_file(name, io.BytesIO(b"x"))
    assert run.get_file_names() == []


def test_one_name_uploaded_by_many_at_once(run: Run, tmp_path: Path) -> None:
    outcomes: list[object] = []

    def upload(number: int) -> None:
        try:
            run.upload_file("model", io.BytesIO(bytes([number]) * 100_000))
            outcomes.append(number)
        except UserErrorException:
            pass

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.download_file("model", tmp_path / "model")
    assert [bytes([number]) * 100_000 for number in outcomes] == [(tmp_path / "model").read_bytes()]


@pytest.mark.parametrize("source", [5, "a\0b", "\ud800", None])
def test_uploads_of_no_file(run: Run, source: object) -> None:
    with pytest.raises(UserErrorException):
        run.upload_file("x", source)


def test_names_that_no_database_takes(run: Run) -> None:
    for call in (
        lambda: run.get_metrics("\ud800"),
        lambda: run.experiment.workspace.get_run("\ud800"),
        lambda: list(run.experiment.get_runs(tags={"\ud800": "x"})),
    ):
        with pytest.raises(UserErrorException):
            call()


def test_a_working_folder_that_is_gone(experiment: Experiment, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for call in (Workspace.from_config, lambda: Workspace.create(name="new"), experiment.start_logging):
        with pytest.raises(UserErrorException, match="working folder was removed"):
            call()
    os.chdir(tmp_path)


def test_a_link_in_the_run_s_folder_is_not_followed_out(run: Run, tmp_path: Path) -> None:
    folder = Path(run._folder.root)
    folder.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (folder / "files").symlink_to(tmp_path / "outside")
    with pytest.raises(UserErrorException, match="leads out of"):
        run.upload_file("x", io.BytesIO(b"x"))
    assert os.listdir(tmp_path / "outside") == []


class Figure:
    """As matplotlib's: something that can save itself."""

    def savefig(self, target: io.BytesIO, format: str) -> None:
        assert format == "png"
        target.write(b"\x89PNG\r\n\x1a\n picture")


def test_log_image(run: Run) -> None:
    run.log_image("a/b plot", plot=Figure())
    run.log_image("a/b plot", plot=Figure())
    Path("pic.png").write_bytes(b"\x89PNG\r\n\x1a\n file")
    run.log_image("file", path="pic.png")
    metrics, names = run.get_metrics(), run.get_file_names()
    assert len(names) == 3 and "pic.png" in names
    assert metrics["file"] == f"aml://artifactId/ExperimentRun/dcid.{run.id}/pic.png"
    assert [place.rpartition("/")[2] in names for place in metrics["a/b plot"]] == [True, True]
    Path("no.png").write_bytes(b"text")
    for wrong in ({}, {"path": "pic.png", "plot": Figure()}, {"path": "no.png"}, {"plot": 3}):
        with pytest.raises(UserErrorException):
            run.log_image("wrong", **wrong)


def test_details_with_logs(run: Run) -> None:
    run.upload_file("logs/train.log", io.BytesIO("é\n".encode() + b"\xff"))
    assert run.get_details()["logFiles"]["logs/train.log"].endswith("logs/train.log")
    assert run.get_details_with_logs()["logFiles"] == {"logs/train.log": "é\n\N{REPLACEMENT CHARACTER}"}


def test_a_run_whose_process_was_killed(workspace, run_python) -> None:
    program = """
    import os, signal
    from localtrack.core import Experiment, Workspace
    run = Experiment(Workspace.from_config(), "e").start_logging(outputs=False, run_id="lost")
    run.log("m", 1)
    print(flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    with pytest.raises(AssertionError):
        run_python(program)
    run = workspace.get_run("lost")
    assert run.get_status() == "Failed"
    error = run.get_details()["error"]["error"]
    assert error["code"] == "ProcessLost" and "is gone" in error["message"]
    assert run.get_metrics() == {"m": 1}
    run.complete()
    assert run.get_status() == "Completed"
    assert "error" not in run.get_details()


def test_a_run_of_a_living_process_stays_running(workspace, start_python) -> None:
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    run = Experiment(Workspace.from_config(), "e").start_logging(outputs=False, run_id="alive")
    print(flush=True)
    sys.stdin.read()
    run.complete()
    """
    process = start_python(program)
    process.stdout.readline()
    assert workspace.get_run("alive").get_status() == "Running"
    process.communicate()
    assert workspace.get_run("alive").get_status() == "Completed"


def test_a_forked_worker_logs_to_its_parent_s_run(run: Run) -> None:
    run.log("m", "parent")
    child = os.fork()
    if child == 0:
        try:
            run.log("m", "child")
            run.tag("from", "child")
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    run.log("m", "parent again")
    assert run.get_metrics() == {"m": ["parent", "child", "parent again"]}
    assert run.get_tags() == {"from": "child"}
    run.complete()
    assert run.get_status() == "Completed"


def test_many_threads_use_one_workspace(experiment: Experiment) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with experiment.start_logging(outputs=False) as run:
                for value in range(50):
                    run.log("m", value)
                    run.tag(f"t{value % 5}", value)
                assert run.get_metrics()["m"] == list(range(50))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [run.get_status() for run in experiment.get_runs()] == ["Completed"] * 6


def test_a_signal_handler_may_fail_the_run(run: Run) -> None:
    def handle(number: int, frame: object) -> None:
        run.fail("terminated")

    before = signal.signal(signal.SIGUSR2, handle)
    try:
        os.kill(os.getpid(), signal.SIGUSR2)
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert run.get_status() == "Failed"


def test_errors_can_be_pickled() -> None:
    from localtrack import exceptions

    for name in exceptions.__all__:
        error = getattr(exceptions, name)("what happened")
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error) and str(back) == str(error)
