"""``localtrack monitor``: events, and the rules of whom to tell."""

import json
import signal
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from localtrack.core import Experiment, Workspace
from localtrack.executor import deliverer
from localtrack.store.store import close_store


@pytest.fixture
def workspace(attached: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(deliverer, "start_if_due", lambda store: None)
    workspace = Workspace.from_config(str(attached.folder))
    yield workspace
    close_store(workspace._layout)


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict]]]:
    """The address of a web server, and what was posted to it."""
    documents: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            documents.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=lambda: server.serve_forever(0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", documents
        server.shutdown()
        thread.join()


def test_events_are_listed_chosen_and_printed(attached: Callable, workspace: Workspace) -> None:
    first = Experiment(workspace, "one").start_logging(outputs=False, display_name="\x1b[31m")
    first.complete()
    second = Experiment(workspace, "two").start_logging(outputs=False)
    second.fail("it\x1b[2J broke")
    found = json.loads(attached("monitor", "events").out)
    assert [each["newStatus"] for each in found] == ["Running", "Completed", "Running", "Failed"]
    assert found[3]["oldStatus"] == "Running"
    assert found[3]["error"]["error"]["message"] == "it\x1b[2J broke"
    lines = attached("monitor", "events", "-e", "two", "--json-lines", "--last", 1).out.splitlines()
    assert [json.loads(line)["runId"] for line in lines] == [second.id]
    table = attached("monitor", "events", "--status", "Completed", "--run", first.id, "-o", "table").out
    assert table.count(first.id) == 1
    assert "Completed" in table
    done = attached("monitor", "events", "--run", second.id, "--follow")  # which has ended
    assert "Running -> Failed  it\\x1b[2J broke" in done.out
    assert "no run" in attached("monitor", "events", "--run", "none", code=1).err


def test_events_are_followed(attached: Callable, workspace: Workspace) -> None:
    process = attached.start("monitor", "events", "--follow", "--json-lines", "--status", "Failed")
    before = Experiment(workspace, "one").start_logging(outputs=False)
    before.fail()
    assert json.loads(process.stdout.readline())["runId"] == before.id
    run = Experiment(workspace, "one").start_logging(outputs=False)
    run.fail()
    assert json.loads(process.stdout.readline())["runId"] == run.id
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130


def test_a_rule_from_its_making_to_its_end(
    attached: Callable, workspace: Workspace, posted: tuple[str, list[dict]]
) -> None:
    url, documents = posted
    path = Path(workspace._layout.notifications)
    given = ("monitor", "alert", "create", "-n", "bad", "--webhook", url, "--status", "Failed", "-e", "tr*")
    assert json.loads(attached(*given).out)["webhook"] == [url]
    assert "line 2" not in attached(*given, code=1).err
    wrong = attached("monitor", "alert", "create", "-n", "b", "--email", "me", "--smtp-host", "h", code=1).err
    assert "rules[1].email[0]: 'me' is no e-mail address" in wrong
    assert json.loads(attached("monitor", "alert", "test", "-n", "bad").out)[0]["arrived"] is True
    assert documents.pop()["reason"] == "test"
    run = Experiment(workspace, "train").start_logging(outputs=False)
    run.fail("why")
    listed = json.loads(attached("monitor", "alert", "list").out)
    assert [(each["rule"], each["runId"]) for each in listed["messages"]] == [("bad", run.id)]
    assert json.loads(attached("monitor", "alert", "deliver").out) == {"delivered": 1, "messages": []}
    assert documents[0]["events"][0]["runId"] == run.id
    attached("monitor", "alert", "delete", "-n", "bad")
    assert "no rule 'bad'" in attached("monitor", "alert", "show", "-n", "bad", code=1).err
    assert "webhook" not in path.read_text()


def test_what_waits_is_listed_with_its_reason(attached: Callable, workspace: Workspace) -> None:
    attached.write(".azureml/notifications.yml", "rules:\n  - {name: a, webhook: 'http://127.0.0.1:9/'}\n")
    Experiment(workspace, "train").start_logging(outputs=False).complete()
    done = attached("monitor", "alert", "deliver")
    assert json.loads(done.out)["delivered"] == 0
    assert "127.0.0.1 can't be reached" in done.err
    attached.write(
        ".azureml/notifications.yml", "rules:\n  - {name: a, webhook: 'http://127.0.0.1:9/'}\n  - {name: b}\n"
    )
    table = attached("monitor", "alert", "list", "-o", "table").out
    assert "127.0.0.1 can't be reached: Connection refused." in table
    assert "notifications.yml, line 3, rules[1]: it tells nobody" in table
    assert attached("monitor", "alert", "test", "-n", "a", code=1).out


def test_a_command_is_allowed_by_name(attached: Callable, workspace: Workspace) -> None:
    attached.write(".azureml/notifications.yml", "rules: [{name: a, command: 'cat > seen'}]\n")
    done = attached("monitor", "alert", "allow", "-n", "a", code=1)
    assert "cat > seen" in done.err
    assert "--yes" in done.err
    assert "not allowed" in attached("monitor", "alert", "test", "-n", "a", code=1).out
    attached("monitor", "alert", "allow", "-n", "a", "--yes")
    attached("monitor", "alert", "test", "-n", "a")
    assert json.loads((attached.folder / "seen").read_text())["rule"] == "a"
    attached("monitor", "alert", "create", "-n", "b", "--command", "cat > other")  # the user's own words
    attached("monitor", "alert", "test", "-n", "b")
    assert (attached.folder / "other").exists()


def test_a_login_is_allowed_by_name_or_by_naming_the_server(attached: Callable, workspace: Workspace) -> None:
    smtp = "{host: localhost, port: 9, from: a@example.com, username: me, password_env: SMTP_PASSWORD}"
    attached.write(".azureml/notifications.yml", f"smtp: {smtp}\nrules: [{{name: a, email: me@example.com}}]\n")
    assert "not been allowed" in attached("monitor", "alert", "test", "-n", "a", code=1).out
    assert "not been allowed" in attached("monitor", "alert", "create", "-n", "b", "--email", "me@example.com").err
    done = attached("monitor", "alert", "allow", "-n", "a", code=1)
    assert "localhost, port 9, security starttls, as me" in done.err
    attached("monitor", "alert", "allow", "-n", "a", "--yes")
    assert "can't be reached" in attached("monitor", "alert", "test", "-n", "a", code=1).out
    Path(workspace._layout.notifications).unlink()
    given = ("--smtp-host", "localhost", "--smtp-port", 10, "--smtp-from", "a@example.com", "--smtp-username", "me")
    given += ("--smtp-password-env", "SMTP_PASSWORD")
    attached("monitor", "alert", "create", "-n", "c", "--email", "me@example.com", *given)
    assert "can't be reached" in attached("monitor", "alert", "test", "-n", "c", code=1).out
