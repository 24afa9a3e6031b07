"""``localtrack monitor alert``: what waits to be told, and telling it."""

from __future__ import annotations

from typing import Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.exit_code import EXIT_CODE
from localtrack.cli.monitor.alert_document import alert_table, message_document, rule_document, state
from localtrack.cli.monitor.alert_rule import add_rule_argument, find
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.printable import printable

_logger = get_logger(__name__)

helps["monitor alert"] = """
type: group
short-summary: Be told by e-mail, a webhook or a command when a run's status changes
long-summary: >-
    The rules are in .azureml/notifications.yml, which can be edited by hand. Nothing leaves this machine unless a rule
    says so. Messages are sent by a process of its own, so that no run waits for a mail server, and are tried for three
    days.
"""

helps["monitor alert list"] = """
type: command
short-summary: List the rules, and the messages that wait, with the reason
examples:
  - name: What waits, and why.
    text: localtrack monitor alert list -o table
"""

helps["monitor alert test"] = """
type: command
short-summary: Send a message to all that a rule names, now
long-summary: The exit code is 1 if one of them is not reached.
examples:
  - name: See whether e-mail arrives.
    text: localtrack monitor alert test -n failures
"""

helps["monitor alert deliver"] = """
type: command
short-summary: Send everything that waits, now
long-summary: >-
    It is tried once, whatever its next time is. What can't be sent waits on, and the reason is said.
examples:
  - name: After the password was set, or the network is there again.
    text: localtrack monitor alert deliver
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "monitor alert", "localtrack.cli.monitor.alert#{}") as group:
        group.command("list", "list_alerts", table_transformer=alert_table)
        group.command("test", "test")
        group.command("deliver", "deliver", table_transformer=alert_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("list", "test", "deliver"):
        with ArgumentsContext(loader, f"monitor alert {command}") as arguments:
            add_scope_arguments(arguments)
    with ArgumentsContext(loader, "monitor alert test") as arguments:
        add_rule_argument(arguments)


def list_alerts(**kwargs: Any) -> dict[str, Any]:
    """Return the rules, the messages that wait or were given up, and what is wrong.

    Args:
        **kwargs: Those of `Scope`.
    """
    from localtrack.notify import faults, rules

    store = Scope(**kwargs).workspace()._store
    return {
        "rules": [rule_document(rule) for rule in rules.read(store.layout).rules],
        "messages": [message_document(store, each) for each in store.outbox.unsent()],
        "faults": faults(store),
    }


def test(cmd: CLICommand, name: str, **kwargs: Any) -> list[dict[str, Any]]:
    """Send a message to all that a rule names.

    Args:
        cmd: Knack's command, which takes the exit code.
        name: The rule's.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    from localtrack.executor import alert_command
    from localtrack.notify import delivery

    store = Scope(**kwargs).workspace()._store
    found = delivery.test(store, find(store, name), alert_command.run)
    if any(fault for _, _, fault in found):
        cmd.cli_ctx.data[EXIT_CODE] = 1
    return [{"channel": channel, "recipient": to, "arrived": not fault, "fault": fault} for channel, to, fault in found]


def deliver(**kwargs: Any) -> dict[str, Any]:
    """Send all that waits, and return how many messages arrived, and what waits on.

    Args:
        **kwargs: Those of `Scope`.
    """
    from localtrack.executor import deliverer

    store = Scope(**kwargs).workspace()._refresh()
    count = deliverer.deliver_all(store)
    left = [each for each in store.outbox.unsent() if each.due is not None]
    for each in left:
        _logger.warning("To %s, about run %s: %s", printable(each.recipient), each.run, printable(state(store, each)))
    return {"delivered": count, "messages": [message_document(store, each) for each in left]}
