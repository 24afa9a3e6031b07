"""A run's view as plain text, for where there is no notebook."""

from __future__ import annotations

from localtrack.core.html import last_value
from localtrack.core.wording import duration, label, local_time, short
from localtrack.printable import printable
from localtrack.widgets.run_view import RunView


def summary_text(view: RunView) -> str:
    """Return a run's view in a few lines."""
    record = view.record
    error = ((record.error or {}).get("error") or {}).get("message", "")
    took = duration(record.started, record.ended)
    rows = [
        ("Experiment", record.experiment),
        ("Id", record.id),
        ("Display name", record.display_name or ""),
        ("Type", record.type or ""),
        ("Status", record.status),
        ("Error", short(error, 500)),
        ("Started", f"{local_time(record.started)} ({took})" if took else ""),
        ("Tags", ", ".join(label(name, value) for name, value in view.tags.items())),
        *(("Metric", f"{short(each.summary.name)} = {last_value(each.summary)}") for each in view.metrics),
    ]
    if view.metrics_count > len(view.metrics):
        rows.append(("Metrics", f"{view.metrics_count - len(view.metrics)} more: run.get_metrics() gives them all"))
    rows += [("Child", f"{each.id} ({each.status})") for each in view.children or ()]
    lines = [f"{name + ':':<14}{printable(text)}" for name, text in rows if text]
    if view.deleted:
        lines.insert(0, "This run was deleted. What was last known of it:")
    if view.log is not None:
        lines += ["", f"{printable(view.log.name)}:", *map(printable, view.log.lines)]
    return "\n".join(lines)
