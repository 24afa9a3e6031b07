"""Sacred with its file observer; it has no reader."""

from __future__ import annotations

import json
import os
from typing import Any

from adapter import Adapter as _Adapter
from adapter import Body
from sacred import Experiment
from sacred.observers import FileStorageObserver


class Adapter(_Adapter):
    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        experiment = Experiment(name, save_git_info=False, interactive=True)
        experiment.observers.append(FileStorageObserver(os.path.join(self.folder, name), copy_sources=False))

        @experiment.main
        def main(_run: Any) -> None:
            def log_many(values: dict[str, float], step: int) -> None:
                for metric, value in values.items():
                    _run.log_scalar(metric, value, step)

            body(_run.log_scalar, log_many)

        experiment.run(config_updates=dict(tags), options={"--loglevel": "ERROR", "--capture": "no"})

    def count(self, name: str, metric: str) -> int:
        try:
            with open(os.path.join(self.folder, name, "1", "metrics.json"), encoding="utf-8") as file:
                return len(json.load(file).get(metric, {"values": []})["values"])
        except FileNotFoundError:
            return 0
