"""``localtrack monitor alert``: the rules of whom to tell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps
from knack.log import get_logger

from localtrack.cli.asking import confirm
from localtrack.cli.monitor.alert_document import rule_document
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.exceptions import UserErrorException
from localtrack.printable import printable

if TYPE_CHECKING:
    from localtrack.notify.rules import Rule
    from localtrack.store.store import Store

_logger = get_logger(__name__)

helps["monitor alert create"] = """
type: command
short-summary: Add a rule
long-summary: >-
    It tells when a run gets one of the statuses; when it ends, if nothing is said. A command is run by a shell in the
    project's folder, with the event as a line of JSON on its standard input; naming it here allows it. A password is
    never in the file: --smtp-password-env names the environment variable that has it where runs are submitted; naming
    it here allows to send it to that server.
examples:
  - name: An e-mail when a run of some experiments fails.
    text: >-
        localtrack monitor alert create -n failures --status Failed -e "train-*" --email me@example.com
        --smtp-host smtp.example.com --smtp-from me@example.com --smtp-username me --smtp-password-env SMTP_PASSWORD
  - name: A message to Slack, Teams or Discord when a run takes long.
    text: >-
        localtrack monitor alert create -n long --running-longer-than 2h --webhook https://hooks.example.com/T0/B0
"""

helps["monitor alert show"] = """
type: command
short-summary: Show a rule
examples:
  - name: Show one by its name.
    text: localtrack monitor alert show -n failures
"""

helps["monitor alert delete"] = """
type: command
short-summary: Delete a rule
long-summary: What waits because of it is not sent.
examples:
  - name: Delete one by its name.
    text: localtrack monitor alert delete -n failures
"""

helps["monitor alert allow"] = """
type: command
short-summary: Allow the commands of a rule, and the login for its e-mail
long-summary: >-
    Commands that come with a project are not run until you allow them, and your password is not sent to the mail server
    that it names. That is kept with your own settings, for this folder, and these very commands or this very server,
    port, security, name and variable.
examples:
  - name: See what it is, and be asked.
    text: localtrack monitor alert allow -n publish
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "monitor alert", "localtrack.cli.monitor.alert_rule#{}") as group:
        group.command("create", "create")
        group.command("show", "show")
        group.command("delete", "delete")
        group.command("allow", "allow")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("create", "show", "delete", "allow"):
        with ArgumentsContext(loader, f"monitor alert {command}") as arguments:
            add_scope_arguments(arguments)
            add_rule_argument(arguments)
    with ArgumentsContext(loader, "monitor alert allow") as arguments:
        arguments.argument("yes", options_list=["--yes", "-y"], help="Don't ask.")
    with ArgumentsContext(loader, "monitor alert create") as arguments:
        add, also = arguments.argument, arguments.extra
        also(
            "experiment_name",
            options_list=["--experiment-name", "-e"],
            help="Only runs of these experiments: a name, in which * stands for anything. All when left out.",
        )
        add("status", nargs="+", help="Statuses to tell of.")
        add("tag", nargs="+", metavar="KEY[=VALUE]", help="Only runs with all of these tags.")
        add("children", action="store_true", help="Runs below other runs too.")
        add("running_longer_than", metavar="TIME", help="Tell of a run that takes longer, such as 90s, 30m, 2h or 1d.")
        add("no_metric_for", metavar="TIME", help="Tell of a run that logs nothing for so long.")
        add("email", nargs="+", help="E-mail addresses.")
        add("webhook", nargs="+", help="Addresses that get the event as JSON.")
        add(
            "commands",
            options_list=["--command"],
            nargs="+",
            help="Command lines that get the event as JSON on their standard input.",
        )
        add("smtp_host", help="Mail server, if the file has none yet.")
        add("smtp_port", type=int, help="Its port.")
        add("smtp_security", help="starttls, tls or none; starttls when left out.")
        add("smtp_from", help="Address that e-mail comes from.")
        add("smtp_username", help="Name to log in with.")
        add("smtp_password_env", help="Environment variable that has the password; SMTP or MAIL is in its name.")


def add_rule_argument(arguments: Any) -> None:
    """Add the argument that names a rule to a command.

    Args:
        arguments: Knack's context of the command's arguments.
    """
    arguments.argument("name", options_list=["--name", "-n"], help="Name of the rule.")


def create(
    name: str,
    status: list[str] | None = None,
    tag: list[str] | None = None,
    children: bool = False,
    running_longer_than: str | None = None,
    no_metric_for: str | None = None,
    email: list[str] | None = None,
    webhook: list[str] | None = None,
    commands: list[str] | None = None,
    smtp_host: str | None = None,
    smtp_port: int | None = None,
    smtp_security: str | None = None,
    smtp_from: str | None = None,
    smtp_username: str | None = None,
    smtp_password_env: str | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Add a rule to the project's file.

    Args:
        name: Its name.
        status: When it tells.
        tag: Tags that runs must have.
        children: Whether it is about children too.
        running_longer_than: Likewise a length of time.
        no_metric_for: Likewise.
        email: Whom it tells.
        webhook: Likewise.
        commands: Likewise.
        smtp_host: The mail server.
        smtp_port: Its port.
        smtp_security: Its encryption.
        smtp_from: Who sends.
        smtp_username: Who logs in.
        smtp_password_env: Where the password is.
        **kwargs: Those of `Scope`; the experiment's name is a pattern.

    Raises:
        UserErrorException: The rule can't be used; nothing was changed.
    """
    from localtrack.notify import delivery, editing, permission, rules

    scope = Scope(**kwargs)
    layout = scope.workspace()._layout
    given = {
        "name": name,
        "status": status,
        "experiment_name": scope.experiment_name,
        "tag": tag,
        "children": children or None,
        "running_longer_than": running_longer_than,
        "no_metric_for": no_metric_for,
        "email": email,
        "webhook": webhook,
        "command": commands,
    }
    smtp = {
        "host": smtp_host,
        "port": smtp_port,
        "security": smtp_security,
        "from": smtp_from,
        "username": smtp_username,
        "password_env": smtp_password_env,
    }
    editing.add(layout, _present(given), _present(smtp))
    for each in commands or ():
        permission.allow(layout, each)
    login = rules.read(layout).smtp
    if login is not None and smtp_host is not None:
        permission.allow_login(layout, login)
    elif email and login is not None and not permission.is_login_allowed(layout, login):
        _logger.warning("%s", printable(delivery.not_allowed(login, name)))
    return show(name, **kwargs)


def show(name: str, **kwargs: Any) -> dict[str, Any]:
    """Return a rule.

    Args:
        name: Its name.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none.
    """
    return rule_document(find(Scope(**kwargs).workspace()._store, name))


def delete(name: str, **kwargs: Any) -> None:
    """Take a rule out of the project's file.

    Args:
        name: Its name.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is none, or the file has to be edited by hand.
    """
    from localtrack.notify import editing

    editing.remove(Scope(**kwargs).workspace()._layout, name)


def allow(name: str, yes: bool = False, **kwargs: Any) -> None:
    """Allow the commands of a rule, and the login for its e-mail.

    Args:
        name: The rule's.
        yes: Whether to do it without asking.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such rule, it has nothing to be allowed, or the answer was no.
    """
    from localtrack.notify import permission, rules

    store = Scope(**kwargs).workspace()._store
    recipients = find(store, name).recipients
    commands = [to for channel, to in recipients if channel == rules.COMMAND]
    smtp = rules.read(store.layout).smtp
    if smtp is not None and (smtp.password_env is None or not any(channel == rules.EMAIL for channel, _ in recipients)):
        smtp = None
    lines = []
    if commands:
        lines += [f"These commands are run in {store.layout.project}:", *(f"  {each}" for each in commands)]
    if smtp is not None:
        lines += [
            f"The password in {smtp.password_env} is sent to this mail server:",
            f"  {smtp.host}, port {smtp.port}, security {smtp.security}, as {smtp.username}",
        ]
    if not lines:
        raise UserErrorException(f"The rule {name!r} has no command and no e-mail with a password: nothing to allow.")
    print("\n".join(map(printable, lines)), file=sys.stderr, flush=True)
    if not yes:
        confirm("Allow that?", "Nothing was allowed")
    for each in commands:
        permission.allow(store.layout, each)
    if smtp is not None:
        permission.allow_login(store.layout, smtp)


def find(store: Store, name: str) -> Rule:
    """Return a rule.

    Raises:
        UserErrorException: There is none of that name; what is wrong with the file is said besides.
    """
    from localtrack.notify import editing, rules

    found = rules.read(store.layout)
    rule = next((rule for rule in found.rules if rule.name == name), None)
    if rule is None:
        for fault in found.faults:
            _logger.warning("%s", printable(rules.described(fault, store.layout.notifications)))
        raise editing.unknown(store.layout, name)
    return rule


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
