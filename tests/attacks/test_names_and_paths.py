"""Names are texts, and files stay where they belong, whatever they are called and whatever takes their place."""

import enum
import io
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from localtrack.core import Experiment, Run, RunConfiguration, Workspace
from localtrack.exceptions import AzureMLException, ServiceException, SnapshotException, UserErrorException

PNG = b"\x89PNG\r\n\x1a\n"


class Colour(enum.Enum):
    RED = "red"


NAMES: list[Any] = [
    *(
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "\u202eevil",
        "a\nb",
        "a\0b",
        "\x1b[31m",
        "=cmd|' /C x'!A0",
    ),
    *(
        "<script>alert(1)</script>",
        "'; DROP TABLE runs; --",
        'a"b`c',
        "%2e%2e/",
        "{{7*7}}",
        "${HOME}",
        "é",
        "e\u0301",
        "🎉",
    ),
    *(5, 1.5, None, True, b"x", ("a", 1), Colour.RED, Path("a/b")),
]


@pytest.fixture
def run(workspace: Workspace) -> Iterator[Run]:
    run = Experiment(workspace, "train").start_logging(run_id="run", outputs=False)
    yield run
    run.complete()


def test_any_name_comes_back_as_its_text(workspace: Workspace, run: Run) -> None:
    for place, name in enumerate(NAMES):
        run.log(name, place)
        run.log_row(f"row {name}", **{str(name): place})
        run.tag(name, name)
        run.add_properties({name: name})
    texts = [str(name) for name in NAMES]
    tags = {text: None if name is None else text for text, name in zip(texts, NAMES, strict=True)}
    assert run.get_metrics() == {
        **{text: place for place, text in enumerate(texts)},
        **{f"row {text}": {text: place} for place, text in enumerate(texts)},
    }
    assert run.get_tags() == run.get_properties() == tags
    assert set(texts) <= set(Experiment(workspace, "train").to_pandas().columns.str.removeprefix("metrics."))
    assert "<script>" not in run._repr_html_()


@pytest.mark.parametrize("give", ["log", "tag", "run_id", "experiment", "file", "model", "target"])
def test_a_megabyte_is_no_name_and_is_not_repeated(workspace: Workspace, run: Run, give: str) -> None:
    name = "x" * (1 << 20)
    calls: dict[str, Callable[[], object]] = {
        "log": lambda: run.log(name, 1),
        "tag": lambda: run.tag(name),
        "run_id": lambda: run.child_run(run_id=name),
        "experiment": lambda: Experiment(workspace, name).start_logging(),
        "file": lambda: run.upload_file(name, io.BytesIO(b"")),
        "model": lambda: run.register_model(name, "outputs/a"),
        "target": lambda: workspace.compute_targets[name],
    }
    with pytest.raises((AzureMLException, KeyError)) as refused:
        calls[give]()
    assert give == "target" or len(str(refused.value)) < 1000
    assert (run.get_metrics(), run.get_tags(), run.get_file_names()) == ({}, {}, [])


@pytest.mark.parametrize(
    "name",
    ["%2e%2e/%2e%2e/x", "%252e%252e%252fx", "..%5cx", "~/x", "$HOME", "-rf", "*", "a;b|c", ".git/config", "a\u202eb"],
)
def test_a_name_is_not_decoded_nor_expanded(run: Run, tmp_path: Path, name: str) -> None:
    assert run.upload_file(name, io.BytesIO(b"x")) == name
    run.download_files(output_directory=str(tmp_path / "back"))
    assert [str(path.relative_to(tmp_path / "back")) for path in (tmp_path / "back").rglob("*") if path.is_file()] == [
        name
    ]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["outputs/x", "files/p.png", "logs/user.txt"])
@pytest.mark.parametrize("instead", ["a pipe", "/dev/zero", "/etc/passwd", "nothing", "a folder", "a file of 1 TiB"])
def test_what_takes_a_file_s_place_is_not_read(
    workspace: Workspace, run: Run, tmp_path: Path, name: str, instead: str
) -> None:
    run.upload_file("outputs/x", io.BytesIO(b"x"))
    run.upload_file("logs/user.txt", io.BytesIO(b"x"))
    (tmp_path / "p.png").write_bytes(PNG)
    run.log_image("picture", path=tmp_path / "p.png")
    path = Path(workspace._layout.run("run").root, name)
    path.unlink()
    if instead == "a pipe":
        os.mkfifo(path)
    elif instead == "a folder":
        path.mkdir()
    elif instead == "a file of 1 TiB":
        with open(path, "wb") as file:
            file.truncate(1 << 40)
    elif instead != "nothing":
        path.symlink_to(instead)
    reads: dict[str, Callable[[], object]] = {
        "outputs/x": lambda: run.register_model("m", "outputs/x"),
        "files/p.png": lambda: run.get_metrics(populate=True),
        "logs/user.txt": run.get_details_with_logs,
    }
    if instead != "a file of 1 TiB":  # which is read or copied for as long as there is room
        with pytest.raises((ServiceException, UserErrorException), match=path.name):
            reads[name]()
    with suppress(UserErrorException):  # a log that leads out of the run has no path that could be told
        assert run.get_details()["runId"] == "run"
    if instead != "a file of 1 TiB":
        with pytest.raises((ServiceException, UserErrorException), match=path.name):
            run.download_file(name if name != "files/p.png" else "p.png", str(tmp_path / "copy"))
        assert not (tmp_path / "copy").exists()
    assert {each.kind for each in workspace.check()} <= {"file-missing", "file-changed", "file-outside", "file-no-file"}


@pytest.mark.timeout(30)
def test_a_file_of_a_tebibyte_costs_what_there_is_room_for(run: Run, tmp_path: Path) -> None:
    Path("source").mkdir()
    for name in ("source/large", "large.runconfig", "source/.amlignore"):
        with open(name, "wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(AzureMLException, match="more than"):
        RunConfiguration.load("large.runconfig")
    with pytest.raises(SnapshotException, match="more than"):
        run.take_snapshot("source")
    Path("source/.amlignore").unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, limits[1]))
    try:
        with pytest.raises(ServiceException, match="Nothing was kept"):
            run.upload_file("large", "source/large")
        with pytest.raises(SnapshotException, match="Nothing was kept"), pytest.warns(UserWarning, match="large"):
            run.take_snapshot("source")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert run.get_file_names() == []


def test_a_prefix_is_no_folder_of_a_longer_name(run: Run, tmp_path: Path) -> None:
    for name in ("outputs/a", "outputs-secret/a"):
        run.upload_file(name, io.BytesIO(name.encode()))
    run.download_files(prefix="outputs/", output_directory=str(tmp_path / "back"))
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["outputs"]


def test_journals_and_locks_by_other_names_are_nobody_s(workspace: Workspace, run: Run) -> None:
    run.log("m", 1)
    folder = Path(workspace._layout.journals)
    for name in ("foo.lock", "x.0.journal", "0123456789ab.-1.journal", "0123456789ab.x.journal", "../x.lock"):
        (folder / name).write_bytes(b"{}")
    (folder / "0123456789ab.lock").write_text('{"host": 5, "pid": {"a": 1}, "boot": []}')
    os.mkfifo(folder / "0123456789ac.lock")
    assert run.get_metrics() == {"m": 1}
    workspace.check(fix=True)
    assert run.get_metrics() == {"m": 1}
    for name in ("foo.lock", "x.0.journal", "0123456789ab.-1.journal", "0123456789ab.x.journal", "../x.lock"):
        (folder / name).unlink()
