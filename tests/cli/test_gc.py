import json

from localtrack.core import Experiment, Workspace
from localtrack.store.store import close_store


def test_what_goes_is_said_first_and_nothing_goes_unasked(attached, monkeypatch) -> None:
    monkeypatch.chdir(attached.folder)
    workspace = Workspace.from_config(str(attached.folder))
    for number in range(2):
        run = Experiment(workspace, "train").start_logging(run_id=f"run{number}")
        attached.write("train.py", f"print({number})")
        run.take_snapshot(attached.folder / "train.py")
        code = attached.write(f".azureml/runs/run{number}/code/train.py", "x" * 100_000)
        run.complete()
    run.delete()
    close_store(workspace._layout)
    done = attached("gc", code=1)
    assert "1 working copy of runs that have ended, " in done.err
    assert "Add --yes" in done.err
    copy = attached.folder / ".azureml" / "runs" / "run0" / "code"
    assert copy.exists()
    assert not code.exists(), "the run was deleted"
    removed = json.loads(attached("gc", "--yes").out)
    assert sorted(each["kind"] for each in removed) == ["snapshots", "snapshots", "working copies"]
    assert not copy.exists()
    done = attached("gc", "-o", "table")
    assert (done.out, done.err) == ("", "")
