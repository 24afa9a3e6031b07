"""``localtrack run files``: list, download."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from knack.help_files import helps

import localtrack.cli.run  # noqa: F401  which adds to what helps has
from localtrack.core import Experiment, Run, Workspace

FILES = {
    "outputs/model.pkl": "x" * 1234,
    "outputs/deep/notes.txt": "notes",
    "outputs.txt": "beside",
    "plots/\u202e\N{SNOWMAN}.svg": "<svg/>",
}


@pytest.fixture
def run(attached) -> Run:
    run = Experiment(Workspace.from_config(attached.folder), "train").start_logging(outputs=False, run_id="r")
    source = attached.home / "source"
    for name, content in FILES.items():
        source.write_text(content)
        run.upload_file(name, str(source))
    run.complete()
    return run


def below(folder) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_list_has_name_size_digest_and_time(attached, run):
    listed = json.loads(attached("run", "files", "list", "-r", "r", "-e", "train").out)
    assert [(each["name"], each["size"], each["sha256"]) for each in listed] == [
        (name, len(FILES[name]), hashlib.sha256(FILES[name].encode()).hexdigest()) for name in sorted(FILES)
    ]
    kept = [datetime.fromisoformat(each["kept_utc"]) for each in listed]
    assert all(datetime.now(UTC) - timedelta(minutes=5) < each <= datetime.now(UTC) for each in kept)

    table = attached("run", "files", "list", "-r", "last", "-o", "table").out.splitlines()
    assert table[0].split() == ["Name", "Size", "Kept", "SHA256"]
    digest = listed[2]["sha256"]
    assert table[4].split() == ["outputs/model.pkl", "1.2", "kB", *f"{kept[2]:%Y-%m-%d %H:%M}".split(), digest[:12]]
    assert table[5].startswith("plots/\\u202e\N{SNOWMAN}.svg ")
    assert len(table) == 6


def test_a_script_s_files_have_no_digest_while_they_grow(attached, wait_until):
    script = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists():\n    time.sleep(0.01)\n"
    attached.write("wait.py", f"print('started', flush=True)\n{script}")
    submitted = attached("run", "submit-script", "--async", "--query", "run_id", "wait.py", attached.home / "end")
    run = Workspace.from_config(attached.folder).get_run(json.loads(submitted.out))
    try:
        wait_until(lambda: "user_logs/std_log.txt" in run.get_file_names())
        (log,) = json.loads(attached("run", "files", "list", "-r", run.id).out)
        assert (log["name"], log["sha256"]) == ("user_logs/std_log.txt", None)
        assert attached("run", "files", "list", "-r", run.id, "-o", "table").err == ""
    finally:
        (attached.home / "end").touch()
        run.wait_for_completion()


def test_download_copies_all_or_those_that_are_chosen(attached, run):
    copied = json.loads(attached("run", "files", "download", "-r", "r", "-d", "all").out)
    assert below(attached.folder / "all") == FILES
    assert copied[2] == {"name": "outputs/model.pkl", "path": "all/outputs/model.pkl", "size": 1234}

    chosen = attached("run", "files", "download", "-r", "r", "--prefix", "outputs/", "-d", "some", "-o", "table")
    assert chosen.out.splitlines()[3].split() == ["outputs/model.pkl", "some/outputs/model.pkl", "1.2", "kB"]
    assert sorted(below(attached.folder / "some")) == ["outputs/deep/notes.txt", "outputs/model.pkl"]

    names = ["--name", "outputs.txt", "-n", "outputs/deep/notes.txt", "--name", "outputs.txt"]
    attached("run", "files", "download", "-r", "r", *names, "-d", "two")
    assert sorted(below(attached.folder / "two")) == ["outputs.txt", "outputs/deep/notes.txt"]


def test_files_that_are_there_are_replaced_only_when_told(attached, run):
    attached.write("here/outputs.txt", "mine")
    refused = attached("run", "files", "download", "-r", "r", "-d", "here", code=1)
    assert refused.err == (
        "ERROR: These files are in here already: outputs.txt. Nothing was copied; add --overwrite to replace them, or "
        "give another folder.\n"
    )
    assert below(attached.folder / "here") == {"outputs.txt": "mine"}
    replaced = attached("run", "files", "download", "-r", "r", "-d", "here", "--overwrite")
    assert replaced.err == "WARNING: These files in here are replaced: outputs.txt.\n"
    assert below(attached.folder / "here") == FILES

    (attached.folder / "folder" / "outputs.txt").mkdir(parents=True)
    refused = attached("run", "files", "download", "-r", "r", "-d", "folder", "--overwrite", code=1)
    assert "These are folders in folder, and would be files: outputs.txt." in refused.err
    assert below(attached.folder / "folder") == {}


def test_files_are_not_copied_out_of_the_folder(attached, run):
    outside = attached.home / "outside"
    outside.mkdir()
    (attached.folder / "here").mkdir()
    (attached.folder / "here" / "outputs").symlink_to(outside)
    refused = attached("run", "files", "download", "-r", "r", "-d", "here", "--overwrite", code=1)
    assert "leads out of here" in refused.err
    assert list(outside.iterdir()) == []


def test_what_the_run_does_not_have_is_named(attached, run):
    names = ["--name", "outputs.txt", "--name", "no\n\x1b[31m"]
    refused = attached("run", "files", "download", "-r", "r", *names, "-d", "x", code=1)
    assert "Run r has no file no\\n\\x1b[31m; nothing was copied." in refused.err
    none = attached("run", "files", "download", "-r", "r", "--prefix", "nothing/", "-d", "x")
    assert (none.out, none.err) == ("[]\n", "WARNING: Run r has no such files; nothing was copied.\n")
    assert not (attached.folder / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["download", "-r", "last"], "required: --output-dir/-d"),
        (["download", "-r", "last", "-d", "x", "--prefix", "a", "--name", "b"], "give --prefix or --name, not both"),
    ],
)
def test_wrong_usage(cli, arguments, message):
    assert message in cli("run", "files", *arguments, code=2).err


def test_help_has_examples():
    for command in ("list", "download"):
        assert f"text: localtrack run files {command} -" in helps[f"run files {command}"]


def test_a_run_without_files_is_said_to_have_none(attached):
    Experiment(Workspace.from_config(attached.folder), "train").start_logging(outputs=False, run_id="bare").complete()
    done = attached("run", "files", "list", "-r", "bare", "-o", "table")
    assert (done.out, done.err) == ("", "WARNING: Run bare has no files.\n")
