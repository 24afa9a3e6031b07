"""Webhooks: a JSON document, posted to an address. Slack, Teams and Discord show the text in it."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from localtrack.notify.deadline import deadline
from localtrack.notify.message import Message
from localtrack.notify.recipient import NotDelivered, Unclear
from localtrack.printable import printable

_CONNECT_SECONDS = 15.0
_SECONDS = 30.0
_ANSWER_BYTES = 300
_MOST_CONTENT = 1900  # characters; Discord takes 2000
_LASTING = (400, 401, 403, 404, 405, 410)


class Webhook:
    """A program that is told by HTTP.

    Args:
        url: Its address.
        seconds: How long it may take.
    """

    def __init__(self, url: str, *, seconds: float = _SECONDS) -> None:
        self._parts = urlsplit(url)
        self._seconds = seconds

    def deliver(self, message: Message) -> None:
        """Post a message; see `Recipient`. No redirection is followed, and no more than the answer's start is read."""
        host = self._parts.hostname
        body = json.dumps(body_of(message)).encode()
        path = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        connection = self._connection()
        try:
            try:
                connection.connect()
            except ssl.SSLCertVerificationError as error:
                raise NotDelivered(
                    f"The certificate of {host} is not to be trusted: {error.verify_message}.", lasting=True
                ) from error
            except (OSError, UnicodeError) as error:
                raise NotDelivered(f"{host} can't be reached: {_said(error)}") from error
            with deadline(lambda: connection.sock, self._seconds) as is_over:
                try:
                    headers = {"Content-Type": "application/json", "User-Agent": "localtrack"}
                    connection.request("POST", path, body, headers)
                except (OSError, http.client.HTTPException) as error:
                    raise NotDelivered(f"{host} did not take the message: {_said(error)}") from error
                try:
                    response = connection.getresponse()
                except (OSError, http.client.HTTPException) as error:
                    late = is_over.is_set() or isinstance(error, TimeoutError)
                    why = "does not answer in time" if late else f"has not answered ({_said(error)})"
                    raise Unclear(
                        f"{host} was given the message and {why}. It may have arrived, and is sent again."
                    ) from error
                _judge(str(host), response)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host = str(self._parts.hostname)
        seconds = min(_CONNECT_SECONDS, self._seconds)
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._parts.port, timeout=seconds, context=context)
        return http.client.HTTPConnection(host, self._parts.port, timeout=seconds)


def body_of(message: Message) -> dict[str, Any]:
    """Return what is posted.

    ``text`` is what Slack and Teams show, with what is markup to them written out, ``content`` what Discord shows.
    """
    text = f"{message.subject}\n{message.short}"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {
        "text": escaped,
        "content": text[:_MOST_CONTENT],
        "allowed_mentions": {"parse": []},  # a run that is named @everyone calls nobody
        "id": message.id,
        "rule": message.rule,
        "repeated": message.repeated,
        "reason": message.reason,
        "events": message.events,
    }


def _judge(host: str, response: http.client.HTTPResponse) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotDelivered(
            f"{host} says that the webhook is elsewhere ({status}); that is not followed. Write the new address into "
            "the rule.",
            lasting=True,
        )
    try:
        said = response.read(_ANSWER_BYTES).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        said = ""
    raise NotDelivered(
        f"{host} has refused the message: {printable(f'{status} {response.reason} ' + ' '.join(said.split()))[:300]}",
        lasting=status in _LASTING,
    )


def _said(error: BaseException) -> str:
    text = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return printable(" ".join(text.split()))[:300].rstrip(".") + "."
