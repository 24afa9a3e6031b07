"""A run's files: what is kept, what is refused, and that nothing half done is ever seen."""

import errno
import hashlib
import io
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack.core import Experiment, Run, ScriptRunConfig, Workspace
from localtrack.core.files import collect
from localtrack.exceptions import ServiceException, UserErrorException
from localtrack.store.store import Store


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "e")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(outputs=False)


def write(path: str | Path, text: str = "text") -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def content(run: Run, name: str) -> str:
    """Return what a run's file has, by way of a copy."""
    copy = Path(run.experiment.workspace._layout.project) / "copy-of-a-file"
    run.download_file(name, copy)
    try:
        return copy.read_text()
    finally:
        copy.unlink()


def below(run: Run) -> list[str]:
    """Return every file in a run's folder."""
    top = Path(run._folder.root)
    return sorted(str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir())


def nothing_is_kept(run: Run) -> bool:
    return run.get_file_names() == [] and not any(Path(run._folder.root).rglob("*"))


# Uploads


def test_files_with_their_sizes_and_digests(run):
    texts = {"a": "one", "deep/b": "two\n", "outputs/é c": ""}
    paths = [write(f"source/{number}", text) for number, text in enumerate(texts.values())]
    kept = run.upload_files(list(texts), paths, return_artifacts=True)
    assert kept == {
        name: {"name": name, "size": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for name, text in texts.items()
    }
    assert {name: content(run, name) for name in run.get_file_names()} == texts
    assert run.upload_files(["d"], ["source/0"], timeout_seconds=1, datastore_name="x") is None
    assert run.upload_files([], []) is None
    assert sorted(run.get_file_names()) == sorted([*texts, "d"])


@pytest.mark.parametrize(
    ("names", "paths", "reason"),
    [
        (["a", "b"], ["here"], "as many paths"),
        (["a"], ["here", "here"], "as many paths"),
        ("ab", ["here", "here"], "as many paths"),
        (["ab"], "x", "as many paths"),
        (["a", "./a"], ["here", "here"], "named twice: a"),
        (["a", "b"], ["here", "absent"], "absent can't be read: No such file"),
        (["a", "../b"], ["here", "here"], "must not contain"),
        (["a", "a/b"], ["here", "here"], "'a/b'.*would have to be a folder"),
        (["a/b", "a"], ["here", "here"], "would have to be a folder"),
        (["a", "taken"], ["here", "here"], "has a file 'taken' already"),
        (["a", "taken/b"], ["here", "here"], "has a file 'taken', so it can't have 'taken/b'"),
        (["a", "b"], ["here", None], "not by None"),
        (["a", 5], ["here", "here"], "not by 5"),
        (None, ["here"], "as many paths"),
    ],
)
def test_files_are_kept_all_or_none(run, names, paths, reason):
    write("here")
    run.upload_file("taken", io.BytesIO(b"first"))
    with pytest.raises(UserErrorException, match=reason):
        run.upload_files(names, paths)
    assert run.get_file_names() == ["taken"]
    assert below(run) == ["files/taken"]
    assert content(run, "taken") == "first"


def test_a_name_that_is_a_folder_of_another_is_refused(run):
    run.upload_file("a/b/c", io.BytesIO(b"x"))
    for name in ("a", "a/b", "a/b/c/d", "a/b/c/d/e"):
        with pytest.raises(UserErrorException, match="would have to be a folder"):
            run.upload_file(name, io.BytesIO(b"x"))
    for name in ("a/b/cd", "a/b.c", "a-b", "a0"):
        run.upload_file(name, io.BytesIO(b"x"))
    assert run.get_file_names() == ["a-b", "a/b.c", "a/b/c", "a/b/cd", "a0"]


@pytest.mark.parametrize("name", ["outputs", "logs/", "./user_logs"])
def test_the_names_of_a_run_s_own_folders_are_refused(run, name):
    with pytest.raises(UserErrorException, match="is a folder of every run"):
        run.upload_file(name, io.BytesIO(b"x"))
    assert nothing_is_kept(run)


def test_a_name_that_is_too_long_for_the_file_system_is_refused(run):
    name = "/".join(["x" * 199] * 20)
    with pytest.raises(UserErrorException, match="too long for the file system"):
        run.upload_file(name, io.BytesIO(b"x"))
    assert nothing_is_kept(run)


def test_a_name_of_many_folders(run):
    name = "a/" * 90 + "b"
    run.upload_file(name, io.BytesIO(b"deep"))
    assert run.get_file_names() == [name]
    assert content(run, name) == "deep"


def test_a_file_system_that_does_not_tell_case(run):
    """A second name of the same file is what such a file system shows of the first."""
    run.upload_file("model", io.BytesIO(b"first"))
    folder = Path(run._folder.files)
    os.link(folder / "model", folder / "Model")
    with pytest.raises(UserErrorException, match="can't tell from 'Model'"):
        run.upload_file("Model", io.BytesIO(b"second"))
    assert run.get_file_names() == ["model"]
    assert content(run, "model") == "first"


def test_names_that_differ_in_case_or_normalisation_are_kept_where_they_can_be(run):
    names = ["Model", "model", "\N{LATIN SMALL LETTER E WITH ACUTE}", "e\N{COMBINING ACUTE ACCENT}"]
    kept = {}
    for name in names:
        try:
            run.upload_file(name, io.BytesIO(name.encode()))
            kept[name] = name
        except UserErrorException as error:
            assert "can't tell" in str(error)
    assert {name: content(run, name) for name in run.get_file_names()} == kept
    assert len(kept) >= 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=12) | st.text("ab./\\ ", max_size=8), data=st.binary(max_size=50))
def test_a_name_is_refused_or_its_file_comes_back(run, tmp_path, name, data):
    before = run.get_file_names()
    try:
        kept = run.upload_file(name, io.BytesIO(data))
    except UserErrorException:
        assert run.get_file_names() == before
        return
    assert run.get_file_names() == sorted([*before, kept])
    run.download_file(kept, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "socket"])
def test_what_is_no_regular_file_is_refused(run, tmp_path, kind):
    path = tmp_path / "source"
    server = socket.socket(socket.AF_UNIX)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        folder = os.open(tmp_path, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/source")
        os.close(folder)
    else:
        path = Path("/dev/zero")
    with server, pytest.raises(UserErrorException, match=f"{path} can't be"):
        run.upload_file("x", path)
    assert nothing_is_kept(run)


def test_a_link_that_a_user_names_stands_for_its_file(run):
    write("file", "linked")
    Path("link").symlink_to("file")
    run.upload_file("x", "link")
    Path("file").unlink()
    assert content(run, "x") == "linked"


def test_streams_of_text_and_of_bytes(run):
    text = "é\n" * 700_000
    run.upload_file("text", io.StringIO(text, newline=""))
    write("file", text)
    with open("file", encoding="utf-8", newline="") as file:
        run.upload_file("opened", file)
    with open("file", "rb") as file:
        file.seek(3)
        run.upload_file("rest", file)
    assert content(run, "text") == content(run, "opened") == text
    assert content(run, "rest") == text[2:]


class Stream:
    def __init__(self, *chunks: object) -> None:
        self.chunks = list(chunks)

    def read(self, size: int) -> object:
        chunk = self.chunks.pop(0)
        if isinstance(chunk, BaseException):
            raise chunk
        return chunk


@pytest.mark.parametrize(
    ("chunks", "expected", "reason"),
    [
        ((b"a", None), UserErrorException, "gave NoneType"),
        ((b"a", 5), UserErrorException, "gave int"),
        (("a", "\ud800"), UserErrorException, "can't be written as UTF-8"),
        ((b"a", OSError(5, "Input/output error")), ServiceException, "'x' of run .* Input/output error"),
        ((b"a", KeyboardInterrupt()), KeyboardInterrupt, None),
        ((b"a", ValueError("closed")), ValueError, "closed"),
    ],
)
def test_a_stream_that_fails_leaves_nothing(run, chunks, expected, reason):
    with pytest.raises(expected, match=reason):
        run.upload_file("x", Stream(*chunks))
    assert nothing_is_kept(run)
    run.upload_file("x", Stream(b"a", b"b", b""))
    assert content(run, "x") == "ab"


def test_what_is_kept_does_not_change_with_its_source(run):
    source = write("model", "first")
    run.upload_file("outputs/model", source)
    with open(source, "r+") as file:
        file.write("SECOND")
    assert content(run, "outputs/model") == "first"
    assert not any(os.path.samefile(source, Path(run._folder.root) / path) for path in below(run))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of its memory")
def test_a_large_file_is_not_read_into_memory(workspace, run, run_python):
    program = """
    import hashlib, resource, sys
    from localtrack.core import Workspace
    run = Workspace.from_config().get_run(sys.argv[1])
    run.upload_file("warm", "small")
    size = 300_000_000
    with open("large", "wb") as file:
        file.truncate(size)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 50_000_000, resource.RLIM_INFINITY))
    print(run.upload_files(["outputs/large"], ["large"], return_artifacts=True)["outputs/large"]["size"] == size)
    run.download_file("outputs/large", "back")
    """
    write("small")
    assert run_python(program, run.id) == "True\n"
    assert os.path.getsize("back") == 300_000_000


def test_a_full_disk_keeps_nothing_and_a_second_try_works(workspace, run, run_python):
    program = """
    import resource, sys
    from localtrack.core import Workspace
    from localtrack.exceptions import ServiceException
    run = Workspace.from_config().get_run(sys.argv[1])
    names, paths = ["small", "large"], ["small.bin", "large.bin"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    try:
        run.upload_files(names, paths)
    except ServiceException as error:
        print(error)
    print(run.get_file_names())
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.upload_files(names, paths)
    print(run.get_file_names())
    """
    write("small.bin")
    write("large.bin", "x" * 5_000_000)
    message, first, second = run_python(program, run.id, measured=False).splitlines()
    assert f"'large' of run {run.id} can't be kept: File too large" in message and "make room" in message
    assert (first, second) == ("[]", "['large', 'small']")
    assert below(run) == ["files/large", "files/small"]


def test_a_kill_in_the_middle_of_an_upload(workspace, run, start_python):
    program = """
    import sys
    from localtrack.core import Workspace

    class Stream:
        first = True
        def read(self, size):
            if self.first:
                self.first = False
                return b"half"
            print("half", flush=True)
            sys.stdin.read()

    Workspace.from_config().get_run(sys.argv[1]).upload_file("model", Stream())
    """
    process = start_python(program, run.id)
    assert process.stdout.readline() == "half\n"
    run.upload_file("other", io.BytesIO(b"meanwhile"))
    process.kill()
    process.wait()
    assert run.get_file_names() == ["other"]
    run.upload_file("model", io.BytesIO(b"whole"))
    assert content(run, "model") == "whole"
    assert below(run) == ["files/model", "files/other"]


@pytest.mark.parametrize("call", ["replace", "mkdir"])
def test_a_kill_before_the_files_are_recorded(workspace, run, start_python, call):
    program = """
    import os, signal, sys
    from localtrack.core import Workspace
    run = Workspace.from_config().get_run(sys.argv[1])
    real = getattr(os, sys.argv[2])
    def die(*arguments):
        real(*arguments)
        if "files" in str(arguments[-1]):
            os.kill(os.getpid(), signal.SIGKILL)
    setattr(os, sys.argv[2], die)
    run.upload_files(["one", "two"], ["source", "source"])
    """
    write("source", "killed")
    process = start_python(program, run.id, call)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert run.get_file_names() == []
    for name in ("one", "two"):
        run.upload_file(name, io.BytesIO(b"again"))
    assert [content(run, name) for name in run.get_file_names()] == ["again", "again"]
    assert below(run) == ["files/one", "files/two"]


def test_of_two_processes_that_upload_one_name_one_wins(workspace, run, start_python):
    program = """
    import io, sys
    from localtrack.core import Workspace
    from localtrack.exceptions import UserErrorException
    run = Workspace.from_config().get_run(sys.argv[1])

    class Stream(io.BytesIO):
        def read(self, size):
            chunk = super().read(size)
            if not chunk:
                print("ready", flush=True)
                sys.stdin.readline()
            return chunk

    try:
        run.upload_file("model", Stream(sys.argv[2].encode() * 100_000))
        print("kept", sys.argv[2], flush=True)
    except UserErrorException as error:
        print(error, flush=True)
    """
    processes = [start_python(program, run.id, letter) for letter in "abc"]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in processes]
    (winner,) = (answer.split()[1] for answer in answers if answer.startswith("kept"))
    assert sum(f"Run {run.id} has a file 'model' already" in answer for answer in answers) == 2
    assert content(run, "model") == winner * 100_000
    assert below(run) == ["files/model"]


def test_an_upload_to_a_run_that_is_gone_makes_no_folder(workspace, run):
    run.complete()
    workspace._store.deletion.delete_run(run.id)
    with pytest.raises(UserErrorException, match="not in this workspace any more"):
        run.upload_file("x", io.BytesIO(b"x"))
    assert not os.path.exists(run._folder.root)


# Folders


def test_a_folder_is_kept_below_a_name_and_links_are_not_followed(run, tmp_path):
    write("model/a", "1")
    write("model/deep/b", "2")
    write(tmp_path / "outside" / "secret")
    Path("model/empty").mkdir()
    Path("model/link").symlink_to(tmp_path / "outside" / "secret")
    Path("model/folder").symlink_to(tmp_path / "outside")
    assert run.upload_folder("outputs/m/", "model", datastore_name="x") == ["outputs/m/a", "outputs/m/deep/b"]
    assert {name: content(run, name) for name in run.get_file_names()} == {"outputs/m/a": "1", "outputs/m/deep/b": "2"}
    assert run.upload_folder("nothing", "model/empty") == []
    assert run.upload_folder("linked", "model/folder") == ["linked/secret"]


def test_folders_that_are_refused(run):
    write("model/a")
    write("model/z\\z")
    os.makedirs("pipes")
    os.mkfifo("pipes/fifo")
    write("reserved/con.txt")
    for name, folder, reason in (
        ("../m", "model/deep", "must not contain"),
        ("m", "absent", "does not exist"),
        ("m", "model/a", "is not a folder"),
        ("m", "model", "has a backslash"),
        ("m", "pipes", "pipes/fifo can't be kept: it is a pipe"),
        ("m", "reserved", "'con.txt' is not a file name on every system"),
    ):
        with pytest.raises(UserErrorException, match=reason):
            run.upload_folder(name, folder)
    assert nothing_is_kept(run)


def test_what_can_not_be_read_is_named(workspace, run, unprivileged):
    program = """
    import os, sys
    from localtrack.core import Workspace
    from localtrack.exceptions import UserErrorException
    run = Workspace.from_config().get_run(sys.argv[1])
    for folder in ("one", "two"):
        try:
            run.upload_folder("m", folder)
        except UserErrorException as error:
            print(error)
    """
    write("one/secret").chmod(0)
    write("two/closed/file")
    Path("two/closed").chmod(0)
    answers = unprivileged(program, run.id).splitlines()
    Path("two/closed").chmod(0o755)
    assert answers[0].startswith("one/secret can't be read: Permission denied")
    assert answers[1].startswith("The folder two/closed can't be read: Permission denied")
    assert nothing_is_kept(run)


# Outputs


def test_each_run_of_a_loop_keeps_its_own_content(experiment):
    runs = []
    for number in range(3):
        run = experiment.start_logging()
        write("outputs/model.pkl", f"model {number}")
        run.upload_file("outputs/model.pkl", "outputs/model.pkl")
        write("outputs/deep/last.txt", str(number))
        with open("outputs/model.pkl", "r+") as file:
            file.write("MODEL" if number == 1 else "model")
        run.complete()
        runs.append(run)
    expected = ["model 0", "MODEL 1", "model 2"]
    assert [content(run, "outputs/model.pkl") for run in runs] == expected
    assert [content(run, "outputs/deep/last.txt") for run in runs] == ["0", "1", "2"]
    assert {tuple(run.get_file_names()) for run in runs} == {("outputs/deep/last.txt", "outputs/model.pkl")}


def test_what_another_run_left_does_not_take_the_place_of_an_upload(experiment, store, wait_until):
    write("outputs/model.pkl", "of a run before")
    run = experiment.start_logging()
    # The kernel's clock for files must have moved on, as it has between two runs.
    wait_until(lambda: write("clock").stat().st_mtime_ns > os.stat("outputs/model.pkl").st_mtime_ns + 20_000_000)
    run.upload_file("outputs/model.pkl", io.BytesIO(b"mine"))
    run.complete()
    assert content(run, "outputs/model.pkl") == "mine"


def test_a_file_that_was_moved_into_the_outputs_counts_as_new(experiment):
    run = experiment.start_logging()
    run.upload_file("outputs/model.pkl", io.BytesIO(b"first"))
    os.utime(write("elsewhere", "second"), (1, 1))
    os.replace("elsewhere", "outputs/model.pkl")
    run.complete()
    assert content(run, "outputs/model.pkl") == "second"


def test_the_same_content_is_not_written_again(experiment, run):
    write("outputs/model.pkl")
    run.upload_file("outputs/model.pkl", "outputs/model.pkl")
    os.utime("outputs/model.pkl")
    kept = os.stat(Path(run._folder.root) / "outputs/model.pkl")
    collect(run._store, run.id, "outputs")
    assert os.stat(Path(run._folder.root) / "outputs/model.pkl").st_ino == kept.st_ino


def test_a_kept_file_that_is_gone_is_collected_again(run):
    write("outputs/a", "text")
    collect(run._store, run.id, "outputs")
    (Path(run._folder.root) / "outputs/a").unlink()
    collect(run._store, run.id, "outputs")
    assert content(run, "outputs/a") == "text"


def test_logs_that_go_on_after_their_upload(experiment):
    with experiment.start_logging(outputs=False) as run:
        write("logs/train.log", "begin")
        run.upload_file("logs/train.log", "logs/train.log")
        write("logs/train.log", "the end")
    assert content(run, "logs/train.log") == "the end"


def test_outputs_without_files_make_no_folder(experiment):
    run = experiment.start_logging()
    run.complete()
    assert not os.path.exists(run._folder.root)


def test_only_what_has_changed_since_then(run, wait_until):
    old = write("logs/old").stat().st_mtime_ns
    wait_until(lambda: write("clock").stat().st_mtime_ns > old + 20_000_000)
    write("logs/new")
    collect(run._store, run.id, "logs", since=Path("clock").stat().st_mtime_ns)
    assert run.get_file_names() == ["logs/new"]
    collect(run._store, run.id, "absent", since=0)
    collect(run._store, run.id, "logs", since=0)
    assert run.get_file_names() == ["logs/new", "logs/old"]


def test_a_name_that_can_not_be_kept_does_not_keep_a_run_from_its_end(experiment):
    run = experiment.start_logging(outputs="results")
    run.upload_file("results/model", io.BytesIO(b"x"))
    for name in ("good", "a:b", "model/part"):
        write(f"results/{name}")
    os.mkfifo("results/fifo")
    with pytest.warns(UserWarning, match=r"has not kept '.*results/a:b', '.*results/model/part'"):
        run.complete()
    assert run.get_status() == "Completed"
    assert run.get_file_names() == ["results/good", "results/model"]


def test_a_full_disk_at_the_end_of_a_run(workspace, run_python):
    program = """
    import resource
    from localtrack.core import Experiment, Workspace
    from localtrack.exceptions import ServiceException
    run = Experiment(Workspace.from_config(), "e").start_logging(run_id="full")
    for name, size in (("a", 10), ("large", 5_000_000)):
        with open(f"outputs/{name}", "wb") as file:
            file.truncate(size)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    try:
        run.complete()
    except ServiceException as error:
        print(error)
    print(run.get_status(), run.get_file_names())
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.complete()
    print(run.get_status(), run.get_file_names())
    """
    message, first, second = run_python(program, measured=False).splitlines()
    assert "'outputs/large' of run full can't be kept: File too large" in message and "make room" in message
    assert first == "Running []"
    assert second == "Completed ['outputs/a', 'outputs/large']"


def test_an_unreadable_file_at_the_end_of_a_run(workspace, unprivileged):
    program = """
    import os
    from localtrack.core import Experiment, Workspace
    from localtrack.exceptions import UserErrorException
    run = Experiment(Workspace.from_config(), "e").start_logging()
    os.close(os.open("outputs/secret", os.O_CREAT | os.O_WRONLY, 0))
    try:
        run.complete()
    except UserErrorException as error:
        print(error)
    print(run.get_status())
    os.chmod("outputs/secret", 0o600)
    run.complete()
    print(run.get_status(), run.get_file_names())
    """
    message, *statuses = unprivileged(program).splitlines()
    assert "outputs/secret can't be read: Permission denied" in message
    assert statuses == ["Running", "Completed ['outputs/secret']"]


# Outputs that replace what was kept before


@pytest.fixture
def changed(experiment: Experiment) -> Run:
    """A run whose two uploaded outputs have been written again since."""
    run = experiment.start_logging(run_id="changed")
    for name in ("outputs/a", "outputs/b"):
        run.upload_file(name, write(name, "old"))
        write(name, "new and longer")
    return run


def contents(run: Run) -> list[str]:
    return [content(run, name) for name in run.get_file_names()]


def test_when_a_second_file_can_not_be_put_in_its_place_the_old_ones_stay(changed, monkeypatch):
    real = os.replace
    moved = []

    def replace(source, target):
        if os.path.basename(target) in ("a", "b"):
            moved.append(target)
            if len(moved) == 2:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(source, target)

    before = below(changed)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(ServiceException, match="can't be kept: Input/output error"):
            changed.complete()
    assert (changed.get_status(), contents(changed), below(changed)) == ("Running", ["old", "old"], before)
    changed.complete()
    assert contents(changed) == ["new and longer"] * 2
    assert len(below(changed)) == 2


def test_when_the_database_can_not_grow_the_old_files_stay(workspace, run_python):
    program = """
    import os, resource
    from localtrack.core import Experiment, Workspace
    from localtrack.exceptions import ServiceException

    def content():
        run.download_file("outputs/a", "copy")
        with open("copy") as file:
            return file.read()

    workspace = Workspace.from_config()
    run = Experiment(workspace, "e").start_logging(run_id="full")
    for text in ("old", "new and longer"):
        with open("outputs/a", "w") as file:
            file.write(text)
        if text == "old":
            run.upload_file("outputs/a", "outputs/a")
    log = os.path.getsize(".azureml/localtrack.db-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))
    try:
        run.complete()
    except ServiceException as error:
        print("refused")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(run.get_status(), content())
    run.complete()
    print(run.get_status(), content())
    """
    assert run_python(program, measured=False).splitlines() == ["refused", "Running old", "Completed new and longer"]


def test_a_kill_before_new_outputs_are_recorded_leaves_the_old_ones(workspace, start_python):
    program = """
    import os, signal
    from localtrack.core import Experiment, Workspace
    run = Experiment(Workspace.from_config(), "e").start_logging(run_id="killed")
    for text in ("old", "new and longer"):
        for name in ("outputs/a", "outputs/b"):
            with open(name, "w") as file:
                file.write(text)
            if text == "old":
                run.upload_file(name, name)
    real = os.replace
    def die(source, target):
        real(source, target)
        if target.endswith("/b"):
            os.kill(os.getpid(), signal.SIGKILL)
    os.replace = die
    run.complete()
    """
    process = start_python(program)
    process.communicate(timeout=60)
    assert process.returncode == -9
    run = workspace.get_run("killed")
    assert (run.get_status(), contents(run)) == ("Failed", ["old", "old"])
    collect(run._store, run.id, "outputs")
    assert contents(run) == ["new and longer"] * 2


def test_an_output_that_goes_while_the_outputs_are_kept(experiment, monkeypatch):
    run = experiment.start_logging()
    for name in ("a", "temporary", "z"):
        write(f"outputs/{name}")
    real = os.open

    def open_what_is_gone(path, *arguments, **options):
        if os.path.basename(path) == "temporary":
            os.unlink(path)
        return real(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_what_is_gone)
        run.complete()
    assert run.get_status() == "Completed"
    assert run.get_file_names() == ["outputs/a", "outputs/z"]


@pytest.mark.timeout(30)
def test_what_only_has_the_name_of_a_folder_that_was_left_is_left_alone(run):
    folder = Path(run._folder.root)
    folder.mkdir(parents=True)
    os.mkfifo(folder / "incoming-0")  # to open it would take until somebody writes to it
    write(folder / "kept" / "file")
    (folder / "incoming-1").symlink_to("kept")
    run.upload_file("x", io.BytesIO(b"x"))
    assert content(run, "x") == "x"
    assert below(run) == ["files/x", "incoming-0", "kept/file"]
    assert os.readlink(folder / "incoming-1") == "kept"


# Scripts


@pytest.fixture
def submit(experiment: Experiment, tmp_path: Path) -> Callable[[str], Run]:
    def submit(program: str) -> Run:
        write(tmp_path / "script" / "script.py", program)
        run = experiment.submit(ScriptRunConfig(str(tmp_path / "script"), script="script.py"))
        run.wait_for_completion()
        return run

    return submit


def test_a_script_uploads_what_it_has_in_its_outputs(submit):
    run = submit(
        "import io, os\n"
        "from localtrack.core import Run\n"
        "from localtrack.exceptions import UserErrorException\n"
        "run = Run.get_context()\n"
        "os.makedirs('outputs/deep')\n"
        "open('outputs/deep/a', 'w').write('mine')\n"
        "try:\n"
        "    run.upload_file('outputs/deep/a', io.BytesIO(b'another'))\n"
        "except UserErrorException as error:\n"
        "    print(error)\n"
        "run.upload_folder('outputs/deep', 'outputs/deep')\n"
        "run.upload_file('b', 'outputs/deep/a')\n"
        "print(run.get_file_names())\n"
    )
    log = content(run, "user_logs/std_log.txt")
    assert "has written a file 'outputs/deep/a' with another content" in log
    assert "incoming" not in log
    assert run.get_file_names() == ["b", "outputs/deep/a", "user_logs/std_log.txt"]
    assert content(run, "outputs/deep/a") == content(run, "b") == "mine"


def test_a_link_in_a_script_s_outputs_is_kept_as_a_copy(submit, tmp_path):
    large = write(tmp_path / "large", "text")
    run = submit(
        "import os\n"
        "from localtrack.core import Run\n"
        f"os.symlink({str(large)!r}, 'outputs/model')\n"
        "Run.get_context().upload_file('outputs/model', 'outputs/model')\n"
    )
    large.unlink()
    assert content(run, "outputs/model") == "text"


def test_a_script_that_puts_a_link_in_place_of_its_outputs_shows_nothing_else(submit, tmp_path):
    write(tmp_path / "private" / "key")
    run = submit(
        "import os, shutil\n"
        "outputs = os.path.realpath('outputs')\n"
        "shutil.rmtree(outputs)\n"
        f"os.symlink({str(tmp_path / 'private')!r}, outputs)\n"
    )
    assert run.get_status() == "Completed"
    assert run.get_file_names() == ["user_logs/std_log.txt"]


def test_files_that_were_found_have_digests_if_asked_for(run, store: Store):
    folder = Path(run._folder.root)
    write(folder / "outputs/a", "text")
    (folder / "outputs/link").symlink_to("a")
    (found,) = store.artifacts.found(run.id, digests=True)
    assert (found.name, found.size, found.sha256) == ("outputs/a", 4, hashlib.sha256(b"text").hexdigest())
    (found,) = store.artifacts.found(run.id)
    assert found.sha256 is None


def test_uploads_of_many_threads_each_come_back(run):
    errors: list[BaseException] = []

    def upload(number: int) -> None:
        try:
            for part in range(20):
                run.upload_file(f"{number}/{part}", io.BytesIO(b"%d" % number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {name: content(run, name) for name in run.get_file_names()} == {
        f"{number}/{part}": str(number) for number in range(8) for part in range(20)
    }
