"""The default datastore: a folder of the workspace, which files are copied into and out of."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from localtrack.core import Datastore, Experiment, ScriptRunConfig, Workspace, datastore_files
from localtrack.data.abstract_datastore import AbstractDatastore
from localtrack.data.data_reference import DataReference
from localtrack.exceptions import CloudOnlyException, ServiceException, UserErrorException

NAME = "workspaceblobstore"


@pytest.fixture
def datastore(workspace: Workspace) -> Datastore:
    return workspace.get_default_datastore()


@pytest.fixture
def data(workspace: Workspace) -> Path:
    return Path(workspace._layout.root, "data")


@pytest.fixture
def raw(workspace: Workspace) -> Path:
    """A folder with files in the working folder."""
    (Path.cwd() / "raw" / "deep").mkdir(parents=True)
    Path("raw/a.csv").write_text("a")
    Path("raw/deep/b.csv").write_text("b")
    return Path.cwd() / "raw"


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_there_is_one_datastore(workspace: Workspace, datastore: Datastore, data: Path) -> None:
    assert (datastore.name, datastore.datastore_type, datastore.account_name) == (NAME, "Local", "local")
    assert datastore.container_name == str(datastore) == str(data)
    assert list(workspace.datastores) == [NAME]
    found = (Datastore.get(workspace, NAME), Datastore.get_default(workspace), Datastore(workspace, NAME))
    assert {each.container_name for each in found} == {str(data)}
    assert isinstance(workspace.datastores[NAME], Datastore) and isinstance(datastore, AbstractDatastore)
    assert datastore.workspace is workspace
    workspace.set_default_datastore(NAME)
    datastore.set_as_default()


def test_there_is_no_other(workspace: Workspace, datastore: Datastore) -> None:
    for ask in (
        lambda: Datastore.get(workspace, "workspacefilestore"),
        lambda: Datastore(workspace, "workspacefilestore"),
        lambda: workspace.set_default_datastore("workspacefilestore"),
    ):
        with pytest.raises(UserErrorException, match=f"no datastore 'workspacefilestore'.* only '{NAME}'"):
            ask()
    with pytest.raises(KeyError, match=f"no datastore 'other'; there are: {NAME}"):
        workspace.datastores["other"]
    with pytest.raises(UserErrorException, match="can't be unregistered"):
        datastore.unregister()
    with pytest.raises(UserErrorException, match="needs a Workspace first"):
        Datastore.get("demo", NAME)


@pytest.mark.parametrize(
    "kind",
    [
        "azure_blob_container",
        "azure_file_share",
        "azure_data_lake",
        "azure_data_lake_gen2",
        "azure_sql_database",
        "azure_postgre_sql",
        "azure_my_sql",
        "dbfs",
        "hdfs",
    ],
)
def test_storage_elsewhere_is_refused(workspace: Workspace, kind) -> None:
    with pytest.raises(CloudOnlyException, match=rf"^Datastore\.register_{kind}\(\): "):
        getattr(Datastore, f"register_{kind}")(workspace, "images", account_name="me")


def test_a_folder_is_uploaded_and_downloaded_as_it_was(datastore: Datastore, data: Path, raw: Path, capsys) -> None:
    place = datastore.upload(src_dir="raw", target_path="train", overwrite=True, show_progress=True)

    assert tree(data) == {"train/a.csv": "a", "train/deep/b.csv": "b"}
    assert isinstance(place, DataReference) and place.path_on_datastore == "train"
    assert datastore.download("copy", prefix="train/deep", show_progress=True) == 1
    assert tree(Path("copy")) == {"train/deep/b.csv": "b"}
    assert datastore.download(target_path="all", show_progress=False) == 2
    assert capsys.readouterr().out == (f"Uploaded 2 files to {NAME}/train.\nDownloaded 1 file to copy.\n")


def test_a_prefix_is_the_beginning_of_names(datastore: Datastore, raw: Path) -> None:
    datastore.upload("raw", "train", show_progress=False)
    datastore.upload("raw", "training", show_progress=False)

    assert datastore.download("copy", "train", show_progress=False) == 4
    assert datastore.download("copy2", "./train/", show_progress=False) == 2
    assert datastore.download("copy3", "no-such", show_progress=False) == 0


@pytest.mark.parametrize(
    ("root", "target", "names"),
    [
        (None, None, {"a.csv", "deep/b.csv"}),
        (None, "x/y/", {"x/y/a.csv", "x/y/deep/b.csv"}),
        (".", None, {"raw/a.csv", "raw/deep/b.csv"}),
        ("raw", "./x", {"x/a.csv", "x/deep/b.csv"}),
        (Path("raw/deep/.."), ".", {"a.csv", "deep/b.csv"}),
    ],
)
def test_files_are_named_by_what_is_below_the_root(datastore, data, raw, root, target, names) -> None:
    datastore.upload_files(["raw/a.csv", raw / "deep" / "b.csv"], root, target, show_progress=False)
    assert set(tree(data)) == names


def test_one_file_is_named_by_itself(datastore: Datastore, data: Path, raw: Path) -> None:
    datastore.upload_files(files=["raw/deep/b.csv"], show_progress=False)
    assert tree(data) == {"b.csv": "b"}
    assert datastore.upload_files([], show_progress=False).path_on_datastore == ""


def test_what_is_there_stays_unless_it_is_to_be_overwritten(datastore, data, raw, capsys) -> None:
    datastore.upload("raw", show_progress=False)
    (raw / "a.csv").write_text("new")
    (raw / "c.csv").write_text("c")

    datastore.upload("raw")
    assert tree(data) == {"a.csv": "a", "deep/b.csv": "b", "c.csv": "c"}
    datastore.upload("raw", overwrite=True)
    assert tree(data) == {"a.csv": "new", "deep/b.csv": "b", "c.csv": "c"}

    Path("copy").mkdir()
    Path("copy/a.csv").write_text("mine")
    assert datastore.download("copy") == 2
    assert Path("copy/a.csv").read_text() == "mine"
    assert datastore.download("copy", overwrite=True) == 3
    assert Path("copy/a.csv").read_text() == "new"
    assert capsys.readouterr().out.splitlines() == [
        f"Uploaded 1 file to {NAME}. Left as they were, because overwrite is False: 2.",
        f"Uploaded 3 files to {NAME}.",
        "Downloaded 2 files to copy. Left as they were, because overwrite is False: 1.",
        "Downloaded 3 files to copy.",
    ]


@pytest.mark.parametrize("target", ["../out", "/tmp/out", "a/../../out", "C:/out", "a\0b", "x/con", 3])
def test_names_that_lead_out_are_refused(datastore: Datastore, data: Path, raw: Path, target) -> None:
    for call in (
        lambda: datastore.upload_files(["raw/a.csv"], target_path=target),
        lambda: datastore.upload("raw", target),
        lambda: datastore.path(target),
    ):
        with pytest.raises(UserErrorException, match="can't be the name of a datastore's file"):
            call()
    assert not data.exists()


def test_files_that_are_not_below_the_root_are_refused(datastore: Datastore, data: Path, raw: Path) -> None:
    for files, root in ((["raw/a.csv"], "raw/deep"), (["raw/a.csv", "raw/../../x"], "raw"), (["raw/a.csv"], raw / "a")):
        with pytest.raises(UserErrorException, match=r"is not below relative_root, .* Nothing was copied"):
            datastore.upload_files(files, root)
    assert not data.exists()


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (["raw/a.csv", "raw/no"], "No such file"),
        (["raw/a.csv", "raw/deep"], "is a folder: use upload"),
        (["raw/a.csv", "raw/pipe"], "a pipe or device"),
        ("raw/a.csv", "needs a list of paths"),
        (["raw/a.csv", 7], "7 can't be a path"),
        (["raw/a.csv", "raw/.localtrack-1"], "files that are being written"),
    ],
)
def test_one_wrong_file_keeps_all_from_being_copied(datastore, data, raw, files, fault) -> None:
    os.mkfifo("raw/pipe")
    Path("raw/.localtrack-1").write_text("x")
    with pytest.raises(UserErrorException, match=fault):
        datastore.upload_files(files)
    assert not data.exists()


def test_a_folder_that_is_none_is_refused(datastore: Datastore, raw: Path) -> None:
    with pytest.raises(UserErrorException, match=r"raw/a\.csv is no folder"):
        datastore.upload("raw/a.csv")


def test_links_are_followed_where_they_are_named_and_nowhere_else(datastore, data, raw, tmp_path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text("s")
    (raw / "link.csv").symlink_to(raw / "a.csv")
    (raw / "folder").symlink_to(tmp_path / "secret")

    datastore.upload("raw", "below", show_progress=False)
    datastore.upload_files(["raw/link.csv"], target_path="named", show_progress=False)
    assert tree(data) == {"below/a.csv": "a", "below/deep/b.csv": "b", "named/link.csv": "a"}

    (data / "out").symlink_to(tmp_path / "secret")
    (data / "file").symlink_to(tmp_path / "secret" / "s.txt")
    for prefix in (None, "out", "fi"):
        with pytest.raises(UserErrorException, match=r"is a link, which is not followed, or no file\. Nothing was"):
            datastore.download("copy", prefix)
    with pytest.raises(UserErrorException, match="leads out of"):
        datastore.upload_files(["raw/a.csv"], target_path="out", overwrite=True)
    datastore.upload_files(["raw/a.csv"], target_path=".", overwrite=True, show_progress=False)
    assert (tmp_path / "secret" / "s.txt").read_text() == "s" and not Path("copy").exists()

    (raw / "file").write_text("new")
    datastore.upload_files(["raw/file"], overwrite=True, show_progress=False)
    assert (data / "file").read_text() == "new" and not (data / "file").is_symlink()
    assert (tmp_path / "secret" / "s.txt").read_text() == "s"


def test_a_download_does_not_follow_links_out_of_its_folder(datastore, raw, tmp_path) -> None:
    datastore.upload("raw", show_progress=False)
    (tmp_path / "away").mkdir()
    Path("copy").mkdir()
    Path("copy/deep").symlink_to(tmp_path / "away")

    with pytest.raises(UserErrorException, match="leads out of copy"):
        datastore.download("copy")
    assert os.listdir("copy") == ["deep"] and not os.listdir(tmp_path / "away")


def test_a_datastore_that_is_a_link_is_refused(datastore: Datastore, data: Path, raw: Path, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    data.symlink_to(tmp_path / "away")
    for call in (lambda: datastore.upload("raw"), lambda: datastore.download("copy")):
        with pytest.raises(UserErrorException, match="is a link, which is not followed"):
            call()
    assert not os.listdir(tmp_path / "away")


def test_a_folder_in_a_files_place_is_refused(datastore: Datastore, data: Path, raw: Path) -> None:
    (data / "a.csv").mkdir(parents=True)
    with pytest.raises(UserErrorException, match=r"a\.csv is a folder, where a\.csv would have to be"):
        datastore.upload("raw", overwrite=True)
    assert tree(data) == {}


def test_a_file_in_a_folders_place_is_refused(datastore: Datastore, data: Path, raw: Path) -> None:
    data.mkdir()
    (data / "deep").write_text("a file")
    with pytest.raises(UserErrorException, match=r"deep/b\.csv can't be copied .* is a file, where a folder"):
        datastore.upload("raw")
    assert tree(data)["deep"] == "a file"


def test_a_full_disk_leaves_what_was_there(datastore, data, raw, monkeypatch: pytest.MonkeyPatch) -> None:
    datastore.upload("raw", show_progress=False)
    Path("copy").mkdir()
    Path("copy/a.csv").write_text("mine")
    (raw / "a.csv").write_text("new")

    def full(source: int, target: int) -> None:
        os.write(target, b"n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(datastore_files, "copy", full)
    for call in (lambda: datastore.upload("raw", overwrite=True), lambda: datastore.download("copy", overwrite=True)):
        with pytest.raises(ServiceException, match=r"No space left on device\. What was there is as it was"):
            call()
    assert tree(data) == {"a.csv": "a", "deep/b.csv": "b"}
    assert tree(Path("copy")) == {"a.csv": "mine"}


def test_what_a_killed_upload_leaves_is_no_file_of_the_datastore(datastore, data, raw, start_python) -> None:
    process = start_python(
        """
        import os, signal
        from localtrack.core import Workspace, datastore_files

        def die(source, target):
            os.write(target, b"part")
            os.kill(os.getpid(), signal.SIGKILL)

        datastore_files.copy = die
        Workspace.from_config().get_default_datastore().upload("raw")
        """
    )
    assert process.wait(60) < 0
    assert [path.read_text() for path in data.rglob("*") if path.is_file()] == ["part"]

    assert datastore.download("copy", show_progress=False) == 0
    datastore.upload("raw", show_progress=False)
    assert datastore.download("copy", show_progress=False) == 2


def test_git_sees_nothing_of_it(datastore: Datastore, raw: Path) -> None:
    for name in ("config.json", "a.runconfig", "conda.yml"):
        (raw / name).write_text("{}")
    datastore.upload("raw", show_progress=False)
    subprocess.run(["git", "init", "-q"], check=True)
    seen = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", ".azureml"], check=True, capture_output=True, text=True
    )
    assert "data" not in seen.stdout and "config.json" in seen.stdout


def test_deleting_the_workspace_leaves_the_users_data(workspace, datastore, data, raw) -> None:
    datastore.upload("raw", show_progress=False)
    workspace.delete()
    assert tree(data) == {"a.csv": "a", "deep/b.csv": "b"}


def test_a_reference_is_a_path_that_a_script_can_be_given(workspace, datastore, data, raw) -> None:
    Path("train.py").write_text("import sys; print(open(sys.argv[1] + '/deep/b.csv').read())")
    datastore.upload("raw", "train", show_progress=False)
    place = datastore.path("train", data_reference_name="mine")

    assert os.fspath(place) == str(place) == str(data / "train")
    assert (place.data_reference_name, place.path("deep").path_on_datastore) == ("mine", "train/deep")
    assert datastore.path().data_reference_name == NAME
    assert DataReference(datastore=datastore, path_on_datastore="train").as_mount().datastore is datastore
    assert os.fspath(datastore.as_mount()) == str(data)
    for refused in (place.as_download, place.as_upload, datastore.as_download, datastore.as_upload):
        with pytest.raises(UserErrorException, match="does not copy files for scripts"):
            refused("/somewhere")
    run = Experiment(workspace, "train").submit(ScriptRunConfig(".", "train.py", [place.as_mount()]))
    run.wait_for_completion()
    assert run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == "b\n"
