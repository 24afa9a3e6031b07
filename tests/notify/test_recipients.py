"""What every way to reach somebody promises: it has arrived, it surely has not, or nobody knows."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from servers import Mailbox, Web

from localtrack.core import Workspace
from localtrack.executor import alert_command
from localtrack.notify import permission
from localtrack.notify.command import Command
from localtrack.notify.message import Message
from localtrack.notify.recipient import NotDelivered, Recipient, Unclear
from localtrack.notify.smtp import EmailAddress
from localtrack.notify.webhook import Webhook

SECONDS = 0.5  # for servers that never answer


def message(**changes: object) -> Message:
    event = {"runId": "r1", "newStatus": "Failed"}
    given = {"id": "abc", "rule": "a rule", "reason": None, "repeated": False, "time": datetime.now(UTC), "short": "s"}
    given |= {"subject": "Failed: run 1 of e", "text": "text\n", "html": "<p>html</p>", "events": [event]}
    return Message(**{**given, **changes})  # type: ignore[arg-type]


class Side(Protocol):
    """One way, with what stands at its other end."""

    recipient: Recipient

    def arrived(self) -> int: ...
    def refuse(self) -> None: ...
    def lose_the_answer(self) -> None: ...
    def never_answer(self) -> None: ...


class MailSide:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.recipient = EmailAddress(mailbox.smtp(), "me@example.com", seconds=SECONDS)

    def arrived(self) -> int:
        return len(self.mailbox.mails)

    def refuse(self) -> None:
        self.mailbox.refuse["RCPT"] = "550 no such user"

    def lose_the_answer(self) -> None:
        self.mailbox.drop = True

    def never_answer(self) -> None:
        self.mailbox.seconds = 4 * SECONDS


class WebSide:
    def __init__(self, web: Web) -> None:
        self.web = web
        self.recipient = Webhook(web.url, seconds=SECONDS)

    def arrived(self) -> int:
        return len(self.web.documents)

    def refuse(self) -> None:
        self.web.status = 500

    def lose_the_answer(self) -> None:
        self.web.silent = True

    def never_answer(self) -> None:
        self.web.hold = threading.Event()


class CommandSide:
    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace = workspace
        self.monkeypatch = monkeypatch
        self._set("cat >> seen")

    def _set(self, command: str) -> None:
        permission.allow(self.workspace._layout, command)
        self.recipient = Command(self.workspace._layout, command, alert_command.run)

    def arrived(self) -> int:
        seen = Path(self.workspace._layout.project, "seen")
        return len(seen.read_text().splitlines()) if seen.exists() else 0

    def refuse(self) -> None:
        self._set("echo not today; exit 4")

    def lose_the_answer(self) -> None:
        self.never_answer()

    def never_answer(self) -> None:
        self.monkeypatch.setattr(alert_command, "_SECONDS", SECONDS)
        self._set("cat >> seen; sleep 50")


@pytest.fixture(params=["email", "webhook", "command"])
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "email":
        return MailSide(request.getfixturevalue("mailbox"))
    if request.param == "webhook":
        return WebSide(request.getfixturevalue("web"))
    return CommandSide(request.getfixturevalue("workspace"), request.getfixturevalue("monkeypatch"))


def test_a_message_has_arrived_when_deliver_returns(side: Side) -> None:
    side.recipient.deliver(message())
    assert side.arrived() == 1


def test_what_is_refused_has_not_arrived(side: Side) -> None:
    side.refuse()
    with pytest.raises(NotDelivered, match=r"no such user|has refused the message: 500|exit code 4: not today"):
        side.recipient.deliver(message())


def test_without_an_answer_it_may_have_arrived(side: Side) -> None:
    side.lose_the_answer()
    with pytest.raises(Unclear):
        side.recipient.deliver(message())
    assert side.arrived() == 1


def test_nobody_is_waited_for_without_end(side: Side) -> None:
    side.never_answer()
    with pytest.raises(Unclear, match=r"does not answer in time|had not ended"):
        side.recipient.deliver(message())


@pytest.fixture(params=["closed", "mute", "dripping"])
def odd_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port where nobody listens, or somebody who says nothing, or says it without end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        ended = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not ended.wait(0.05):
                    try:
                        connection.send(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        if request.param == "closed":
            server.close()
        if request.param == "dripping":
            thread.start()
        yield port
        ended.set()
        if request.param == "dripping":
            thread.join()


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_server_that_is_down_or_slow(odd_port: int, security: str, request: pytest.FixtureRequest) -> None:
    smtp = Mailbox().smtp(port=odd_port, security=security)
    with pytest.raises(NotDelivered, match=rf"localhost, port {odd_port}") as caught:
        EmailAddress(smtp, "me@example.com", seconds=SECONDS).deliver(message())
    kind = request.node.callspec.params["odd_port"]
    # Whoever drips breaks the beginning of an encryption, which is said as such.
    if kind == "mute" or (kind == "dripping" and security != "tls"):
        assert str(caught.value).endswith("does not answer in time.")


@contextmanager
def scripted(answer: Callable[[socket.socket, bytes], bool]) -> Iterator[int]:
    """A server that gives each line to a function, an empty one at the beginning, until that returns False."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            line = b""
            while answer(connection, line):
                line = lines.readline()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    def answer(connection: socket.socket, line: bytes) -> bool:
        while True:  # until the connection is closed
            connection.sendall(b"220-more\r\n" * 100)

    with scripted(answer) as port, pytest.raises(NotDelivered, match="more than 100 lines"):
        EmailAddress(Mailbox().smtp(port=port), "me@example.com").deliver(message())


def test_nobody_waits_for_a_goodbye() -> None:
    has_returned = threading.Event()
    seen: list[bool] = []

    def answer(connection: socket.socket, line: bytes) -> bool:
        if line.lower().startswith(b"quit"):
            seen.append(has_returned.wait(10))
            return False
        if line[:4] in (b"", b"ehlo", b"MAIL", b"RCPT", b"DATA", b"data", b".\r\n"):
            connection.sendall({b"": b"220", b"data": b"354"}.get(line[:4].lower(), b"250") + b" yes\r\n")
        return True

    with scripted(answer) as port:
        EmailAddress(Mailbox().smtp(port=port), "me@example.com").deliver(message())
        has_returned.set()
    assert seen == [True]


def test_a_web_server_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotDelivered, match="can't be reached"):
        Webhook(f"http://127.0.0.1:{port}/").deliver(message())


def test_a_host_that_there_is_none_of() -> None:
    with pytest.raises(NotDelivered, match=r"host\.invalid, port 25 can't be reached"):
        EmailAddress(Mailbox().smtp(host="host.invalid", port=25), "me@example.com").deliver(message())
    with pytest.raises(NotDelivered, match=r"host\.invalid can't be reached"):
        Webhook("https://host.invalid/x").deliver(message())


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_e_mail(start_mailbox: Callable[..., Mailbox], security: str, trusted: None) -> None:
    mailbox = start_mailbox(security)
    EmailAddress(mailbox.smtp(security=security), "me@example.com").deliver(message())
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for(start_mailbox: Callable[..., Mailbox], security: str) -> None:
    mailbox = start_mailbox(security)
    with pytest.raises(NotDelivered, match="certificate of localhost") as caught:
        EmailAddress(mailbox.smtp(security=security), "me@example.com").deliver(message())
    assert caught.value.lasting
    assert not mailbox.mails


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name(start_mailbox: Callable[..., Mailbox], security: str, trusted: None) -> None:
    mailbox = start_mailbox(security)
    with pytest.raises(NotDelivered, match=r"certificate of 127\.0\.0\.1"):
        EmailAddress(mailbox.smtp(security=security, host="127.0.0.1"), "me@example.com").deliver(message())
    assert not mailbox.mails


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption_that_the_server_does_not_have(mailbox: Mailbox, security: str) -> None:
    with pytest.raises(NotDelivered, match="security") as caught:
        EmailAddress(mailbox.smtp(security=security), "me@example.com", seconds=2).deliver(message())
    assert caught.value.lasting
    assert not mailbox.mails


def test_a_login(start_mailbox: Callable[..., Mailbox], trusted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = start_mailbox("starttls", login=True)
    to = EmailAddress(mailbox.smtp(security="starttls", username="me", password_env="SMTP_PASSWORD"), "me@example.com")
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    with pytest.raises(NotDelivered, match="SMTP_PASSWORD is not set"):
        to.deliver(message())
    monkeypatch.setenv("SMTP_PASSWORD", "wr0ng")
    with pytest.raises(NotDelivered, match="the name or the password of me") as caught:
        to.deliver(message())
    assert caught.value.lasting
    assert "wr0ng" not in str(caught.value)
    monkeypatch.setenv("SMTP_PASSWORD", "right")
    to.deliver(message())
    assert len(mailbox.mails) == 1


def test_what_is_asked_again_soon_and_what_is_not(mailbox: Mailbox) -> None:
    for answer, lasting in (("451 try later", False), ("554 never", True)):
        mailbox.refuse["DATA"] = answer
        with pytest.raises(NotDelivered) as caught:
            EmailAddress(mailbox.smtp(), "me@example.com").deliver(message())
        assert caught.value.lasting == lasting


def test_the_text_arrives_as_it_was(mailbox: Mailbox) -> None:
    text = "text\n.\n..two\n" + "long " * 500 + "\nUmlaut ä, 猫\n"
    EmailAddress(mailbox.smtp(), "me@example.com").deliver(message(text=text, subject="Failed: ä猫"))
    (mail,) = mailbox.mails
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == text
    assert mail["Subject"] == "Failed: ä猫"
    assert mail["Message-ID"] == "<localtrack.abc@example.com>"
    assert mail["To"] == "me@example.com"


def test_a_redirection_is_not_followed(web: Web) -> None:
    web.status, web.headers = 307, {"Location": web.url.replace("hook", "other")}
    with pytest.raises(NotDelivered, match="elsewhere"):
        Webhook(web.url).deliver(message())
    assert web.paths == ["/hook?a=b"]


def test_what_a_webhook_gets(web: Web) -> None:
    Webhook(web.url).deliver(message(subject="Failed: <!channel> @everyone & co", repeated=True))
    (document,) = web.documents
    assert document["text"].startswith("Failed: &lt;!channel&gt; @everyone &amp; co\n")
    assert document["content"].startswith("Failed: <!channel> @everyone & co\n")
    assert document["allowed_mentions"] == {"parse": []}
    assert document["events"] == [{"runId": "r1", "newStatus": "Failed"}]
    assert document["repeated"] is True


def test_a_command_that_came_with_the_project_is_not_run(workspace: Workspace) -> None:
    to = Command(workspace._layout, "touch ran", alert_command.run)
    for allowed in ("touch other", "touch ran "):
        with pytest.raises(NotDelivered, match="not allowed"):
            to.deliver(message())
        permission.allow(workspace._layout, allowed)
    with pytest.raises(NotDelivered, match="not allowed"):
        to.deliver(message())
    assert not Path("ran").exists()
