"""Commands of the user's that get an event on their standard input, once the user has allowed them."""

from __future__ import annotations

import json
from collections.abc import Callable

from localtrack.notify import permission
from localtrack.notify.message import Message
from localtrack.notify.recipient import NotDelivered
from localtrack.paths import Layout

# Starts a command with a text on its standard input; see `localtrack.executor.alert_command`.
RunCommand = Callable[[Layout, str, str], None]


class Command:
    """A command.

    Args:
        layout: Of the project whose command it is.
        command: The command line, for a shell.
        run: What starts it.
    """

    def __init__(self, layout: Layout, command: str, run: RunCommand) -> None:
        self._layout = layout
        self._command = command
        self._run = run

    def deliver(self, message: Message) -> None:
        """Run the command with the event, a line of JSON; see `Recipient`."""
        if not permission.is_allowed(self._layout, self._command):
            raise NotDelivered(
                "You have not allowed this project to run the command. `localtrack monitor alert allow` shows it and "
                "asks.",
                lasting=True,
            )
        document = {
            **message.events[0],
            "rule": message.rule,
            "reason": message.reason,
            "messageId": message.id,
            "repeated": message.repeated,
        }
        self._run(self._layout, self._command, json.dumps(document) + "\n")
