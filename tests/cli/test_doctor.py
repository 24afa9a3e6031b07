import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROWS = [
    *("localtrack", "Python", "SQLite", "workspace", "file system", "write lock", "journal mode"),
    *("integrity", "processes", "journals", "tables", "metrics", "files", "snapshots", "leftovers", "space"),
]


def checks(out: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(out)["checks"]}


FILLING = """
import io
from localtrack.core import Experiment, Workspace
run = Experiment(Workspace.from_config(), "train").start_logging(run_id="run")
run.log("loss", 0.5)
run.upload_file("outputs/a.txt", io.StringIO("a"))
run.complete()
"""


@pytest.fixture
def filled(attached, run_python):
    """The command in a workspace in which another process has logged."""
    run_python(FILLING, cwd=attached.folder)
    return attached


def database(cli) -> Path:
    return cli.folder / ".azureml" / "localtrack.db"


def test_all_is_well(filled) -> None:
    out = filled("doctor").out
    assert list(checks(out)) == ROWS
    assert {each["status"] for each in checks(out).values()} == {"ok"}
    assert json.loads(out)["space"]["database"] > 0
    lines = filled("doctor", "--path", filled.folder, "--fix", "--deep", "-o", "table").out.splitlines()
    assert lines[0].split() == ["Check", "Status", "Detail"]
    assert len(lines) == 2 + len(ROWS)


def test_what_is_wrong_is_named_and_what_can_be_repaired_is(filled) -> None:
    os.unlink(filled.folder / ".azureml" / "runs" / "run" / "outputs" / "a.txt")
    with closing(sqlite3.connect(database(filled))) as connection:
        connection.execute("UPDATE metrics SET count = 7")
        connection.commit()
    found = checks(filled("doctor", code=1).out)
    assert found["metrics"]["status"] == found["files"]["status"] == "error"
    assert found["metrics"]["findings"][0]["fixable"]
    found = checks(filled("doctor", "--fix", code=1).out)
    assert (found["metrics"]["status"], found["metrics"]["detail"]) == ("ok", "1 repaired")
    assert (found["files"]["findings"][0]["kind"], found["files"]["findings"][0]["runId"]) == ("file-missing", "run")
    done = filled("doctor", "-o", "table", code=1)
    (row,) = [line for line in done.out.splitlines() if line.startswith("files")]
    assert "ERROR" in row
    assert "'outputs/a.txt' of run run is not there" in row


def test_a_damaged_database_and_the_backup_that_there_is(filled) -> None:
    path = database(filled)
    backup = path.with_name("localtrack.db.v1.backup")
    backup.write_bytes(path.read_bytes())
    whole = path.read_bytes()
    for content, said in ((whole[:5000], "damaged"), (b"no database " * 100, "not a database"), (whole, "newer")):
        path.write_bytes(content)
        if content == whole:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA user_version=99")
        found = checks(filled("doctor", "--fix", code=1).out)
        detail = " ".join(each["detail"] for each in found.values() if each["status"] == "error")
        assert said in detail
        assert f"There is a backup from before its tables were changed, {backup}" in detail
        assert path.read_bytes()[:4096] == content[:4096] or content == whole
    os.unlink(path)
    assert "is not there" in checks(filled("doctor", code=1).out)["database"]["detail"]
    assert not path.exists()


def test_where_there_is_no_workspace(cli) -> None:
    found = checks(cli("doctor", code=1).out)
    assert list(found) == ["localtrack", "Python", "SQLite", "workspace"]
    assert "There is no workspace here" in found["workspace"]["detail"]


def test_why_nobody_is_told_is_said(filled) -> None:
    filled.write(".azureml/notifications.yml", "rules:\n- name: failures\n  webhok: https://example.com\n")
    found = checks(filled("doctor").out)["alerts"]
    assert found["status"] == "warning"
    assert "webhok" in found["detail"]
