"""Changing ``notifications.yml`` for its user: lines are put in or taken out, all others stay as they are."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import yaml

from localtrack import yaml_file
from localtrack.exceptions import UserErrorException
from localtrack.notify import rules
from localtrack.notify.rules import Rules
from localtrack.paths import Layout

_HEAD = "# Whom localtrack tells when a run's status changes. Passwords belong into the environment, not in here.\n"


def add(layout: Layout, rule: Mapping[str, Any], smtp: Mapping[str, Any] | None) -> Rules:
    """Add a rule to the file, which is made if it isn't there.

    Args:
        layout: The workspace's.
        rule: The rule, as it stands in the file.
        smtp: The mail server, likewise, if the file doesn't have one yet.

    Raises:
        UserErrorException: The rule, or what the file has, can't be used; the file is left as it was.
    """
    with _alone(layout):
        return _add(layout, rule, smtp)


def remove(layout: Layout, name: str) -> Rules:
    """Take a rule out of the file.

    Raises:
        UserErrorException: There is none of that name, or its lines can't be told from others.
    """
    with _alone(layout):
        return _remove(layout, name)


def unknown(layout: Layout, name: str) -> UserErrorException:
    """Return the error that there is no such rule."""
    return UserErrorException(
        f"There is no rule {name!r} in {layout.notifications}. `localtrack monitor alert list` has those that there "
        "are."
    )


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Let no other change come between reading the file and writing it."""
    try:
        descriptor = os.open(layout.root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError as error:
        raise UserErrorException(f"{layout.root} can't be read: {error.strerror}.", error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _add(layout: Layout, rule: Mapping[str, Any], smtp: Mapping[str, Any] | None) -> Rules:
    text = _text(layout)
    before = _readable(text, layout)
    if not text.strip():
        text = _HEAD
    node = yaml_file.compose(text)
    if smtp:
        if _value(node, "smtp") is not None:
            raise UserErrorException(
                f"{layout.notifications} has smtp already: change it there, or leave --smtp-* out."
            )
        text = _with_line_end(text) + _block({"smtp": dict(smtp)})
        node = yaml_file.compose(text)
    changed = _with_rule(text, node, rule)
    return _write(layout, changed, before, added=str(rule["name"]))


def _remove(layout: Layout, name: str) -> Rules:
    text = _text(layout)
    before = _readable(text, layout)
    node = _value(yaml_file.compose(text), "rules")
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    found = [item for item in items if _name(item) == name]
    if not found:
        raise unknown(layout, name)
    if len(found) > 1:
        raise UserErrorException(f"{layout.notifications} has several rules {name!r}: remove one of them by hand.")
    if isinstance(node, yaml.SequenceNode) and node.flow_style:
        raise UserErrorException(f"{layout.notifications} has its rules between [ and ]: remove this one by hand.")
    lines = text.splitlines(keepends=True)
    first = found[0].start_mark.line
    while not lines[first].lstrip().startswith("-"):  # the dash may stand alone above
        first -= 1
    del lines[first : _last_line(found[0]) + 1]
    return _write(layout, "".join(lines), before, removed=name)


def _text(layout: Layout) -> str:
    try:
        return yaml_file.read_text(layout.notifications)
    except UserErrorException as error:
        if isinstance(error.inner_exception, FileNotFoundError):
            return ""
        raise


def _readable(text: str, layout: Layout) -> Rules:
    found = rules.parse(text, layout.notifications)
    if not found.readable:
        raise UserErrorException(str(found.faults[0]))
    return found


def _with_rule(text: str, node: yaml.Node | None, rule: Mapping[str, Any]) -> str:
    there = _value(node, "rules")
    if there is None:
        return _with_line_end(text) + _block({"rules": [dict(rule)]})
    if isinstance(there, yaml.SequenceNode) and there.flow_style:
        end = there.end_mark.index - 1
        comma = ", " if there.value else ""
        return f"{text[:end]}{comma}{json.dumps(dict(rule))}{text[end:]}"
    if not isinstance(there, yaml.SequenceNode):  # a key without a value
        line = there.end_mark.line
        indent = 2
    else:
        line = _last_line(there.value[-1]) + 1
        indent = there.start_mark.column
    lines = _with_line_end(text).splitlines(keepends=True)
    new = [" " * indent + each for each in _block([dict(rule)]).splitlines(keepends=True)]
    if not isinstance(there, yaml.SequenceNode):
        line = max(line, _key_line(node, "rules") + 1)
    return "".join([*lines[:line], *new, *lines[line:]])


def _write(layout: Layout, text: str, before: Rules, added: str | None = None, removed: str | None = None) -> Rules:
    """Write the file if it says what it said, but for what was meant to change."""
    after = rules.parse(text, layout.notifications)
    known = [str(fault.text) for fault in before.faults]
    new = [fault for fault in after.faults if fault.text not in known]
    if new:
        where = layout.notifications
        raise UserErrorException(
            f"{where} was left as it was, because this would be in it: {'; '.join(map(str, new))}."
        )
    if added is not None and added not in [rule.name for rule in after.rules]:
        raise UserErrorException(
            f"{layout.notifications} was left as it was, because the rule {added!r} would not hold in it: "
            f"{'; '.join(map(str, after.faults))}."
        )
    kept = [rule for rule in before.rules if rule.name != removed]
    if [rule for rule in after.rules if rule.name != added] != kept or after.sink != before.sink:
        raise UserErrorException(
            f"{layout.notifications} is written in a way that can't be changed without changing more of it: edit it by "
            "hand. It was left as it was."
        )
    yaml_file.write(layout.notifications, text)
    return after


def _block(document: Any) -> str:
    return yaml_file.dump(document)


def _with_line_end(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _key_line(node: yaml.Node | None, key: str) -> int:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(int(name.start_mark.line) for name, _ in pairs if name.value == key)


def _name(item: yaml.Node) -> str | None:
    value = _value(item, "name")
    return value.value if isinstance(value, yaml.ScalarNode) else None


def _last_line(node: yaml.Node) -> int:
    """Return the last line of what a node holds; its own end mark is behind comments and empty lines."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return max(_last_line(node.value[-1][0]), _last_line(node.value[-1][1]))
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1])
    mark = node.end_mark
    return int(mark.line if mark.column > 0 else max(mark.line - 1, node.start_mark.line))
