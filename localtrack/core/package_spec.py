"""The texts by which conda and pip are asked for packages: their names, and several for one package as one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from localtrack.exceptions import UserErrorException

_CONDA_NAME = re.compile(r"(?:[^:\s]+::)?([A-Za-z0-9_.-]+)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"(?:\[(?P<extras>[^]]*)\])?\s*"
    r"(?P<versions>[^;@]*)"
    r"(?:;(?P<marker>.*))?"
)
_PIP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def checked_spec(text: object, what: str) -> str:
    """Return a line of a conda or pip list.

    Raises:
        UserErrorException: It is no text, is empty, or has several lines.
    """
    if not isinstance(text, str) or not text.strip() or any(ord(char) < 32 for char in text.strip()):
        raise UserErrorException(f"{what} is a text such as 'numpy', not {text!r}.")
    return text.strip()


def checked_specs(texts: Iterable[str] | None, what: str) -> list[str]:
    """Return the lines of a conda or pip list.

    Raises:
        UserErrorException: It is no list, or a line is none.
    """
    if isinstance(texts, str):
        raise UserErrorException(f"{what} must be a list, such as [{texts!r}], not a text.")
    return [checked_spec(each, "A package") for each in texts or ()]


def conda_name(text: str) -> str:
    """Return the name of the package that conda is asked for, in small letters."""
    found = _CONDA_NAME.match(text)
    return (found[1] if found else text).lower()


def pip_name(text: str) -> str:
    """Return the name of the package that pip is asked for, in its one spelling."""
    found = _EGG.search(text) if "://" in text.partition("@")[0] else _PIP_NAME.match(text)
    name = found[found.lastindex or 0] if found else text
    return re.sub(r"[-_.]+", "-", name).lower()


def merged(requirements: Iterable[str]) -> list[str]:
    """Return requirements of pip's with one for each package, which has the extras and versions of all."""
    found: dict[tuple[str, str], tuple[str, dict[str, None], dict[str, None]]] = {}
    for text in requirements:
        line = checked_spec(text, "A requirement")
        parts = _REQUIREMENT.fullmatch(line)
        if parts is None:  # an address or an option, which stays as it is
            found.setdefault((line, ""), (line, {}, {}))
            continue
        marker = (parts["marker"] or "").strip()
        _, extras, versions = found.setdefault((pip_name(parts["name"]), marker), (parts["name"], {}, {}))
        extras.update(_listed(parts["extras"]))
        versions.update(_listed(parts["versions"]))
    return [
        name + (f"[{','.join(extras)}]" if extras else "") + ",".join(versions) + (f"; {marker}" if marker else "")
        for (_, marker), (name, extras, versions) in found.items()
    ]


def _listed(text: str | None) -> dict[str, None]:
    parts = (part.strip() for part in (text or "").split(","))
    return dict.fromkeys(part for part in parts if part)
