"""A run's files copied out again: whole, to where they belong, or not at all."""

import io
import os
import stat
from pathlib import Path

import pytest

from localtrack.core import Experiment, Run, Workspace
from localtrack.exceptions import ServiceException, UserErrorException


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "e").start_logging(outputs=False)


def write(path: str | Path, text: str = "text") -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def full(run: Run) -> Run:
    for name in ("outputs/a", "outputs/deep/b", "outputs2/c", "logs/d", "user_logs/e", "f"):
        run.upload_file(name, io.BytesIO(name.encode()))
    return run


def tree(top: str | Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in Path(top).rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["f", "logs/d", "outputs/a", "outputs/deep/b", "outputs2/c", "user_logs/e"]),
        ({"prefix": "outputs/"}, ["outputs/a", "outputs/deep/b"]),
        ({"prefix": "./outputs/deep"}, ["outputs/deep/b"]),
        ({"prefix": "outputs"}, ["outputs/a", "outputs/deep/b", "outputs2/c"]),
        ({"prefix": "outputs/", "append_prefix": False}, ["a", "deep/b"]),
        ({"prefix": "outputs/deep", "append_prefix": False, "batch_size": 1, "timeout_seconds": 5}, ["b"]),
        ({"prefix": "f", "append_prefix": False}, ["f"]),
        ({"prefix": "absent"}, []),
        ({"prefix": "outputs/", "output_paths": ["x", "new/y"]}, ["new/y", "x"]),
    ],
)
def test_files_are_copied_out_by_their_prefix(full, options, expected):
    full.download_files(output_directory="out", **options)
    assert (tree("out") if expected else os.path.exists("out")) == (expected or False)


def test_files_are_copied_into_the_working_folder(full, tmp_path, monkeypatch):
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    full.download_files(prefix="outputs/")
    full.download_files(prefix="f", output_paths=[tmp_path / "absolute"])
    assert tree(tmp_path / "new") == ["outputs/a", "outputs/deep/b"]
    assert (tmp_path / "absolute").read_text() == "f"


def test_paths_that_do_not_fit_copy_nothing(full):
    for paths in (["one"], ["one", "two", "three"], "ab", ["one", "./one"]):
        with pytest.raises(UserErrorException, match="Nothing was copied"):
            full.download_files(prefix="outputs/", output_directory="out", output_paths=paths)
    assert not os.path.exists("out")


def test_two_files_are_not_copied_to_one_path(full):
    full.upload_file("outputsa", io.BytesIO(b"x"))
    with pytest.raises(UserErrorException, match=r"to the same path\. Nothing was copied"):
        full.download_files(prefix="outputs", output_directory="out", append_prefix=False)
    assert not os.path.exists("out")


@pytest.mark.parametrize("path", ["a\0b", 5, b"bytes"])
def test_what_is_no_path(full, path):
    for call in (
        lambda: full.download_file("f", path),
        lambda: full.download_files(output_directory=path),
        lambda: full.download_files(prefix="f", output_paths=[path]),
        lambda: full.get_all_logs(path),
    ):
        with pytest.raises(UserErrorException, match="can't be a path"):
            call()


def test_names_do_not_lead_out_of_the_target(full, tmp_path):
    (tmp_path / "outside").mkdir()
    Path("out").mkdir()
    Path("out/outputs").symlink_to(tmp_path / "outside")
    for call in (
        lambda: full.download_files(output_directory="out"),
        lambda: full.download_files(prefix="outputs", output_directory="out"),
    ):
        with pytest.raises(UserErrorException, match="leads out of"):
            call()
    assert os.listdir(tmp_path / "outside") == [] and os.listdir("out") == ["outputs"]


def test_a_user_s_own_path_may_be_a_link(full):
    write("real", "old")
    Path("link").symlink_to("real")
    full.download_file("f", "link")
    assert Path("link").is_symlink() and Path("real").read_text() == "f"
    os.makedirs("folder")
    Path("to-folder").symlink_to("folder")
    full.download_file("outputs/deep/b", "to-folder")
    full.download_files("outputs2", "to-folder")
    assert tree("folder") == ["b", "outputs2/c"]


@pytest.mark.parametrize("target", ["/dev/null", "fifo"])
def test_a_copy_does_not_take_the_place_of_a_device(full, target):
    os.mkfifo("fifo")
    with pytest.raises(UserErrorException, match="no regular file"):
        full.download_file("f", target)
    assert not stat.S_ISREG(os.stat(target).st_mode)


@pytest.mark.parametrize("damage", ["link", "folder link", "gone", "cut", "pipe"])
def test_what_is_not_as_it_was_kept_is_not_copied(full, tmp_path, damage):
    kept = Path(full._folder.root) / "outputs" / "deep" / "b"
    write(tmp_path / "outside" / "b", "secret")
    if damage == "cut":
        os.truncate(kept, 3)
    elif damage == "folder link":
        os.rename(kept.parent, tmp_path / "moved")
        kept.parent.symlink_to(tmp_path / "outside")
    else:
        kept.unlink()
        if damage == "link":
            kept.symlink_to(tmp_path / "outside" / "b")
        elif damage == "pipe":
            os.mkfifo(kept)
    write("target", "old")
    with pytest.raises((ServiceException, UserErrorException), match=r"outputs/deep"):
        full.download_file("outputs/deep/b", "target")
    assert Path("target").read_text() == "old"
    assert [name for name in os.listdir() if name.startswith(".local")] == []


def test_a_full_disk_leaves_what_was_there(workspace, run, run_python):
    program = """
    import resource, sys
    from localtrack.core import Workspace
    from localtrack.exceptions import ServiceException
    run = Workspace.from_config().get_run(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    try:
        run.download_file("large", "target")
    except ServiceException as error:
        print(error)
    """
    write("source", "x" * 5_000_000)
    run.upload_file("large", "source")
    write("target", "old")
    assert "could not be copied to target: File too large" in run_python(program, run.id, measured=False)
    assert Path("target").read_text() == "old"
    assert sorted(os.listdir()) == [".azureml", "source", "target"]


def test_all_logs(full, workspace):
    assert full.get_all_logs("here") == ["here/logs/d", "here/user_logs/e"]
    paths = full.get_all_logs()
    top = os.path.join(workspace._layout.project, "assets", full.id)
    assert paths == [os.path.join(top, "logs/d"), os.path.join(top, "user_logs/e")]
    assert [Path(path).read_text() for path in paths] == ["logs/d", "user_logs/e"]
    assert full.experiment.start_logging(outputs=False).get_all_logs() == []
