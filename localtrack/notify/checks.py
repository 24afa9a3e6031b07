"""The checks of single values of ``notifications.yml``, and the list of what they found."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from localtrack.paths import AZUREML
from localtrack.printable import printable
from localtrack.store.status import STATUSES
from localtrack.yaml_file import Key

T = TypeVar("T")

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?|::1")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_FOR_MAIL = re.compile("smtp|mail", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOST = 1000  # characters of a text
_MOST_TEXTS = 50
_MOST_FAULTS = 20  # that are said
_MOST_NEAR = 40  # characters


class Checked:
    """A document, with what was found wrong in it.

    Attributes:
        faults: The first of the faults.
        count: How many there are.
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        self.faults: list[tuple[tuple[Key, ...], str]] = []
        self.count = 0

    def fault(self, keys: Sequence[Key], text: str) -> None:
        """Note what is wrong with a value."""
        self.count += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append((tuple(keys), text))

    def only(self, keys: Sequence[Key], given: Mapping[str, Any], names: Sequence[str]) -> None:
        """Find keys that mean nothing."""
        for name in given:
            if name not in names:
                near = _near(name, names) if len(self.faults) < _MOST_FAULTS else []
                advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
                self.fault((*keys, name), f"there is no key {name[:80]!r}: {advice}")

    def mapping(self, keys: Sequence[Key]) -> Mapping[str, Any] | None:
        """Return the mapping that a value must be."""
        found = self._at(keys)
        if isinstance(found, dict):
            return found
        self.fault(keys, "there must be keys and values, such as 'name: value'")
        return None

    def value(self, keys: Sequence[Key], check: Callable[[Any], T], *, required: bool = False) -> T | None:
        """Return what a check makes of a value; None if it is not there, or faulty."""
        found = self._at(keys)
        if found is None:
            if required:
                self.fault(keys, f"{keys[-1]!r} is missing")
            return None
        try:
            return check(found)
        except ValueError as error:
            self.fault(keys, str(error))
            return None

    def text(self, keys: Sequence[Key], check: Callable[[str], T], *, required: bool = False) -> T | None:
        """Return what a check makes of a text, as `value` does."""
        return self.value(keys, lambda found: check(_text(found)), required=required)

    def texts(self, keys: Sequence[Key], check: Callable[[str], T]) -> list[T]:
        """Return what a check makes of each text of a list, or of a text alone."""
        found = self._at(keys)
        if found is None:
            return []
        if not isinstance(found, list):
            single = self.text(keys, check)
            return [] if single is None else [single]
        if not 0 < len(found) <= _MOST_TEXTS:
            self.fault(keys, f"there must be 1 to {_MOST_TEXTS} of them")
            return []
        checked = [self.text((*keys, place), check, required=True) for place in range(len(found))]
        return [each for each in checked if each is not None]

    def _at(self, keys: Sequence[Key]) -> Any:
        found = self._document
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else found[key]
        return found


def line(text: str) -> str:
    """Check a text of one line."""
    if not text.strip() or len(text) > _MOST or printable(text) != text:
        raise ValueError(f"{text[:80]!r} must be one line of 1 to {_MOST} characters that can be shown")
    return text


def rule_name(text: str) -> str:
    """Check a rule's name."""
    if len(text) > 100:
        raise ValueError("a name has at most 100 characters")
    return line(text)


def status(text: str) -> str:
    """Check a status."""
    return one_of(STATUSES)(text)


def tag(text: str) -> tuple[str, str | None]:
    """Check ``name`` or ``name=value``."""
    name, equals, value = line(text).partition("=")
    return name, value if equals else None


def duration(text: str) -> float:
    """Check a length of time, such as ``90s``, ``30m``, ``1.5h`` or ``2d``; return it in seconds."""
    found = _DURATION.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise ValueError(f"{text[:80]!r} is no length of time: write 90s, 30m, 2h or 1d")
    return float(found[1]) * _UNITS[found[2]]


def address(text: str) -> str:
    """Check an e-mail address."""
    local, _, domain = text.rpartition("@")
    if not _ADDRESS.fullmatch(text) or ".." in text or local.startswith(".") or local.endswith("."):
        raise ValueError(f"{text[:80]!r} is no e-mail address: write name@example.com, without anything around it")
    if any(len(part) > 63 for part in domain.split(".")):
        raise ValueError(f"{text[:80]!r} is no e-mail address: a part of its domain is longer than 63 characters")
    return text


def url(text: str) -> str:
    """Check the address of a webhook."""
    fault = f"{line(text)[:40]!r} is no address of a webhook: it begins with https:// or http://, and a host"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError(fault) from None
    if not usable or not text.isascii() or " " in text:
        raise ValueError(fault)
    if parts.username is not None or parts.password is not None:
        raise ValueError("a webhook's address can't have a name and a password in it")
    return text


def command(text: str) -> str:
    """Check a command line."""
    if not text.strip() or len(text) > 4 * _MOST or "\0" in text:
        raise ValueError(f"a command is a text of 1 to {4 * _MOST} characters")
    return text


def host(text: str) -> str:
    """Check the name or number of a mail server."""
    if not _HOST.fullmatch(text) or ".." in text:
        raise ValueError(f"{text[:80]!r} is no host: write its name, such as smtp.example.com, without the port")
    return text


def port(value: Any) -> int:
    """Check a port."""
    if type(value) is not int or not 0 < value < 65536:
        raise ValueError(f"{value!r} is no port: write a number from 1 to 65535")
    return value


def yes_or_no(value: Any) -> bool:
    """Check a switch."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def password_variable(text: str) -> str:
    """Check the name of the environment variable that has a password.

    A project that comes from elsewhere must not have any variable sent to a server of its choice.
    """
    if not _VARIABLE.fullmatch(text):
        raise ValueError(
            f"{text[:80]!r} is no name of an environment variable; the password itself does not belong in this file"
        )
    if not _FOR_MAIL.search(text):
        raise ValueError(
            f"{text!r} may be a secret of something else: use a variable with SMTP or MAIL in its name, such as "
            "SMTP_PASSWORD"
        )
    return text


def sink(text: str) -> str:
    """Check the file that events are written to: a name in the project's folder that no other program's file has."""
    parts = re.split(r"[/\\]", line(text))
    if text.startswith(("/", "\\", "~")) or ".." in parts or ":" in text:
        raise ValueError(f"{text[:80]!r} must lie in the project's folder: write a relative name, such as events.jsonl")
    if AZUREML in (part.lower() for part in parts):
        raise ValueError(f"{text[:80]!r} must not lie in {AZUREML}, which is localtrack's own")
    if not text.endswith(".jsonl"):
        raise ValueError(f"{text[:80]!r} must end with .jsonl, so that no other file is written to by mistake")
    return text


def one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Return a check that a text is one of some names."""

    def check(text: str) -> str:
        if text not in names:
            lower = {name.lower(): name for name in names}
            near = _near(text.lower(), list(lower))
            advice = f"did you mean {lower[near[0]]!r}?" if near else f"there are {', '.join(names)}"
            raise ValueError(f"{text[:80]!r} is none: {advice}")
        return text

    return check


def is_loopback(name: str) -> bool:
    """Whether a host is this machine itself, so that nothing goes over a network."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _near(text: str, names: Sequence[str]) -> list[str]:
    # Comparing takes long with long texts, which are near to none.
    return difflib.get_close_matches(text, names, 1) if len(text) <= _MOST_NEAR else []


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{repr(value)[:80]} must be a text")
    return value
