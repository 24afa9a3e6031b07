"""``localtrack model``: register, list, show, download, update, delete."""

import json

import pytest
from knack.help_files import helps

import localtrack.cli.model  # noqa: F401  which adds to what helps has
from localtrack.core import Experiment, Model, Run, Workspace

HOSTILE = "\x1b[2J red\nnew\u200f line \N{SNOWMAN}"
SHOWN = "\\x1b[2J red\\nnew\\u200f line \N{SNOWMAN}"


@pytest.fixture
def project(attached):
    attached.write("model.txt", "y = 2 x")
    return attached


def workspace_of(cli) -> Workspace:
    return Workspace.from_config(cli.folder)


def register(cli, name: str = "line", **more: object) -> Model:
    return Model.register(workspace_of(cli), cli.folder / "model.txt", name, **more)


def start_run(cli, **options: object) -> Run:
    return Experiment(workspace_of(cli), "train").start_logging(outputs=False, **options)


def test_a_file_of_this_machine_is_registered(project):
    labels = ["--tag", "quality=a=b", "--tag", "new", "--property", "mse=3298.5", "-d", "a line"]
    framework = ["--model-framework", "ScikitLearn", "--model-framework-version", "1.5"]
    done = project("model", "register", "-n", "line", "-p", "model.txt", *labels, *framework, "-t", "model.json")
    model = json.loads(done.out)
    assert done.err == ""
    assert json.loads((project.folder / "model.json").read_text()) == model
    assert model == Model(workspace_of(project), "line").serialize()
    expected = {
        "id": "line:1",
        "name": "line",
        "version": 1,
        "tags": {"quality": "a=b", "new": None},
        "properties": {"mse": "3298.5"},
        "description": "a line",
        "framework": "ScikitLearn",
        "frameworkVersion": "1.5",
        "runId": None,
        "size": 7,
    }
    assert expected.items() <= model.items()


def test_what_submit_script_has_written_names_the_run_of_a_model(project):
    project.write("train.py", "open('outputs/model.pkl', 'w').write('fitted')\n")
    project("run", "submit-script", "-t", "run.json", "train.py")
    run_id = json.loads((project.folder / "run.json").read_text())["run_id"]
    start_run(project).complete()
    asset = ["-n", "fitted", "--asset-path", "outputs/model.pkl"]
    registered = json.loads(project("model", "register", *asset, "-f", "run.json").out)
    assert (registered["id"], registered["runId"], registered["experimentName"]) == ("fitted:1", run_id, "train")

    project("run", "tag", "-r", run_id, "good", "-t", "tagged.json")
    assert json.loads(project("model", "register", *asset, "-f", "tagged.json").out)["runId"] == run_id
    assert json.loads(project("model", "register", *asset, "-r", run_id, "-e", "train").out)["version"] == 3
    assert "has no file 'outputs/model.pkl'" in project("model", "register", *asset, "-r", "last", code=1).err

    project.write("list.json", "[1]")
    project.write("text.json", "{")
    for name, message in (
        ("list.json", "list.json has no run's id"),
        ("text.json", "text.json is not JSON"),
        ("nowhere.json", "nowhere.json can't be read"),
    ):
        refused = project("model", "register", *asset, "-f", name, code=1).err
        assert message in refused
        assert len(refused.splitlines()) == 1
    assert len(Model.list(workspace_of(project))) == 3


def test_list_chooses(project):
    with start_run(project) as run:
        run.upload_file("model.txt", str(project.folder / "model.txt"))
        run.register_model("of-run", "model.txt")
    register(project, tags={"quality": "poor", "new": None}, properties={"mse": 2})
    register(project, tags={"quality": "good=yes"}, model_framework="Onnx")

    def listed(*arguments: str) -> list[str]:
        return project("model", "list", "--query", "[].id", "-o", "tsv", *arguments).out.split()

    assert listed() == ["line:2", "line:1", "of-run:1"]
    assert listed("--latest") == listed("-l") == ["line:2", "of-run:1"]
    assert listed("-n", "line", "--tag", "new") == ["line:1"]
    assert listed("--tag", "quality", "--tag", "quality=good=yes") == ["line:2"]
    assert listed("--property", "mse=2") == ["line:1"]
    assert listed("--run-id", run.id) == ["of-run:1"]

    table = project("model", "list", "-o", "table").out.splitlines()
    assert table[0].split() == ["Name", "Version", "Framework", "Size", "Created", "Run", "Tags"]
    created = f"{Model(workspace_of(project), 'line').created_time:%Y-%m-%d %H:%M}".split()
    assert table[2].split() == ["line", "2", "Onnx", "7", "B", *created, "quality=good=yes"]


def test_show_finds_a_model_by_id_or_name(project):
    register(project, description="first")
    register(project)

    def shown(*arguments: str) -> str:
        return project("model", "show", "--query", "id", "-o", "tsv", *arguments).out.strip()

    assert shown("-i", "line:1") == shown("-n", "line", "--version", "1") == "line:1"
    assert shown("-n", "line") == "line:2"
    assert "has the versions 1, 2" in project("model", "show", "-n", "line", "--version", "3", code=1).err
    assert "--version: 'new' is no number" in project("model", "show", "-n", "line", "--version", "new", code=2).err
    assert "an id is NAME:VERSION, such as line:1" in project("model", "show", "-i", "line", code=2).err
    assert "no model with name 'curve', version 1" in project("model", "show", "-i", "curve:1", code=1).err


def test_download_has_t_for_the_folder_and_the_metadata_file_by_its_long_name(project):
    register(project)
    copied = project("model", "download", "-i", "line:1", "-t", "copies", "--output-metadata-file", "out.json")
    assert json.loads(copied.out) == {"id": "line:1", "path": "copies/model.txt", "size": 7}
    assert json.loads((project.folder / "out.json").read_text()) == json.loads(copied.out)
    copy = project.folder / "copies" / "model.txt"
    assert copy.read_text() == "y = 2 x"

    copy.write_text("mine")
    refused = project("model", "download", "-i", "line:1", "--target-dir", "copies", code=1)
    assert "copies/model.txt is there already, and nothing was copied: add --overwrite" in refused.err
    assert copy.read_text() == "mine"
    project("model", "download", "-i", "line:1", "-t", "copies", "--overwrite")
    assert copy.read_text() == "y = 2 x"

    text = project("model", "download", "--help").out
    assert "--target-dir -t" in text
    assert "--output-metadata-file -t" not in text
    assert "--output-metadata-file -t" in project("model", "show", "--help").out


def test_update_changes_all_or_nothing(project):
    register(project, tags={"trial": None, "quality": "poor"}, properties={"mse": 2}, description="old")
    changes = ["--add-tag", "quality=a=b", "--add-tag", "new", "--remove-tag", "trial", "--add-property", "r2=0.5"]
    updated = json.loads(project("model", "update", "-i", "line:1", *changes, "--description", "new one").out)
    assert updated["tags"] == {"quality": "a=b", "new": None}
    assert updated["properties"] == {"mse": "2", "r2": "0.5"}
    assert updated["description"] == "new one"

    conflict = ["--add-tag", "more", "--add-property", "mse=3", "--description", "newer"]
    refused = project("model", "update", "-i", "line:1", *conflict, code=1)
    assert "'mse'" in refused.err
    assert Model(workspace_of(project), "line").serialize() == updated


def test_delete_says_what_goes(project):
    register(project)
    register(project)
    deleted = project("model", "delete", "-i", "line:1")
    assert (deleted.out, deleted.err) == ("", "The model line:1 goes, with 7 B of files.\n")
    assert [model.id for model in Model.list(workspace_of(project))] == ["line:2"]
    assert "'line' has the versions 2" in project("model", "delete", "-i", "line:1", code=1).err


def test_what_only_a_deployed_model_or_a_dataset_has_is_refused(project):
    local = ["model", "register", "-n", "line", "-p", "model.txt"]
    for flag in ("--cc", "--memory-gb", "--gc"):
        assert "mean nothing on this machine" in project(*local, flag, "1", code=2).err
    assert "no datasets yet" in project(*local, "--sample-input-dataset-id", "x", code=1).err
    assert "no datasets yet" in project("model", "list", "--dataset-id", "x", code=1).err
    assert Model.list(workspace_of(project)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["register", "-n", "m"], "give either --model-path/-p, or --asset-path with a run"),
        (["register", "-n", "m", "--asset-path", "y", "-r", "last", "-f", "x"], "--asset-path needs a run"),
        (["register", "-n", "m", "-p", "x", "-r", "last"], "--model-path/-p is a file of this machine"),
        (["show", "-i", "m:1", "-n", "m"], "give either --model-id/-i or --model-name/-n"),
        (["download", "-i", "m:1"], "required: --target-dir/-t"),
        (["update", "-i", "m:1"], "localtrack model update: give what is to change"),
    ],
)
def test_wrong_usage(cli, arguments, message):
    assert message in cli("model", *arguments, code=2).err


def test_tags_and_paths_can_t_give_orders_to_the_terminal(project):
    project.write("odd \x1b[2J.txt", "x")
    tag = ["--tag", f"{HOSTILE}={HOSTILE}", "-o", "table"]
    done = project("model", "register", "-n", "m", "-p", "odd \x1b[2J.txt", *tag, code=1)
    assert "\x1b" not in done.out + done.err
    done = project("model", "register", "-n", "m", "-p", "model.txt", *tag)
    assert f"{SHOWN}={SHOWN}" in done.out
    assert len(done.out.splitlines()) == 3
    assert json.loads(project("model", "list").out)[0]["tags"] == {HOSTILE: HOSTILE}
    missing = project("model", "show", "-n", HOSTILE, code=1)
    assert "\x1b" not in missing.err
    assert "\u200f" not in missing.err


def test_help_has_examples():
    for command in ("register", "list", "show", "download", "update", "delete"):
        assert f"text: localtrack model {command} -" in helps[f"model {command}"]
