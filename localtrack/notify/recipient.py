"""What every way to reach somebody has in common: it delivers a message, or says how it went instead."""

from __future__ import annotations

from typing import Protocol

from localtrack.notify.message import Message


class NotDelivered(Exception):
    """The message has surely not arrived.

    Args:
        reason: Why, for people.
        lasting: Whether it will hardly be better in a few seconds, such as a password that is wrong.
    """

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


class NoPassword(NotDelivered):
    """This process doesn't know a password; another may."""


class Unclear(Exception):
    """Nobody knows whether the message has arrived. It is better sent twice than lost."""


class Recipient(Protocol):
    """Somebody, or something, that is told."""

    def deliver(self, message: Message) -> None:
        """Deliver a message; when this returns, it has arrived.

        Raises:
            NotDelivered: It has not arrived.
            Unclear: It may have arrived.
        """
