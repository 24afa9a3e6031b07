"""What to tell whom when a run's status changes.

An event is written in the transaction that changes the status. `matching` looks through the rules for it afterwards
and puts messages into the outbox; `delivery` sends them, in a process of its own that `executor` starts. So nothing
is told before it is true, and no run waits for a mail server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localtrack.store.store import Store


def faults(store: Store) -> list[str]:
    """Return what is wrong with a workspace's rules and its file of events, and why messages have not arrived."""
    texts: list[str] = []
    for look in (_of_rules, _of_events, _of_messages):
        try:
            texts += look(store)
        except Exception as error:  # noqa: BLE001  who asks what is wrong must be told, whatever it is
            texts.append(f"Alerts could not be looked at: {type(error).__name__}: {error}")
    return texts


def _of_rules(store: Store) -> list[str]:
    from localtrack.notify import delivery, permission, rules

    layout = store.layout
    found = rules.read(layout)
    texts = [rules.described(fault, layout.notifications) for fault in found.faults]
    for rule in found.rules:
        texts += [
            f"The rule {rule.name!r} runs a command that you have not allowed; `localtrack monitor alert allow` asks."
            for channel, address in rule.recipients
            if channel == rules.COMMAND and not permission.is_allowed(layout, address)
        ]
        if (
            found.smtp is not None
            and any(channel == rules.EMAIL for channel, _ in rule.recipients)
            and not permission.is_login_allowed(layout, found.smtp)
        ):
            texts.append(delivery.not_allowed(found.smtp, rule.name))
    return texts


def _of_events(store: Store) -> list[str]:
    from localtrack.notify import rules, sink

    name = rules.read(store.layout).sink
    if name is None:
        return []
    fault = sink.fault(store, name)
    return [] if fault is None else [fault]


def _of_messages(store: Store) -> list[str]:
    return [
        f"A message of the rule {each.rule!r} about run {each.run} has not arrived: {each.fault}"
        for each in store.outbox.unsent()
        if each.fault is not None
    ]
