"""localtrack."""

from __future__ import annotations

from typing import Any

from adapter import Adapter as _Adapter
from adapter import Body

from localtrack.core import Experiment, Run, Workspace


class Adapter(_Adapter):
    can_find = True
    can_read = True

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._workspace = Workspace.create(name="peers", exist_ok=True)
        self._experiment = Experiment(self._workspace, "peers")

    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        run = self._experiment.start_logging(run_id=name, outputs=False)
        if tags:
            run.set_tags(tags)

        def log_many(values: dict[str, float], step: int) -> None:
            for metric, value in values.items():
                run.log(metric, value, step=step)

        body(lambda metric, value, step: run.log(metric, value, step=step), log_many)
        run.complete()

    def count(self, name: str, metric: str) -> int:
        return len(self.read(name, metric))

    def read(self, name: str, metric: str) -> Any:
        return Run(self._experiment, name).get_metric_history(metric)

    def find(self, tag: str, value: str, metric: str, below: float) -> int:
        found = self._experiment.search_runs(f"tags.{tag} = '{value}' and metrics.{metric} < {below}")
        return len(list(found))
