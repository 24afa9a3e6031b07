"""The public calls of the run history, by names and plain values that go through a pipe."""

from __future__ import annotations

import io
import os
from typing import Any

from localtrack.core import Experiment, Run, Workspace
from localtrack.core.view_type import ViewType

RunKey = tuple[str, int]  # a run's id, and which of the runs it is that have had the id one after the other


class Calls:
    """One process's view of the workspace in the working folder. Its run objects are kept, as a notebook keeps them."""

    def __init__(self) -> None:
        self._runs: dict[RunKey, Run] = {}

    def open(self) -> None:
        self._workspace = Workspace.create(name="test", exist_ok=True)

    def start(self, experiment: str, **details: Any) -> str:
        return Experiment(self._workspace, experiment).start_logging(outputs=False, **details).id

    def child_run(self, run: RunKey, **details: Any) -> str:
        return self._run(run).child_run(**details).id

    def create_children(self, run: RunKey, **details: Any) -> int:
        return len(self._run(run).create_children(**details))

    def log(self, run: RunKey, name: Any, value: Any, step: Any) -> None:
        self._run(run).log(name, value, step=step)

    def log_list(self, run: RunKey, name: Any, value: Any) -> None:
        self._run(run).log_list(name, value)

    def log_row(self, run: RunKey, name: Any, columns: dict[str, Any]) -> None:
        self._run(run).log_row(name, **columns)

    def log_table(self, run: RunKey, name: Any, value: Any) -> None:
        self._run(run).log_table(name, value)

    def tag(self, run: RunKey, key: Any, value: Any) -> None:
        self._run(run).tag(key, value)

    def set_tags(self, run: RunKey, tags: Any) -> None:
        self._run(run).set_tags(tags)

    def remove_tags(self, run: RunKey, tags: Any) -> None:
        self._run(run).remove_tags(tags)

    def add_properties(self, run: RunKey, properties: Any) -> None:
        self._run(run).add_properties(properties)

    def upload_file(self, run: RunKey, name: str, content: bytes) -> str:
        return self._run(run).upload_file(name, io.BytesIO(content))

    def complete(self, run: RunKey) -> None:
        self._run(run).complete()

    def fail(self, run: RunKey, **details: Any) -> None:
        self._run(run).fail(**details)

    def cancel(self, run: RunKey) -> None:
        self._run(run).cancel()

    def delete(self, run: RunKey) -> None:
        self._run(run).delete()

    def archive(self, experiment: str) -> None:
        self._experiment(experiment).archive()

    def reactivate(self, experiment: str, new_name: str | None) -> None:
        self._experiment(experiment).reactivate(new_name=new_name)

    def delete_experiment(self, experiment: str) -> None:
        Experiment.delete(self._workspace, experiment)

    def set_experiment_tags(self, experiment: str, tags: Any) -> None:
        self._experiment(experiment).set_tags(tags)

    def remove_experiment_tags(self, experiment: str, tags: Any) -> None:
        self._experiment(experiment).remove_tags(tags)

    def get_runs(self, experiment: str, **chosen: Any) -> list[str]:
        return [run.id for run in self._experiment(experiment).get_runs(**chosen)]

    def list_runs(self, experiment: str, **chosen: Any) -> list[str]:
        return [run.id for run in Run.list(self._experiment(experiment), **chosen)]

    def get_children(self, run: RunKey, **chosen: Any) -> list[str]:
        return [child.id for child in self._run(run).get_children(**chosen)]

    def get_metrics(self, run: RunKey, **chosen: Any) -> dict[str, Any]:
        return self._run(run).get_metrics(**chosen)

    def look_at_experiments(self) -> list[dict[str, Any]]:
        return [
            {
                "id": each.id,
                "name": each.name,
                "archived": each.archived_time is not None,
                "tags": each.tags,
                "top": [run.id for run in each.get_runs()],
                "runs": [(run.id, run.number) for run in each.get_runs(include_children=True)],
            }
            for each in Experiment.list(self._workspace, view_type=ViewType.All)
        ]

    def look_at_run(self, run: RunKey) -> dict[str, Any]:
        found = self._run(run)
        metrics = found.get_metrics()
        parent = found.parent
        return {
            "status": found.get_status(),
            "error": _error(found),
            "name": found.name,
            "parent": None if parent is None else parent.id,
            "children": [child.id for child in found.get_children()],
            "tags": found.get_tags(),
            "properties": found.get_properties(),
            "metrics": metrics,
            "alone": {name: found.get_metrics(name) for name in metrics},
            "history": {
                name: [(point.step, point.value) for point in found.get_metric_history(name)] for name in metrics
            },
            "files": {name: self._content(found, name) for name in found.get_file_names()},
        }

    def _content(self, run: Run, name: str) -> bytes:
        copy = os.path.join("home", f"copy-{os.getpid()}")
        run.download_file(name, copy)
        with open(copy, "rb") as file:
            return file.read()

    def _run(self, key: RunKey) -> Run:
        if key not in self._runs:
            self._runs[key] = Run.get(self._workspace, key[0])
        return self._runs[key]

    def _experiment(self, experiment_id: str) -> Experiment:
        (found,) = (
            each for each in Experiment.list(self._workspace, view_type=ViewType.All) if each.id == experiment_id
        )
        return found


def _error(run: Run) -> dict[str, Any] | None:
    document = run.get_details().get("error")
    if document is None:
        return None
    code, message = document["error"]["code"], document["error"]["message"]
    # Which process was lost is in the message, and another each time.
    return {"code": code, "message": bool(message) if code == "ProcessLost" else message}
