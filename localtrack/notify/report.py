"""What a message says about runs: what became of them, and where to look further."""

from __future__ import annotations

import json
import os
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from localtrack import journal
from localtrack.notify import message
from localtrack.notify.event import AmlRunStatusChangedEvent
from localtrack.notify.message import Message, Section
from localtrack.paths import RunFolder
from localtrack.redaction import redacted_arguments, without_password
from localtrack.store.outbox import Waiting
from localtrack.store.run_record import RunRecord
from localtrack.store.status import COMPLETED, FAILED, TERMINAL
from localtrack.store.store import Store

_LINES = 20  # of a traceback or a log
_TAIL_BYTES = 16 << 10
_METRICS = 20
_LISTED = 50  # runs of a digest
_MOST_NAME = 60
_MOST_ERROR = 8000  # characters of an error in an event that is sent

_REPEATED = "This message may have come before: the answer to an earlier attempt to send it was lost."

# A guess by the name; where there is none, nothing is called better or worse.
_MORE_IS_BETTER = ("acc", "auc", "f1", "score", "precision", "recall", "r2", "bleu", "iou", "dice", "reward", "map")
_LESS_IS_BETTER = ("loss", "err", "mse", "mae", "rmse", "perplexity", "nll", "entropy", "mape", "duration", "seconds")


def compose(store: Store, waiting: Sequence[Waiting]) -> Message:
    """Return the message for what waits: about one run, or a digest of many.

    Args:
        store: The workspace's store.
        waiting: The messages that are sent as one.
    """
    abouts = [json.loads(each.about) for each in waiting]
    repeated = any(each.unclear for each in waiting)
    if len(waiting) == 1:
        subject, short, sections = _of_one(store, abouts[0])
    else:
        subject, short, sections = _of_many(abouts, waiting[0].rule)
    note = [Section("", [[_REPEATED]])] if repeated else []
    last = Section(
        "", [[f"Sent by localtrack, because of the rule {waiting[0].rule!r} in {store.layout.notifications}."]]
    )
    sections = [*note, *sections, last]
    return Message(
        id=str(waiting[0].batch),
        rule=waiting[0].rule,
        reason=", ".join(dict.fromkeys(about["reason"] for about in abouts if about["reason"])) or None,
        repeated=repeated,
        time=datetime.fromisoformat(abouts[-1]["event"]["time"]),
        subject=message.as_subject(subject),
        short=short,
        text=message.as_text(subject, sections),
        html=message.as_html(subject, sections),
        events=[_bounded(about["event"]) for about in abouts],
    )


def of_test(store: Store, rule: str) -> Message:
    """Return a message that tells of nothing, to see whether messages arrive."""
    now = datetime.now(UTC)
    subject = f"Test of the rule {rule!r} of {os.path.basename(store.layout.project)}"
    said = "This message was asked for by `localtrack monitor alert test`. No run has changed its status."
    event = AmlRunStatusChangedEvent(0, now, "test", "test", None, None, COMPLETED, None)
    return Message(
        id=os.urandom(12).hex(),
        rule=rule,
        reason="test",
        repeated=False,
        time=now,
        subject=message.as_subject(subject),
        short=said,
        text=message.as_text(subject, [Section("", [[said]])]),
        html=message.as_html(subject, [Section("", [[said]])]),
        events=[{**event.as_dict(), "id": None}],
    )


def _of_one(store: Store, about: dict[str, Any]) -> tuple[str, str, list[Section]]:
    event = about["event"]
    experiment = _short(event["experimentName"])
    run = store.runs.get(event["runId"])
    outcome = _outcome(about)
    if run is None:
        subject = f"{outcome}: run {event['runId']} of {experiment}"
        return subject, "The run was deleted since.", [Section("", [["The run was deleted since."]])]
    subject = f"{outcome}: {_label(run)} of {experiment}"
    facts = [["Run", run.id], ["Experiment", run.experiment], ["Status", f"{event['newStatus']} since {_local(event)}"]]
    if run.parent is not None:
        facts.append(["Parent", run.parent])
    if run.started is not None:
        end = run.ended if run.ended is not None else int(datetime.now().timestamp() * 1e9)
        facts.append(["Duration", str(timedelta(seconds=(end - run.started) // 10**9))])
    facts += _arguments(run)
    metrics = _metrics(store, run)
    error = (event["error"] or {}).get("error") or {}
    said = [without_password(str(error["message"]))] if error.get("message") else []
    trace = _last_lines(str((error.get("debugInfo") or {}).get("stackTrace") or ""))
    log = _log_end(store.layout.run(run.id))
    sections = [Section("", facts)]
    if said:
        sections.append(Section("Error", [said]))
    if metrics:
        sections.append(Section("Metrics", metrics))
    if trace:
        sections.append(Section("The end of the traceback", trace, verbatim=True))
    if log and log != trace:
        sections.append(Section("The end of the log", log, verbatim=True))
    sections.append(Section("To look further", _commands(store, run), verbatim=True))
    short = "\n".join(
        [*(f"{name}: {value}" for name, value in facts[3:5]), *said, *(" ".join(row) for row in metrics[:5])]
    )
    return subject, "\n".join(message.as_subject(line) for line in short.splitlines()), sections


def _of_many(abouts: Sequence[dict[str, Any]], rule: str) -> tuple[str, str, list[Section]]:
    events = [about["event"] for about in abouts]
    counts = Counter(map(_outcome, abouts))
    experiments = list(dict.fromkeys(event["experimentName"] for event in events))
    where = _short(experiments[0]) if len(experiments) == 1 else f"{len(experiments)} experiments"
    subject = f"{', '.join(f'{count} {status}' for status, count in counts.most_common())}: runs of {where}"
    rows = [
        [_outcome(about), event["runId"], _short(event["experimentName"]), _error_line(event)]
        for about, event in zip(abouts, events, strict=True)
    ]
    rows.sort(key=lambda row: (row[0] != FAILED, row[0] == COMPLETED))
    more = len(rows) - _LISTED
    listed = [*rows[:_LISTED], *([[f"and {more} more"]] if more > 0 else [])]
    short = "\n".join(message.as_subject("  ".join(row[:2])) for row in listed[:10])
    return subject, short, [Section(f"{len(rows)} messages of the rule {rule!r} in one", listed)]


def _arguments(run: RunRecord) -> list[list[str]]:
    if run.definition is None:
        return []
    given = redacted_arguments([str(each) for each in run.definition.get("arguments") or ()])
    command = run.definition.get("command") or ""
    said = " ".join(_hidden(list(map(str, command)))) if isinstance(command, list) else _without_secrets(str(command))
    what = str(run.definition.get("script") or said)
    return [["Script", " ".join([what, *map(shlex.quote, given)])]] if what else []


def _without_secrets(command: str) -> str:
    """Return a command line as it may be shown; it is only written in another way if something is hidden."""
    try:
        parts = shlex.split(command)
    except ValueError:  # a quote that does not end
        parts = command.split()
    shown = _hidden(parts, command)
    return command if shown == parts else " ".join(shown)


def _hidden(parts: list[str], of: str = "") -> list[str]:
    """Return a command's parts without secrets; one of several words may be a command line itself."""
    return redacted_arguments(
        [_without_secrets(each) if each != of and len(each.split()) > 1 else each for each in parts]
    )


def _metrics(store: Store, run: RunRecord) -> list[list[str]]:
    found = [
        each
        for each in store.metrics.summaries([run.id], journal.SCALAR)
        if isinstance(each.last, int | float) and not isinstance(each.last, bool)
    ]
    shown = found[:_METRICS]
    others = store.metrics.extremes(run.experiment_id, [each.name for each in shown], besides=run.id) if shown else {}
    rows = [[each.name, _number(each.last), _compared(each.name, each.last, others.get(each.name))] for each in shown]
    return [*rows, [f"and {len(found) - _METRICS} more"]] if len(found) > _METRICS else rows


def _compared(name: str, value: float, others: tuple[float, float] | None) -> str:
    """Return how a value stands to the best of the experiment's other runs."""
    if others is None:
        return ""
    least, greatest = others
    less, more = (any(part in name.lower() for part in parts) for parts in (_LESS_IS_BETTER, _MORE_IS_BETTER))
    if less == more:
        return (
            f"other runs: {_number(least)}"
            if least == greatest
            else f"other runs: {_number(least)} to {_number(greatest)}"
        )
    best = least if less else greatest
    try:
        change = f"{(value - best) / abs(best):+.1%}" if best else f"{value - best:+.6g}"
    except OverflowError:  # an int beyond all floats
        change = "beyond all percents"
    better = value < best if less else value > best
    return f"best until now {_number(best)} ({change}{', a new best' if better else ''})"


def _number(value: float) -> str:
    # An int may be beyond all floats, and have more digits than Python writes.
    return f"{Decimal(value):.6g}" if isinstance(value, int) and abs(value) > 1 << 1000 else f"{value:.6g}"


def _commands(store: Store, run: RunRecord) -> list[list[str]]:
    commands = [
        f"cd {shlex.quote(store.layout.project)}",
        f"localtrack run show -r {run.id}",
        f"localtrack run list -e {shlex.quote(run.experiment)} -o table",
    ]
    if run.status not in TERMINAL:
        commands.append(f"localtrack monitor events --run {run.id} --follow")
    return [[command] for command in commands]


def _log_end(folder: RunFolder) -> list[list[str]]:
    for path in (folder.std_log, folder.user_log):
        try:
            with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                file.seek(max(os.fstat(file.fileno()).st_size - _TAIL_BYTES, 0))
                return _last_lines(file.read(_TAIL_BYTES).decode(errors="replace"))
        except OSError:  # there is none, or it is no file
            continue
    return []


def _last_lines(text: str) -> list[list[str]]:
    return [[without_password(line)] for line in text.rstrip().splitlines()[-_LINES:]]


def _error_line(event: dict[str, Any]) -> str:
    text = str(((event["error"] or {}).get("error") or {}).get("message") or "")
    return without_password(next(iter(text.splitlines()), ""))


def _outcome(about: dict[str, Any]) -> str:
    return str(about["reason"].capitalize() if about["reason"] else about["event"]["newStatus"])


def _label(run: RunRecord) -> str:
    name = run.display_name or run.name
    number = f"run {run.number}"
    return f"{number} ({_short(name)})" if name and run.id not in name else number


def _short(name: str) -> str:
    return name if len(name) <= _MOST_NAME else name[: _MOST_NAME - 3] + "..."


def _local(event: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(event['time']).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _bounded(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with no more of its error than fits into a message, and no passwords of addresses."""
    if not event["error"]:
        return event
    error = event["error"].get("error") or {}
    short = {key: without_password(str(error[key]))[:_MOST_ERROR] for key in _present(error, ("code", "message"))}
    return {**event, "error": {"error": short}}


def _present(document: dict[str, Any], names: Iterable[str]) -> list[str]:
    return [name for name in names if name in document]
