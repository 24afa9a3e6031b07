"""What to tell whom when a run's status changes.

An event is written in the transaction that changes the status. `matching` looks through the rules for it afterwards
and puts messages into the outbox; `delivery` sends them, in a process of its own that `executor` starts. So nothing
is told before it is true, and no run waits for a mail server.
"""

from __future__ import annotations

import os

from localtrack.paths import Layout


def faults(layout: Layout) -> list[str]:
    """Return what is wrong with a workspace's rules, and why messages have not arrived."""
    from localtrack.notify import permission, rules
    from localtrack.store.store import open_store

    found = rules.read(layout)
    texts = [rules.described(fault, layout.notifications) for fault in found.faults]
    for rule in found.rules:
        texts += [
            f"The rule {rule.name!r} runs a command that you have not allowed; `localtrack monitor alert allow` asks."
            for channel, address in rule.recipients
            if channel == rules.COMMAND and not permission.is_allowed(layout, address)
        ]
    if os.path.exists(layout.database):
        texts += [
            f"A message of the rule {each.rule!r} about run {each.run} has not arrived: {each.fault}"
            for each in open_store(layout).outbox.unsent()
            if each.fault is not None
        ]
    return texts
