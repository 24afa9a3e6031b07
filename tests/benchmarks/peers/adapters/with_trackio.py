"""Trackio, in a folder of its own; the values are read by what its own pages read them with."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from adapter import Adapter as _Adapter
from adapter import Body


class Adapter(_Adapter):
    can_find = True
    can_read = True

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        os.environ.update(TRACKIO_DIR=folder, HF_HUB_OFFLINE="1")

    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        import trackio

        with contextlib.redirect_stdout(sys.stderr):
            run = trackio.init("peers", name=name, config=tags, embed=False, auto_log_gpu=False, auto_log_cpu=False)

            def log(metric: str, value: float, step: int) -> None:
                run.log({metric: value}, step)

            body(log, run.log)
            trackio.finish()

    def count(self, name: str, metric: str) -> int:
        return len(self.read(name, metric))

    def read(self, name: str, metric: str) -> Any:
        from trackio.sqlite_storage import SQLiteStorage

        return [entry for entry in SQLiteStorage.get_logs("peers", name) if metric in entry]

    def find(self, tag: str, value: str, metric: str, below: float) -> int:
        import trackio

        found = 0
        for run in trackio.Api().runs("peers"):
            if (run.config or {}).get(tag) == value:
                found += self.read(run.name, metric)[-1][metric] < below
        return found
