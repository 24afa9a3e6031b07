"""The direction of imports (DESIGN: the house), and what importing localtrack must not load."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import localtrack

PACKAGE = Path(localtrack.__file__).parent

# A room may import those of a lower floor, and its own.
FLOORS = [
    {
        "copying",
        "exceptions",
        "journal",
        "owner",
        "paths",
        "printable",
        "redaction",
        "user_folders",
        "values",
        "yaml_file",
    },
    {"store"},
    {"notify"},
    {"executor"},
    {"core"},
    {"__main__", "cli", "data", "dropin", "pipeline", "telemetry", "testing", "train", "widgets"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

HEAVY = {"sqlite3", "sqlite_utils", "filelock", "psutil", "platformdirs", "yaml", "knack", "localtrack.store"}


def rooms_imported(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the room of every import of localtrack's, also of those inside functions.

    Args:
        source: The text of a module.
        package: The package that the module is in, for relative imports.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            room = rest.partition(".")[0]
            if top == "localtrack" and (room in FLOOR or is_module(room)):
                yield node.lineno, room


def is_module(room: str) -> bool:
    """Whether a name below localtrack is a module, not one of its public names such as VERSION."""
    return (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file() if room else False


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_has_its_floor():
    assert {room_of(path) for path in modules()} <= set(FLOOR)


def test_imports_go_one_way():
    wrong = []
    for path in modules():
        package = ".".join(path.relative_to(PACKAGE.parent).parts[:-1])
        for line, room in rooms_imported(path.read_text(encoding="utf-8"), package):
            if FLOOR[room] > FLOOR[room_of(path)]:
                wrong.append(f"{path.relative_to(PACKAGE.parent)}:{line} imports localtrack.{room}")
    assert not wrong, "\n".join(["against the direction of imports:", *wrong])


@pytest.mark.parametrize(
    ("source", "rooms"),
    [
        ("import localtrack.core.run", ["core"]),
        ("import os, localtrack.store as s", ["store"]),
        ("from localtrack import VERSION, notify", ["notify"]),
        ("from localtrack.dropin import search_path", ["dropin"]),
        ("def f():\n    from ..core import run", ["core"]),
        ("from .. import core", ["core"]),
        ("from . import tree", ["executor"]),
        ("import localtracker.core", []),
        ("from localtrack import VERSION", []),
    ],
)
def test_finds_imports_of_every_form(source, rooms):
    assert [room for _, room in rooms_imported(source, "localtrack.executor")] == rooms


@pytest.mark.parametrize("code", ["import localtrack", "from localtrack.core import Run"])
def test_importing_loads_nothing_heavy(code):
    assert loaded_by(code) & HEAVY == set()


def test_the_supervisor_does_without_the_objects_of_the_sdk():
    loaded = loaded_by("import localtrack.executor.supervisor")
    assert not [name for name in loaded if name.startswith("localtrack.core")]


def loaded_by(code: str) -> set[str]:
    """Return the modules that a new interpreter has after some code."""
    # Measuring coverage would itself load some of them.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
