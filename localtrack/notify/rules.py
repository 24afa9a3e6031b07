"""The rules of ``.azureml/notifications.yml``: when whom to tell. Read, and checked key by key."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localtrack import yaml_file
from localtrack.exceptions import AzureMLException
from localtrack.notify import checks
from localtrack.notify.checks import Checked
from localtrack.paths import Layout
from localtrack.store.status import CANCELED, COMPLETED, FAILED

EMAIL, WEBHOOK, COMMAND = "email", "webhook", "command"

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_MOST_RULES = 200
_SETTLED_NANOSECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Smtp:
    """How e-mail is sent."""

    host: str
    port: int
    security: str
    sender: str
    username: str | None
    password_env: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """When whom to tell.

    Attributes:
        statuses: The statuses that are told of; all last ones if the rule says nothing of when.
        experiment_name: A pattern with ``*``, ``?`` and ``[...]``, or None for all experiments.
        tags: Names of tags that the run must have, each with its value or None for any.
        children: Whether it is about runs with a parent too.
        running_longer_than: In seconds, or None.
        no_metric_for: In seconds, or None.
        recipients: (channel, address) of each.
    """

    name: str
    statuses: tuple[str, ...]
    experiment_name: str | None
    tags: tuple[tuple[str, str | None], ...]
    children: bool
    running_longer_than: float | None
    no_metric_for: float | None
    recipients: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the file.

    Attributes:
        line: Where, from 1; None if it is all of it.
        key: The way to the value, such as ``rules[0].status``; empty if it is all of it.
        text: What is wrong.
    """

    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.line and f"line {self.line}", self.key) if part)
        return f"{place}: {self.text}" if place else self.text


@dataclass(frozen=True, slots=True)
class Rules:
    """What the file says, without what is faulty in it.

    Attributes:
        smtp: None if there is none, or a faulty one.
        sink: The file that events are written to, relative to the project's folder, or None.
        rules: The rules.
        faults: What was left out, and why.
        faulty: The names of the rules that were left out, as far as they have one.
        readable: Whether the file could be read at all, and has a list of rules.
    """

    smtp: Smtp | None = None
    sink: str | None = None
    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()
    faulty: tuple[str, ...] = ()
    readable: bool = True


def described(fault: Fault, path: str) -> str:
    """Return what is wrong, with the file's name; a fault of the whole file names it itself."""
    return f"{path}, {fault}" if fault.line is not None else str(fault)


def read(layout: Layout) -> Rules:
    """Return a workspace's rules; there are none without a file. It is read again only after it was changed."""
    path = layout.notifications
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return Rules()
    except OSError as error:
        return Rules(faults=(Fault(None, "", f"{path} can't be read: {error.strerror}."),), readable=False)
    state = (facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_size)
    known = _read.get(path)
    if known is None or known[0] != state:
        try:
            rules = parse(yaml_file.read_text(path), path)
        except AzureMLException as error:
            rules = Rules(faults=(Fault(None, "", str(error)),), readable=False)
        # A file that was changed a moment ago may change again without a sign of it.
        if time.time_ns() - facts.st_mtime_ns < _SETTLED_NANOSECONDS:
            return rules
        _read[path] = known = state, rules
    return known[1]


def parse(text: str, path: str) -> Rules:
    """Return the rules of a file's text.

    Args:
        text: The text.
        path: What messages call the file.
    """
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return Rules()
    try:
        document = yaml_file.loads(text, path)
    except AzureMLException as error:
        return Rules(faults=(Fault(None, "", str(error)),), readable=False)
    checked = Checked(document)
    checked.only((), document, ("smtp", "events", "rules"))
    smtp = _smtp(checked, document)
    sink = _sink(checked, document)
    rules = _rules(checked, document, has_smtp="smtp" in document)
    node = yaml_file.compose(text) if checked.faults else None
    faults = [Fault(yaml_file.line_of(node, keys), _way(keys), said) for keys, said in checked.faults]
    if checked.count > len(faults):
        faults.append(Fault(None, "", f"{path} has {checked.count - len(faults)} more faults."))
    sound = [rule.name for rule in rules or ()]
    given = document.get("rules") if rules is not None else None
    names = [each.get("name") for each in given or () if isinstance(each, dict)]
    faulty = [name for name in names if isinstance(name, str) and name not in sound]
    return Rules(smtp, sink, tuple(rules or ()), tuple(faults), tuple(faulty), readable=rules is not None)


_read: dict[str, tuple[tuple[int, ...], Rules]] = {}


def _smtp(checked: Checked, document: Mapping[str, Any]) -> Smtp | None:
    if "smtp" not in document:
        return None
    before = checked.count
    given = checked.mapping(("smtp",))
    if given is None:
        return None
    names = ("host", "port", "security", "from", "username", "password_env")
    checked.only(("smtp",), given, names)
    host = checked.text(("smtp", "host"), checks.host, required=True)
    security = checked.text(("smtp", "security"), checks.one_of(tuple(_PORTS))) or "starttls"
    port = checked.value(("smtp", "port"), checks.port)
    sender = checked.text(("smtp", "from"), checks.address, required=True)
    username = checked.text(("smtp", "username"), checks.line)
    password = checked.text(("smtp", "password_env"), checks.password_variable)
    if (username is None) != (password is None):
        checked.fault(("smtp",), "username and password_env go together: give both, or neither")
    if username is not None and security == "none" and host is not None and not checks.is_loopback(host):
        checked.fault(
            ("smtp", "security"),
            f"a password is not sent to {host} without encryption: use starttls or tls, or leave the username out",
        )
    if checked.count > before or host is None or sender is None:
        return None
    return Smtp(host, port if port is not None else _PORTS[security], security, sender, username, password)


def _sink(checked: Checked, document: Mapping[str, Any]) -> str | None:
    if "events" not in document:
        return None
    given = checked.mapping(("events",))
    if given is None:
        return None
    checked.only(("events",), given, ("file",))
    return checked.text(("events", "file"), checks.sink, required=True)


def _rules(checked: Checked, document: Mapping[str, Any], *, has_smtp: bool) -> list[Rule] | None:
    given = document.get("rules")
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > _MOST_RULES:
        checked.fault(("rules",), f"there must be a list of at most {_MOST_RULES} rules, each with '- name: ...'")
        return None
    found: list[Rule] = []
    for place in range(len(given)):
        rule = _rule(checked, place, has_smtp=has_smtp)
        if rule is not None and rule.name in [other.name for other in found]:
            checked.fault(("rules", place, "name"), f"there is another rule {rule.name!r}: choose another name")
        elif rule is not None:
            found.append(rule)
    return found


_KEYS = (
    "name",
    "status",
    "experiment_name",
    "tag",
    "children",
    "running_longer_than",
    "no_metric_for",
    EMAIL,
    WEBHOOK,
    COMMAND,
)


def _rule(checked: Checked, place: int, *, has_smtp: bool) -> Rule | None:
    way = ("rules", place)
    before = checked.count
    given = checked.mapping(way)
    if given is None:
        return None
    checked.only(way, given, _KEYS)
    name = checked.text((*way, "name"), checks.rule_name, required=True)
    statuses = checked.texts((*way, "status"), checks.status)
    longer = checked.text((*way, "running_longer_than"), checks.duration)
    silent = checked.text((*way, "no_metric_for"), checks.duration)
    experiment = checked.text((*way, "experiment_name"), checks.line)
    tags = checked.texts((*way, "tag"), checks.tag)
    children = checked.value((*way, "children"), checks.yes_or_no)
    recipients = [(EMAIL, each) for each in checked.texts((*way, EMAIL), checks.address)]
    recipients += [(WEBHOOK, each) for each in checked.texts((*way, WEBHOOK), checks.url)]
    recipients += [(COMMAND, each) for each in checked.texts((*way, COMMAND), checks.command)]
    if checked.count == before and not recipients:
        checked.fault(way, "it tells nobody: add email, webhook or command")
    if not has_smtp and any(channel == EMAIL for channel, _ in recipients):
        checked.fault((*way, EMAIL), "e-mail needs to know a server: add smtp, with host and from, to the file")
    if checked.count > before or name is None:
        return None
    if not statuses and longer is None and silent is None:
        statuses = [COMPLETED, FAILED, CANCELED]
    return Rule(
        name,
        tuple(statuses),
        experiment,
        tuple(tags),
        bool(children),
        longer,
        silent,
        tuple(dict.fromkeys(recipients)),
    )


def _way(keys: tuple[yaml_file.Key, ...]) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
