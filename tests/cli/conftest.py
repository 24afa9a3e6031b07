"""The command in a process of its own, as a user has it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

import localtrack
from localtrack.core.config import Identity
from localtrack.core.workspace import make

CHECKOUT = str(Path(localtrack.__file__).parents[1])


@dataclass
class Done:
    code: int
    out: str
    err: str


class Cli:
    """A project's folder and the command in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "My project"
        self.folder.mkdir()

    def __call__(self, *arguments: object, code: int = 0) -> Done:
        done = subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr or code == 3
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, **options: object) -> "subprocess.Popen[str]":
        """Start the command as the leader of a process group of its own."""
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            text=True,
            start_new_session=True,
            **given,  # type: ignore[call-overload]
        )

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "localtrack", *map(str, arguments)]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]) -> Iterator[Cli]:
    """The command in an empty folder. At the end no process that works for a workspace in it may be left."""
    for name in ("data", "config"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.setenv("LOCALTRACK_HOME", str(tmp_path / "localtrack"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([CHECKOUT, os.environ.get("PYTHONPATH", "")]))
    yield Cli(tmp_path)
    wait_until(lambda: not processes_in(str(tmp_path)))


@pytest.fixture
def attached(cli: Cli) -> Cli:
    """The command in a folder that is a workspace."""
    make(str(cli.folder), Identity("subscription", "group", "demo", "train"), exist_ok=False)
    return cli


def processes_in(folder: str) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and folder in " ".join(process.cmdline()) + process.cwd():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.fixture
def terminal(cli: Cli) -> Callable[..., str]:
    """Run the command on a terminal of so many columns and return what it prints there."""
    pty = pytest.importorskip("pty")

    def run(columns: int, *arguments: object) -> str:
        ours, theirs = pty.openpty()
        variables = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1"}
        process = cli.start(*arguments, stdout=theirs, env=variables)
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 4096):
                text += part
        except OSError:
            pass  # how Linux says that the other end is closed
        os.close(ours)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        return text.decode().replace("\r\n", "\n")

    return run
