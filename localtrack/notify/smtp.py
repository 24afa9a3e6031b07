"""E-mail, by SMTP."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from io import BytesIO
from typing import BinaryIO

from localtrack.notify.deadline import deadline
from localtrack.notify.message import Message
from localtrack.notify.recipient import NoPassword, NotDelivered, Unclear
from localtrack.notify.rules import Smtp
from localtrack.printable import printable

_CONNECT_SECONDS = 15.0
_SECONDS = 60.0
_READY = 220
_ACCEPTED = 250
_GO_AHEAD = 354
_PERIOD = re.compile(rb"(?m)^\.")  # at the beginning of a line it is doubled: one alone ends the message
_MOST_LINES = 100  # of an answer
_PERMANENT = 500  # answers from here on are the same when asked again


class EmailAddress:
    """Somebody with an e-mail address.

    Args:
        smtp: The server, and who says so.
        address: The address.
        seconds: How long the whole conversation may take.
    """

    def __init__(self, smtp: Smtp, address: str, *, seconds: float = _SECONDS) -> None:
        self._smtp = smtp
        self._address = address
        self._seconds = seconds

    def deliver(self, message: Message) -> None:
        """Send an e-mail; see `Recipient`."""
        data = _bytes(email_of(message, self._smtp.sender, self._address))
        client = self._client()
        try:
            with deadline(lambda: client.sock, self._seconds) as is_over:
                with self._refusals(is_over):
                    self._connect(client)
                    self._login(client)
                    self._name_both(client)
                self._send(client, data, is_over)
                with suppress(smtplib.SMTPException, OSError):  # it has arrived, however the rest goes
                    client.putcmd("quit")  # and no answer to that is waited for
        finally:
            client.close()

    def _client(self) -> smtplib.SMTP:
        seconds = min(_CONNECT_SECONDS, self._seconds)
        if self._smtp.security == "tls":
            client: smtplib.SMTP = _EncryptedClient(timeout=seconds, context=ssl.create_default_context())
        else:
            client = _Client(timeout=seconds)
        # Otherwise given only by connecting at once, which no deadline could watch; certificates are checked for it.
        client._host = self._smtp.host  # type: ignore[attr-defined]
        return client

    def _connect(self, client: smtplib.SMTP) -> None:
        smtp = self._smtp
        code, said = client.connect(smtp.host, smtp.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, said)
        client.ehlo_or_helo_if_needed()
        if smtp.security == "starttls":
            client.starttls(context=ssl.create_default_context())
            client.ehlo()

    def _login(self, client: smtplib.SMTP) -> None:
        smtp = self._smtp
        if smtp.username is None or smtp.password_env is None:
            return
        password = os.environ.get(smtp.password_env)
        if not password:
            raise NoPassword(
                f"The password is not known: the environment variable {smtp.password_env} is not set where the run "
                "was started. Set it, then `localtrack monitor alert deliver`."
            )
        client.login(smtp.username, password)

    def _name_both(self, client: smtplib.SMTP) -> None:
        for command, address in (("MAIL FROM", self._smtp.sender), ("RCPT TO", self._address)):
            code, said = client.docmd(f"{command}:<{address}>")
            if not 200 <= code < 300:
                raise NotDelivered(
                    f"{self._smtp.host} has refused {address}: {_answer(code, said)}", lasting=code >= _PERMANENT
                )

    def _send(self, client: smtplib.SMTP, data: bytes, is_over: threading.Event) -> None:
        """Send the text. Only from its last byte until the server's answer it is unclear whether it has arrived."""
        with self._refusals(is_over):
            code, said = client.docmd("DATA")
            if code != _GO_AHEAD:
                raise NotDelivered(
                    f"{self._smtp.host} takes no message: {_answer(code, said)}", lasting=code >= _PERMANENT
                )
            client.send(_PERIOD.sub(b"..", data) + b".\r\n")
        try:
            code, said = client.getreply()
        except (smtplib.SMTPException, OSError) as error:
            late = is_over.is_set() or _is_late(error)
            why = "does not answer in time" if late else f"the connection was lost before its answer ({_said(error)})"
            raise Unclear(
                f"{self._smtp.host} was given the message, and {why}. It may have arrived, and is sent again."
            ) from error
        if code != _ACCEPTED:
            raise NotDelivered(
                f"{self._smtp.host} has refused the message: {_answer(code, said)}", lasting=code >= _PERMANENT
            )

    @contextmanager
    def _refusals(self, is_over: threading.Event) -> Iterator[None]:
        """Say what went wrong in words that name the server."""
        host = f"{self._smtp.host}, port {self._smtp.port}"
        try:
            try:
                yield
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                if not is_over.is_set() and not _is_late(error):
                    raise
                raise NotDelivered(f"{host} does not answer in time.") from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered(
                f"{host} has refused the name or the password of {self._smtp.username}: "
                f"{_answer(error.smtp_code, error.smtp_error)}",
                lasting=True,
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered(
                f"{host} can't do what is asked of it: {_said(error)} Try another `security`.", lasting=True
            ) from error
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(
                f"{host} has refused: {_answer(error.smtp_code, error.smtp_error)}",
                lasting=error.smtp_code >= _PERMANENT,
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise NotDelivered(
                f"The certificate of {host} is not to be trusted: {error.verify_message}.", lasting=True
            ) from error
        except ssl.SSLError as error:
            raise NotDelivered(
                f"No encryption with {host}: {_said(error)} Is `security` right for that port?", lasting=True
            ) from error
        except smtplib.SMTPException as error:
            raise NotDelivered(f"The connection to {host} was lost: {_said(error)}") from error
        except OSError as error:
            raise NotDelivered(f"{host} can't be reached: {_said(error)}") from error
        except (UnicodeError, ValueError) as error:
            raise NotDelivered(f"{host} can't be talked to: {_said(error)}", lasting=True) from error


class _Lines:
    """What a server says, of which no answer takes the memory.

    Args:
        file: What it is read from.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = 0

    def readline(self, size: int) -> bytes:
        if self.left == 0:
            raise OSError(f"its answer has more than {_MOST_LINES} lines")
        self.left -= 1
        return self._file.readline(size)

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    file: _Lines | None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = _MOST_LINES
        return super().getreply()


class _EncryptedClient(_Client, smtplib.SMTP_SSL):
    pass


def email_of(message: Message, sender: str, address: str) -> EmailMessage:
    """Return a message as an e-mail. No name in it can become a header: the fields refuse the ends of lines."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.time)
    mail["Message-ID"] = f"<localtrack.{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    # By encodings that every server takes, and that no long line breaks.
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


def _bytes(mail: EmailMessage) -> bytes:
    file = BytesIO()
    BytesGenerator(file, policy=SMTP).flatten(mail)
    data = file.getvalue()
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _is_late(error: BaseException | None) -> bool:
    """Whether a time that was up is what an error comes from; the library makes other errors of it."""
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__ or error.__context__
    return error is not None


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return printable(f"{code} {' '.join(text.split())}")[:300] + "."


def _said(error: BaseException) -> str:
    text = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return printable(" ".join(text.split()))[:300].rstrip(".") + "."
