"""``localtrack run update``, ``run tag`` and ``run untag``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.reference import add_run_argument, chosen
from localtrack.cli.run.table import tags_text
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments

if TYPE_CHECKING:
    from localtrack.core import Run

helps["run update"] = """
type: command
short-summary: Change a run's tags, display name or description
long-summary: The result is the run as it is then, with keys such as runId, as the Azure CLI has them here.
examples:
  - name: Add a tag, or give one that is there another value.
    text: localtrack run update -r train_1767225600_5f0c2a1b --add-tag quality='fantastic run'
  - name: Give the newest run a name that lists show.
    text: localtrack run update -r last --display-name baseline
"""

helps["run tag"] = """
type: command
short-summary: Add tags to a run, or give those that are there other values
examples:
  - name: Two tags, of which one is just there.
    text: localtrack run tag -r last quality='fantastic run' 'worth another look'
"""

helps["run untag"] = """
type: command
short-summary: Remove tags from a run
long-summary: Those that aren't there are passed over.
examples:
  - name: Remove two tags by their names.
    text: localtrack run untag -r last quality 'worth another look'
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the commands."""
    with CommandGroup(loader, "run", "localtrack.cli.run.labels#{}") as group:
        group.command("update", "update", table_transformer=_table)
        group.command("tag", "tag", table_transformer=_table)
        group.command("untag", "untag", table_transformer=_table)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add their arguments."""
    for command in ("update", "tag", "untag"):
        with ArgumentsContext(loader, f"run {command}") as arguments:
            add_scope_arguments(arguments)
            add_run_argument(arguments)
    with ArgumentsContext(loader, "run update") as arguments:
        arguments.argument(
            "add_tag",
            action="append",
            metavar="KEY[=VALUE]",
            help="Tag to add, or to give another value. Can be given several times.",
        )
        arguments.argument(
            "remove_tag",
            action="append",
            metavar="KEY",
            help="Tag to remove, before others are added. Can be given several times.",
        )
        arguments.argument("display_name", help="What lists call the run; '' takes the name away.")
        arguments.argument(
            "description", help="What the run is about; '' takes the description away.", validator=_check_change
        )
    with ArgumentsContext(loader, "run tag") as arguments:
        arguments.positional("tags", nargs="+", metavar="KEY[=VALUE]", help="The tags.")
    with ArgumentsContext(loader, "run untag") as arguments:
        arguments.positional("names", nargs="+", metavar="KEY", help="The tags' names.")


def update(
    run: str,
    add_tag: list[str] | None = None,
    remove_tag: list[str] | None = None,
    display_name: str | None = None,
    description: str | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Change a run, and return what it is then.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        add_tag: Tags to add, each ``name`` or ``name=value``.
        remove_tag: The names of tags to remove.
        display_name: What lists call it; an empty text for nothing.
        description: What it is about; an empty text for nothing.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run, or something can't be kept; nothing was changed.
    """
    from localtrack.core.labels import checked_labels
    from localtrack.values import check_text

    # All that can be refused is looked at before anything is changed.
    tags = checked_labels(labels(add_tag), "tag")
    for text, what in ((display_name, "The display name"), (description, "The description")):
        check_text(text or "", what)
    found = chosen(Scope(**kwargs), run)
    if remove_tag:
        found.remove_tags(remove_tag)
    if tags:
        found.set_tags(tags)
    if display_name is not None:
        found.display_name = display_name or None
    if description is not None:
        found.description = description or None
    return _document(found)


def tag(run: str, tags: list[str], **kwargs: Any) -> dict[str, Any]:
    """Add tags to a run, and return what it is then.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        tags: Each ``name`` or ``name=value``.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run, or a tag can't be kept; nothing was changed.
    """
    found = chosen(Scope(**kwargs), run)
    found.set_tags(labels(tags))
    return _document(found)


def untag(run: str, names: list[str], **kwargs: Any) -> dict[str, Any]:
    """Remove tags from a run, and return what it is then.

    Args:
        run: Its id, what its id alone begins with, or ``last``.
        names: The names of the tags.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run.
    """
    found = chosen(Scope(**kwargs), run)
    found.remove_tags(names)
    return _document(found)


def labels(given: list[str] | None) -> dict[str, str | None]:
    """Return tags or properties that were given as ``name`` or ``name=value``, whose value may have a ``=``."""
    parts = [each.partition("=") for each in given or ()]
    return {name: value if equals else None for name, equals, value in parts}


def _check_change(arguments: argparse.Namespace) -> None:
    given = (arguments.add_tag, arguments.remove_tag, arguments.display_name, arguments.description)
    if all(each is None for each in given):
        raise ValueError("give what is to change: --add-tag, --remove-tag, --display-name or --description")


def _document(run: Run) -> dict[str, Any]:
    from localtrack.cli.run.document import run_dto, with_definition

    record = run._reload()
    document = with_definition(run_dto(run._store, record), record)
    if "created_by" in document:
        document["created_by"] = _camel_case(document["created_by"])
    return _camel_case(document)


def _camel_case(document: dict[str, Any]) -> dict[str, Any]:
    """Return a dict with other keys, and the same values: names of tags stay, and the definition has these keys."""
    return {_camel_case_key(key): value for key, value in document.items()}


def _camel_case_key(key: str) -> str:
    first, *others = key.strip("_").split("_")
    return first + "".join(map(str.title, others))


def _table(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "Run": run["runId"],
            "Name": run.get("displayName") or str(run["runNumber"]),
            "Status": run["status"],
            "Tags": tags_text(run["tags"]),
        }
    ]
