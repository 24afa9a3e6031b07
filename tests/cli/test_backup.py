import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from localtrack.core import Experiment, Workspace
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.store import backup as module
from localtrack.store.backup import back_up
from localtrack.store.store import close_store


def fill(folder: Path) -> Workspace:
    workspace = Workspace.from_config(str(folder))
    run = Experiment(workspace, "train").start_logging(run_id="run")
    (folder / "train.py").write_text("print(1)")
    run.take_snapshot(folder / "train.py")
    run.upload_file("outputs/a.txt", folder / "train.py")
    run.complete()
    still = Experiment(workspace, "train").start_logging(run_id="still")
    still.log("loss", 0.5)
    return workspace


def test_a_database_that_can_be_put_back(attached, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(attached.folder)
    workspace = fill(attached.folder)
    target = tmp_path / "kept.db"
    done = attached("backup", target)
    assert json.loads(done.out)["runs"] == 2
    assert "are not in it" in done.err
    assert "is there already" in attached("backup", target, code=1).err
    attached("backup", target, "--overwrite", "-o", "table")
    assert sorted(path.name for path in tmp_path.glob("*kept*")) == ["kept.db"]
    assert not list(tmp_path.glob(".localtrack-*"))
    Experiment(workspace, "later").start_logging().complete()
    close_store(workspace._layout)
    for name in ("localtrack.db", "localtrack.db-wal", "localtrack.db-shm"):
        (attached.folder / ".azureml" / name).unlink(missing_ok=True)
    shutil.copy(target, attached.folder / ".azureml" / "localtrack.db")
    back = Workspace.from_config(str(attached.folder))
    assert list(back.experiments) == ["train"]
    assert back.get_run("still").get_metrics() == {"loss": 0.5}
    assert back._store.database.tuples("PRAGMA journal_mode") == [("wal",)]
    close_store(back._layout)


def test_an_archive_of_everything_that_can_be_unpacked(attached, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(attached.folder)
    workspace = fill(attached.folder)
    runs = attached.folder / ".azureml" / "runs"
    for name in ("run/code/big.bin", ".deleted-0123456789ab/a.txt", "run/incoming-0123456789ab/0"):
        (runs / name).parent.mkdir(parents=True)
        (runs / name).write_text("left out")
    (attached.folder / ".azureml" / "queued").mkdir()
    (attached.folder / ".azureml" / "queued" / "run.json").write_text('{"TOKEN": "s3cret"}')
    target = tmp_path / "kept.tar.gz"
    close_store(workspace._layout)
    assert json.loads(attached("backup", target, "--files").out)["missing"] == []
    elsewhere = tmp_path / "elsewhere"
    with tarfile.open(target) as archive:
        names = archive.getnames()
        archive.extractall(elsewhere, filter="data")
    assert not [name for name in names if "code" in name or "deleted" in name or "incoming" in name]
    assert not [name for name in names if "queued" in name or "journal" in name or "lock" in Path(name).name[10:]]
    back = Workspace.from_config(str(elsewhere))
    assert [each for each in back.check(deep=True) if each.severity != "note"] == []
    back.get_run("run").download_file("outputs/a.txt", tmp_path / "again.txt")
    assert (tmp_path / "again.txt").read_text() == "print(1)"
    assert back.get_run("run").restore_snapshot(path=tmp_path)
    assert back.get_run("still").get_metrics() == {"loss": 0.5}
    close_store(back._layout)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["b.txt", "--files"], 2, "--files makes an archive: give a name that ends with .tar.gz"),
        (["nowhere/b.db"], 2, "give a name in a folder that exists"),
        (["there.db"], 1, "is there already: give another name, or add --overwrite"),
    ],
)
def test_wrong_usage_is_told_apart_from_what_is_there(attached, words, code, said) -> None:
    attached.write("there.db", "mine")
    assert said in attached("backup", *words, code=code).err


def test_what_a_backup_lacks_is_said(workspace: Workspace, tmp_path: Path) -> None:
    run = Experiment(workspace, "train").start_logging(run_id="run")
    (tmp_path / "a.txt").write_text("a")
    run.upload_file("a.txt", tmp_path / "a.txt")
    Path(workspace._layout.run("run").root, "files", "a.txt").unlink()
    made = back_up(workspace._store, str(tmp_path / "kept.tgz"), files=True, overwrite=False)
    assert made.missing == ("runs/run/files/a.txt",)


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        (".azureml/kept.db", False, "in the workspace itself"),
        (".azureml/localtrack.db", False, "in the workspace itself"),
        ("nowhere/kept.db", False, "in a folder that exists"),
        (".", False, "can't be a file"),
        ("kept.db", True, "ends with .tar.gz"),
        ("kept.tar.gz", False, "no archive"),
    ],
)
def test_a_file_that_can_t_be_a_backup_is_refused(workspace: Workspace, name: str, files: bool, reason: str) -> None:
    before = Path(workspace._layout.database).read_bytes()
    with pytest.raises(UserErrorException, match=reason):
        back_up(workspace._store, name, files=files, overwrite=True)
    assert Path(workspace._layout.database).read_bytes() == before


def test_a_backup_that_fails_leaves_what_was_there(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kept.tar.gz"
    target.write_text("the one of yesterday")
    folder = sorted(path.name for path in tmp_path.iterdir())

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_add", refuse)
    with pytest.raises(ServiceException, match="No space left"):
        back_up(workspace._store, str(target), files=True, overwrite=True)
    assert target.read_text() == "the one of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == folder


WRITING = """
import os, sys
from localtrack.core import Experiment, Workspace
experiment = Experiment(Workspace.from_config(sys.argv[1]), "writing")
print("begun", flush=True)
while os.path.exists(sys.argv[2]):
    run = experiment.start_logging()
    for value in range(100):
        run.log("loss", value)
    run.upload_file("outputs/a.txt", sys.argv[2])
    run.complete()
"""


def test_backups_are_right_while_others_write(workspace: Workspace, start_python: Callable, tmp_path: Path) -> None:
    flag = tmp_path / "goes-on"
    flag.write_text("content")
    process = start_python(WRITING, workspace._layout.project, flag)
    assert process.stdout.readline() == "begun\n"
    for number in range(5):
        target = tmp_path / f"kept{number}.tar.gz"
        made = back_up(workspace._store, str(target), files=True, overwrite=False)
        assert made.missing == ()
    flag.unlink()
    process.wait()
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "back", filter="data")
    with closing(sqlite3.connect(tmp_path / "back" / ".azureml" / "localtrack.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    back = Workspace.from_config(str(tmp_path / "back"))
    wrong = {each.kind for each in back.check(deep=True)} - {"folder-without-run", "file-without-row"}
    assert wrong == set(), "files that came later may be there, none may be missing"
    close_store(back._layout)
