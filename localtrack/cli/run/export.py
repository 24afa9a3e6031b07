"""``localtrack run export``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

from knack.arguments import ArgumentsContext
from knack.commands import CLICommand, CLICommandsLoader, CommandGroup
from knack.help_files import helps

from localtrack.cli.output import writable_file
from localtrack.cli.refusing import add_refused
from localtrack.cli.run.reference import experiment_id
from localtrack.cli.run.search import add_filter_arguments, found_runs
from localtrack.cli.run.table import note, reader_may_leave
from localtrack.cli.scope import Scope
from localtrack.cli.scope import add_arguments as add_scope_arguments
from localtrack.cli.wrong_usage import WrongUsageException
from localtrack.printable import count, printable

if TYPE_CHECKING:
    from io import TextIOWrapper

    from localtrack.store.store import Store

helps["run export"] = """
type: command
short-summary: Write runs with their metrics, tags and properties as CSV or JSON
long-summary: >-
    Those of the experiment named, else of the folder's own, else of all; children are among them, newest first. CSV has
    a row for each run and the columns of to_pandas(): what is known of the run, then metrics.NAME with the last value,
    tags.NAME and properties.NAME. JSON has what `run show` gives, with the last value of each metric of any kind.
    Times are UTC. In CSV a text that begins with = + - @ or a tab gets a ' before it, unless it is a number, because
    programs for tables would calculate it. In JSON, NaN and the infinities are texts.
examples:
  - name: All runs of an experiment as a file for a table.
    text: localtrack run export -e train --file runs.csv
  - name: The runs that a filter finds, with each value that was logged.
    text: localtrack run export --history --file best.json "metrics.mse < 3000 and status = 'Completed'"
"""


def add_commands(loader: CLICommandsLoader) -> None:
    """Add the command."""
    with CommandGroup(loader, "run", "localtrack.cli.run.export#{}") as group:
        group.command("export", "export")


def add_arguments(loader: CLICommandsLoader) -> None:
    """Add its arguments."""
    with ArgumentsContext(loader, "run export") as arguments:
        add_scope_arguments(arguments)
        add_filter_arguments(arguments)
        arguments.argument(
            "form",
            options_list=["--format"],
            choices=["json", "csv"],
            help="When left out, csv for a --file that ends in .csv, else json.",
        )
        arguments.argument(
            "file", type=writable_file, help="File that is written, whole or not at all, in place of stdout."
        )
        arguments.argument("history", help="In JSON, each value that was logged, with its step and time.")
        for flags in (["--query"], ["--output", "-o"], ["--output-metadata-file", "-t"]):
            add_refused(
                arguments,
                flags,
                "is not for an export: it is shaped by a filter and --format, and --file names its file",
            )


def export(
    cmd: CLICommand,
    filter_text: str = "",
    form: str | None = None,
    file: str | None = None,
    history: bool = False,
    all_experiments: bool = False,
    **kwargs: Any,
) -> None:
    """Write runs as CSV or JSON.

    Args:
        cmd: Knack's command.
        filter_text: Which runs; all if it is empty.
        form: ``json`` or ``csv``.
        file: The file; stdout when left out.
        history: Whether JSON has all values of the metrics, and not the last ones only.
        all_experiments: Whether the folder's experiment doesn't matter.
        **kwargs: Those of `Scope`.

    Raises:
        WrongUsageException: The filter can't be used, or history was wanted in CSV.
        UserErrorException: The file can't be written; what was there is as it was.
    """
    from localtrack.cli.progress import Progress
    from localtrack.cli.run.export_csv import write_csv
    from localtrack.cli.run.export_json import write_json
    from localtrack.cli.whole_file import whole_file

    form = form or ("csv" if file is not None and file.lower().endswith(".csv") else "json")
    if history and form == "csv":
        raise WrongUsageException("A table has one row for each run: --history is for --format json.")
    scope = Scope(**kwargs)
    workspace = scope.workspace()
    store = workspace._refresh()
    experiment = scope.experiment_name if all_experiments else scope.experiment(workspace)
    run_ids = _chosen(store, filter_text or "", experiment)
    with (
        _stdout() if file is None else whole_file(file) as target,
        Progress("Writing runs", total=len(run_ids)) as progress,
    ):
        # On a terminal the runs themselves show how far it is.
        advance = _nothing if isinstance(target, _Terminal) else progress.advance
        if form == "csv":
            write_csv(store, run_ids, target, advance)
        else:
            write_json(store, run_ids, target, advance, history=history)
    if file is not None:
        note(cmd, f"{count(len(run_ids), 'run')} {'is' if len(run_ids) == 1 else 'are'} in {file}.")


def _chosen(store: Store, filter_text: str, experiment: str | None) -> list[str]:
    """Return the ids of the runs; nothing else is held of all of them."""
    from localtrack.store.run_filter import RunFilter

    chosen = experiment_id(store, experiment)
    if not filter_text.strip():
        return store.runs.ids(RunFilter(experiment=chosen))
    return [run.id for run in found_runs(store, filter_text, experiment_id=chosen)]


def _nothing(_runs: int) -> None:
    pass


@contextmanager
def _stdout() -> Iterator[TextIO]:
    with reader_may_leave():
        if sys.stdout.isatty():
            yield cast("TextIO", _Terminal())
            return
        cast("TextIOWrapper", sys.stdout).reconfigure(encoding="utf-8", newline="")
        yield sys.stdout


class _Terminal:
    """A terminal, to which texts give no orders."""

    def write(self, text: str) -> int:
        return sys.stdout.write(printable(text, keep="\n"))
