"""From a status that changes to a message that arrives: none is lost, and none comes twice without saying so."""

import fcntl
import json
import os
import random
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from conftest import Project
from servers import Mailbox, Web

from localtrack import notify
from localtrack.core import Experiment, Workspace
from localtrack.executor import deliverer
from localtrack.notify import matching, permission, rules
from localtrack.paths import Layout
from localtrack.store.store import Store, open_store

ME = "email: me@example.com"


def test_a_run_that_ends_is_told_of_by_a_process_that_ends(
    project: Project, mailbox: Mailbox, wait_until: Callable[..., None]
) -> None:
    project.mail_rules(mailbox.port, ME)
    run = project.run("train")
    run.log("loss", 0.5)
    run.complete()
    assert run.get_status() == "Completed"
    assert len(project.deliverers()) == 1
    deliverer.start_if_due(project.store)
    assert len(project.deliverers()) == 1
    wait_until(lambda: mailbox.mails)
    assert mailbox.mails[0]["Subject"].startswith("Completed: run 1")
    wait_until(lambda: not project.unsent() and not project.deliverers())
    assert len(mailbox.mails) == 1


def test_a_submitted_script_is_told_of(project: Project, mailbox: Mailbox, wait_until: Callable[..., None]) -> None:
    from localtrack.core import ScriptRunConfig

    project.mail_rules(mailbox.port, f"status: [Failed], {ME}")
    Path("source").mkdir()
    Path("source/script.py").write_text("print('before')\nraise ValueError('it is broken')\n")
    arguments = ["--password", "hidden1", "--api-key=hidden2", "http://me:hidden3@host/", "--alpha", 1]
    config = ScriptRunConfig("source", script="script.py", arguments=arguments)
    run = Experiment(project.workspace, "train").submit(config)
    run.wait_for_completion(raise_on_error=False)
    wait_until(lambda: mailbox.mails)
    (text,) = mailbox.texts()
    for part in (
        "ValueError: it is broken",
        "raise ValueError",
        "before",
        "--alpha 1",
        f"localtrack run show -r {run.id}",
    ):
        assert part in text
    assert "hidden" not in mailbox.mails[0].as_string()
    assert "Duration" in text


def test_nothing_is_started_or_read_without_rules(project: Project, run_python: Callable[..., str]) -> None:
    program = """
    import sys
    from localtrack.core import Experiment, Workspace
    Experiment(Workspace.from_config(), "e").start_logging(outputs=False).complete()
    print([name for name in sys.modules if name.startswith(("localtrack.notify.", "smtplib", "http.client"))])
    """
    assert run_python(program) == "[]\n"
    assert not project.deliverers()
    assert project.store.events.untold() == []


def test_a_name_gives_no_orders(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    run = project.run(display_name="x\u2028\r\nBcc: victim@example.com\r\n\r\n<b>body</b>")
    run.log("acc\nuracy <script>", 1)
    run.fail("why\x1b[2J\r\n.\r\nMAIL FROM:<x>")
    assert project.deliver() == 1
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail.keys().count("Subject") == 1
    assert "\x1b" not in mailbox.texts()[0]
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "&lt;b&gt;body" in mail.get_body(("html",)).get_content()


def test_metrics_stand_beside_the_best_of_the_experiment(project: Project, mailbox: Mailbox, quiet: None) -> None:
    for loss in (0.5, 0.4):
        run = project.run()
        run.log("loss", loss)
        run.complete()
    project.mail_rules(mailbox.port, ME)
    run = project.run()
    for name, value in (("loss", 0.3), ("accuracy", 0.9), ("other", 2)):
        run.log(name, value)
    run.complete()
    assert project.deliver() == 1
    assert re.search(r"loss +0\.3 +best until now 0\.4 \(-25\.0%, a new best\)", mailbox.texts()[0])
    assert re.search(r"accuracy +0\.9\s", mailbox.texts()[0])


def test_who_a_rule_is_about(project: Project, quiet: None) -> None:
    project.write_rules(
        """
rules:
  - {name: pattern, experiment_name: "train-*", webhook: "http://127.0.0.1:9/"}
  - {name: tag, tag: [gpu, size=big], webhook: "http://127.0.0.1:9/"}
  - {name: children, children: true, webhook: "http://127.0.0.1:9/"}
  - {name: running, status: Running, webhook: "http://127.0.0.1:9/"}
"""
    )
    project.run("train-1").complete()
    project.run("other", tags={"gpu": "x", "size": "big"}).complete()
    parent = project.run("parent")
    parent.child_run(outputs=False).complete()
    told = [each.rule for each in project.unsent()]
    assert told == ["running", "pattern", "children", "running", "tag", "children", "running", "children"]


def test_each_event_is_looked_at_once_whoever_does_it(
    project: Project, quiet: None, start_python: Callable[..., object]
) -> None:
    project.write_rules("rules: [{name: a, webhook: 'http://127.0.0.1:9/', children: true}]\n")
    experiment = Experiment(project.workspace, "e")
    program = """
    import sys
    from localtrack.notify import matching
    from localtrack.paths import Layout
    from localtrack.store.store import open_store
    store = open_store(Layout(sys.argv[1]))
    print("there", flush=True)
    while True:
        matching.match(store)
    """
    lookers = [start_python(program, project.layout.root) for _ in range(3)]
    for looker in lookers:
        assert looker.stdout.readline() == "there\n"
    for number in range(40):
        experiment.start_logging(outputs=False, run_id=f"r{number}").complete()
        if number in (10, 25):  # those who look may be killed
            lookers.pop().kill()
    matching.match(project.store)
    lookers.pop().kill()
    assert Counter(each.run for each in project.unsent()) == Counter({f"r{number}": 1 for number in range(40)})
    assert project.store.events.untold() == []


def test_many_at_once_become_one_message(project: Project, mailbox: Mailbox, web: Web, quiet: None) -> None:
    project.mail_rules(mailbox.port, f"{ME}, children: true, webhook: '{web.url}'")
    parent = project.run()
    for number, child in enumerate(parent.create_children(count=30)):
        child.fail("bad") if number == 7 else child.complete()
    assert project.deliver() == 60
    (mail,) = mailbox.mails
    assert mail["Subject"] == "29 Completed, 1 Failed: runs of e"
    assert mailbox.texts()[0].index("Failed ") < mailbox.texts()[0].index("Completed ")
    assert len(web.documents[0]["events"]) == 30
    parent.complete()
    assert project.deliver() == 2
    assert mailbox.mails[1]["Subject"].startswith("Completed: run 1")


def test_who_got_many_messages_lately_gets_the_next_ones_together(project: Project, quiet: None) -> None:
    project.write_rules("rules: [{name: a, command: 'true'}, {name: b, webhook: 'http://127.0.0.1:9/'}]\n")
    permission.allow(project.layout, "true")
    for _ in range(5):
        project.run().complete()
        claimed = project.store.outbox.claim(gathered=["webhook"], besides=())
        while claimed:
            project.store.outbox.delivered(claimed)
            claimed = project.store.outbox.claim(gathered=["webhook"], besides=())
    for _ in range(4):
        project.run().complete()
    waiting = {each.rule: each for each in project.unsent() if each.rule == "b"}
    assert waiting["b"].due - time.time_ns() > 30e9
    assert len({each.due for each in project.unsent() if each.rule == "b"}) == 1
    project.store.outbox.delivered(project.store.outbox.claim(gathered=["webhook"]))  # a command's, which never waits
    assert len([each for each in project.unsent() if each.rule == "a"]) == 3


def test_what_fails_waits_with_its_reason_and_is_sent_later(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    mailbox.refuse["RCPT"] = "550 no such user"
    run = project.run()
    run.complete()
    assert project.deliver() == 0
    assert run.get_status() == "Completed"
    (waiting,) = project.unsent()
    assert "has refused me@example.com: 550 no such user" in waiting.fault
    assert waiting.due - time.time_ns() > 3000e9
    assert any("550 no such user" in fault for fault in notify.faults(project.store))
    mailbox.refuse.clear()
    assert project.deliver() == 1
    assert project.unsent() == notify.faults(project.store) == []
    assert "may have come before" not in mailbox.texts()[0]


def test_an_answer_that_is_lost_means_twice_and_says_so(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    mailbox.drop = True
    project.run().complete()
    assert project.deliver() == 0
    assert project.unsent()[0].unclear
    project.run().complete()  # another, which must not join a message that may be there
    mailbox.drop = False
    assert project.deliver() == 2
    ids = [mail["Message-ID"] for mail in mailbox.mails]
    repeated = ["may have come before" in text for text in mailbox.texts()]
    assert [said for each, said in zip(ids, repeated, strict=True) if each == ids[0]] == [False, True]
    assert [said for each, said in zip(ids, repeated, strict=True) if each != ids[0]] == [False]


def test_nothing_is_sent_that_no_rule_says_any_more(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    project.run().complete()
    project.mail_rules(mailbox.port, "email: other@example.com")
    assert project.deliver() == 0
    assert "No rule says" in project.unsent()[0].fault
    assert project.unsent()[0].due is None
    assert not mailbox.mails


def test_a_copy_sends_nothing_of_the_original(project: Project, mailbox: Mailbox, quiet: None, tmp_path: Path) -> None:
    project.mail_rules(mailbox.port, ME)
    project.run().complete()
    killed = project.run()  # by one who is killed before it can look through the rules
    project.store.runs.move(killed.id, "person", "Completed")
    project.store.database.close()
    copy = tmp_path / "copy"
    shutil.copytree(project.layout.project, copy)
    store = open_store(Layout(copy / ".azureml"))
    assert deliverer.deliver_all(store) == 0
    assert not mailbox.mails
    assert [each.place == store.queue.place for each in store.outbox.unsent()] == [False]
    assert project.deliver() == 2


def test_a_faulty_file_is_named_and_stops_nobody(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME, "email: nobody")
    with pytest.warns(UserWarning, match=r"line 4, rules\[1\]\.email: 'nobody' is no e-mail address"):
        run = project.run()
    with pytest.warns(UserWarning, match="nobody"):
        run.complete()
    assert project.deliver() == 1
    project.write_rules("rules: [")
    with pytest.warns(UserWarning, match=r"notifications\.yml, line"):
        project.run().complete()
    assert "line" in notify.faults(project.store)[0]
    project.mail_rules(mailbox.port, ME)  # mended: what ended meanwhile is told
    assert project.deliver() == 1


def test_time_that_passes(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, f"running_longer_than: 2h, {ME}", f"no_metric_for: 30m, {ME}")
    slow, lively = project.run("slow"), project.run("lively")
    hours = 3600 * 10**9
    project.store.runs.update(slow.id, started=time.time_ns() - 3 * hours)
    project.store.runs.update(lively.id, started=time.time_ns() - hours)
    lively.log("loss", 1)
    for _ in range(2):
        project.deliver()
    assert [mail["Subject"] for mail in mailbox.mails] == [
        "Running longer than 2h: run 1 of slow",
        "No metric for 30m: run 1 of slow",
    ]
    slow.complete()
    lively.complete()
    assert project.deliver() == 0


def test_a_supervisor_looks_at_time(project: Project, web: Web, wait_until: Callable[..., None]) -> None:
    from localtrack.core import ScriptRunConfig

    project.write_rules(f"rules: [{{name: a, running_longer_than: 0.1s, webhook: '{web.url}'}}]\n")
    run = Experiment(project.workspace, "e").submit(ScriptRunConfig(None, command=["sleep", "60"]))
    wait_until(lambda: web.documents)
    assert web.documents[0]["reason"] == "running longer than 0.1s"
    assert run.get_status() == "Running"  # and whoever sends is not taken for one of the script's processes
    run.cancel()


def test_a_command_gets_the_event(project: Project, quiet: None) -> None:
    command = "cat > event.json; pwd > where"
    project.write_rules(f"rules: [{{name: a, command: {json.dumps(command)}}}]\n")
    run = project.run()
    run.fail("bad")
    assert project.deliver() == 0
    assert any("have not allowed" in fault for fault in notify.faults(project.store))
    permission.allow(project.layout, command)
    assert project.deliver() == 1
    event = json.loads(Path("event.json").read_text())
    assert (event["type"], event["runId"], event["newStatus"]) == ("AmlRunStatusChangedEvent", run.id, "Failed")
    assert event["error"]["error"]["message"] == "bad"
    assert Path("where").read_text().strip() == project.layout.project


def test_a_file_of_events_has_each_once_and_in_order(project: Project, store: Store, quiet: None) -> None:
    project.write_rules("events: {file: events.jsonl}\n")
    file = Path("events.jsonl")
    first = project.run()
    first.complete()
    file.write_text(file.read_text() + '{"type": "AmlRunSta')  # of one who was killed
    project.run().complete()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [event["newStatus"] for event in events] == ["Running", "Completed"] * 2
    assert [event["id"] for event in events] == [each.key for each in store.events.last(100)]
    first.delete()
    file.write_text("something else\n")
    with pytest.warns(UserWarning, match="none of localtrack's"):
        project.run().complete()
    assert file.read_text() == "something else\n"


def test_a_link_is_not_written_through(project: Project, tmp_path: Path, quiet: None) -> None:
    project.write_rules("events: {file: events.jsonl}\n")
    Path("events.jsonl").symlink_to(tmp_path / "outside.jsonl")
    with pytest.warns(UserWarning, match="could not be written"):
        project.run()
    assert not (tmp_path / "outside.jsonl").exists()


def test_no_message_is_lost_whenever_who_sends_is_killed(
    project: Project, mailbox: Mailbox, wait_until: Callable[..., None]
) -> None:
    random.seed(7)
    addresses = [f"a{number}@example.com" for number in range(45)]
    project.mail_rules(mailbox.port, f"email: [{', '.join(addresses)}]")
    mailbox.seconds = 0.03
    project.run().complete()

    def sent_more(before: int) -> bool:
        deliverer.start_if_due(project.store)  # a process that dies is there until its last moment
        return len(mailbox.mails) > before

    for _ in range(8):
        wait_until(partial(sent_more, len(mailbox.mails)))
        time.sleep(random.uniform(0, 0.05))  # not a wait: somewhere in the next message
        for process in project.deliverers():
            os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: sent_more(0) and project.unsent() == [])
    arrived: dict[str, list[bool]] = {}
    for mail, text in zip(mailbox.mails, mailbox.texts(), strict=True):
        arrived.setdefault(mail["To"], []).append("may have come before" in text)
    assert set(arrived) == set(addresses)
    # The first may say it too, of one who was killed before it was sent.
    assert all(all(said[1:]) for said in arrived.values()), arrived


def test_two_who_send_at_once_send_each_message_once(
    project: Project,
    mailbox: Mailbox,
    quiet: None,
    start_python: Callable[..., object],
    wait_until: Callable[..., None],
) -> None:
    addresses = ", ".join(f"a{number}@example.com" for number in range(30))
    project.mail_rules(mailbox.port, f"email: [{addresses}]")
    mailbox.seconds = 0.02
    project.run().complete()
    program = """
    import sys
    from localtrack.executor import deliverer
    from localtrack.paths import Layout
    from localtrack.store.store import open_store
    store = open_store(Layout(sys.argv[1]))
    print("there", flush=True)
    sys.stdin.readline()
    deliverer.deliver_all(store)
    """
    senders = [start_python(program, project.layout.root) for _ in range(3)]
    for sender in senders:
        assert sender.stdout.readline() == "there\n"
    for sender in senders:
        sender.stdin.write("\n")
        sender.stdin.flush()
        wait_until(lambda: mailbox.mails)  # the next come while messages are being sent
    project.deliver()
    for sender in senders:
        output, _ = sender.communicate(timeout=60)
        assert sender.returncode == 0, output
    assert len(mailbox.mails) == len({mail["To"] for mail in mailbox.mails}) == 30


def test_a_message_is_given_up_that_nobody_takes_for_days(project: Project, quiet: None) -> None:
    project.write_rules("rules: [{name: a, webhook: 'http://127.0.0.1:9/'}]\n")
    project.run().complete()
    with project.store.database.transaction() as connection:
        connection.execute("UPDATE outbox SET expires = 1")
    assert project.deliver() == 0  # tried once, however late
    assert project.unsent()[0].due is None
    assert project.unsent()[0].fault.startswith("Given up after 1 attempts. 127.0.0.1 can't be reached")


def test_the_key_of_an_event_is_not_given_again(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(outputs=False)
    run.complete()
    last = workspace._store.events.last(1)[0].key
    run.delete()
    again = Experiment(workspace, "e").start_logging(outputs=False)
    assert workspace._store.events.of(again.id)[0].key > last


def change(store: Store, assignments: str, *parameters: object) -> None:
    with store.database.transaction() as connection:
        connection.execute(f"UPDATE outbox SET {assignments}", parameters)


def test_a_number_beyond_all_floats_is_told(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    for value in (0.5, 10**400, 10**5000, -(10**400)):
        run = project.run()
        run.log("acc", value)
        run.log("other", value)
        run.complete()
        assert project.deliver() == 1
    assert re.search(r"acc +1\.00000e\+400 ", mailbox.texts()[1])
    assert re.search(r"acc +-1\.00000e\+400 ", mailbox.texts()[3])


def test_what_is_wrong_with_a_message_stops_no_other(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    project.run().complete()
    change(project.store, "about = '{}'")
    project.run().complete()
    assert project.deliver() == 1
    (waiting,) = project.unsent()
    assert "could not be made: KeyError" in waiting.fault
    assert waiting.due - time.time_ns() > 3000e9
    assert not waiting.unclear


def login_rules(project: Project, port: int) -> None:
    project.write_rules(
        f"smtp: {{host: localhost, port: {port}, from: from@example.com, username: me, password_env: SMTP_PASSWORD}}\n"
        f"rules: [{{name: a b, {ME}}}]\n"
    )


def test_a_password_goes_where_the_user_has_allowed_it(
    project: Project,
    start_mailbox: Callable[..., Mailbox],
    quiet: None,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = start_mailbox("starttls", login=True)
    login_rules(project, mailbox.port)
    monkeypatch.setenv("SMTP_PASSWORD", "right")
    project.run().complete()
    assert project.deliver() == 0
    said = "has not been allowed; `localtrack monitor alert allow -n 'a b'`"
    assert said in project.unsent()[0].fault
    assert any(fault.startswith("Logging in") and said in fault for fault in notify.faults(project.store))
    smtp = rules.read(project.layout).smtp
    permission.allow_login(Layout(project.layout.root + "2"), smtp)
    for other in (
        {"host": "example.com"},
        {"port": 1},
        {"security": "tls"},
        {"username": "x"},
        {"password_env": "OTHER_MAIL"},
    ):
        permission.allow_login(project.layout, replace(smtp, **other))
    assert project.deliver() == 0
    permission.allow_login(project.layout, smtp)
    assert project.deliver() == 1
    assert notify.faults(project.store) == []


def test_who_knows_the_password_takes_over(
    project: Project,
    start_mailbox: Callable[..., Mailbox],
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None],
) -> None:
    mailbox = start_mailbox("starttls", login=True)
    login_rules(project, mailbox.port)
    permission.allow_login(project.layout, rules.read(project.layout).smtp)
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    project.run().complete()
    wait_until(lambda: project.unsent()[0].attempts and not project.deliverers())
    assert "SMTP_PASSWORD is not set" in project.unsent()[0].fault
    deliverer.start_if_due(project.store)
    assert not project.deliverers()
    monkeypatch.setenv("SMTP_PASSWORD", "right")
    deliverer.start_if_due(project.store)
    wait_until(lambda: not project.unsent())
    assert len(mailbox.mails) == 1


def test_who_asks_what_is_wrong_is_told_whatever_it_is(project: Project, quiet: None) -> None:
    project.write_rules("events: {file: events.jsonl}\n")
    Path("events.jsonl").write_text("something else\n")
    assert "none of localtrack's" in notify.faults(project.store)[0]
    Path("events.jsonl").unlink()
    assert notify.faults(project.store) == []
    project.write_rules("events: {file: no/folder/events.jsonl}\n")
    assert "its folder is not there" in notify.faults(project.store)[0]


@pytest.mark.timeout(30)
def test_a_file_of_events_that_another_holds_keeps_no_run(project: Project, quiet: None) -> None:
    project.write_rules("events: {file: events.jsonl}\n")
    run = project.run()
    with Path("events.jsonl").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.warns(UserWarning, match="another process holds it"):
            run.complete()
    assert Path("events.jsonl").read_text().count("\n") == 1
    project.run()
    events = [json.loads(line) for line in Path("events.jsonl").read_text().splitlines()]
    assert [event["newStatus"] for event in events] == ["Running", "Completed", "Running"]


@pytest.mark.parametrize("other", [{"id": 10**6}, {"id": 0}, {"runId": "another"}])
def test_a_file_of_another_databases_events_is_named(project: Project, quiet: None, other: dict) -> None:
    project.write_rules("events: {file: events.jsonl}\n")
    file = Path("events.jsonl")
    run = project.run()
    file.write_text(json.dumps({**json.loads(file.read_text()), **other}) + "\n")
    before = file.read_text()
    with pytest.warns(UserWarning, match=r"restored from a backup.*Move it away"):
        run.complete()
    assert file.read_text() == before
    assert "restored from a backup" in notify.faults(project.store)[0]


@pytest.mark.parametrize(
    "command",
    [
        ": --password hidden1; sh -c ': --api-key=hidden2'",
        ": --password hidden1 # it's",
        ["sh", "-c", ": --password hidden1"],
    ],
)
def test_secrets_of_a_command_are_not_sent(
    project: Project, mailbox: Mailbox, quiet: None, command: str | list[str]
) -> None:
    from localtrack.core import ScriptRunConfig

    run = Experiment(project.workspace, "e").submit(ScriptRunConfig(None, command=command))
    run.wait_for_completion()
    project.mail_rules(mailbox.port, ME)
    last = project.store.events.of(run.id)[-1]
    with project.store.database.transaction() as connection:
        connection.execute("UPDATE events SET untold = ? WHERE key = ?", (project.store.queue.place, last.key))
    assert project.deliver() == 1
    assert "--password ***" in mailbox.texts()[0]
    assert "hidden" not in mailbox.mails[0].as_string()


def test_a_faulty_rule_lets_nothing_out_of_another(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME, "email: two@example.com")
    project.run().complete()
    text = Path(project.layout.notifications).read_text()
    lines = text.replace("two@example.com", "two@example.com, typo: 1").splitlines(keepends=True)
    project.write_rules("".join(line for line in lines if "rule 0" not in line))
    with pytest.warns(UserWarning, match="typo"):
        deliverer.tell(project.store)
    assert project.deliver() == 1  # of the rule that is only faulty
    assert [mail["To"] for mail in mailbox.mails] == ["two@example.com"]
    assert "No rule says" in project.unsent()[0].fault


def test_rules_that_are_no_list_let_messages_wait(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, ME)
    project.run().complete()
    text = Path(project.layout.notifications).read_text()
    project.write_rules("rules: 1\n")
    assert project.deliver() == 0
    project.write_rules(text)
    assert project.deliver() == 1


def test_a_clock_that_is_set_back_delays_nothing(project: Project, web: Web, quiet: None) -> None:
    day = 24 * 3600 * 10**9
    project.write_rules(f"rules: [{{name: a, webhook: '{web.url}'}}]\n")
    project.run().complete()
    change(project.store, "created = created + ?, due = due + ?", day, day)
    assert project.store.outbox.next_due() <= time.time_ns()
    project.run().complete()
    assert max(each.due for each in project.unsent()[1:]) < time.time_ns() + day // 2
    change(project.store, "created = created - ? WHERE created > ?", day, time.time_ns())  # it joined one of before
    claimed = project.store.outbox.claim(gathered=[])
    assert len(claimed) == 1
    project.store.outbox.failed(claimed, "why", time.time_ns() + 2 * day)
    change(project.store, "tried = tried + ? WHERE attempts = 1", day)
    assert project.store.outbox.claim(gathered=[])[0].key == claimed[0].key


def test_everything_is_tried_whenever_that_was_last(project: Project, web: Web, quiet: None) -> None:
    project.write_rules(f"rules: [{{name: a, webhook: '{web.url}'}}]\n")
    web.status = 500
    project.run().complete()
    assert project.deliver() == 0
    assert len(web.documents) == 1
    change(project.store, "tried = tried + ?", 24 * 3600 * 10**9)
    web.status = 200
    assert project.deliver() == 1


def test_a_project_that_was_moved_takes_along_what_waits(
    project: Project, mailbox: Mailbox, quiet: None, tmp_path: Path
) -> None:
    project.mail_rules(mailbox.port, ME)
    project.run().complete()
    killed = project.run()  # by one who is killed before it can look through the rules
    project.store.runs.move(killed.id, "person", "Completed")
    project.store.database.close()
    moved = tmp_path / "elsewhere" / ".azureml"
    moved.parent.mkdir()
    Path(project.layout.root).rename(moved)
    store = open_store(Layout(moved))
    assert deliverer.deliver_all(store) == 2
    store.database.close()
    moved.rename(project.layout.root)


def test_many_late_runs_in_one_message_say_why(project: Project, mailbox: Mailbox, quiet: None) -> None:
    project.mail_rules(mailbox.port, f"running_longer_than: 2h, {ME}")
    started = [project.run() for _ in range(5)]
    for run in started:
        project.store.runs.update(run.id, started=time.time_ns() - 3 * 3600 * 10**9)
    assert project.deliver() == 5
    assert mailbox.mails[0]["Subject"] == "5 Running longer than 2h: runs of e"
    assert mailbox.texts()[0].count("Running longer than 2h") == 6
    for run in started:
        run.complete()
