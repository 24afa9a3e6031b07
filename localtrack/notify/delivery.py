"""Sending what waits in the outbox: claimed, sent, and noted. Who dies in between leaves a claim that others void."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localtrack.notify import report, rules
from localtrack.notify.command import Command, RunCommand
from localtrack.notify.recipient import NotDelivered, Recipient, Unclear
from localtrack.notify.rules import COMMAND, EMAIL, WEBHOOK, Rule, Rules
from localtrack.store.outbox import Waiting
from localtrack.store.store import Store

if TYPE_CHECKING:
    pass

_GATHERED = (EMAIL, WEBHOOK)
_PAUSES = (5, 15, 60, 300, 900, 3600)  # seconds after the first failure, the second and so on
_LASTING_PAUSE = 3600
_NANOSECONDS = 10**9


def deliver(store: Store, run_command: RunCommand, *, everything: bool = False) -> int:
    """Send what is due.

    Args:
        store: The workspace's store.
        run_command: What starts commands.
        everything: Whether all that waits is tried, once, due or not.

    Returns:
        How many messages arrived.

    Raises:
        ServiceException: The database can't be changed.
    """
    store.outbox.free_dead()
    since = time.time_ns() if everything else None
    count = 0
    while claimed := store.outbox.claim(gathered=_GATHERED, untried_since=since):
        count += _send(store, claimed, run_command)
    return count


def recipient(store: Store, found: Rules, channel: str, address: str, run_command: RunCommand) -> Recipient:
    """Return who is reached by a channel and an address.

    Raises:
        NotDelivered: The file does not say how any more.
    """
    if channel == COMMAND:
        return Command(store.layout, address, run_command)
    if channel == WEBHOOK:
        from localtrack.notify.webhook import Webhook

        return Webhook(address)
    if found.smtp is None:
        raise NotDelivered(
            f"{store.layout.notifications} has no usable smtp; `localtrack monitor alert list` says why."
        )
    from localtrack.notify.smtp import EmailAddress

    return EmailAddress(found.smtp, address)


def test(store: Store, rule: Rule, run_command: RunCommand) -> list[tuple[str, str, str | None]]:
    """Send a message to all that a rule names, now and once, whether or not anything has happened.

    Returns:
        Channel and address of each, and why it was not reached, or None.
    """
    found = rules.read(store.layout)
    sent: list[tuple[str, str, str | None]] = []
    for channel, address in rule.recipients:
        try:
            recipient(store, found, channel, address, run_command).deliver(report.of_test(store, rule.name))
            sent.append((channel, address, None))
        except (NotDelivered, Unclear) as error:
            sent.append((channel, address, str(error)))
    return sent


def _send(store: Store, claimed: list[Waiting], run_command: RunCommand) -> int:
    first = claimed[0]
    found = rules.read(store.layout)
    if found.readable and not _is_wanted(found, first):
        store.outbox.failed(claimed, "No rule says any more that this is sent, so it was not.", None)
        return 0
    try:
        if not found.readable:
            raise NotDelivered(f"{store.layout.notifications} can't be read, so nothing is sent.")
        to = recipient(store, found, first.channel, first.recipient, run_command)
        to.deliver(report.compose(store, claimed))
    except NotDelivered as error:
        store.outbox.failed(claimed, str(error), _next(claimed, lasting=error.lasting))
        return 0
    except Unclear as error:
        store.outbox.failed(claimed, str(error), _next(claimed), unclear=True)
        return 0
    store.outbox.delivered(claimed)
    return len(claimed)


def _is_wanted(found: Rules, message: Waiting) -> bool:
    """Whether a rule still says so; one that is faulty since then says nothing else."""
    if any(rule.name == message.rule for rule in found.rules):
        return (message.channel, message.recipient) in next(
            rule.recipients for rule in found.rules if rule.name == message.rule
        )
    return bool(found.faults)


def _next(claimed: list[Waiting], *, lasting: bool = False) -> int:
    """Return when to try again: later and later, and much later what will hardly be better soon."""
    tries = max(each.attempts for each in claimed)
    pause = _PAUSES[min(tries, len(_PAUSES)) - 1]
    return time.time_ns() + max(pause, _LASTING_PAUSE if lasting else 0) * _NANOSECONDS
