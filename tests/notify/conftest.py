"""A project with rules, and servers for what it sends."""

import os
import signal
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import trustme

from localtrack.core import Experiment, Run, Workspace
from localtrack.executor import deliverer
from localtrack.store.outbox import Waiting

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # the module beside this one
from servers import Mailbox, MailServer, Web


@pytest.fixture
def start_mailbox(authority: trustme.CA) -> Iterator[Callable[..., Mailbox]]:
    """Start a mail server: ``security`` is as in rules, ``login`` whether it asks for a password."""
    started: list[MailServer] = []

    def start(security: str = "none", *, login: bool = False) -> Mailbox:
        mailbox = Mailbox()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        options: dict[str, object] = {}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if login:
            options |= {"authenticator": mailbox.authenticate, "auth_required": True}
        started.append(MailServer(mailbox, context if security == "tls" else None, options))
        return mailbox

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def mailbox(start_mailbox: Callable[..., Mailbox]) -> Mailbox:
    return start_mailbox()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those that it starts, trust the certificates of the servers here."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


class Project:
    """A workspace, its rules and its runs."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = workspace._store
        self.layout = workspace._layout

    def write_rules(self, text: str) -> None:
        Path(self.layout.notifications).write_text(text, encoding="utf-8")

    def mail_rules(self, port: int, *rules: str) -> None:
        """Write rules, each as what stands beside its name, with a mail server."""
        smtp = f"smtp: {{host: localhost, port: {port}, security: none, from: from@example.com}}\n"
        lines = [f"  - {{name: rule {number}, {rule}}}\n" for number, rule in enumerate(rules)]
        self.write_rules(f"{smtp}rules:\n{''.join(lines)}")

    def run(self, experiment: str = "e", **options: object) -> Run:
        return Experiment(self.workspace, experiment).start_logging(outputs=False, **options)  # type: ignore[arg-type]

    def unsent(self) -> list[Waiting]:
        return self.store.outbox.unsent()

    def deliver(self) -> int:
        return deliverer.deliver_all(self.store)

    def deliverers(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if {"localtrack.executor.deliverer", self.layout.root, sys.executable} <= set(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def project(workspace: Workspace, wait_until: Callable[..., None]) -> Iterator[Project]:
    """The workspace. At the end the process that sends what waits in it is ended."""
    project = Project(workspace)
    yield project
    for process in project.deliverers():
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not project.deliverers())


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process that sends, so that a test can look at what waits."""
    monkeypatch.setattr(deliverer, "start_if_due", lambda store: None)
