"""What is shown of a run, read again and again at little cost."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from localtrack.core.html import run_rows
from localtrack.core.run_list import RunList
from localtrack.core.runs import from_record
from localtrack.journal import IMAGE, LIST, ROW, SCALAR, TABLE
from localtrack.store.new_points import START, Place, new_points
from localtrack.store.run_filter import RunFilter
from localtrack.widgets.log_end import LogEnd, log_end
from localtrack.widgets.outline import Line, Outline
from localtrack.widgets.picture import Picture, picture

if TYPE_CHECKING:
    from localtrack.core.run import Run
    from localtrack.store.metrics import Summary
    from localtrack.store.run_record import RunRecord

METRICS = 24
CHILDREN = 20
_COLUMNS = 8  # lines in one chart
_PICTURES = 4
_VALUES = 20_000  # read at once
_DOCUMENTS = 200
_DRAWN = (SCALAR, LIST, ROW, TABLE)


@dataclass(frozen=True)
class MetricView:
    """A metric: its summary, and its lines by column; a metric without columns has one, by the name ``""``."""

    summary: Summary
    lines: dict[str, Line] = field(default_factory=dict)
    picture: Picture | None = None


@dataclass(frozen=True)
class RunView:
    """A run at one moment.

    Attributes:
        record: The run's row, the last that there was.
        deleted: Whether the run is not in its workspace any more.
        rows: Names with text or markup: what is known of the run but what follows.
        tags: The run's tags.
        properties: The run's properties.
        metrics: The first metrics.
        metrics_count: How many there are.
        children: The newest runs below it.
        more_children: Whether there are others.
        log: The end of its log, if it has one.
        complete: Whether the lines of the metrics have all that was logged; if not, reading again reads on.
    """

    record: RunRecord
    deleted: bool = False
    rows: list[tuple[str, object]] = field(default_factory=list)
    tags: dict[str, str | None] = field(default_factory=dict)
    properties: dict[str, str | None] = field(default_factory=dict)
    metrics: list[MetricView] = field(default_factory=list)
    metrics_count: int = 0
    children: RunList | None = None
    more_children: bool = False
    log: LogEnd | None = None
    complete: bool = True


class RunReader:
    """Reads what is shown of a run; of its metrics, only the values that are new since the last time.

    Args:
        run: The run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._workspace = run.experiment.workspace
        self._last = RunView(run._cached())
        self._series: dict[tuple[str, int], _SeriesReader] = {}
        self._pictures: dict[tuple[str, int], Picture] = {}

    def status(self) -> str | None:
        """Return the run's status as the tables have it, None if the run is not there any more."""
        record = self._run._store.runs.get(self._run.id)
        return None if record is None else record.status

    def read(self, most: int = sys.maxsize) -> RunView:
        """Return the run as it is now.

        Args:
            most: About how many logged values are read, before the view is left incomplete.
        """
        store = self._workspace._refresh()
        # The status first: whatever is read after a last status is the last that there is.
        record = store.runs.get(self._run.id)
        if record is None:
            self._last = replace(self._last, deleted=True)
            return self._last
        summaries = store.metrics.summaries([record.id])
        records = islice(store.runs.walk(RunFilter(parent=record.id)), CHILDREN + 1)
        children = [from_record(self._workspace, each) for each in records]
        metrics, complete = self._metrics(summaries[:METRICS], most)
        self._last = RunView(
            record=record,
            rows=run_rows(store, record),
            tags=store.labels.tags(record.id),
            properties=store.labels.properties(record.id),
            metrics=metrics,
            metrics_count=len(summaries),
            children=RunList(children[:CHILDREN]),
            more_children=len(children) > CHILDREN,
            log=log_end(store.layout.run(record.id)),
            complete=complete,
        )
        return self._last

    def _metrics(self, summaries: list[Summary], most: int) -> tuple[list[MetricView], bool]:
        images = [each.name for each in summaries if each.kind == IMAGE][:_PICTURES]
        found = []
        complete = True
        for summary in summaries:
            if summary.kind == IMAGE and summary.name in images:
                found.append(MetricView(summary, picture=self._picture(summary)))
            elif summary.kind in _DRAWN:
                reader = self._series.setdefault((summary.name, summary.kind), _SeriesReader())
                most -= reader.read(self._run, summary, most)
                complete = complete and reader.count >= summary.count
                found.append(MetricView(summary, reader.lines()))
            else:
                found.append(MetricView(summary))
        return found, complete

    def _picture(self, summary: Summary) -> Picture:
        key = summary.name, summary.count
        if key not in self._pictures:
            self._pictures[key] = picture(self._run._store, summary)
        return self._pictures[key]


class _SeriesReader:
    """The lines of one metric, and how far it was read."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._forget()

    def read(self, run: Run, summary: Summary, most: int) -> int:
        """Read on; return how many values were read.

        Args:
            run: The run.
            summary: The metric's summary.
            most: About how many values are read.
        """
        if self.count == summary.count or most <= 0:
            return 0
        before = self.count
        ended = self._read_on(run, summary, most)
        if ended and self.count < summary.count:
            # Another process has logged what stands before the last that was read, or the tables can't be changed.
            self._forget()
            before = 0
            if run._store.read_only:
                self._read_all(run, summary)
            else:
                self._read_on(run, summary, most)
        self._lines = {name: outline.line() for name, outline in self._outlines.items()}
        return self.count - before

    def lines(self) -> dict[str, Line]:
        """Return the metric's lines; those of fewer than two numbers are left out."""
        return {name: line for name, line in self._lines.items() if line.numbers > 1}

    def _forget(self) -> None:
        self.count = 0
        self._place: Place = START
        self._rows = 0
        self._outlines: dict[str, Outline] = {}

    def _read_on(self, run: Run, summary: Summary, most: int) -> bool:
        """Take in what is new in the tables; return whether that was all."""
        part = _VALUES if summary.kind == SCALAR else _DOCUMENTS
        until = self.count + most
        while self.count < until:
            self._place, values = new_points(run._store, summary.run_id, summary.name, summary.kind, self._place, part)
            for step, value in values:
                self._add(summary.kind, step, value)
            if len(values) < part:
                return True
        return False

    def _read_all(self, run: Run, summary: Summary) -> None:
        for series in run._store.metrics.series([summary.run_id], summary.name):
            if series.kind == summary.kind:
                for _, step, value in series.points:
                    self._add(summary.kind, step, value)

    def _add(self, kind: int, step: int | None, value: Any) -> None:
        self.count += 1
        if kind == SCALAR:
            self._outline("").add(value, step)
        elif kind == LIST:
            outline = self._outline("")
            for item in value:
                outline.add(item)
        else:
            for column, items in value.items():
                if column in self._outlines or len(self._outlines) < _COLUMNS:
                    outline = self._outline(column)
                    outline.fill(self._rows)
                    for item in items:
                        outline.add(item)
            self._rows += max(map(len, value.values()), default=0)

    def _outline(self, column: str) -> Outline:
        return self._outlines.setdefault(column, Outline())
