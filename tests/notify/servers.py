"""Mail servers and web servers that are real, on this machine, and what they were given."""

import asyncio
import email
import email.policy
import json
import ssl
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from localtrack.notify.rules import Smtp


class Mailbox:
    """A mail server's work, and what it was given.

    Attributes:
        mails: What has arrived.
        refuse: Answers in place of its own, by the command.
        drop: Whether it ends the connection after a text, before it answers.
        seconds: How long it takes to answer a text.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.drop = False
        self.seconds = 0.0
        self.port = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        await asyncio.sleep(self.seconds)
        if self.drop:
            server.transport.abort()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, way: str, data: LoginPassword) -> object:
        return AuthResult(success=data.password == b"right", handled=False)

    def texts(self) -> list[str]:
        return [mail.get_body(("plain",)).get_content() for mail in self.mails]

    def smtp(self, **changes: object) -> Smtp:
        given = {"host": "localhost", "port": self.port, "security": "none", "sender": "from@example.com"}
        return Smtp(**{**given, "username": None, "password_env": None, **changes})  # type: ignore[arg-type]


class MailServer:
    """A mail server of its own thread, which says its port to its mailbox.

    Args:
        mailbox: Its work.
        context: For a connection that is encrypted from its beginning.
        options: Of aiosmtpd's.
    """

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext | None, options: dict) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)  # of connections that a test has cut off
        made = self._loop.create_server(lambda: SMTP(mailbox, loop=self._loop, **options), "127.0.0.1", 0, ssl=context)
        self._server = self._loop.run_until_complete(made)
        mailbox.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()


class Web:
    """A web server, with the documents it was given.

    Attributes:
        status: What it answers.
        silent: Whether it ends the connection in place of an answer.
        hold: If set, it answers when this is.
    """

    def __init__(self) -> None:
        self.documents: list[dict] = []
        self.paths: list[str] = []
        self.status = 200
        self.silent = False
        self.hold: threading.Event | None = None
        self.headers: dict[str, str] = {}
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                web.paths.append(self.path)
                web.documents.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if web.hold is not None:
                    web.hold.wait(20)
                if web.silent or web.hold is not None:
                    return
                self.send_response(web.status)
                for name, value in web.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"said")

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?a=b"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01))
        self._thread.start()

    def stop(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
