"""Registered models: made of runs and of files, versioned, found again, changed, copied out and deleted."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localtrack.core import Experiment, Model, Run, Workspace
from localtrack.exceptions import (
    CloudOnlyException,
    ModelNotFoundException,
    ModelPathNotFoundException,
    ServiceException,
    UserErrorException,
)
from localtrack.store.store import close_store

CLOUD_CALLS = [
    lambda model: Model.deploy(model.workspace, "service", [model]),
    lambda model: Model.package(model.workspace, [model]),
    lambda model: Model.profile(model.workspace, "profile", [model], None, None),
    lambda model: Model.print_configuration([model], None, None, None),
    lambda model: model.get_sas_urls(),
    lambda model: model.add_dataset_references([]),
]


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Experiment(workspace, "train").start_logging(outputs=False)


@pytest.fixture
def model(workspace: Workspace) -> Model:
    return register(workspace, "m")


def register(workspace: Workspace, name: str, content: str = "weights", **facts: object) -> Model:
    Path("model.pkl").write_text(content)
    return Model.register(workspace, "model.pkl", name, **facts)  # type: ignore[arg-type]


def upload(run: Run, *names: str) -> None:
    Path("source.txt").write_text("content")
    for name in names:
        run.upload_file(name, "source.txt")


def tree(folder: str | Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_run_s_file_becomes_a_model(workspace: Workspace, run: Run) -> None:
    upload(run, "outputs/model.pkl", "outputs/other.txt")
    before = datetime.now(UTC)
    model = run.register_model(
        "mnist",
        "./outputs/model.pkl",
        tags={"größe": "klein 🙂", "empty": None, "count": 3},
        properties={"mse": 0.5},
        model_framework=Model.Framework.SCIKITLEARN,
        model_framework_version="1.4",
        description="digits",
    )
    for each in (model, Model(workspace, "mnist"), Model(workspace, id="mnist:1"), Model.list(workspace)[0]):
        assert (each.name, each.id, each.version, each.size) == ("mnist", "mnist:1", 1, 7)
        assert each.tags == {"größe": "klein 🙂", "empty": None, "count": "3"}
        assert each.properties == {"mse": "0.5"}
        assert (each.description, each.model_framework, each.model_framework_version) == (
            "digits",
            "ScikitLearn",
            "1.4",
        )
        assert (each.run_id, each.experiment_name, each.run.id) == (run.id, "train", run.id)  # type: ignore[union-attr]
        assert each.workspace is workspace
        assert before - timedelta(milliseconds=1) <= each.created_time <= datetime.now(UTC)
        assert each.created_by
    path = model.download("copies")
    assert path == os.path.join("copies", "model.pkl")
    assert Path(path).read_text() == "content"
    assert model.url == f"file://{Model.get_model_path('mnist')}"


@pytest.mark.parametrize("path", ["outputs/model", "./outputs/model/", "outputs/x/../model", "outputs\\model"])
def test_a_folder_of_a_run_s_files_becomes_a_model(run: Run, path: str) -> None:
    upload(run, "outputs/model/saved.pb", "outputs/model/variables/a", "outputs/model.txt", "outputs/model2/b")
    model = run.register_model("tf", path)
    assert model.size == 14
    assert model.download() == os.path.join(".", "model")
    assert tree("model") == {"saved.pb": "content", "variables/a": "content"}


def test_the_path_is_the_name_when_it_is_left_out(run: Run) -> None:
    upload(run, "model.pkl")
    assert run.register_model("model.pkl").download("copies") == os.path.join("copies", "model.pkl")


def test_a_run_without_the_file_says_what_it_has(workspace: Workspace, run: Run) -> None:
    upload(run, "outputs/model.pkl", "b.txt")
    with pytest.raises(
        ModelPathNotFoundException, match=r"outputs/mod'.*registered\. Its files are: b\.txt, outputs/mod"
    ):
        run.register_model("m", "outputs/mod")
    with pytest.raises(ModelPathNotFoundException, match=r"no file 'm' .*source\.txt|no file 'm' "):
        run.register_model("m")
    assert Model.list(workspace) == []
    assert not os.path.exists(workspace._layout.models)


def test_a_file_that_is_not_with_the_run_yet_must_be_uploaded_first(run: Run) -> None:
    os.mkdir("outputs")
    Path("outputs/model.pkl").write_text("weights")
    with pytest.raises(ModelPathNotFoundException, match=r"not with the run: .*run\.upload_file\('outputs/model\.pkl'"):
        run.register_model("m", "outputs/model.pkl")
    run.upload_file("outputs/model.pkl", "outputs/model.pkl")
    assert run.register_model("m", "outputs/model.pkl").version == 1


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "outputs/../../x", "", "a\0b"])
def test_paths_that_are_no_file_s_of_a_run(run: Run, path: str) -> None:
    with pytest.raises(UserErrorException, match="name of a run's file"):
        run.register_model("m", path)


def test_a_model_stays_when_its_run_goes(workspace: Workspace, run: Run) -> None:
    upload(run, "outputs/model.pkl")
    run.register_model("m", "outputs/model.pkl")
    run.complete()
    workspace._store.deletion.delete_run(run.id)
    model = Model(workspace, "m")
    assert not os.path.exists(workspace._layout.run(run.id).root)
    assert (model.run_id, model.run, model.experiment_name) == (run.id, None, "train")
    assert Path(model.download("copies")).read_text() == "content"


def test_a_model_is_a_copy_of_its_own(workspace: Workspace, run: Run) -> None:
    run.upload_file("outputs/model.pkl", __file__)
    model = run.register_model("m", "outputs/model.pkl")
    kept = Path(workspace._layout.run(run.id).root, "outputs/model.pkl")
    kept.write_text("changed")
    assert Path(Model.get_model_path("m")).read_text() == Path(__file__).read_text()
    Path(model.download("copies")).write_text("a copy is for writing")
    assert Path(model.download("more")).read_text() == Path(__file__).read_text()


@pytest.mark.parametrize(
    "name", ["", "-m", ".m", "a b", "a/b", "../m", "ä", "a:1", "m\n", "x" * 256, "nul", "COM1.txt", "m.", None, 3]
)
def test_names_that_no_model_can_have(workspace: Workspace, run: Run, name: str) -> None:
    upload(run, "outputs/model.pkl")
    with pytest.raises(UserErrorException, match="can't be a model's name"):
        run.register_model(name, "outputs/model.pkl")
    with pytest.raises(UserErrorException, match="can't be a model's name"):
        register(workspace, name)
    assert Model.list(workspace) == []


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "0", "x" * 255])
def test_names_that_models_can_have(workspace: Workspace, name: str) -> None:
    assert register(workspace, name).id == f"{name}:1"
    assert Path(Model.get_model_path(name)).read_text() == "weights"


def test_names_that_differ_only_in_case(workspace: Workspace) -> None:
    register(workspace, "Iris")
    with pytest.raises(UserErrorException, match=r"There is a model 'Iris'.*upper and lower case"):
        register(workspace, "iris")
    assert [model.id for model in Model.list(workspace)] == ["Iris:1"]
    assert os.listdir(workspace._layout.unfinished_models) == []


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("datasets", "no datasets yet"),
        ("sample_input_dataset", "no datasets yet"),
        ("sample_output_dataset", "no datasets yet"),
        ("resource_configuration", "where Azure deploys it"),
    ],
)
def test_arguments_that_mean_nothing_here(workspace: Workspace, run: Run, argument: str, error: str) -> None:
    upload(run, "m")
    with pytest.raises(UserErrorException, match=error):
        run.register_model("m", **{argument: object()})  # type: ignore[arg-type]
    with pytest.raises(UserErrorException, match=error):
        register(workspace, "m", **{argument: object()})
    assert Model.list(workspace) == []


def test_an_argument_that_nobody_knows(run: Run) -> None:
    upload(run, "m")
    with pytest.raises(TypeError, match="'modelname'"):
        run.register_model("m", modelname="x")


@pytest.mark.parametrize("facts", [{"tags": {"a": "\ud800"}}, {"properties": 3}, {"description": "\ud800"}])
def test_what_can_t_be_kept_is_refused_before_anything_is_written(
    workspace: Workspace, facts: dict[str, object]
) -> None:
    with pytest.raises(UserErrorException):
        register(workspace, "m", **facts)
    assert not os.path.exists(workspace._layout.models)


def test_versions_are_counted_by_name_and_never_given_again(workspace: Workspace) -> None:
    versions = [register(workspace, "a", str(number)) for number in range(3)]
    assert [model.version for model in versions] == [1, 2, 3]
    assert register(workspace, "b").version == 1
    versions[2].delete()
    assert Model(workspace, "a").version == 2
    assert not os.path.exists(workspace._layout.model("a", 3))
    assert register(workspace, "a").version == 4
    for model in Model.list(workspace):
        model.delete()
    assert Model.list(workspace) == []
    assert register(workspace, "b").version == 2


def test_a_model_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(ModelNotFoundException, match="'test' has no model with name 'a'; its models are: none"):
        Model(workspace, "a")
    for name in "bbc":
        register(workspace, name, tags={"t": "1"})
    for arguments, message in (
        ({"name": "a"}, "name 'a'; its models are: b, c"),
        ({"name": "b", "version": 3}, "name 'b', version 3; 'b' has the versions 1, 2"),
        ({"name": "b", "tags": ["x"]}, r"name 'b', tags \['x'\]; 'b' has the versions 1, 2"),
        ({"name": "c", "run_id": "r"}, "run_id 'r'; 'c' has the versions 1"),
        ({"id": "b:7"}, "version 7; 'b' has the versions 1, 2"),
        ({"id": "b"}, "id 'b'; its models are: b, c"),
        ({"id": "b:1", "name": "c"}, "id 'b:1'; 'c' has the versions 1"),
    ):
        with pytest.raises(ModelNotFoundException, match=message):
            Model(workspace, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UserErrorException, match="by its name"):
        Model(workspace)
    with pytest.raises(UserErrorException, match="'latest'"):
        Model(workspace, "b", version="latest")  # type: ignore[arg-type]


def test_models_are_found_by_what_they_are(workspace: Workspace, run: Run) -> None:
    upload(run, "file")
    register(workspace, "a", tags={"stage": "trial", "ü": None}, properties={"p": 1})
    register(workspace, "a", tags={"stage": "use"}, model_framework=Model.Framework.ONNX)
    register(workspace, "b", tags={"stage": "trial"})
    run.register_model("b", "file", tags={"stage": "use"})

    def found(**chosen: object) -> list[str]:
        return [model.id for model in Model.list(workspace, **chosen)]  # type: ignore[arg-type]

    assert found() == ["b:2", "b:1", "a:2", "a:1"]
    assert found(name="a") == ["a:2", "a:1"]
    assert found(latest=True) == ["b:2", "a:2"]
    assert found(tags=["stage"], name="b") == ["b:2", "b:1"]
    assert found(tags="ü") == found(tags=["ü"]) == found(tags={"ü": None}) == ["a:1"]
    assert found(tags=[["stage", "trial"]]) == found(tags={"stage": "trial"}) == ["b:1", "a:1"]
    assert found(tags=["stage", ["stage", "trial"]]) == found(tags=[["stage", "trial"], "stage"]) == ["b:1", "a:1"]
    assert found(tags=[["stage", "trial"], "ü"]) == ["a:1"]
    assert found(tags=[["stage", "trial"]], latest=True) == ["b:1", "a:1"]
    assert found(properties=[["p", 1]]) == found(properties="p") == ["a:1"]
    assert found(run_id=run.id) == ["b:2"]
    assert found(model_framework="Onnx") == ["a:2"]
    assert found(name="c") == found(tags=["x"]) == []
    assert Model(workspace, "a", tags=[["stage", "trial"]]).id == "a:1"
    assert Model(workspace, "b", run_id=run.id, version=2).id == "b:2"
    with pytest.raises(UserErrorException, match="name, value"):
        found(tags=[["a", "b", "c"]])
    with pytest.raises(UserErrorException, match="no datasets yet"):
        found(dataset_id="d")


def test_the_last_version_of_each_model(workspace: Workspace) -> None:
    from localtrack.core.model import latest_models

    assert latest_models(workspace) == {}
    for name in "bab":
        register(workspace, name)
    models = latest_models(workspace)
    assert list(models) == ["a", "b"]
    assert [model.id for model in models.values()] == ["a:1", "b:2"]


def test_tags_and_descriptions_change(workspace: Workspace, model: Model) -> None:
    model.add_tags({"a": 1, "ä": "ö"})
    model.add_tags({"a": 2, "b": None})
    model.remove_tags(["ä", "absent"])
    assert model.tags == Model(workspace, "m").tags == {"a": "2", "b": None}
    model.update(description="d")
    assert (model.tags, model.description) == ({"a": "2", "b": None}, "d")
    model.update(tags={"c": 3})
    assert (Model(workspace, "m").tags, model.description) == ({"c": "3"}, "d")
    model.update(tags={})
    assert model.tags == {}
    with pytest.raises(UserErrorException, match="list"):
        model.remove_tags("a")  # type: ignore[arg-type]
    with pytest.raises(UserErrorException, match="no datasets yet"):
        model.update(sample_input_dataset=object())
    with pytest.raises(CloudOnlyException, match="leave it out"):
        model.update(resource_configuration=object())


def test_properties_never_change(workspace: Workspace, model: Model) -> None:
    model.add_properties({"a": 1, "b": None})
    model.add_properties({"a": "1"})
    with pytest.raises(UserErrorException, match="The property 'a' of the model m:1 is '1' and can't become '2'"):
        model.update_tags_properties(add_tags={"t": 1}, remove_tags=["u"], add_properties={"new": 1, "a": 2})
    assert model.tags == Model(workspace, "m").tags == {}
    assert Model(workspace, "m").properties == model.properties == {"a": "1", "b": None}
    model.update_tags_properties(add_tags={"t": 1}, remove_tags=["t"], add_properties={"c": 1})
    assert (model.tags, model.properties) == ({"t": "1"}, {"a": "1", "b": None, "c": "1"})


@pytest.mark.parametrize(
    "call",
    [
        lambda model: model.add_tags({"a": 1}),
        lambda model: model.add_properties({"a": 1}),
        lambda model: model.update(description="d"),
        lambda model: model.delete(),
        lambda model: model.download("copies"),
    ],
)
def test_a_model_that_was_deleted(workspace: Workspace, model: Model, call: Callable[[Model], object]) -> None:
    Model(workspace, "m").delete()
    register(workspace, "other")  # which may have got the deleted row's key
    with pytest.raises(ModelNotFoundException, match="m:1 is not in this workspace any more"):
        call(model)
    assert Model(workspace, "other").tags == {}


def test_what_is_there_is_not_overwritten_by_accident(workspace: Workspace, model: Model) -> None:
    Path("copies").mkdir()
    Path("copies/model.pkl").write_text("mine")
    with pytest.raises(UserErrorException, match=r"model\.pkl is there already"):
        model.download("copies")
    assert tree("copies") == {"model.pkl": "mine"}
    for option in ({"exist_ok": True}, {"exists_ok": True}):
        Path("copies/model.pkl").write_text("mine")
        assert Path(model.download("copies", **option)).read_text() == "weights"
    assert tree("copies") == {"model.pkl": "weights"}


def test_a_folder_is_copied_into_one_that_is_there(workspace: Workspace) -> None:
    for name in ("folder/a", "folder/sub/b"):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        Path(name).write_text(name)
    model = Model.register(workspace, "folder", "m")
    os.makedirs("copies/folder/sub/b")
    Path("copies/folder/a").write_text("old")
    Path("copies/folder/mine").write_text("mine")
    with pytest.raises(UserErrorException, match="sub/b is a folder"):
        model.download("copies", exist_ok=True)
    assert tree("copies") == {"folder/a": "old", "folder/mine": "mine"}
    shutil.rmtree("copies/folder/sub")
    Path("copies/folder/sub").write_text("a file")
    with pytest.raises(UserErrorException, match="sub is a file"):
        model.download("copies", exist_ok=True)
    os.remove("copies/folder/sub")
    assert model.download("copies", exist_ok=True) == os.path.join("copies", "folder")
    assert tree("copies") == {"folder/a": "folder/a", "folder/sub/b": "folder/sub/b", "folder/mine": "mine"}


def test_files_that_are_not_what_was_registered(workspace: Workspace, model: Model) -> None:
    kept = Path(Model.get_model_path("m"))
    kept.chmod(0o600)
    kept.write_text("w")
    with pytest.raises(ServiceException, match="1 bytes instead of the 7"):
        model.download("copies")
    assert tree("copies") == {}
    shutil.rmtree(workspace._layout.model("m", 1))
    for call in (model.download, lambda: Model.get_model_path("m")):
        with pytest.raises(ServiceException, match=r"m:1 are not in .* any more"):
            call()
    model.delete()
    assert Model.list(workspace) == []


def test_a_folder_of_this_machine_becomes_a_model(workspace: Workspace) -> None:
    for name in ("net/weights.bin", "net/sub/ü.json", "net/sub/deep/c"):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        Path(name).write_text(name)
    os.symlink("weights.bin", "net/latest.bin")
    whole = Model.register(workspace, model_path="./net/", model_name="net")
    assert (whole.run_id, whole.run, whole.experiment_name) == (None, None, None)
    expected = {"weights.bin": "net/weights.bin", "sub/ü.json": "net/sub/ü.json", "sub/deep/c": "net/sub/deep/c"}
    assert tree(Model.get_model_path("net")) == {**expected, "latest.bin": "net/weights.bin"}
    assert not any(path.is_symlink() for path in Path(Model.get_model_path("net")).rglob("*"))
    part = Model.register(workspace, "net", "net", child_paths=["weights.bin", Path("sub/deep")])
    assert tree(part.download("copies")) == {"weights.bin": "net/weights.bin", "sub/deep/c": "net/sub/deep/c"}
    assert os.listdir("copies") == ["net"]


def test_a_link_to_a_file_is_registered_as_that_file(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "epoch-7.pt").write_text("weights")
    os.symlink(tmp_path / "epoch-7.pt", "best.pt")
    path = Model.register(workspace, "best.pt", "m").download("copies")
    assert path == os.path.join("copies", "best.pt")
    assert not os.path.islink(path)
    assert Path(path).read_text() == "weights"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: os.symlink("/etc/passwd", "net/out"), "leads out of"),
        (lambda: os.symlink("nowhere", "net/broken"), "link to what is not there"),
        (lambda: os.symlink("sub", "net/link"), "net/link is a link to a folder"),
        (lambda: os.mkfifo("net/pipe"), "net/pipe is neither file nor folder"),
        (lambda: Path("net/aux.txt").touch(), "not a file name on every system"),
    ],
)
def test_what_no_model_can_hold(workspace: Workspace, make: Callable[[], object], message: str) -> None:
    os.makedirs("net/sub")
    Path("net/good").write_text("good")
    make()
    with pytest.raises(UserErrorException, match=message):
        Model.register(workspace, "net", "m")
    assert not os.path.exists(workspace._layout.models)
    assert Model.register(workspace, "net", "m", child_paths=["good"]).version == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model_path": "absent"}, ModelPathNotFoundException, "absent is not there"),
        ({"model_path": "empty"}, ModelPathNotFoundException, "no file in"),
        ({"model_path": "net", "child_paths": ["absent"]}, ModelPathNotFoundException, "no 'absent' in"),
        ({"model_path": "net", "child_paths": []}, ModelPathNotFoundException, "no file in"),
        ({"model_path": "net", "child_paths": ["../file"]}, UserErrorException, r"must not contain '\.\.'"),
        ({"model_path": "net", "child_paths": "good"}, UserErrorException, "is a list of paths"),
        ({"model_path": "file", "child_paths": ["file"]}, UserErrorException, "is a file: leave it out"),
        ({"model_path": "."}, UserErrorException, "has the workspace itself in it"),
        ({"model_path": ".azureml"}, UserErrorException, "has the workspace itself in it"),
        ({"model_path": ""}, UserErrorException, "a file or a folder"),
        ({"model_path": "aux.txt"}, UserErrorException, "on every system: rename"),
        ({"model_path": 3}, UserErrorException, "a file or a folder"),
        ({"model_path": "a\0b"}, UserErrorException, "can't be the path"),
    ],
)
def test_paths_that_can_t_become_a_model(
    workspace: Workspace, arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    for folder in ("net", "empty"):
        os.mkdir(folder)
    for name in ("file", "net/good", "aux.txt"):
        Path(name).write_text(name)
    with pytest.raises(error, match=message):
        Model.register(workspace, model_name="m", **arguments)  # type: ignore[arg-type]
    assert not os.path.exists(workspace._layout.models)


def test_where_a_model_can_t_be_written(workspace: Workspace) -> None:
    Path(workspace._layout.models).write_text("in the way")
    with pytest.raises(ServiceException, match=r"could not be copied into .*models.* Nothing was registered"):
        register(workspace, "m")
    os.remove(workspace._layout.models)
    assert register(workspace, "m").version == 1


def test_the_path_of_a_model(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in ("one", "two"):
        register(workspace, "m", content)
    assert Path(Model.get_model_path("m")).read_text() == "two"
    assert Path(Model.get_model_path("m", 1)).read_text() == "one"
    assert Path(Model.get_model_path("m", version=1, _workspace=workspace)).read_text() == "one"
    with pytest.raises(ModelNotFoundException):
        Model.get_model_path("absent")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserErrorException, match="There is no workspace here"):
        Model.get_model_path("m")
    assert Path(Model.get_model_path("m", _workspace=workspace)).read_text() == "two"


def test_a_program_outside_of_any_project_finds_its_models(run_python, tmp_path: Path) -> None:
    program = """
    from localtrack.core import Model, Run
    run = Run.get_context()
    open("model.txt", "w").write("weights")
    run.upload_file("model.txt", "model.txt")
    run.register_model("m", "model.txt")
    print(open(Model.get_model_path("m")).read())
    """
    output = run_python(program, cwd=tmp_path, env={"LOCALTRACK_HOME": str(tmp_path / "home")})
    assert output.splitlines()[-1] == "weights"


def test_a_model_as_a_dict(workspace: Workspace, model: Model) -> None:
    model.add_tags({"a": None})
    document = json.loads(json.dumps(model.serialize()))
    assert document["id"] == "m:1"
    assert document["tags"] == {"a": None}
    assert datetime.fromisoformat(document["createdTime"]) == model.created_time
    assert Model.deserialize(workspace, document).tags == model.tags
    with pytest.raises(UserErrorException, match="the key 'id'"):
        Model.deserialize(workspace, {})


def test_a_model_as_text(workspace: Workspace) -> None:
    model = register(workspace, "m", tags={"a": "b"})
    text = f"Model(workspace={workspace}, name=m, id=m:1, version=1, tags={{'a': 'b'}}, properties={{}})"
    assert str(model) == repr(model) == text


@pytest.mark.parametrize("call", CLOUD_CALLS)
def test_what_only_azure_does(model: Model, call: Callable[[Model], object]) -> None:
    with pytest.raises(CloudOnlyException, match=r"^Model\.\w+ works with services that exist only in Azure"):
        call(model)


def test_models_are_seen_after_the_workspace_is_opened_again(workspace: Workspace, model: Model) -> None:
    model.add_tags({"a": "1"})
    close_store(workspace._layout)
    again = Model(Workspace.from_config(), "m")
    assert (again.tags, again.created_time) == ({"a": "1"}, model.created_time)


def test_a_project_that_moves_keeps_its_models(workspace: Workspace, tmp_path: Path) -> None:
    register(workspace, "m")
    close_store(workspace._layout)
    os.rename(workspace._layout.project, tmp_path / "moved")
    moved = Workspace.from_config(tmp_path / "moved")
    assert Path(Model(moved, "m").download(tmp_path)).read_text() == "weights"
    close_store(moved._layout)


def test_a_folder_that_can_t_be_read(workspace: Workspace, unprivileged) -> None:
    os.makedirs("net/secret")
    os.chmod("net/secret", 0)
    program = """
    from localtrack.core import Model, Workspace
    from localtrack.exceptions import UserErrorException
    try:
        Model.register(Workspace.from_config(), "net", "m")
    except UserErrorException as error:
        print(error)
    """
    assert "net/secret can't be read: Permission denied" in unprivileged(program)
    assert Model.list(workspace) == []


def test_a_model_whose_files_are_gone_is_listed_with_the_others(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("y = 2 x")
    model = Model.register(workspace, str(tmp_path / "model.txt"), "line")
    shutil.rmtree(workspace._layout.model("line", 1))
    (listed,) = [each.serialize() for each in Model.list(workspace)]
    assert listed["url"] == model.url
    with pytest.raises(ServiceException, match="put them back from a copy"):
        model.download(str(tmp_path / "target"))
