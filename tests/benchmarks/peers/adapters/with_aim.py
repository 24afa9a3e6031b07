"""Aim, in a repository of its own; `settle` has it index, which its server does otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapter import Adapter as _Adapter
from adapter import Body
from aim import Repo, Run
from aim.sdk.types import QueryReportMode
from aim.storage.context import Context


class Adapter(_Adapter):
    can_find = True
    can_read = True

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        if not Repo.exists(folder):
            Repo.from_path(folder, init=True)

    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        run = Run(repo=self.folder, system_tracking_interval=None, capture_terminal_logs=False)
        run.name = name
        for tag, value in tags.items():
            run[tag] = value

        def log(metric: str, value: float, step: int) -> None:
            run.track(value, name=metric, step=step)

        def log_many(values: dict[str, float], step: int) -> None:
            run.track(values, step=step)

        body(log, log_many)
        run.close()

    def settle(self) -> None:
        from aim.sdk.index_manager import RepoIndexManager

        repo = Repo.from_path(self.folder)
        manager = RepoIndexManager.get_index_manager(repo)
        for run in repo.list_all_runs():
            manager.index(run)

    def count(self, name: str, metric: str) -> int:
        return len(self.read(name, metric))

    def read(self, name: str, metric: str) -> Any:
        for run in self._found(f"run.name == '{name}'"):
            found = run.get_metric(metric, Context({}))
            return [] if found is None else found.values.values_list()
        return []

    def find(self, tag: str, value: str, metric: str, below: float) -> int:
        runs = self._found(f"run.{tag} == '{value}'")
        return sum(run.get_metric(metric, Context({})).values.last_value() < below for run in runs)

    def _found(self, query: str) -> Iterator[Run]:
        found = Repo.from_path(self.folder).query_runs(query, report_mode=QueryReportMode.DISABLED)
        return (each.run for each in found.iter_runs())
