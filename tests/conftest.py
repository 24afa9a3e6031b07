"""What several rooms' tests share: programs in processes of their own, and a user who is not root."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

import localtrack
from localtrack.core import Workspace
from localtrack.store.store import Store
from localtrack.testing.workspace import isolated

pytest_plugins = ["pytester"]

# The same examples each time: what fails, fails for whoever made the change. Others are for long passes, by hand:
# pytest tests/core/test_any_sequence.py --hypothesis-profile=long
settings.register_profile("same", derandomize=True)
settings.register_profile("long", derandomize=False, max_examples=3000)
settings.load_profile("same")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Give the workspace of `localtrack_workspace`, in which a test may leave what it likes."""
    with isolated(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def store(workspace: Workspace) -> Store:
    return workspace._store


@pytest.fixture
def start_python() -> Callable[..., "subprocess.Popen[str]"]:
    """Start a program in a process of its own; it is killed at the end if it is still there."""
    started: list[subprocess.Popen[str]] = []
    home = os.path.dirname(os.path.dirname(localtrack.__file__))

    def start(
        program: str, *arguments: object, prefix: Sequence[str] = (), measured: bool = True, **options: object
    ) -> "subprocess.Popen[str]":
        # Coverage writes files and loads modules of its own, which matters where a disk is full.
        given = {name: value for name, value in os.environ.items() if measured or not name.startswith("COVERAGE_")}
        environment = {**given, "PYTHONPATH": os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])}
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment, **options.pop("env", {})},  # type: ignore[dict-item]
            **options,  # type: ignore[call-overload]
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            pipe.close()


@pytest.fixture
def run_python(start_python: Callable[..., "subprocess.Popen[str]"]) -> Callable[..., str]:
    """Run a program in a process of its own and return what it printed; it must end well."""

    def run(program: str, *arguments: object, **options: object) -> str:
        process = start_python(program, *arguments, **options)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        return output

    return run


@pytest.fixture
def hold_lock(start_python: Callable[..., "subprocess.Popen[str]"]) -> Callable[[str], "subprocess.Popen[str]"]:
    """Start a process that holds a lock until it is killed."""
    program = """
    import filelock, sys
    lock = filelock.FileLock(sys.argv[1])
    lock.acquire()
    print("locked", flush=True)
    sys.stdin.read()
    """

    def hold(path: str) -> "subprocess.Popen[str]":
        process = start_python(program, path)
        assert process.stdout.readline() == "locked\n"
        return process

    return hold


@pytest.fixture
def unprivileged(run_python: Callable[..., str]) -> Callable[..., str]:
    """Run a program that permissions bind, which they don't bind root, as which CI runs."""
    prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--"] if os.getuid() == 0 else []

    def run(program: str, *arguments: object) -> str:
        return run_python(program, *arguments, prefix=prefix)

    return run


@pytest.fixture
def read_only() -> Callable[[str], None]:
    """Take the write permission from a folder and all in it, until the test ends."""
    changed: list[tuple[str, int]] = []

    def protect(top: str) -> None:
        for folder, _, names in os.walk(top):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                changed.append((path, os.stat(path).st_mode))
                os.chmod(path, os.stat(path).st_mode & 0o7555)

    yield protect
    for path, mode in changed:
        if os.path.exists(path):
            os.chmod(path, mode)


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for a condition; a test that waits for what never comes fails."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until
