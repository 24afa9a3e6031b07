"""``localtrack run compare``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from knack.arguments import ArgumentsContext
from knack.commands import CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.run.reference import find_all
from localtrack.cli.run.table import Rows, reader_may_leave
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.cli.wrong_usage import WrongUsageException

if TYPE_CHECKING:
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

_CELL = 81  # characters of a value in a table
_SHA = 12
_NOT_COMPARED = ("process", "environmentFile", "arguments", "script", "target")  # other things, or said elsewhere

_Things = dict[tuple[str, str], Any]  # by group and name

helps["run compare"] = """
type: command
short-summary: Show in what runs differ
long-summary: >-
    Status and other attributes, arguments, configuration, tags, metrics (their last values), properties, packages,
    machine, and the files of their code by the SHA-256 of their content. What all have alike is left out; what a run
    lacks has no value. Times are not compared.
examples:
  - name: What the last run has that another has not, as a table.
    text: localtrack run compare train_1767225600_5f0c2a1b last -o table
  - name: How the code of two runs differs.
    text: localtrack run compare train_1767225600_5f0c2a1b last --diff
  - name: The metrics alone.
    text: >-
        localtrack run compare train_1767225600_5f0c2a1b last --query "differences[?group=='metrics']"
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "run", "localtrack.cli.run.comparison#{}") as group:
        group.command("compare", "compare", table_transformer=_table, validator=_check)


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "run compare") as arguments:
        add_scope_arguments(arguments)
        arguments.positional(
            "runs",
            nargs="+",
            metavar="ID",
            help="Two runs or more, each by its id, by what its id alone begins with, or by 'last'.",
        )
        arguments.argument("everything", options_list=["--all"], help="Also what all have alike.")
        arguments.argument(
            "diff", help="Print how the text files of their code differ from the first run's, and nothing else."
        )


def compare(runs: list[str], everything: bool = False, diff: bool = False, **kwargs: Any) -> dict[str, Any] | None:
    """Return in what runs differ.

    Args:
        runs: What each is chosen by.
        everything: Whether what they have alike is returned too.
        diff: Whether the differences of their code are printed in its place.
        **kwargs: Those of `Scope`.

    Raises:
        UserErrorException: There is no such run.
        WrongUsageException: One is named twice.
        SnapshotException: What is kept of a run's code is damaged.
    """
    workspace, records = find_all(Scope(**kwargs), runs)
    store = workspace._store
    ids = [each.id for each in records]
    twice = next((run_id for run_id in ids if ids.count(run_id) > 1), None)
    if twice is not None:
        raise WrongUsageException(f"Run {twice} is named twice: give several runs.")
    if diff:
        from localtrack.cli.run.code import print_difference

        with reader_may_leave():
            print_difference(store.layout, records)
        return None
    things = _things_of_all(store, records)
    names = dict.fromkeys(key for run_id in ids for key in things[run_id])
    differences = [
        {"group": group, "name": name, "values": {each: things[each][key] for each in ids if key in things[each]}}
        for key in _grouped(names)
        for group, name in (key,)
        if everything or not _alike([things[each].get(key, _MISSING) for each in ids])
    ]
    return {"runs": ids, "differences": differences}


def _things_of_all(store: Store, records: Sequence[RunRecord]) -> dict[str, _Things]:
    from localtrack.cli.run.code import hashes
    from localtrack.cli.run.document import plain
    from localtrack.journal import SCALAR

    ids = [each.id for each in records]
    tags, properties = store.labels.tags_of_many(ids), store.labels.properties_of_many(ids)
    metrics: dict[str, dict[str, Any]] = {}
    for each in store.metrics.summaries(ids):
        name = each.name if each.kind == SCALAR else f"{each.name} (list, table or file)"
        metrics.setdefault(each.run_id, {})[name] = plain(each.last)
    code = hashes(store.layout, records)
    found = {}
    for run in records:
        definition = run.definition or {}
        facts = store.facts.of(run.id)
        groups: dict[str, Mapping[str, Any]] = {
            "run": _attributes(run),
            "arguments": _arguments(definition.get("arguments") or []),
            "configuration": _flat({name: definition[name] for name in definition if name not in _NOT_COMPARED}),
            "tags": tags.get(run.id, {}),
            "metrics": metrics.get(run.id, {}),
            "properties": properties.get(run.id, {}),
            "packages": facts.pop("packages", {}),
            "machine": _flat(facts),
            "code": code.get(run.id, {}),
        }
        found[run.id] = {(group, name): value for group, values in groups.items() for name, value in values.items()}
    return found


def _attributes(run: RunRecord) -> dict[str, Any]:
    attributes = {
        "experiment": run.experiment,
        "display_name": run.display_name,
        "description": run.description,
        "type": run.type,
        "status": run.status,
        "exit_code": run.exit_code,
        "error": ((run.error or {}).get("error") or {}).get("message"),
        "script": (run.definition or {}).get("script"),
        "target": run.target,
        "parent": run.parent,
        "submitted_by": run.submitted_by,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _arguments(arguments: Sequence[Any]) -> dict[str, Any]:
    """Return a script's arguments by their flags: true of one alone, a list of several. The others by their place."""
    texts = [str(each) for each in arguments]
    values: dict[str, list[str]] = {}
    name, place = "", 0
    for text in texts:
        if _is_flag(text):
            name, equals, value = text.partition("=")
            values.setdefault(name, []).extend([value] if equals else [])
            name = "" if equals else name
        elif name:
            values[name].append(text)
        else:
            place += 1
            values[str(place)] = [text]
    return {name: True if not given else given[0] if len(given) == 1 else given for name, given in values.items()}


def _is_flag(text: str) -> bool:
    return text.startswith("-") and len(text) > 1 and not text[1].isdigit() and text[1] != "."


def _flat(document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return the values of a document by their paths; what there is none of is left out."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{above}{name}."))
        elif value not in (None, [], ""):
            found[f"{above}{name}"] = value
    return found


def _grouped(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return keys by their groups, which are in the order of their first keys."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key in keys:
        groups.setdefault(key[0], []).append(key)
    return [key for group in groups.values() for key in group]


def _alike(values: Sequence[Any]) -> bool:
    # Compared as JSON, where 1 and true are two things.
    texts = {each if each is _MISSING else json.dumps(each, sort_keys=True) for each in values}
    return len(texts) == 1


def _table(result: dict[str, Any]) -> Rows:
    runs = {run_id: f"Run {place}" for place, run_id in enumerate(result["runs"], 1)}
    rows: Rows = [{"What": "id", **{title: run_id for run_id, title in runs.items()}}]
    for each in result["differences"]:
        cells = {}
        for run_id, title in runs.items():
            found = each["values"].get(run_id, _MISSING)
            if found is _MISSING:
                cells[title] = ""
            elif found is None:
                cells[title] = "(no value)"
            elif each["group"] == "code":
                content, _, more = found.partition(" ")  # a hash, with what else there is to say; or "link to ..."
                cells[title] = _cell(f"{content[:_SHA]} {more}".strip())
            else:
                cells[title] = _cell(found)
        rows.append({"What": f"{each['group']}: {each['name']}", **cells})
    return rows


def _cell(value: Any) -> str:
    # Numbers with all their digits, and of a long text both ends: what differs must not look alike.
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _CELL else f"{text[: _CELL // 2]}…{text[-(_CELL // 2) :]}"


def _check(arguments: argparse.Namespace) -> None:
    if len(arguments.runs) < 2:
        raise ValueError("give two runs or more")
    if arguments.diff and arguments.everything:
        raise ValueError("--diff prints what differs only: leave --all out")


_MISSING = object()
