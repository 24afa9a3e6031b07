"""Environments as ``-o table`` shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from localtrack.printable import size_text


def environment_table(result: Any) -> list[dict[str, Any]]:
    """Return the rows of one environment or several, registered or built, as a command has returned them."""
    found = result if isinstance(result, list) else [result]
    return [_built_row(each) if "hash" in each else _row(each) for each in found]


def _row(environment: dict[str, Any]) -> dict[str, Any]:
    python = environment["python"]
    own = python["userManagedDependencies"]
    return {
        "Name": environment["name"],
        "Version": environment["version"],
        "Interpreter": python["interpreterPath"] if own else "",
        "Packages": "" if own else ", ".join(_packages(python["condaDependencies"] or {})),
    }


def _packages(conda: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for each in conda.get("dependencies") or ():
        found += (each.get("pip") or ()) if isinstance(each, dict) else [each]
    return found


def _built_row(environment: dict[str, Any]) -> dict[str, Any]:
    return {
        "Hash": environment["hash"],
        "Python": environment["python"] or "",
        "Size": size_text(environment["size"]),
        "LastUsed": f"{datetime.fromisoformat(environment['lastUsed']).astimezone():%Y-%m-%d %H:%M}",
        "InUse": environment["inUse"],
        "Requirements": ", ".join(environment["requirements"] or ()),
    }
