"""A run's view as HTML: facts, metrics as charts, children, the end of the log."""

from __future__ import annotations

from localtrack.core.html import last_value, runs_html, status_html
from localtrack.core.markup import Markup, element, facts, join, note
from localtrack.core.wording import short
from localtrack.widgets.chart import chart
from localtrack.widgets.log_end import LogEnd
from localtrack.widgets.picture import Picture
from localtrack.widgets.run_view import CHILDREN, MetricView, RunView

_CARD = "display:inline-block;vertical-align:top;width:260px;margin:0 20px 12px 0;overflow-wrap:anywhere"
_LOG = (
    "font-size:85%;line-height:1.35;margin:2px 0;padding:6px 8px;max-height:24em;overflow:auto;white-space:pre-wrap;"
    "overflow-wrap:anywhere;color:inherit;background:rgba(128,128,128,.1);border:0"
)
_ALERT = "padding:6px 8px;margin:4px 0;border-left:3px solid #dc4a4a;background:rgba(220,74,74,.12)"


def page(view: RunView, trouble: str = "") -> Markup:
    """Return a run's view.

    Args:
        view: What is to be shown.
        trouble: Why it is not kept up to date any more.
    """
    record = view.record
    title = element("b", short(record.display_name or record.id))
    parts: list[object] = [element("div", title, " ", status_html(record.status), style="margin-bottom:4px")]
    if view.deleted:
        parts.append(element("div", f"Run {record.id} was deleted. What was last known of it:", style=_ALERT))
    if trouble:
        parts.append(element("div", trouble, style=_ALERT))
    parts.append(facts(view.rows))
    if view.metrics:
        hidden = view.metrics_count - len(view.metrics)
        parts += [_heading("Metrics"), element("div", *map(_card, view.metrics))]
        parts.append(note(f"{hidden} more metrics: run.get_metrics() gives them all.") if hidden else "")
    if view.children:
        more = f"The newest {CHILDREN}; run.get_children() gives them all." if view.more_children else ""
        parts += [_heading("Children"), runs_html(view.children, more=more)]
    if view.log is not None:
        parts.append(_log(view.log))
    return element("div", *parts, style="text-align:left")


def _card(metric: MetricView) -> Markup:
    summary = metric.summary
    head = [element("b", short(summary.name, 60)), element("div", last_value(summary))]
    count = note(f"{summary.count} values") if summary.count > 1 and not metric.lines else ""
    if metric.lines:
        return element("div", *head, chart(metric.lines), style=_CARD)
    if metric.picture is not None:
        return element("div", head[0], _picture(metric.picture), count, style=_CARD)
    return element("div", *head, count, style=_CARD)


def _picture(picture: Picture) -> Markup:
    if picture.address is None:
        return element("div", f"{picture.file}: run.download_file({picture.file!r}) copies it.")
    image = element("img", src=picture.address, alt=picture.file, style="max-width:100%;max-height:260px")
    return element("div", image, note(picture.file))


def _log(log: LogEnd) -> Markup:
    title = log.name if log.whole else f"{log.name}, the last lines"
    return join([_heading(title), element("pre", "\n".join(log.lines), style=_LOG)])


def _heading(text: str) -> Markup:
    return element("div", text, style="font-weight:bold;margin:10px 0 4px")
