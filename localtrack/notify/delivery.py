"""Sending what waits in the outbox: claimed, sent, and noted. Who dies in between leaves a claim that others void."""

from __future__ import annotations

import os
import shlex
import time

from localtrack.notify import permission, report, rules
from localtrack.notify.command import Command, RunCommand
from localtrack.notify.recipient import NoPassword, NotDelivered, Recipient, Unclear
from localtrack.notify.rules import COMMAND, EMAIL, WEBHOOK, Rule, Rules, Smtp
from localtrack.paths import Layout
from localtrack.printable import printable
from localtrack.store.outbox import Waiting
from localtrack.store.store import Store

_GATHERED = (EMAIL, WEBHOOK)
_PAUSES = (5, 15, 60, 300, 900, 3600)  # seconds after the first failure, the second and so on
_LASTING_PAUSE = 3600
_PASSWORD_PAUSE = 60  # a process that knows it may come at any time
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
    tried: set[int] = set()
    count = 0
    while claimed := store.outbox.claim(gathered=_GATHERED, besides=tried if everything else None):
        tried.update(each.key for each in claimed)
        count += _send(store, claimed, run_command)
    return count


def recipient(store: Store, found: Rules, rule: str, channel: str, address: str, run_command: RunCommand) -> Recipient:
    """Return who is reached by a channel and an address.

    Args:
        store: The workspace's store.
        found: What the file says.
        rule: The name of the rule that names them.
        channel: How they are reached.
        address: Where.
        run_command: What starts commands.

    Raises:
        NotDelivered: The file does not say how any more, or the user has not allowed it.
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
    if not permission.is_login_allowed(store.layout, found.smtp):
        raise NotDelivered(f"{not_allowed(found.smtp, rule)} Then `localtrack monitor alert deliver`.", lasting=True)
    from localtrack.notify.smtp import EmailAddress

    return EmailAddress(found.smtp, address)


def without_password(layout: Layout) -> tuple[str, ...]:
    """Return the channels that need a password which this process doesn't know."""
    smtp = rules.read(layout).smtp
    known = smtp is None or smtp.password_env is None or os.environ.get(smtp.password_env)
    return () if known else (EMAIL,)


def not_allowed(smtp: Smtp, rule: str) -> str:
    """Return the words for a password that the project may not send yet."""
    return (
        f"Logging in to {smtp.host}, port {smtp.port}, as {smtp.username} with the password in {smtp.password_env} "
        f"has not been allowed; `localtrack monitor alert allow -n {shlex.quote(rule)}` shows it and asks."
    )


def test(store: Store, rule: Rule, run_command: RunCommand) -> list[tuple[str, str, str | None]]:
    """Send a message to all that a rule names, now and once, whether or not anything has happened.

    Returns:
        Channel and address of each, and why it was not reached, or None.
    """
    found = rules.read(store.layout)
    sent: list[tuple[str, str, str | None]] = []
    for channel, address in rule.recipients:
        try:
            recipient(store, found, rule.name, channel, address, run_command).deliver(report.of_test(store, rule.name))
            sent.append((channel, address, None))
        except (NotDelivered, Unclear) as error:
            sent.append((channel, address, str(error)))
    return sent


def _send(store: Store, claimed: list[Waiting], run_command: RunCommand) -> int:
    first = claimed[0]
    given = False
    try:
        found = rules.read(store.layout)
        if not found.readable:
            raise NotDelivered(f"{store.layout.notifications} can't be read, so nothing is sent.")
        if not _is_wanted(found, first):
            store.outbox.failed(claimed, "No rule says any more that this is sent, so it was not.", None)
            return 0
        to = recipient(store, found, first.rule, first.channel, first.recipient, run_command)
        message = report.compose(store, claimed)
        given = True
        to.deliver(message)
    except NoPassword as error:
        store.outbox.failed(claimed, str(error), _next(claimed, most=_PASSWORD_PAUSE))
        return 0
    except NotDelivered as error:
        store.outbox.failed(claimed, str(error), _next(claimed, least=_LASTING_PAUSE if error.lasting else 0))
        return 0
    except Unclear as error:
        store.outbox.failed(claimed, str(error), _next(claimed), unclear=True)
        return 0
    except Exception as error:  # noqa: BLE001  whatever is wrong with a message must not keep others from being sent
        said = printable(f"It could not be {'sent' if given else 'made'}: {type(error).__name__}: {error}")[:500]
        store.outbox.failed(claimed, said, _next(claimed, least=_LASTING_PAUSE), unclear=given)
        return 0
    store.outbox.delivered(claimed)
    return len(claimed)


def _is_wanted(found: Rules, message: Waiting) -> bool:
    """Whether a rule still says so; one that is faulty since then says nothing else."""
    for rule in found.rules:
        if rule.name == message.rule:
            return (message.channel, message.recipient) in rule.recipients
    return message.rule in found.faulty


def _next(claimed: list[Waiting], *, least: int = 0, most: int = _PAUSES[-1]) -> int:
    """Return when to try again: later and later, within some seconds."""
    tries = max(each.attempts for each in claimed)
    pause = _PAUSES[min(tries, len(_PAUSES)) - 1]
    return time.time_ns() + min(max(pause, least), most) * _NANOSECONDS
