"""What a ``with run:`` block prints and writes to ``./logs`` is kept with the run."""

import io
import os
import sys
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace

LOG = "logs/user_log.txt"


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


def logs(run: Run) -> dict[str, str]:
    return run.get_details_with_logs()["logFiles"]


def test_what_is_printed_is_kept_and_still_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = sys.stdout, sys.stderr
    with run:
        print("hello é ∞")
        print("trouble", file=sys.stderr)
    assert (sys.stdout, sys.stderr) == (out, err)
    print("after")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("hello é ∞\nafter\n", "trouble\n")
    assert logs(run) == {LOG: "hello é ∞\ntrouble\n"}
    assert run.get_file_names() == [LOG]


def test_it_can_be_read_while_it_grows(run: Run) -> None:
    with run:
        print("first")
        assert logs(run) == {LOG: "first\n"}
        print("second")
        assert logs(Run(run.experiment, run.id)) == {LOG: "first\nsecond\n"}


def test_a_child_in_a_block_of_its_own(run: Run) -> None:
    with run:
        print("parent")
        with run.child_run() as child:
            print("child")
        print("parent again")
    assert logs(child) == {LOG: "child\n"}
    assert logs(run) == {LOG: "parent\nchild\nparent again\n"}


def test_the_log_of_a_block_that_fails(run: Run) -> None:
    with pytest.raises(ZeroDivisionError), run:
        print("before")
        raise ZeroDivisionError
    assert logs(run) == {LOG: "before\n"}
    assert run.get_status() == "Failed"


def test_a_block_that_prints_nothing_has_no_log(run: Run) -> None:
    with run:
        pass
    assert run.get_file_names() == []


def test_a_stream_that_was_replaced_inside_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = io.StringIO()
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # to have it back in the end
    with run:
        print("kept")
        before = sys.stdout
        sys.stdout = other
    assert sys.stdout is other
    before.write("to what is below")  # somebody may have held on to it, such as a logging handler
    assert logs(run) == {LOG: "kept\n"}


def test_a_program_without_stdout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with run:
        print("nobody hears it")
    assert run.get_status() == "Completed"


def test_a_full_disk_does_not_keep_a_program_from_printing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(run._folder.logs)
    folder.mkdir(parents=True)
    os.symlink("/dev/full", folder / "user_log.txt")
    with pytest.warns(RuntimeWarning, match=r"not kept in .*user_log.txt any more: No space left"), run:
        print("first")
        print("second")
    assert capsys.readouterr().out == "first\nsecond\n"
    assert run.get_status() == "Completed"


def test_the_logs_folder_as_far_as_the_run_has_changed_it(workspace: Workspace) -> None:
    Path("logs").mkdir()
    Path("logs/old.txt").write_text("of a run before")
    os.utime("logs/old.txt", (1, 1))
    with Experiment(workspace, "train").start_logging(outputs=False) as run:
        Path("logs/below").mkdir()
        Path("logs/below/new.txt").write_text("of this run")
    assert logs(run) == {"logs/below/new.txt": "of this run"}


def test_a_submitted_script_has_its_output_once(workspace: Workspace) -> None:
    from localtrack.core import ScriptRunConfig

    Path("source").mkdir()
    Path("source/train.py").write_text(
        "from azureml.core import Run\nwith Run.get_context() as run:\n    print('hello')\n"
    )
    run = Experiment(workspace, "train").submit(ScriptRunConfig("source", "train.py"))
    run.wait_for_completion()
    assert logs(run) == {"user_logs/std_log.txt": "hello\n"}
