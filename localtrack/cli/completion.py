"""What the Tab key offers, by argcomplete: commands, flags, choices, and the names that the workspace has."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from argcomplete.completers import SuppressCompleter
from argcomplete.finders import CompletionFinder
from knack.completion import ARGCOMPLETE_ENV_NAME, CLICompletion

if TYPE_CHECKING:
    from localtrack.paths import Layout
    from localtrack.store.store import Store

_Names = Callable[[argparse.Namespace, str], list[str]]

_MOST = 100
_PLAIN = re.compile(r"[\w.~+@-]+")  # what needs no quotes in a shell; other names are not offered


class Completion(CLICompletion):  # type: ignore[misc]
    """Knack's completion, with completers that go by the names of the commands' arguments."""

    def get_completion_args(self, is_completion: bool = False, comp_line: str | None = None) -> list[str] | None:
        """Return the words of the line behind the command's own, of which ``az ml`` has two; None without a line."""
        if not is_completion and ARGCOMPLETE_ENV_NAME not in os.environ:
            return None
        line = comp_line or os.environ.get("COMP_LINE", "")
        return line.split()[int(os.environ.get(ARGCOMPLETE_ENV_NAME, 1)) :]

    def enable_autocomplete(self, parser: argparse.ArgumentParser) -> None:
        """Write what fits to where the shell reads it, and leave, if this is about completion."""
        if self.cli_ctx.data["completer_active"]:
            _attach(parser)
            _Finder()(
                parser, always_complete_options="long", exit_method=sys.exit, default_completer=SuppressCompleter()
            )


class _Finder(CompletionFinder):
    def collect_completions(
        self, active_parsers: list[argparse.ArgumentParser], parsed_args: argparse.Namespace, cword_prefix: str
    ) -> list[str]:
        # Where a file may come, such as a script, the shell offers its names if we offer nothing.
        positional = [action for action in active_parsers[-1]._actions if not action.option_strings]
        if positional and positional[-1].nargs != argparse.PARSER:
            self.always_complete_options = False
        return super().collect_completions(active_parsers, parsed_args, cword_prefix)


def _attach(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                _attach(each)
        elif (names := _names(action.dest, parser.prog)) is not None:
            action.completer = _completer(names)  # type: ignore[attr-defined]


def _names(argument: str, command: str) -> _Names | None:
    """Return what has the names that can be a command's argument, if something has."""
    if argument == "name":
        argument = f"{command.split()[1]} name"
    return _NAMES.get(argument)


def _completer(names: _Names) -> Callable[..., list[str]]:
    def complete(prefix: str, parsed_args: argparse.Namespace, **_more: Any) -> list[str]:
        found = [name for name in names(parsed_args, prefix) if name.startswith(prefix) and _PLAIN.fullmatch(name)]
        return found[:_MOST]

    return complete


def _kept(names: Callable[[Store, str], list[str]]) -> _Names:
    """Return what has names that the workspace keeps, for a command line."""

    def find(args: argparse.Namespace, prefix: str) -> list[str]:
        with _opened(args) as store:
            return names(store, prefix)

    return find


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[Store]:
    from localtrack.store.store import Store

    store = Store(_layout(args))
    try:
        yield store
    finally:
        store.database.close()


def _layout(args: argparse.Namespace) -> Layout:
    """Return where the workspace is that a command line is about, and note nothing about it."""
    from localtrack.core import config, registry

    wanted = getattr(args, "workspace_name", None)
    if wanted is not None:
        for identity, layout in registry.entries():
            if identity.name == wanted:
                return layout
    _, layout = config.read(config.find(getattr(args, "path", None)))
    return layout


def _workspaces(_args: argparse.Namespace, _prefix: str) -> list[str]:
    from localtrack.core import registry

    return sorted({identity.name for identity, _ in registry.entries()})


def _run_configurations(args: argparse.Namespace, _prefix: str) -> list[str]:
    from localtrack.core.run_configuration_path import SUFFIX

    names = sorted(os.listdir(_layout(args).root))
    return [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]


def _metrics(args: argparse.Namespace, _prefix: str) -> list[str]:
    from localtrack.cli.run.reference import find_in

    with _opened(args) as store:
        run = find_in(store, args.run, getattr(args, "experiment_name", None))
        return list(dict.fromkeys(each.name for each in store.metrics.summaries([run.id])))


def _experiments(store: Store, _prefix: str) -> list[str]:
    return [experiment.name for experiment in store.experiments.all()]


def _runs(store: Store, prefix: str) -> list[str]:
    from localtrack.store.run_filter import RunFilter

    ids = store.runs.ids_that_begin(prefix) if prefix else [run.id for run in store.runs.walk(RunFilter(), most=_MOST)]
    return ["last", *ids]


def _targets(store: Store, _prefix: str) -> list[str]:
    return [target.name for target in store.targets.all()]


def _models(store: Store, _prefix: str) -> list[str]:
    return store.models.names()


def _environments(store: Store, _prefix: str) -> list[str]:
    return [environment.name for environment in store.environments.latest()]


_NAMES: dict[str, _Names] = {
    "workspace_name": _workspaces,
    "run_configuration_name": _run_configurations,
    "history": _metrics,
    "experiment_name": _kept(_experiments),
    "run": _kept(_runs),
    "runs": _kept(_runs),
    "more_runs": _kept(_runs),
    "run_id": _kept(_runs),
    "parent_run_id": _kept(_runs),
    "target": _kept(_targets),
    "compute_target_name": _kept(_targets),
    "computetarget name": _kept(_targets),
    "model name": _kept(_models),
    "model_name": _kept(_models),
    "environment name": _kept(_environments),
}
