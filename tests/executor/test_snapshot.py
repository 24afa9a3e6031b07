"""Snapshots: same tree, same id; what is in them; and that nothing half made is ever trusted."""

import errno
import json
import os
import resource
import signal
import socket
import stat
import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localtrack.exceptions import SnapshotException
from localtrack.executor import snapshot, snapshot_objects
from localtrack.executor.snapshot import Snapshot, taken
from localtrack.executor.snapshot_copy import copy_to
from localtrack.executor.snapshot_manifest import id_of
from localtrack.executor.source import scan
from localtrack.paths import Layout

NOBODY = 65534


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project" / ".azureml").mkdir(parents=True)
    return tmp_path / "project"


@pytest.fixture
def layout(project):
    return Layout(project / ".azureml")


def take(layout, source) -> Snapshot:
    with taken(layout, str(source)) as kept:
        return kept


def write(path, text="text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(folder):
    tree = scan(str(folder))
    return sorted([*tree.files, *tree.links])


def described(top):
    """Return every entry of a tree: links by target, files by content and executable bit."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(top)):
        for name in folders + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, os.fsencode(top))
            if os.path.islink(path):
                found[relative] = os.readlink(path)
            elif os.path.isdir(path):
                found[relative] = None
            else:
                with open(path, "rb") as file:
                    found[relative] = file.read(), bool(os.stat(path).st_mode & stat.S_IXUSR)
    return found


def objects(layout):
    return [name for _, _, files in os.walk(layout.snapshots + "/objects") for name in files]


def edit_index(layout, change):
    (name,) = os.listdir(layout.snapshots + "/index")
    path = os.path.join(layout.snapshots, "index", name)
    with open(path) as file:
        content = json.load(file)
    change(content)
    os.unlink(path)
    with open(path, "w") as file:
        json.dump(content, file)


def age(layout):
    """Make the index say that it was written later, as if the files had been there for long."""
    edit_index(layout, lambda content: content.update(time=content["time"] + 10**10))


NAMES = st.binary(min_size=1, max_size=12).filter(lambda name: not {0, 47} & {*name} and name not in (b".", b".."))
ENTRIES = st.recursive(
    st.one_of(
        st.tuples(st.binary(max_size=40), st.booleans()),
        st.binary(min_size=1, max_size=8).filter(lambda target: not {0, 47} & {*target} and target != b".."),
    ),
    lambda children: st.dictionaries(NAMES, children, max_size=4),
    max_leaves=10,
)


def build(path, entry):
    if isinstance(entry, dict):
        os.mkdir(path)
        for name, child in entry.items():
            build(os.path.join(path, name), child)
    elif isinstance(entry, bytes):
        os.symlink(entry, path)
    else:
        content, executable = entry
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o755 if executable else 0o644)


@settings(max_examples=60, deadline=None)
@given(tree=st.dictionaries(NAMES, ENTRIES, max_size=4))
def test_a_copy_is_the_tree_and_the_same_tree_has_the_same_id(tree):
    with tempfile.TemporaryDirectory() as folder:
        first, second = os.path.join(folder, "1"), os.path.join(folder, "2")
        for top in (first, second):
            build(os.fsencode(top), tree)
            with open(os.path.join(top, ".amlignore"), "w"):
                pass
        layout = Layout(os.path.join(folder, ".azureml"))
        kept = take(layout, first)
        assert take(layout, second) == kept
        copy_to(layout, kept.id, os.path.join(folder, "copy"))
        expected = described(first)
        assert described(os.path.join(folder, "copy")) == expected
        contents = [entry[0] for entry in expected.values() if isinstance(entry, tuple)]
        assert (kept.files, kept.size) == (len(contents), sum(map(len, contents)))


def test_the_id_knows_names_contents_modes_links_and_empty_folders(project, layout):
    write(project / "a.py")
    (project / "link").symlink_to("a.py")
    changes = [
        lambda: write(project / "a.py", "texT"),
        lambda: (project / "a.py").chmod(0o755),
        lambda: (project / "a.py").rename(project / "b.py"),
        lambda: ((project / "link").unlink(), (project / "link").symlink_to("b.py")),
        lambda: (project / "empty").mkdir(),
    ]
    ids = [take(layout, str(project)).id]
    for change in changes:
        change()
        ids.append(take(layout, str(project)).id)
    assert len({*ids}) == len(ids)


def test_unchanged_files_are_not_opened_also_after_the_project_moved(project, layout, monkeypatch):
    for number in range(20):
        write(project / f"src/{number}.py", str(number))
    kept = take(layout, str(project / "src"))
    age(layout)
    moved = project.rename(project.with_name("moved"))
    monkeypatch.setattr(snapshot_objects, "keep", lambda *_: pytest.fail("a file was read"))
    assert take(Layout(moved / ".azureml"), str(moved / "src")) == kept


def test_a_change_in_the_instant_of_the_last_scan_is_seen(project, layout):
    file = write(project / "a.py", "old")
    first = take(layout, str(project))
    file.write_text("new")
    now = file.stat()

    def as_if_the_clock_had_stood_still(content, later=0):
        content["files"]["a.py"][:4] = [3, now.st_mtime_ns, now.st_ctime_ns, now.st_ino]
        content["time"] = max(now.st_mtime_ns, now.st_ctime_ns) + later

    edit_index(layout, lambda content: as_if_the_clock_had_stood_still(content, 10**10))
    assert take(layout, str(project)) == first  # by stat alone nobody could know
    edit_index(layout, as_if_the_clock_had_stood_still)
    assert take(layout, str(project)) != first


@pytest.mark.parametrize("damage", ["missing", "cut", "index"])
def test_a_lost_or_cut_object_and_a_damaged_index_are_made_good(project, layout, damage):
    write(project / "a.py")
    kept = take(layout, str(project))
    age(layout)
    if damage == "index":
        edit_index(layout, lambda content: content.update(files=[1], time="x"))
    else:
        (path,) = (os.path.join(folder, *files) for folder, _, files in os.walk(layout.snapshots + "/objects") if files)
        os.unlink(path) if damage == "missing" else os.truncate(path, 1)
        with pytest.raises(SnapshotException, match=r"[Ss]ubmit again"):
            copy_to(layout, kept.id, str(project / ".azureml/bad"))
    assert take(layout, str(project)) == kept
    copy_to(layout, kept.id, str(project / "copy"))
    assert (project / "copy/a.py").read_text() == "text"


def test_equal_contents_are_stored_once_and_not_writable(project, layout):
    for name in ("a", "b/c", "d"):
        write(project / name)
    take(layout, str(project))
    write(project / "e", "other")
    take(layout, str(project))
    assert len(objects(layout)) == 2
    modes = {
        stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
        for folder, _, files in os.walk(layout.snapshots)
        for name in files
        if name != "lock"
    }
    assert not any(mode & 0o222 for mode in modes)


def test_a_private_file_stays_private(project, layout):
    write(project / "key.pem").chmod(0o600)
    copy_to(layout, take(layout, str(project)).id, str(project / "copy"))
    assert stat.S_IMODE((project / "copy/key.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(4))
def test_a_kill_at_any_step_leaves_nothing_that_is_trusted(project, layout, call, after):
    write(project / "a.py", "first")
    write(project / "b/b.py", "second")
    pid = os.fork()
    if pid == 0:
        replace, calls = os.replace, iter(range(9))

        def replace_or_die(source, target):
            dies = next(calls) == call
            if not dies or after:
                replace(source, target)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)

        os.replace = replace_or_die
        take(layout, str(project))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    kept = take(layout, str(project))
    copy_to(layout, kept.id, str(project / "copy"))
    assert described(project / "copy") == {
        b"a.py": (b"first", False),
        b"b": None,
        b"b/b.py": (b"second", False),
    }
    assert "tmp" not in objects(layout)


def test_a_full_disk_is_an_error_and_keeps_nothing(project, layout):
    write(project / "big", "x" * 100_000)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        try:
            take(layout, str(project))
        except SnapshotException as error:
            os._exit(7 if "make room" in str(error) and error.inner_exception.errno == errno.EFBIG else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert objects(layout) == []
    assert os.listdir(layout.snapshots + "/manifests") == []


def test_only_one_ignore_file_counts(tmp_path):
    for name in ("a.txt", "b.log", "sub/c.log", "sub/.gitignore"):
        write(tmp_path / name, "*.txt\n")
    write(tmp_path / ".gitignore", "\ufeff*.log\r\n")
    assert names(tmp_path) == [".gitignore", "a.txt", "sub/.gitignore"]
    write(tmp_path / ".amlignore", "")
    assert names(tmp_path) == [".amlignore", ".gitignore", "a.txt", "b.log", "sub/.gitignore", "sub/c.log"]
    write(tmp_path / ".amlignore", "!\n")
    with pytest.raises(SnapshotException, match=r"\.amlignore has '!'"):
        names(tmp_path)


@pytest.mark.parametrize(
    "patterns",
    [
        ["*", "!*/", "!*.py"],
        ["/*", "!/src", "src/*", "!src/a.py"],
        ["build", "!build/keep.py"],
        ["data/", "!data/"],
        ["src/**", "!src/deep/"],
        ["**/deep/*", "!/src/", "a.??", r"\!x", "# a comment", "*.txt  "],
        ["[!s]*", "!b*d/", "deep/a.py"],
    ],
)
def test_patterns_mean_what_git_makes_of_them(tmp_path, patterns):
    for name in ("a.py", "!x", "build/keep.py", "build/x.txt", "data/data", "src/a.py", "src/b.txt", "src/deep/a.py"):
        write(tmp_path / name)
    write(tmp_path / ".gitignore", "\n".join(patterns))
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run([*git, "ls-files", "-oz", "--exclude-standard"], check=True, capture_output=True)
    assert names(tmp_path) == sorted(listed.stdout.decode().split("\0")[:-1])


def test_what_is_never_part_of_a_snapshot(tmp_path):
    for name in (
        *(".git/config", "sub/.git/HEAD", ".azureml/config.json", "sub/__pycache__/a.py", "a.pyc", "b.pyo"),
        *(".ipynb_checkpoints/a", ".mypy_cache/a", ".pytest_cache/a", ".ruff_cache/a"),
        *("env/pyvenv.cfg", "env/bin/x", "sub/conda/conda-meta/history", "sub/conda/bin/x"),
        *("kept.py", "aml_config/config.json"),
    ):
        write(tmp_path / name)
    write(tmp_path / ".amlignore", "!.git\n!*.pyc\n!env\n")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.open(tmp_path, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/socket")
        os.close(folder)
    assert names(tmp_path) == [".amlignore", "aml_config/config.json", "kept.py"]


def test_links_keep_their_meaning_and_are_not_followed(project, layout, tmp_path):
    write(tmp_path / "data/big", "big")
    links = {
        "src/in": "a.py",
        "src/loop": "loop",
        "src/sub/up": "..",
        "src/sub/sibling": "../a.py",
        "src/out": "../../data",
        "src/sub/far": "../../../data/big",
        "src/by": "out/../data/big",
        "src/absolute": str(tmp_path / "data"),
    }
    write(project / "src/a.py")
    (project / "src/sub").mkdir()
    for name, target in links.items():
        (project / name).symlink_to(target)
    copy = project / "runs/1/code"
    copy_to(layout, take(layout, str(project / "src")).id, str(copy))
    for name in ("in", "loop", "sub/up", "sub/sibling"):
        assert os.readlink(copy / name) == links[f"src/{name}"]
    for name in ("out", "sub/far", "by", "absolute"):
        assert os.path.realpath(copy / name) == os.path.realpath(project / "src" / name)
    assert [name for name, entry in described(copy).items() if isinstance(entry, tuple)] == [b"a.py"]


@pytest.mark.parametrize("name", ["secret.txt", "sub"])
def test_what_can_not_be_read_is_named(name):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to other users
        os.chmod(folder, 0o777)
        source = Path(folder).resolve() / "source"
        write(source / "sub/a.py")
        write(source / "secret.txt")
        write(source / ".gitignore", "")
        scan(str(source))
        (source / name).chmod(0)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            try:
                take(Layout(os.path.join(folder, ".azureml")), str(source))
            except SnapshotException as error:
                os.write(writer, str(error).encode())
            os._exit(0)
        os.waitpid(pid, 0)
        os.close(writer)
        with open(reader) as file:
            message = file.read()
        (source / name).chmod(0o700)
    assert f"{source / name} can't be read: Permission denied" in message
    assert f"list it in {source / '.gitignore'}" in message


def test_a_source_that_is_no_folder(project, layout):
    with pytest.raises(SnapshotException, match="does not exist"):
        take(layout, str(project / "none"))
    with pytest.raises(SnapshotException, match="is not a folder"):
        take(layout, str(write(project / "file")))


def test_a_large_snapshot_is_kept_with_a_warning(project, layout, monkeypatch):
    for number in range(5):
        write(project / f"{number}.bin", "x" * 10 * number)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        monkeypatch.setattr(snapshot, "LARGE", 100)
        assert take(layout, str(project)).size == 100
    monkeypatch.setattr(snapshot, "LARGE", 99)
    with pytest.warns(UserWarning, match=r"4\.bin .* 3\.bin .* 2\.bin .*\.amlignore") as caught:
        assert take(layout, str(project)).size == 100
    assert [warning.filename for warning in caught] == [__file__]


def test_outputs_and_logs_go_where_the_run_has_them(project, layout):
    write(project / "src/outputs/deep/kept.txt")
    write(project / "src/sub/outputs/own.txt")
    run = project / "run"
    (run / "outputs").mkdir(parents=True)
    (run / "code").mkdir()
    (run / "code/outputs").symlink_to("../outputs")
    copy_to(layout, take(layout, str(project / "src")).id, str(run / "code"))
    assert (run / "outputs/deep/kept.txt").read_text() == "text"
    assert (run / "code/outputs").is_symlink()
    assert (run / "code/sub/outputs/own.txt").exists()


@pytest.mark.parametrize("name", ["a.py", "sub", "outputs"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_nothing_is_written_over_or_through(project, layout, name, kind):
    for path in ("a.py", "sub/b.py", "outputs"):
        write(project / "src" / path)
    kept = take(layout, str(project / "src"))
    outside = project / "outside"
    outside.mkdir()
    write(outside / "file", "mine")
    (project / "copy").mkdir()
    if kind == "file":
        write(project / "copy" / name, "mine")
    else:
        (project / "copy" / name).symlink_to(outside if name == "sub" else outside / "file")
    with pytest.raises(SnapshotException, match=f"copy/{name} is in the way"):
        copy_to(layout, kept.id, str(project / "copy"))
    assert described(outside) == {b"file": (b"mine", False)}


@pytest.mark.parametrize(
    "content",
    [
        {"files": {"../evil": ["SHA", 4, False]}, "folders": [], "links": {}},
        {"files": {"/tmp/evil": ["SHA", 4, False]}, "folders": [], "links": {}},
        {"files": {"a/../../evil": ["SHA", 4, False]}, "folders": ["a", "a/.."], "links": {}},
        {"files": {"a": ["../../config.json", 4, False]}, "folders": [], "links": {}},
        {"files": {}, "folders": [], "links": {"../evil": "x"}},
        {"files": {}, "folders": ["../evil"], "links": {}},
        {"files": {"a": 3}, "folders": [], "links": {}},
        [],
    ],
)
def test_a_hostile_manifest_leads_nowhere(project, layout, content):
    write(project / "a", "data")
    take(layout, str(project))
    (sha,) = (folder[-2:] + files[0] for folder, _, files in os.walk(layout.snapshots + "/objects") if files)
    data = json.dumps(content).replace("SHA", sha).encode()
    snapshot_id = id_of(data)
    write(project / f".azureml/snapshots/manifests/{snapshot_id}.json", data.decode())
    with pytest.raises(SnapshotException, match="damaged"):
        copy_to(layout, snapshot_id, str(project / "runs/copy"))
    assert sorted(os.listdir(project)) == [".azureml", "a"]


def test_an_unknown_or_changed_snapshot(project, layout):
    write(project / "a")
    kept = take(layout, str(project))
    for unknown in ("../../config", "0" * 36, kept.id[:-1] + "x"):
        with pytest.raises(SnapshotException, match="There is no snapshot"):
            copy_to(layout, unknown, str(project / "copy"))
    manifest = project / f".azureml/snapshots/manifests/{kept.id}.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace('"a"', '"b"'))
    with pytest.raises(SnapshotException, match="damaged"):
        copy_to(layout, kept.id, str(project / "copy"))
