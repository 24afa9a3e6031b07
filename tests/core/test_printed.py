"""What a ``with run:`` block prints and writes to ``./logs`` is kept with the run."""

import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import UserErrorException
from localtrack.store.store import Store

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


def test_a_thread_that_prints_while_a_block_ends(workspace: Workspace, run_python: Callable[..., str]) -> None:
    """In a process of its own: one that prints to a stream which is gone crashes."""
    output = run_python(
        """
        import sys, threading
        from localtrack.core import Experiment, Workspace

        class Slow:
            begun, ended = threading.Event(), threading.Event()
            def write(self, text):
                if text == "late":
                    self.begun.set()
                    self.ended.wait()
                return terminal.write(text)
            def flush(self):
                terminal.flush()

        experiment = Experiment(Workspace.from_config(), "train")
        terminal, sys.stdout = sys.stdout, Slow()
        threads = []
        for number in range(3):
            Slow.begun.clear()
            Slow.ended.clear()
            with experiment.start_logging(outputs=False) as run:
                print("block", number)
                threads.append(threading.Thread(target=print, args=("late",)))
                threads[-1].start()
                Slow.begun.wait()
            Slow.ended.set()
            threads[-1].join()
            print(run.get_status())
        """
    )
    assert output == "".join(f"block {number}\nlate\nCompleted\n" for number in range(3))


def test_threads_that_print_while_blocks_end_leave_whole_logs(
    workspace: Workspace, run_python: Callable[..., str]
) -> None:
    output = run_python(
        """
        import os, sys, threading
        from localtrack.core import Experiment, Workspace

        def speak():
            while not ended.is_set():
                print("hello")

        experiment = Experiment(Workspace.from_config(), "train")
        terminal, sys.stdout = sys.stdout, open(os.devnull, "w")
        below = sys.stdout
        sys.setswitchinterval(1e-5)
        ended = threading.Event()
        threads = [threading.Thread(target=speak) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(30):
                with experiment.start_logging(outputs=False) as run:
                    print("block")
                run.download_file("logs/user_log.txt", "copy")
        finally:
            ended.set()
        for thread in threads:
            thread.join()
        print(sys.stdout is below, file=terminal)
        """
    )
    assert output == "True\n"


class Deep(io.StringIO):
    """Notes from how deep it is written to."""

    def __init__(self) -> None:
        super().__init__()
        self.depths: set[int] = set()

    def write(self, text: str) -> int:
        self.depths.add(len(list(traceback.walk_stack(None))))
        return super().write(text)


def test_blocks_that_overlap_for_ever(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Deep()
    monkeypatch.setattr(sys, "stdout", terminal)
    experiment = Experiment(workspace, "train")
    runs = [experiment.start_logging(outputs=False) for _ in range(10)]
    runs[0].__enter__()
    for before, after in pairwise(runs):
        after.__enter__()
        print("both")
        before.__exit__(None, None, None)
    runs[-1].__exit__(None, None, None)
    assert sys.stdout is terminal
    assert len(terminal.depths) == 1
    assert [logs(run)[LOG].count("both") for run in runs] == [1, *[2] * 8, 1]


def test_an_outer_block_that_ends_before_the_inner_one(
    workspace: Workspace, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = Experiment(workspace, "train").start_logging(outputs=False)
    before = sys.stdout
    run.__enter__()
    inner.__enter__()
    print("both")
    run.__exit__(None, None, None)
    print("inner")
    inner.__exit__(None, None, None)
    assert sys.stdout is before
    print("nobody")
    assert (logs(run), logs(inner)) == ({LOG: "both\n"}, {LOG: "both\ninner\n"})
    assert capsys.readouterr().out == "both\ninner\nnobody\n"


def test_half_a_line_that_is_printed_before_a_fork(workspace: Workspace, run_python: Callable[..., str]) -> None:
    run_id = run_python(
        """
        import multiprocessing, sys
        from localtrack.core import Experiment, Workspace
        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        with run:
            print("half ", end="", file=sys.stderr)
            process = multiprocessing.get_context("fork").Process(target=print, args=("a line",))
            process.start()
            process.join()
            print("the rest", file=sys.stderr)
        print(run.id)
        """
    ).split()[-1]
    assert logs(workspace.get_run(run_id)) == {LOG: "half a line\nthe rest\n"}


def test_a_folder_of_logs_that_leads_out_is_not_written_to(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "user_log.txt").write_text("mine\n")
    Path(run._folder.root).mkdir(parents=True)
    Path(run._folder.logs).symlink_to(outside)
    with pytest.raises(UserErrorException, match="leads out of"), run:
        print("not kept")
    assert os.listdir(outside) == ["user_log.txt"]
    assert (outside / "user_log.txt").read_text() == "mine\n"
    assert run.get_status() == "Running"


def test_logs_that_can_not_be_kept_hide_no_error(workspace: Workspace, unprivileged: Callable[..., str]) -> None:
    output = unprivileged(
        """
        import os
        from localtrack.core import Experiment, Workspace
        run = Experiment(Workspace.from_config(), "train").start_logging(outputs=False)
        os.makedirs("logs/closed")
        try:
            with run:
                os.chmod("logs/closed", 0)
                raise ValueError("the reason")
        except ValueError:
            os.chmod("logs/closed", 0o755)
            print(run.get_status(), run.get_details()["error"]["error"]["message"])
        """
    )
    assert "has failed, and not all of it was kept: The folder" in output
    assert output.splitlines()[-1] == "Failed ValueError: the reason"


def test_what_a_killed_process_has_printed_is_kept(
    workspace: Workspace, start_python: Callable[..., "subprocess.Popen[str]"], wait_until: Callable[..., None]
) -> None:
    program = """
    import signal
    from localtrack.core import Experiment, Workspace

    with Experiment(Workspace.from_config(), "train").start_logging(outputs=False) as run:
        print(run.id, flush=True)
        signal.pause()
    """
    process = start_python(program)
    assert process.stdout is not None
    run = workspace.get_run(process.stdout.readline().strip())
    wait_until(lambda: logs(run) == {LOG: f"{run.id}\n"})
    process.kill()
    process.wait()
    assert run.get_status() == "Failed"
    assert logs(run) == {LOG: f"{run.id}\n"}


def test_what_lies_in_the_folder_of_logs_unrecorded_is_no_file_of_the_run(run: Run, store: Store) -> None:
    """A process that is killed within an upload leaves such a file."""
    placed = Path(store.layout.run(run.id).logs, "placed.txt")
    placed.parent.mkdir(parents=True)
    placed.write_text("not kept")
    assert run.get_file_names() == []
    run.complete()
    assert run.get_file_names() == []


def test_waiting_for_a_run_shows_what_its_block_has_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with run:
        print("hello")
    capsys.readouterr()
    run.wait_for_completion(show_output=True)
    assert f"Streaming {LOG}\n" in (shown := capsys.readouterr().out)
    assert "\nhello\n" in shown
