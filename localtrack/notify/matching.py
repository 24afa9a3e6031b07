"""From events, and from time that passes, to messages: each event is looked at once, by whoever comes first."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from localtrack.notify import rules, sink
from localtrack.notify.event import AmlRunStatusChangedEvent, moment
from localtrack.notify.rules import Rule, Rules
from localtrack.store.events import StatusEvent
from localtrack.store.outbox import NewMessage, RunningRun
from localtrack.store.status import RUNNING
from localtrack.store.store import Store

_GATHER_NANOSECONDS = 1_500_000_000  # a message waits so long for others, such as those of many children
_LAST_NANOSECONDS = 3 * 24 * 3600 * 10**9
_NANOSECONDS = 10**9


def match(store: Store) -> str | None:
    """Look through the rules for each event that nobody did it for; events wait for a file that can't be read.

    Returns:
        Why the file of events is not up to date; None if it is. It does not keep messages from being sent.

    Raises:
        ServiceException: The database can't be changed.
    """
    found = rules.read(store.layout)
    fault = None
    while found.readable and (untold := store.events.untold()):
        if found.sink is not None:
            fault = sink.append(store, found.sink, untold)
        store.outbox.tell([(event.key, list(_messages(store, found, event))) for event in untold])
    return fault


def has_time_rules(store: Store) -> bool:
    """Whether a rule is about time that passes."""
    found = rules.read(store.layout)
    return any(rule.running_longer_than is not None or rule.no_metric_for is not None for rule in found.rules)


def look_at_running(store: Store) -> None:
    """Keep a message for each rule about time that holds for a run that is running, once for each."""
    now = time.time_ns()
    running = store.outbox.running()
    new: list[NewMessage] = []
    for rule in rules.read(store.layout).rules:
        for run in running:
            new += _late(store, rule, run, now)
    if new:
        store.outbox.add(new)


def condition(rule: Rule) -> str:
    """Return when a rule tells, in words."""
    parts = [f"status is {' or '.join(rule.statuses)}"] if rule.statuses else []
    if rule.running_longer_than is not None:
        parts.append(f"running longer than {length(rule.running_longer_than)}")
    if rule.no_metric_for is not None:
        parts.append(f"no metric for {length(rule.no_metric_for)}")
    return ", or ".join(parts)


def length(seconds: float) -> str:
    """Return a length of time as it is written in rules."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _messages(store: Store, found: Rules, event: StatusEvent) -> Iterable[NewMessage]:
    for rule in found.rules:
        if event.new_status in rule.statuses and _is_about(store, rule, event.run_id, event.experiment, event.parent):
            about = {"event": AmlRunStatusChangedEvent.of(event).as_dict(), "reason": None}
            yield from _to_all(rule, f"event {event.key}", event.run_id, about)


def _late(store: Store, rule: Rule, run: RunningRun, now: int) -> Iterable[NewMessage]:
    silent_since = max(run.started, run.last_metric or 0)
    for name, limit, since in (
        ("running longer than", rule.running_longer_than, run.started),
        ("no metric for", rule.no_metric_for, silent_since),
    ):
        if limit is None or now - since < limit * _NANOSECONDS:
            continue
        # The run's id alone may be given again after it was deleted.
        occasion = f"{name} {length(limit)}: {run.id} {run.created}"
        if store.outbox.has(occasion, rule.name) or not _is_about(store, rule, run.id, run.experiment, run.parent):
            continue
        event = AmlRunStatusChangedEvent(0, moment(now), run.id, run.experiment, run.parent, RUNNING, RUNNING, None)
        about = {"event": {**event.as_dict(), "id": None}, "reason": f"{name} {length(limit)}"}
        yield from _to_all(rule, occasion, run.id, about)


def _is_about(store: Store, rule: Rule, run_id: str, experiment: str, parent: str | None) -> bool:
    if parent is not None and not rule.children:
        return False
    if rule.experiment_name is not None and not fnmatchcase(experiment, rule.experiment_name):
        return False
    if not rule.tags:
        return True
    tags = store.labels.tags(run_id)
    return all(name in tags and (value is None or tags[name] == value) for name, value in rule.tags)


def _to_all(rule: Rule, occasion: str, run_id: str, about: dict[str, Any]) -> Iterable[NewMessage]:
    now = time.time_ns()
    for channel, recipient in rule.recipients:
        due = now if channel == rules.COMMAND else now + _GATHER_NANOSECONDS
        yield NewMessage(
            occasion, run_id, rule.name, channel, recipient, json.dumps(about), now + _LAST_NANOSECONDS, due
        )
