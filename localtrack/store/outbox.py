"""Messages that wait to be sent: made when an event is looked at, claimed by who sends them, kept until they arrived.

A message is of one place: what waits in a copy of a project is the original's to send.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from localtrack.store.database import Database
from localtrack.store.owners import Owners
from localtrack.store.place import is_gone, place

_KEPT_NANOSECONDS = 30 * 24 * 3600 * 10**9  # how long it is known of a message that it was sent
_SINGLE = 3  # as many that go to the same recipient at once are sent one by one; more become one message
_MOST_IN_ONE = 500

# Who got so many messages lately gets one a minute: runs that end one after the other make a digest too.
_MANY = 5
_LATELY_NANOSECONDS = 600 * 10**9
_PAUSE_NANOSECONDS = 60 * 10**9

# After the clock was set back, nothing waits for what was the time before.
_IS_DUE = "(due <= :now OR attempts = 0 AND (created > :now OR due > created + :pause) OR tried > :now)"

_COLUMNS = (
    "key, occasion, place, run, rule, channel, recipient, about, created, expires, due, batch, claimed, attempts, "
    "tried, unclear, delivered, fault"
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be sent.

    Attributes:
        occasion: What it is for; for one occasion a rule sends each recipient one message.
        run: The run's id.
        rule: The rule's name.
        channel: How it is sent.
        recipient: To whom.
        about: What has happened, as JSON.
        expires: When it is no longer tried, in nanoseconds since 1970, UTC.
        due: When it is to be sent, likewise. If that is later, it waits for others of the same recipient.
    """

    occasion: str
    run: str
    rule: str
    channel: str
    recipient: str
    about: str
    expires: int
    due: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message as it is kept.

    Attributes:
        batch: Those of one batch are sent as one message, of which this is the id.
        claimed: The number of the process that is sending it.
        attempts: How often it was tried.
        tried: When that was last.
        unclear: Whether it may have arrived all the same.
        delivered: When it arrived.
        due: When it is tried next; None if never.
        fault: Why it has not arrived.
    """

    key: int
    occasion: str
    place: str
    run: str
    rule: str
    channel: str
    recipient: str
    about: str
    created: int
    expires: int
    due: int | None
    batch: str | None
    claimed: int | None
    attempts: int
    tried: int | None
    unclear: bool
    delivered: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class RunningRun:
    """What rules about time go by; times are nanoseconds since 1970, UTC."""

    id: str
    experiment: str
    parent: str | None
    created: int
    started: int
    last_metric: int | None


class Outbox:
    """The messages of a workspace."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners
        self._place = place(database.layout)

    def tell(self, matched: Sequence[tuple[int, Sequence[NewMessage]]]) -> None:
        """Note of events that the rules were looked through, and keep the messages that came of it.

        Whoever is second at that changes nothing, so that each event is told once.

        Args:
            matched: Keys of events, each with its messages.
        """
        with self._database.transaction() as connection:
            for key, messages in matched:
                cursor = connection.execute(
                    "UPDATE events SET untold = NULL WHERE key = ? AND untold = ?", (key, self._place)
                )
                if cursor.rowcount:
                    self._insert(connection, messages)

    def add(self, messages: Sequence[NewMessage]) -> None:
        """Keep messages, but for those of an occasion that were kept before."""
        with self._database.transaction() as connection:
            self._insert(connection, messages)

    def has(self, occasion: str, rule: str) -> bool:
        """Whether a rule has sent, or will send, messages for an occasion."""
        found = self._database.row("SELECT 1 FROM outbox WHERE occasion = ? AND rule = ?", (occasion, rule))
        return found is not None

    def running(self) -> list[RunningRun]:
        """Return the runs that are running here."""
        rows = self._database.tuples(
            "SELECT runs.id, experiments.name, parents.id, runs.created, runs.started, "
            "(SELECT max(last_time) FROM metrics WHERE metrics.run = runs.key) "
            "FROM runs JOIN experiments ON experiments.key = runs.experiment "
            "LEFT JOIN runs AS parents ON parents.key = runs.parent "
            "WHERE runs.status = 'Running' AND runs.status NOT IN ('Completed', 'Failed', 'Canceled') "
            "AND runs.started IS NOT NULL AND (runs.queue IS NULL OR runs.queue = ?)",
            (self._place,),
        )
        return [RunningRun(*row) for row in rows]

    def unsent(self) -> list[Waiting]:
        """Return the messages that wait, here or elsewhere, and those that were given up, oldest first."""
        return self._found("WHERE delivered IS NULL ORDER BY key")

    def next_due(self, *, untried: Collection[str] = ()) -> int | None:
        """Return when the next message is to be sent, of those that nobody else is sending; None if there is none.

        Args:
            untried: The channels of which messages that were tried are left out.
        """
        row = self._database.row(
            f"SELECT min(CASE WHEN {_IS_DUE} THEN min(due, :now) ELSE due END) AS due FROM outbox WHERE place = :place "
            "AND due IS NOT NULL AND claimed IS NULL "
            "AND (attempts = 0 OR channel NOT IN (SELECT value FROM json_each(:untried)))",
            {**_moment(time.time_ns()), "place": self._place, "untried": json.dumps(list(untried))},
        )
        due: int | None = row["due"] if row else None
        return due

    def adopt(self) -> None:
        """Make messages and events of this host's folders that are gone this place's own: the project was moved."""
        rows = self._database.rows(
            "SELECT place FROM outbox WHERE due IS NOT NULL AND place <> :place UNION "
            "SELECT untold FROM events WHERE untold IS NOT NULL AND untold <> :place",
            {"place": self._place},
        )
        gone = [(self._place, row["place"]) for row in rows if is_gone(row["place"])]
        if gone:
            with self._database.transaction() as connection:
                connection.executemany("UPDATE outbox SET place = ? WHERE place = ? AND due IS NOT NULL", gone)
                connection.executemany("UPDATE events SET untold = ? WHERE untold = ?", gone)

    def free_dead(self) -> None:
        """Let messages be claimed again whose sender is dead; nobody knows whether they arrived."""
        rows = self._database.rows(
            "SELECT DISTINCT claimed FROM outbox WHERE place = ? AND due IS NOT NULL AND claimed IS NOT NULL",
            (self._place,),
        )
        dead = [row["claimed"] for row in rows if self._owners.is_dead(row["claimed"])]
        if dead:
            with self._database.transaction() as connection:
                connection.executemany(
                    "UPDATE outbox SET claimed = NULL, unclear = 1, "
                    "fault = 'The process that sent it was ended before it knew whether it arrived.' "
                    "WHERE claimed = ? AND due IS NOT NULL",
                    [(number,) for number in dead],
                )

    def claim(self, *, gathered: Iterable[str], besides: Collection[int] | None = None) -> list[Waiting]:
        """Take what is to be sent as the next message for this process.

        Args:
            gathered: The channels where many that go to the same recipient become one message.
            besides: If given, messages are taken whether or not they are due, but for those of these keys.

        Returns:
            The message, or several that are sent as one; none if there is nothing to send.
        """
        owner = self._owners.current().number
        # Durable, so that also after a power cut it is known that a message may have been sent.
        with self._database.transaction(durable=True) as connection:
            now = time.time_ns()
            self._give_up(connection, now)
            ready = _IS_DUE if besides is None else "key NOT IN (SELECT value FROM json_each(:besides))"
            parameters = {**_moment(now), "place": self._place, "besides": json.dumps(list(besides or ()))}
            first = connection.execute(
                "SELECT key, rule, channel, recipient, batch FROM outbox WHERE place = :place AND claimed IS NULL "
                f"AND due IS NOT NULL AND {ready} ORDER BY due, key LIMIT 1",
                parameters,
            ).fetchone()
            if first is None:
                return []
            batch = first["batch"]
            if batch is not None:
                keys = _keys(connection, "batch = :batch AND due IS NOT NULL", {"batch": batch})
            else:
                keys = _keys(
                    connection,
                    "place = :place AND rule = :rule AND channel = :channel AND recipient = :recipient "
                    f"AND batch IS NULL AND claimed IS NULL AND due IS NOT NULL AND (attempts = 0 OR {ready})",
                    {**parameters, **{name: first[name] for name in ("rule", "channel", "recipient")}},
                )
                if len(keys) <= _SINGLE or first["channel"] not in gathered:
                    keys = [first["key"]]
                batch = os.urandom(12).hex()
            self._owners.note(connection, owner)
            connection.executemany(
                "UPDATE outbox SET batch = ?, claimed = ?, attempts = attempts + 1, tried = ? WHERE key = ?",
                [(batch, owner, now, key) for key in keys],
            )
        return self._found("WHERE batch = ? AND claimed = ? ORDER BY key", batch, owner)

    def delivered(self, messages: Sequence[Waiting]) -> None:
        """Note that claimed messages have arrived."""
        now = time.time_ns()
        with self._database.transaction(durable=True) as connection:
            connection.executemany(
                "UPDATE outbox SET due = NULL, claimed = NULL, fault = NULL, delivered = ? WHERE key = ?",
                [(now, message.key) for message in messages],
            )
            connection.execute(
                "DELETE FROM outbox WHERE due IS NULL AND created < ? AND NOT EXISTS (SELECT 1 FROM runs "
                "WHERE runs.id = outbox.run AND runs.status NOT IN ('Completed', 'Failed', 'Canceled'))",
                (now - _KEPT_NANOSECONDS,),
            )

    def failed(self, messages: Sequence[Waiting], fault: str, due: int | None, *, unclear: bool = False) -> None:
        """Note that claimed messages have not arrived, or not as far as is known.

        Args:
            messages: The messages.
            fault: Why.
            due: When they are to be tried again; None if never.
            unclear: Whether they may have arrived. Then they stay one message, with its id.
        """
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE outbox SET due = ?, claimed = NULL, fault = ?, unclear = max(unclear, ?), "
                "batch = CASE WHEN max(unclear, ?) THEN batch END WHERE key = ?",
                [(due, fault, unclear, unclear, message.key) for message in messages],
            )

    def _due(self, connection: sqlite3.Connection, message: NewMessage, now: int) -> int:
        """Return when a message is sent: with those that wait, and later if many have gone to the same recipient."""
        if message.due <= now:
            return message.due
        row = connection.execute(
            "SELECT min(CASE WHEN due > :now AND due <= :now + :pause AND attempts = 0 THEN due END) AS waiting, "
            "count(DISTINCT CASE WHEN delivered > :lately THEN batch END) AS sent FROM outbox "
            "WHERE rule = :rule AND channel = :channel AND recipient = :recipient AND place = :place",
            {
                **_moment(now),
                "lately": now - _LATELY_NANOSECONDS,
                "rule": message.rule,
                "channel": message.channel,
                "recipient": message.recipient,
                "place": self._place,
            },
        ).fetchone()
        waiting: int | None = row["waiting"]
        if waiting is not None:
            return waiting
        return message.due if row["sent"] < _MANY else now + _PAUSE_NANOSECONDS

    def _insert(self, connection: sqlite3.Connection, messages: Sequence[NewMessage]) -> None:
        now = time.time_ns()
        connection.executemany(
            "INSERT OR IGNORE INTO outbox (occasion, place, run, rule, channel, recipient, about, created, expires, "
            "due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.occasion,
                    self._place,
                    each.run,
                    each.rule,
                    each.channel,
                    each.recipient,
                    each.about,
                    now,
                    each.expires,
                    self._due(connection, each, now),
                )
                for each in messages
            ],
        )

    def _give_up(self, connection: sqlite3.Connection, now: int) -> None:
        """Give up what is past its last date, unless it was never tried because the machine was off."""
        connection.execute(
            "UPDATE outbox SET due = NULL, fault = 'Given up after ' || attempts || ' attempts. ' || ifnull(fault, '') "
            "WHERE place = ? AND due IS NOT NULL AND claimed IS NULL AND attempts > 0 AND expires <= ?",
            (self._place, now),
        )

    def _found(self, condition: str, *parameters: object) -> list[Waiting]:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM outbox {condition}", parameters)
        return [Waiting(**{**dict(row), "unclear": bool(row["unclear"])}) for row in rows]


def _moment(now: int) -> dict[str, object]:
    return {"now": now, "pause": _PAUSE_NANOSECONDS}


def _keys(connection: sqlite3.Connection, condition: str, parameters: Mapping[str, object]) -> list[int]:
    rows = connection.execute(
        f"SELECT key FROM outbox WHERE {condition} ORDER BY key LIMIT {_MOST_IN_ONE}", parameters
    ).fetchall()
    return [row["key"] for row in rows]
