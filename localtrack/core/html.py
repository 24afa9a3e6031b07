"""Workspaces, experiments and runs as a notebook shows them: small tables, with no text that could act."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from localtrack.core.markup import Markup, element, facts, join, note, table
from localtrack.core.wording import duration, label, local_time, short, value
from localtrack.journal import LIST, ROW, SCALAR, TABLE

if TYPE_CHECKING:
    from localtrack.core.experiment import Experiment
    from localtrack.core.run import Run
    from localtrack.core.workspace import Workspace
    from localtrack.store.metrics import Summary
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

_COLUMNS = 6  # metrics in a list of runs
_METRICS = 10  # of one run
_LABELS = 10
_RECENT = 5  # runs below an experiment or a workspace
_NAMES = 20

_COLOURS = {"Completed": "#2f9e57", "Failed": "#dc4a4a", "Canceled": "#8c8c8c", "Running": "#3f87d9"}
_WAITING = "#cf9127"


def run_html(run: Run) -> Markup:
    """Return a run: what it is, when it ran, the last values of its metrics, its tags."""
    store = run.experiment.workspace._refresh()
    record = store.runs.get(run.id)
    if record is None:
        return note(f"Run {run.id} is not in this workspace any more.")
    rows = run_rows(store, record)
    summaries = store.metrics.summaries([run.id])
    if summaries:
        metrics = [f"{short(each.name)} = {last_value(each)}" for each in summaries[:_METRICS]]
        rows.append(("Metrics", _some(metrics, len(summaries), "get_metrics()")))
    return facts(rows)


def experiment_html(experiment: Experiment) -> Markup:
    """Return an experiment, with its newest runs."""
    rows = [("Name", experiment.name), ("Workspace", experiment.workspace.name)]
    runs = list(islice(experiment.get_runs(), _RECENT + 1))
    more = f"The newest {_RECENT} runs; get_runs() gives them all." if len(runs) > _RECENT else ""
    return join([facts(rows), runs_html(runs[:_RECENT], more=more)])


def workspace_html(workspace: Workspace) -> Markup:
    """Return a workspace: its identity, its folder, its experiments."""
    names = list(workspace.experiments)
    rows: list[tuple[str, object]] = [
        ("Name", workspace.name),
        ("Resource group", workspace.resource_group),
        ("Subscription", workspace.subscription_id),
        ("Folder", _link(workspace._layout.project)),
        ("Experiments", _some(map(short, names[:_NAMES]), len(names), "experiments") if names else "none yet"),
    ]
    return facts(rows)


def runs_html(runs: Sequence[Run], *, more: str = "") -> Markup:
    """Return runs as a table: their statuses as these objects know them, the last values of their metrics, tags.

    Args:
        runs: The runs, all of which are shown.
        more: What to say below the table, such as how many others there are.
    """
    if not runs:
        return note("No runs.")
    tags: dict[tuple[str, str], dict[str, str | None]] = {}
    last: dict[tuple[str, str], dict[str, str]] = {}
    for store, ids in _by_store(runs):
        root = store.layout.root
        tags |= {(root, run_id): labels for run_id, labels in store.labels.tags_of_many(ids).items()}
        for each in store.metrics.summaries(ids, kind=SCALAR):
            last.setdefault((root, each.run_id), {})[each.name] = value(each.last, 40)
    names = list(dict.fromkeys(name for run in runs for name in last.get(_key(run), ())))
    shown = names[:_COLUMNS]
    rows = []
    for run in runs:
        record = run._cached()
        metrics = last.get(_key(run), {})
        values = [metrics.get(name, "") for name in shown]
        title = element("span", short(record.display_name or record.id, 40), title=record.id)
        labels = short(_labels(tags.get(_key(run), {}), 5), 80)
        times = local_time(record.started), duration(record.started, record.ended)
        rows.append([record.number, title, record.experiment, status_html(record.status), *times, *values, labels])
    columns = ["No.", "Run", "Experiment", "Status", "Started", "Duration", *(short(name, 40) for name in shown)]
    notes = [more, f"{len(names) - len(shown)} more metrics." if len(names) > len(shown) else ""]
    return join([table([*columns, "Tags"], rows), *(note(text) for text in notes if text)])


def run_rows(store: Store, record: RunRecord) -> list[tuple[str, object]]:
    """Return what is known of a run but its metrics: names with text or markup."""
    tags = store.labels.tags(record.id)
    rows: list[tuple[str, object]] = [
        ("Experiment", record.experiment),
        ("Id", record.id),
        ("Display name", short(record.display_name or "")),
        ("Number", record.number),
        ("Type", record.type or ""),
        ("Status", status_html(record.status)),
        ("Error", _error(record.error)),
        ("Description", short(record.description or "", 300)),
        ("Started", local_time(record.started)),
        ("Ended", local_time(record.ended)),
        ("Duration", duration(record.started, record.ended)),
        ("Tags", _labels(tags, _LABELS)),
        ("Details Page", _link(store.layout.run(record.id).root)),
    ]
    return [(name, text) for name, text in rows if text != ""]


def status_html(status: str) -> Markup:
    """Return a status with a dot of its colour."""
    dot = element("span", "●", style=f"color:{_COLOURS.get(status, _WAITING)}")
    return element("span", dot, f" {status}", style="white-space:nowrap")


def last_value(summary: Summary, most: int = 100) -> str:
    """Return the last value of a metric; of one that is kept in a file, the file's name."""
    if summary.kind not in (SCALAR, LIST, ROW, TABLE):
        return short(str(summary.last).partition(f"/dcid.{summary.run_id}/")[2], most)
    return value(summary.last, most)


def _by_store(runs: Sequence[Run]) -> list[tuple[Store, list[str]]]:
    found: dict[str, tuple[Store, list[str]]] = {}
    for run in runs:
        found.setdefault(run._layout.root, (run._store, []))[1].append(run.id)
    return list(found.values())


def _key(run: Run) -> tuple[str, str]:
    return run._layout.root, run.id


def _labels(tags: dict[str, str | None], most: int) -> str:
    return _some([label(name, text) for name, text in islice(tags.items(), most)], len(tags), "tags")


def _some(texts: Iterable[str], count: int, call: str) -> str:
    """Return some of many texts, and where the others are to be had."""
    shown = list(texts)
    rest = f", and {count - len(shown)} more in {call}" if count > len(shown) else ""
    return ", ".join(shown) + rest


def _error(document: dict[str, Any] | None) -> str:
    error = (document or {}).get("error") or {}
    return short(": ".join(str(error[part]) for part in ("code", "message") if error.get(part)), 500)


def _link(folder: str) -> Markup:
    # Browsers don't follow links from a notebook to files, but some editors do; the text can be copied.
    return element("a", folder, href=pathlib.Path(folder).as_uri(), style="color:inherit")
