"""The rules of notifications.yml: what is refused, by line and key, and how the file is changed for its user."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localtrack import yaml_file
from localtrack.core import Workspace
from localtrack.exceptions import UserErrorException
from localtrack.notify import checks, editing, rules
from localtrack.notify.matching import length

HEAD = "smtp: {host: smtp.example.com, from: me@example.com}\nrules:\n  - name: a\n    email: you@example.com\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rules:\n  - email: a@b.c\n", "line 2, rules[0].name: 'name' is missing"),
        ("rules:\n  - name: a\n", "line 2, rules[0]: it tells nobody"),
        ("rules:\n  - name: a\n    email: a@b.c\n", "line 3, rules[0].email: e-mail needs to know a server"),
        (HEAD + "  - name: a\n    webhook: https://x/\n", "line 5, rules[1].name: there is another rule 'a'"),
        (HEAD + "    status: [Failed, faild]\n", "line 5, rules[0].status[1]: 'faild' is none: did you mean 'Failed'?"),
        (HEAD + "    stauts: Failed\n", "line 5, rules[0].stauts: there is no key 'stauts': did you mean 'status'?"),
        (HEAD + "    running_longer_than: 2 hours\n", "line 5, rules[0].running_longer_than: '2 hours' is no length"),
        (HEAD + "    no_metric_for: 0s\n", "line 5, rules[0].no_metric_for: '0s' is no length of time"),
        (HEAD + "    children: maybe\n", "line 5, rules[0].children: 'maybe' is neither true nor false"),
        (HEAD + "    webhook: ftp://x/\n", "line 5, rules[0].webhook: 'ftp://x/' is no address of a webhook"),
        (
            HEAD + "    webhook: https://me:secret@x/\n",
            "line 5, rules[0].webhook: a webhook's address can't have a name",
        ),
        (HEAD + '    experiment_name: "a\\nb"\n', "line 5, rules[0].experiment_name: 'a\\nb' must be one line"),
        (HEAD + "    command: 7\n", "line 5, rules[0].command: 7 must be a text"),
        (HEAD + "events: {file: ../x.jsonl}\n", "line 5, events.file: '../x.jsonl' must lie in the project's folder"),
        (HEAD + "events: {file: .azureml/x.jsonl}\n", "line 5, events.file: '.azureml/x.jsonl' must not lie in"),
        (HEAD + "events: {file: train.py}\n", "line 5, events.file: 'train.py' must end with .jsonl"),
        ("smtp: {host: 'a b', from: a@b.c}\n", "line 1, smtp.host: 'a b' is no host"),
        ("smtp: {host: h}\n", "line 1, smtp.from: 'from' is missing"),
        ("smtp: {host: h, from: a@b.c, port: 70000}\n", "line 1, smtp.port: 70000 is no port"),
        ("smtp: {host: h, from: a@b.c, security: ssl}\n", "line 1, smtp.security: 'ssl' is none"),
        ("smtp: {host: h, from: a@b.c, username: me}\n", "line 1, smtp: username and password_env go together"),
        ("smtp: {host: h, from: a@b.c, password: x}\n", "line 1, smtp.password: there is no key 'password'"),
        (
            "smtp:\n  host: h\n  from: a@b.c\n  username: m\n  password_env: AWS_KEY\n",
            "line 5, smtp.password_env: 'AWS_KEY'",
        ),
        (
            "smtp:\n  host: h\n  from: a@b.c\n  username: m\n  password_env: MAIL_PW\n  security: none\n",
            "line 6, smtp.security: a password is not sent to h without encryption",
        ),
        ("rule: []\n", "line 1, rule: there is no key 'rule': did you mean 'rules'?"),
        ("rules: a\n", "line 1, rules: there must be a list"),
    ],
)
def test_a_fault_is_named_by_line_and_key(text: str, fault: str) -> None:
    found = rules.parse(text, "file")
    assert fault in "\n".join(map(str, found.faults))


@pytest.mark.parametrize(
    "text", ["a: [", "- a", "rules: &x [*x]", "a: 1\na: 2", "[" * 80, "rules: !!python/name:os.system x", "\x00"]
)
def test_what_is_no_such_yaml_has_no_rules(text: str) -> None:
    found = rules.parse(text, "file")
    assert not found.readable
    assert str(found.faults[0]).startswith("file")


def test_a_fault_costs_its_own_rule_only() -> None:
    found = rules.parse(HEAD + "  - name: b\n    webhook: nowhere\n", "file")
    assert [rule.name for rule in found.rules] == ["a"]
    assert found.smtp is not None
    assert (found.smtp.port, found.smtp.security) == (587, "starttls")


@given(st.emails() | st.text(max_size=30) | st.from_regex(r"[a-z]{1,5}@[a-z.\n\r ,<>]{1,9}", fullmatch=True))
def test_an_address_that_is_taken_can_be_no_more_than_one(text: str) -> None:
    try:
        checks.address(text)
    except ValueError:
        return
    assert re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+", text)
    assert text.isascii()


@given(st.integers(1, 10**5), st.sampled_from("smhd"))
def test_a_length_of_time_is_written_as_it_is_read(count: int, unit: str) -> None:
    seconds = checks.duration(f"{count}{unit}")
    assert checks.duration(length(seconds)) == seconds


WRITTEN = """\
# by hand
smtp: {host: smtp.example.com, from: me@example.com}   # ours
rules:
    # the first
    - name: a
      email:
          - you@example.com  # somebody

    - name: b
      webhook: https://example.com/x

# the end
events:
  file: events.jsonl
"""


def test_a_rule_is_added_and_removed_and_all_else_stays(workspace: Workspace) -> None:
    layout = workspace._layout
    path = Path(layout.notifications)
    path.write_text(WRITTEN)
    found = editing.add(layout, {"name": "c: #", "status": ["Failed"], "email": ["x@example.com"]}, None)
    assert [rule.name for rule in found.rules] == ["a", "b", "c: #"]
    added = iter(path.read_text().splitlines())
    assert all(line in added for line in WRITTEN.splitlines())
    editing.remove(layout, "c: #")
    assert path.read_text() == WRITTEN
    assert [rule.name for rule in editing.remove(layout, "a").rules] == ["b"]
    assert "# the first" in path.read_text()
    assert editing.remove(layout, "b").rules == ()
    assert [rule.name for rule in editing.add(layout, {"name": "d", "webhook": "https://x/"}, None).rules] == ["d"]
    assert "# the end\nevents:\n  file: events.jsonl\n" in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "rules: []\n", "rules:\n", "rules: [{name: z, webhook: 'http://z/'}]"]
)
def test_a_rule_is_added_to_whatever_there_is(workspace: Workspace, text: str) -> None:
    Path(workspace._layout.notifications).write_text(text)
    smtp = {"host": "localhost", "from": "a@example.com"}
    found = editing.add(workspace._layout, {"name": "n", "email": ["b@example.com"]}, smtp)
    assert found.rules[-1].name == "n"
    assert rules.read(workspace._layout) == found


def test_what_can_not_be_used_is_not_written(workspace: Workspace) -> None:
    layout = workspace._layout
    with pytest.raises(UserErrorException, match=r"rules\[0\]\.status\[0\]: 'Done' is none"):
        editing.add(layout, {"name": "n", "status": ["Done"], "webhook": ["https://x/"]}, None)
    assert not Path(layout.notifications).exists()
    Path(layout.notifications).write_text(WRITTEN)
    with pytest.raises(UserErrorException, match="another rule 'a'"):
        editing.add(layout, {"name": "a", "webhook": ["https://x/"]}, None)
    with pytest.raises(UserErrorException, match="has smtp already"):
        editing.add(layout, {"name": "n", "webhook": ["https://x/"]}, {"host": "h"})
    with pytest.raises(UserErrorException, match="no rule 'n'"):
        editing.remove(layout, "n")
    assert Path(layout.notifications).read_text() == WRITTEN


def test_a_rule_that_would_not_hold_is_not_written(workspace: Workspace) -> None:
    layout = workspace._layout
    text = "rules:\n  - {name: old, webhook: 'ftp://x'}\n"
    Path(layout.notifications).write_text(text)
    with pytest.raises(UserErrorException, match=r"left as it was.*rules\[1\]"):
        editing.add(layout, {"name": "new", "webhook": ["ftp://x"]}, None)
    assert Path(layout.notifications).read_text() == text


def test_rules_that_are_made_at_once_are_all_there(workspace: Workspace) -> None:
    names = [f"n{number}" for number in range(12)]

    def add(name: str) -> None:
        editing.add(workspace._layout, {"name": name, "webhook": ["https://x/"]}, None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, names))
    assert sorted(rule.name for rule in rules.read(workspace._layout).rules) == sorted(names)


def test_many_faults_are_counted_and_the_first_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = []
    compose = yaml_file.compose
    monkeypatch.setattr(yaml_file, "compose", lambda text: composed.append(text) or compose(text))
    lines = "".join(f"key{number}: 1\n" for number in range(3000))
    found = rules.parse(
        f"{lines}rules:\n  - {{name: bad, typo: 1}}\n  - {{name: good, webhook: 'https://x/'}}\n", "file.yml"
    )
    assert [fault.line for fault in found.faults[:-1]] == list(range(1, 21))
    assert str(found.faults[-1]) == "file.yml has 2981 more faults."
    assert len(composed) == 1
    assert [rule.name for rule in found.rules] == ["good"]
    assert found.faulty == ("bad",)
