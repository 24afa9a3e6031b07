"""DVCLive, without a DVC repository; its history is a table of text for others to read."""

from __future__ import annotations

import os

os.environ["DVC_NO_ANALYTICS"] = "true"

from adapter import Adapter as _Adapter
from adapter import Body
from dvclive import Live


class Adapter(_Adapter):
    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        live = Live(os.path.join(self.folder, name), save_dvc_exp=False, dvcyaml=None, monitor_system=False)
        if tags:
            live.log_params(tags)

        def log(metric: str, value: float, step: int) -> None:
            live.step = step
            live.log_metric(metric, value)

        def log_many(values: dict[str, float], step: int) -> None:
            live.step = step
            for metric, value in values.items():
                live.log_metric(metric, value)

        body(log, log_many)
        live.end()

    def count(self, name: str, metric: str) -> int:
        path = os.path.join(self.folder, name, "plots", "metrics", f"{metric}.tsv")
        with open(path, encoding="utf-8") as file:
            return sum(line.endswith("\n") for line in file) - 1
