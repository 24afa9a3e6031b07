"""MLflow with its SQLite store, by its client; several metrics at once by ``log_batch``."""

from __future__ import annotations

import os
import time
from typing import Any

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from adapter import Adapter as _Adapter
from adapter import Body
from mlflow import MlflowClient
from mlflow.entities import Metric


class Adapter(_Adapter):
    can_find = True
    can_read = True

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._client = MlflowClient(f"sqlite:///{folder}/mlflow.db")

    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        run = self._client.create_run("0", run_name=name, tags=tags).info.run_id

        def log_many(values: dict[str, float], step: int) -> None:
            now = int(time.time() * 1000)
            self._client.log_batch(run, [Metric(metric, value, now, step) for metric, value in values.items()])

        body(lambda metric, value, step: self._client.log_metric(run, metric, value, step=step), log_many)
        self._client.set_terminated(run)

    def count(self, name: str, metric: str) -> int:
        return len(self.read(name, metric))

    def read(self, name: str, metric: str) -> Any:
        (run,) = self._client.search_runs(["0"], f"attributes.run_name = '{name}'")
        return self._client.get_metric_history(run.info.run_id, metric)

    def find(self, tag: str, value: str, metric: str, below: float) -> int:
        return len(self._client.search_runs(["0"], f"tags.{tag} = '{value}' and metrics.{metric} < {below}"))
