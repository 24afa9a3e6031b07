"""Rules and messages as the commands return them, and as a table shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localtrack.notify.rules import Rule
    from localtrack.store.outbox import Waiting
    from localtrack.store.store import Store


def rule_document(rule: Rule) -> dict[str, Any]:
    """Return a rule, with the keys of the file in camel case."""
    from localtrack.notify import rules
    from localtrack.notify.matching import length

    times = {"runningLongerThan": rule.running_longer_than, "noMetricFor": rule.no_metric_for}
    return {
        "name": rule.name,
        "status": list(rule.statuses),
        "experimentName": rule.experiment_name,
        "tags": dict(rule.tags),
        "children": rule.children,
        **{name: None if seconds is None else length(seconds) for name, seconds in times.items()},
        **{
            channel: [to for each, to in rule.recipients if each == channel]
            for channel in (rules.EMAIL, rules.WEBHOOK, rules.COMMAND)
        },
    }


def message_document(store: Store, message: Waiting) -> dict[str, Any]:
    """Return a message that waits or was given up."""
    from localtrack.core.details import utc

    return {
        "rule": message.rule,
        "channel": message.channel,
        "recipient": message.recipient,
        "runId": message.run,
        "createdUtc": utc(message.created),
        "attempts": message.attempts,
        "nextUtc": utc(message.due),
        "lastUtc": utc(message.expires),
        "mayHaveArrived": message.unclear,
        "reason": state(store, message),
    }


def state(store: Store, message: Waiting) -> str:
    """Return why a message has not arrived yet."""
    from localtrack.store.place import is_gone

    if message.due is not None and message.place != store.queue.place:
        if is_gone(message.place):
            return (
                f"It is of a folder that is gone ({message.place}); `localtrack monitor alert deliver` sends it here."
            )
        return f"It is of another host or folder ({message.place}), and is sent from there only."
    if message.claimed is not None:
        return "It is being sent."
    return message.fault or "It is sent in a moment."


def alert_table(result: Any) -> list[dict[str, Any]]:
    """Return the rows of rules, of messages, and of what is wrong besides."""
    rules = [
        _row(rule["name"], ", ".join([*rule["email"], *rule["webhook"], *rule["command"]]))
        for rule in result.get("rules", ())
    ]
    messages = [
        _row(each["rule"], each["recipient"], each["runId"], _local(each["nextUtc"]), each["reason"])
        for each in result["messages"]
    ]
    of_rules = [text for text in result.get("faults", ()) if not any(row["Reason"] in text for row in messages)]
    return [*rules, *messages, *(_row(reason=text) for text in of_rules)]


def _row(rule: str = "", to: str = "", run: str = "", due: str = "", reason: str = "") -> dict[str, Any]:
    return {"Rule": rule, "To": to, "Run": run, "Next": due, "Reason": reason}


def _local(time: str | None) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}" if time else "never"
