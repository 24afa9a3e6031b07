"""What the run history answers, worked out from plain dicts: each method is the call of its name.

A call that is refused raises `Refused` and has changed nothing. Ids that localtrack makes up are placeholders here,
until `Model.learn` is told them.
"""

from __future__ import annotations

import re
from typing import Any

from model_of_values import (
    Labels,
    Refused,
    file_name_of,
    filter_of,
    fits,
    labels_of,
    metrics_of,
    name_of,
    scalar_of,
    text_of,
    without,
)

RunKey = tuple[str, int]  # a run's id, and which of the runs it is that have had the id one after the other

# From which status to which a person may move a run. "Lost" is Failed only because its process was gone.
_MOVES = {
    "Running": {"Completed", "Failed", "Canceled"},
    "Completed": {"Failed"},
    "Failed": set(),
    "Canceled": set(),
    "Lost": {"Completed", "Failed", "Canceled"},
}
_ENDED = {"Completed", "Failed", "Canceled", "Lost"}
_EXPERIMENT = re.compile(r"[A-Za-z0-9][\w-]{0,254}")
_RUN_ID = re.compile(r"[A-Za-z0-9]([\w.~+-]{0,198}[\w~+-])?", re.ASCII)


class Model:
    """The experiments and runs of a workspace."""

    def __init__(self) -> None:
        self.experiments: dict[str, dict[str, Any]] = {}  # by id, oldest first
        self.runs: dict[str, dict[str, Any]] = {}  # by id, oldest first
        self.caller = 0  # the worker that makes the calls
        self._made = 0

    # The calls

    def start(self, experiment: str, run_id: str, name: str | None, tags: Any) -> str:
        labels = labels_of(tags or {})
        if name is not None:
            text_of(name)
        if not _EXPERIMENT.fullmatch(experiment):
            raise Refused
        if not _RUN_ID.fullmatch(run_id):
            raise Refused
        found = self.ensure(experiment)  # by itself: it stays if the run is refused
        if run_id in self.runs:
            raise Refused
        self._add(run_id, found, f"run_{run_id}" if name is None else name, None, labels)
        return run_id

    def child_run(self, run: RunKey, run_id: str, name: str | None) -> str:
        parent = self._run(run)
        text_of(name or "")
        if run_id in self.runs or not _RUN_ID.fullmatch(run_id):
            raise Refused
        self._add(run_id, parent["experiment"], f"{parent['name']}>{name or ''}", run[0], {})
        return run_id

    def create_children(
        self, run: RunKey, count: int | None = None, tag_key: str | None = None, tag_values: Any = None
    ) -> int:
        parent = self._run(run)
        if (count is None) == (tag_key is None) or (tag_key is None) != (tag_values is None):
            raise Refused
        key = "azureml.batch_child_number" if tag_key is None else tag_key
        values = range(count) if count is not None else tag_values
        labels = [labels_of({key: str(value)}) for value in values]
        name_of(key)
        self._refuse_archived(parent["experiment"])
        for each in labels:
            self._add(self._placeholder(), parent["experiment"], "", run[0], each)
        return len(labels)

    def log(self, run: RunKey, name: Any, value: Any, step: Any) -> None:
        if step is not None and not -(2**63) <= step < 2**63:
            raise Refused
        self._point(run, name, "scalar", scalar_of(value), None if step is None else int(step))

    def log_list(self, run: RunKey, name: Any, value: Any) -> None:
        if not isinstance(value, list | tuple):
            raise Refused
        self._point(run, name, "list", [scalar_of(item) for item in value])

    def log_row(self, run: RunKey, name: Any, columns: dict[str, Any]) -> None:
        self._point(run, name, "row", {name_of(column): scalar_of(value) for column, value in columns.items()})

    def log_table(self, run: RunKey, name: Any, value: Any) -> None:
        if not isinstance(value, dict):
            raise Refused
        table = {
            name_of(column): [
                scalar_of(item) for item in (items if isinstance(items, list | tuple | range) else [items])
            ]
            for column, items in value.items()
        }
        if len(table) < len(value) or len({len(items) for items in table.values()}) > 1:
            raise Refused
        self._point(run, name, "table", table)

    def tag(self, run: RunKey, key: Any, value: Any) -> None:
        self.set_tags(run, {key: value})

    def set_tags(self, run: RunKey, tags: Any) -> None:
        self._run(run)["tags"] |= labels_of(tags)

    def remove_tags(self, run: RunKey, tags: Any) -> None:
        found = self._run(run)
        found["tags"] = without(found["tags"], tags)

    def add_properties(self, run: RunKey, properties: Any) -> None:
        known, new = self._run(run)["properties"], labels_of(properties)
        if any(name in known and known[name] != value for name, value in new.items()):
            raise Refused
        known |= new

    def upload_file(self, run: RunKey, name: str, content: bytes) -> str:
        files = self._run(run)["files"]
        name = file_name_of(name)
        if any(f"{name}/".startswith(f"{other}/") or f"{other}/".startswith(f"{name}/") for other in files):
            raise Refused
        files[name] = content
        return name

    def complete(self, run: RunKey) -> None:
        self._move(run, "Completed", None)

    def fail(self, run: RunKey, error_details: Any = None, error_code: str | None = None) -> None:
        if not isinstance(error_details, str | BaseException | None):
            raise Refused("TypeError")
        raised = isinstance(error_details, BaseException)
        message = f"{type(error_details).__name__}: {error_details}" if raised else error_details or ""
        given = error_details is not None or error_code is not None
        error = {"code": error_code or "UserError", "message": message} if given else None
        self._move(run, "Failed", error)

    def cancel(self, run: RunKey) -> None:
        self._move(run, "Canceled", None, refusal="UserWarning")

    def delete(self, run: RunKey) -> None:
        self._run(run)
        self._delete([run[0], *self._below(run[0])])

    def archive(self, experiment: str) -> None:
        self.experiments[experiment]["archived"] = True

    def reactivate(self, experiment: str, new_name: str | None) -> None:
        found = self.experiments[experiment]
        name = found["name"] if new_name is None else new_name
        active = self._active(name)
        if not _EXPERIMENT.fullmatch(name) or active not in (None, experiment):
            raise Refused
        found |= {"name": name, "archived": False}

    def delete_experiment(self, experiment: str) -> None:
        if experiment not in self.experiments:
            raise Refused
        self._delete([run_id for run_id, run in self.runs.items() if run["experiment"] == experiment])
        del self.experiments[experiment]

    def set_experiment_tags(self, experiment: str, tags: Any) -> None:
        self.experiments[experiment]["tags"] |= labels_of(tags)

    def remove_experiment_tags(self, experiment: str, tags: Any) -> None:
        found = self.experiments[experiment]
        found["tags"] = without(found["tags"], tags)

    def get_runs(self, experiment: str, include_children: bool = False, **chosen: Any) -> list[str]:
        found = [run_id for run_id, run in self.runs.items() if run["experiment"] == experiment]
        return self._chosen([each for each in found if include_children or self.runs[each]["parent"] is None], **chosen)

    list_runs = get_runs

    def get_children(self, run: RunKey, recursive: bool = False, **chosen: Any) -> list[str]:
        self._run(run)
        return self._chosen(self._below(run[0]) if recursive else self._children(run[0]), **chosen)

    def get_metrics(self, run: RunKey, name: str | None = None, recursive: bool = False) -> dict[str, Any]:
        ids = [run[0], *(self._below(run[0]) if recursive else [])]
        found = {each: metrics_of(self.runs[each]["points"], name) for each in ids}
        return {each: metrics for each, metrics in found.items() if metrics} if recursive else found[run[0]]

    def look_at_experiments(self) -> list[dict[str, Any]]:
        return [
            {
                **{name: found[name] for name in ("name", "archived", "tags")},
                "id": each,
                "top": self.get_runs(each),
                "runs": [(run_id, self.runs[run_id]["number"]) for run_id in self.get_runs(each, True)],
            }
            for each, found in self.experiments.items()
        ]

    def look_at_run(self, run: RunKey) -> dict[str, Any]:
        found = self._run(run)
        metrics = metrics_of(found["points"])
        return {
            **{name: found[name] for name in ("name", "parent", "tags", "properties", "files", "error")},
            "status": _shown(found),
            "children": self.get_children(run),
            "metrics": metrics,
            "alone": {name: {name: value} for name, value in metrics.items()},
            "history": {
                name: [(step, value) for other, _, step, value in found["points"] if other == name] for name in metrics
            },
        }

    # What else happens

    def ensure(self, name: str) -> str:
        """Return the active experiment of a name, which is made if there is none."""
        found = self._active(name)
        if found is None:
            found = self._placeholder()
            self.experiments[found] = {"name": name, "archived": False, "tags": {}, "last_number": 0}
        return found

    def lose(self, worker: int) -> None:
        """Have a worker be dead: the runs that it had open have failed."""
        for run in self.runs.values():
            if run["owner"] == worker and run["status"] == "Running":
                run |= {"status": "Lost", "error": {"code": "ProcessLost", "message": True}}

    def has_placeholders(self) -> bool:
        return any(each.startswith("?") for each in (*self.experiments, *self.runs))

    def learn(self, seen: list[dict[str, Any]]) -> None:
        """Take over ids that localtrack has made up.

        Args:
            seen: What ``look_at_experiments`` has given.
        """
        if len(seen) != len(self.experiments):
            return  # the comparison that follows shows it
        ids = dict(zip(self.experiments, (each["id"] for each in seen), strict=True))
        numbers = {(each["id"], number): run_id for each in seen for run_id, number in each["runs"]}
        self.experiments = {ids[each]: found for each, found in self.experiments.items()}
        for run in self.runs.values():
            run["experiment"] = ids[run["experiment"]]
        names = {
            each: numbers.get((run["experiment"], run["number"]), each) if each.startswith("?") else each
            for each, run in self.runs.items()
        }
        self.runs = {names[each]: run for each, run in self.runs.items()}

    def key(self, run_id: str) -> RunKey:
        """Return what tells a run from one that had the same id before."""
        return run_id, self.runs[run_id]["serial"]

    def _add(self, run_id: str, experiment: str, name: str, parent: str | None, tags: Labels) -> None:
        self._refuse_archived(experiment)
        self._made += 1
        self.experiments[experiment]["last_number"] += 1
        self.runs[run_id] = {
            "experiment": experiment,
            "number": self.experiments[experiment]["last_number"],
            "serial": self._made,
            "owner": self.caller,
            "name": name,
            "parent": parent,
            "status": "Running",
            "error": None,
            "tags": tags,
            "properties": {},
            "points": [],
            "files": {},
        }

    def _placeholder(self) -> str:
        self._made += 1
        return f"?{self._made}"

    def _run(self, run: RunKey) -> dict[str, Any]:
        if run[0] not in self.runs or self.runs[run[0]]["serial"] != run[1]:
            raise Refused
        return self.runs[run[0]]

    def _active(self, name: str) -> str | None:
        found = (each for each, its in self.experiments.items() if its["name"] == name and not its["archived"])
        return next(found, None)

    def _refuse_archived(self, experiment: str) -> None:
        if self.experiments[experiment]["archived"]:
            raise Refused

    def _point(self, run: RunKey, name: Any, kind: str, value: Any, step: int | None = None) -> None:
        found, name = self._run(run), name_of(name)
        if kind == "scalar" or value:
            found["points"].append((name, kind, step, value))

    def _move(self, run: RunKey, new: str, error: dict[str, str] | None, refusal: str = "UserErrorException") -> None:
        found = self._run(run)
        if new in _MOVES[found["status"]]:
            found |= {"status": new, "error": error}
        elif found["status"] != new:
            raise Refused(refusal)

    def _delete(self, ids: list[str]) -> None:
        if any(self.runs[each]["status"] not in _ENDED for each in ids):
            raise Refused
        for each in ids:
            del self.runs[each]

    def _children(self, run_id: str) -> list[str]:
        return [each for each, run in self.runs.items() if run["parent"] == run_id]

    def _below(self, run_id: str) -> list[str]:
        found = []
        for each, run in self.runs.items():  # a child is younger than its parent
            if run["parent"] == run_id or run["parent"] in found:
                found.append(each)
        return found

    def _chosen(self, ids: list[str], tags: Any = None, properties: Any = None, status: Any = None) -> list[str]:
        tags, properties = filter_of(tags), filter_of(properties)
        found = [
            each
            for each in ids
            if fits(self.runs[each]["tags"], tags)
            and fits(self.runs[each]["properties"], properties)
            and status in (None, _shown(self.runs[each]))
        ]
        return found[::-1]


def _shown(run: dict[str, Any]) -> str:
    return "Failed" if run["status"] == "Lost" else run["status"]
