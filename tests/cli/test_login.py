"""``localtrack login``, ``logout`` and ``account``."""

import os

import pytest


@pytest.mark.parametrize(
    "arguments",
    [
        ["login"],
        ["login", "--service-principal", "-u", "name", "-p", "secret", "-t", "tenant", "--allow-no-subscriptions"],
        ["login", "--identity", "--username", "id"],
        ["login", "stray", "words", "--output-metadata-file", "tenant", "-o", "nonsense"],
        ["logout", "--username", "name"],
        ["account", "set", "--subscription", "my subscription"],
        ["account", "set", "-s", "id"],
        ["account", "show", "--query", "id["],
        ["account", "list", "--all"],
    ],
)
def test_there_is_nothing_to_log_in_to_whatever_is_given(cli, arguments):
    done = cli(*arguments)
    assert done.out == ""
    assert done.err.startswith("WARNING: There ") and len(done.err.splitlines()) == 1
    assert "secret" not in done.err
    assert os.listdir(cli.folder) == []  # -t is the tenant here, and no file


def test_secrets_are_in_no_debug_output(cli):
    done = cli("login", "-u", "name", "-p", "very-secret", "--debug")
    assert "There is nothing to log in to" in done.err
    assert "very-secret" not in done.out + done.err


def test_what_there_is_not_is_said_of_each(cli):
    assert "nothing to log out of" in cli("logout").err


def test_the_line_can_be_left_out(cli):
    assert cli("login", "-u", "name", "--only-show-errors").err == ""


def test_help_has_examples(cli):
    for command in (["login"], ["logout"], ["account", "set"]):
        assert f"localtrack {' '.join(command)}" in cli(*command, "--help").out.partition("Examples")[2]
    assert cli("account", code=2).out == ""
