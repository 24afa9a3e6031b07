"""A run's source code: kept once, and given back as a zip file."""

import errno
import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace
from localtrack.exceptions import SnapshotException


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "e")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(outputs=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    top = tmp_path / "source"
    (top / "sub" / "empty").mkdir(parents=True)
    (top / "train.py").write_text("print('hello')")
    (top / "sub" / "tool.sh").write_text("#!/bin/sh\n")
    (top / "sub" / "tool.sh").chmod(0o755)
    (top / "link").symlink_to("train.py")
    (top / "é.txt").write_text("ü")
    return top


def entries(path: str) -> dict[str, tuple[int, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return {each.filename: (each.external_attr >> 16, archive.read(each)) for each in archive.infolist()}


def test_a_folder_comes_back_as_a_zip(run, source, tmp_path):
    snapshot_id = run.take_snapshot(source)
    assert run.get_snapshot_id() == run.get_properties()["ContentSnapshotId"] == snapshot_id
    path = run.restore_snapshot(path=tmp_path / "new")
    assert path == str(tmp_path / "new" / f"{snapshot_id}.zip")
    assert os.listdir(tmp_path / "new") == [f"{snapshot_id}.zip"]
    assert entries(path) == {
        "link": (stat.S_IFLNK | 0o777, b"train.py"),
        "sub/": (stat.S_IFDIR | 0o755, b""),
        "sub/empty/": (stat.S_IFDIR | 0o755, b""),
        "sub/tool.sh": (stat.S_IFREG | 0o755, b"#!/bin/sh\n"),
        "train.py": (stat.S_IFREG | 0o644, b"print('hello')"),
        "é.txt": (stat.S_IFREG | 0o644, "ü".encode()),
    }


def test_the_same_snapshot_gives_the_same_zip(experiment, source, tmp_path):
    paths = []
    for number in range(2):
        run = experiment.start_logging(outputs=False)
        os.utime(source / "train.py", (number, number))
        run.take_snapshot(str(source))
        paths.append(Path(run.restore_snapshot(path=tmp_path / str(number))))
    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_any_snapshot_of_the_workspace_can_be_restored_by_its_id(experiment, source):
    first, second = (experiment.start_logging(outputs=False) for _ in range(2))
    snapshot_id = first.take_snapshot(source)
    path = second.restore_snapshot(snapshot_id)
    assert os.path.isabs(path) and os.path.basename(path) == f"{snapshot_id}.zip"
    assert "train.py" in entries(path)
    os.unlink(path)
    os.rmdir(os.path.dirname(path))


def test_a_single_file(experiment, run, source):
    (source / "link-to-it").symlink_to("sub/tool.sh")
    snapshot_id = run.take_snapshot(source / "sub" / "tool.sh")
    assert entries(run.restore_snapshot(path=".")) == {"tool.sh": (stat.S_IFREG | 0o755, b"#!/bin/sh\n")}
    other = experiment.start_logging(outputs=False)
    assert other.take_snapshot(source / "link-to-it") != snapshot_id
    assert entries(other.restore_snapshot(path=".")) == {"link-to-it": (stat.S_IFREG | 0o755, b"#!/bin/sh\n")}


def test_a_run_has_one_snapshot(run, source):
    snapshot_id = run.take_snapshot(source)
    (source / "train.py").write_text("changed")
    with pytest.raises(SnapshotException, match=f"{run.id} has the snapshot {snapshot_id} already"):
        run.take_snapshot(source)
    assert run.get_snapshot_id() == run.get_properties()["ContentSnapshotId"] == snapshot_id


def test_a_run_that_was_started_with_a_snapshot_has_one(experiment, source):
    run = experiment.start_logging(outputs=False, snapshot_directory=str(source))
    assert run.get_snapshot_id() == run.get_properties()["ContentSnapshotId"]
    assert "train.py" in entries(run.restore_snapshot(path="."))
    with pytest.raises(SnapshotException, match="already"):
        run.take_snapshot(source)


def test_a_property_that_says_which_snapshot_it_is_stays_true(run, source):
    run.add_properties({"ContentSnapshotId": "mine"})
    with pytest.raises(SnapshotException, match="has the snapshot mine already"):
        run.take_snapshot(source)
    assert run.get_snapshot_id() is None


def test_a_script_has_a_snapshot_of_itself(experiment, tmp_path):
    source = tmp_path / "script"
    source.mkdir()
    program = """
from localtrack.core import Run
from localtrack.exceptions import SnapshotException
run = Run.get_context()
try:
    run.take_snapshot(".")
except SnapshotException as error:
    print(error)
"""
    (source / "script.py").write_text(program)
    run = experiment.submit(ScriptRunConfig(str(source), script="script.py"))
    run.wait_for_completion()
    log = Path(run._folder.std_log).read_text()
    assert f"{run.id} has the snapshot {run.get_snapshot_id()} already" in log
    assert entries(run.restore_snapshot(path="."))["script.py"][1].decode() == program


def test_of_two_processes_one_gives_the_run_its_snapshot(run, workspace, tmp_path, start_python):
    program = """
    import sys
    from localtrack.core import Workspace
    from localtrack.exceptions import SnapshotException
    run = Workspace.from_config().get_run(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(run.take_snapshot(sys.argv[2]), flush=True)
    except SnapshotException as error:
        print("refused", error, flush=True)
    """
    processes = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.py").write_text(str(number))
        processes.append(start_python(program, run.id, folder))
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.stdout.readline().strip() for process in processes]
    taken = [answer for answer in answers if not answer.startswith("refused")]
    assert taken == [run.get_snapshot_id()] == [run.get_properties()["ContentSnapshotId"]]
    assert all(taken[0] in answer and "already" in answer for answer in answers if answer.startswith("refused"))


def test_what_can_not_be_taken(run, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for wrong in (tmp_path / "none", tmp_path / "fifo", 5, "a\0b", "", None):
        with pytest.raises(SnapshotException):
            run.take_snapshot(wrong)
    assert run.get_snapshot_id() is None
    assert "ContentSnapshotId" not in run.get_properties()


def test_what_can_not_be_restored(run, source, tmp_path):
    with pytest.raises(SnapshotException, match="has no snapshot"):
        run.restore_snapshot()
    for unknown in ("../../config", "0" * 8 + "-0000-0000-0000-" + "0" * 12, ""):
        with pytest.raises(SnapshotException, match="There is no snapshot"):
            run.restore_snapshot(unknown, tmp_path / "new")
    run.take_snapshot(source)
    with pytest.raises(SnapshotException, match=r"could not be written to .*train\.py"):
        run.restore_snapshot(path=source / "train.py")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("damage", ["other", "missing"])
def test_a_damaged_content_gives_no_zip(run, workspace, source, tmp_path, damage):
    run.take_snapshot(source / "train.py")
    (path,) = Path(workspace._layout.snapshots, "objects").glob("*/*")
    path.chmod(0o644)
    path.write_text("PRINT('hello')") if damage == "other" else path.unlink()
    with pytest.raises(SnapshotException):
        run.restore_snapshot(path=tmp_path / "new")
    assert os.listdir(tmp_path / "new") == []


@pytest.mark.parametrize(
    "made", [{"files": ["/etc/x"], "folders": ["/etc"]}, {"files": ["/x"]}, {"folders": ["/etc"]}, {"links": ["/x"]}]
)
def test_a_description_that_leads_out_of_the_zip_is_refused(run, workspace, source, tmp_path, made):
    run.take_snapshot(source / "train.py")
    manifests = Path(workspace._layout.snapshots, "manifests")
    (path,) = manifests.iterdir()
    (facts,) = json.loads(path.read_bytes())["files"].values()
    content = {
        "files": dict.fromkeys(made.get("files", []), facts),
        "folders": made.get("folders", []),
        "links": dict.fromkeys(made.get("links", []), "target"),
    }
    data = json.dumps(content).encode()
    digest = hashlib.sha256(data).hexdigest()
    snapshot_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    (manifests / f"{snapshot_id}.json").write_bytes(data)
    with pytest.raises(SnapshotException, match="is damaged"):
        run.restore_snapshot(snapshot_id, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_name_that_no_zip_can_hold_is_named(run, source, tmp_path):
    with open(os.fsencode(source) + b"/\xff.txt", "w"):
        pass
    run.take_snapshot(source)
    with pytest.raises(SnapshotException, match=r"\\udcff\.txt"):
        run.restore_snapshot(path=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_the_zip_that_was_there(run, source, tmp_path):
    (source / "big").write_bytes(os.urandom(200_000))
    run.take_snapshot(source)
    (tmp_path / "new").mkdir()
    old = tmp_path / "new" / f"{run.get_snapshot_id()}.zip"
    old.write_text("old")
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        try:
            from localtrack.executor.snapshot_zip import write_zip

            write_zip(run._layout, old.stem, str(tmp_path / "new"))
        except SnapshotException as error:
            os._exit(7 if "Make room" in str(error) and error.inner_exception.errno == errno.EFBIG else 1)
        except BaseException:
            os._exit(3)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert os.listdir(tmp_path / "new") == [old.name] and old.read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="links need Unix")
def test_a_zip_program_makes_links_and_executables_of_it(run, source, tmp_path):
    run.take_snapshot(source)
    path = run.restore_snapshot(path=tmp_path)
    try:
        subprocess.run(["unzip", "-q", path, "-d", tmp_path / "out"], check=True)
    except FileNotFoundError:
        pytest.skip("there is no unzip")
    assert os.readlink(tmp_path / "out" / "link") == "train.py"
    assert os.access(tmp_path / "out" / "sub" / "tool.sh", os.X_OK)
