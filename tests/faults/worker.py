"""A process that does at random what there is to do with runs, files and models, and notes what was promised."""

from __future__ import annotations

import io
import os
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from itertools import islice

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stress"))
import notes

from localtrack.core import Experiment, Model, Run, Workspace
from localtrack.exceptions import AzureMLException, UserErrorException

STARTED, FILE, MODEL, TAGGED, DELETED = "started", "file", "model", "tagged", "deleted"

_GONE = "is not in this workspace any more"


def content(name: str) -> bytes:
    """Return what is uploaded under a name, so that what is found under it can be compared."""
    return name.encode() * (len(name) ** 3 % 5000)


class Worker:
    """Does one thing after the other until it is killed, or told to end."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self._workspace = Workspace.from_config()
        self._experiments = [Experiment(self._workspace, name) for name in ("first", "second")]
        self._count = 0
        self._open: list[Run] = []

    def go(self, seconds: float) -> None:
        calls: dict[Callable[[], None], int] = {
            self.start: 4,
            self.log: 12,
            self.tag: 4,
            self.upload: 4,
            self.end: 4,
            self.end_another_s: 2,
            self.delete: 2,
            self.register: 1,
            self.read: 4,
            self.search: 2,
        }
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            call = self._chance.choices(list(calls), list(calls.values()))[0]
            try:
                call()
                notes.note(notes.DID, "-", call.__name__)
            except AzureMLException as error:
                notes.note(notes.PROBLEM, "-", f"{call.__name__}: {type(error).__name__}: {error!s}".replace("\n", " "))
            except Exception:
                notes.note(notes.PROBLEM, "-", f"unclear: {traceback.format_exc()!r}")

    def start(self) -> None:
        if self._open and self._chance.random() < 0.4:
            self._open.append(self._chance.choice(self._open).child_run())
        else:
            self._open.append(self._chance.choice(self._experiments).start_logging(outputs=False))
        notes.note(STARTED, self._open[-1].id)

    def log(self) -> None:
        run = self._own()
        for _ in range(self._chance.randrange(1, 20)):
            value = f"{os.getpid()}/{self._next()}"
            step = self._chance.randrange(100) if self._chance.random() < 0.5 else None
            run.log("value", value, step=step)
            notes.note(notes.LOGGED, run.id, value)

    def tag(self) -> None:
        run, key = self._own(), f"{os.getpid()}/{self._next()}"
        run.tag(key, key)
        notes.note(TAGGED, run.id, key)

    def upload(self) -> None:
        run, name = self._own(), f"{os.getpid()}/{self._next()}"
        run.upload_file(name, io.BytesIO(content(name)))
        notes.note(FILE, run.id, name)

    def end(self) -> None:
        run = self._own()
        self._open.remove(run)
        self._end(run, self._chance.choice((run.complete, run.complete, run.fail, run.cancel)))

    def end_another_s(self) -> None:
        runs = list(islice(self._chance.choice(self._experiments).get_runs(include_children=True), 10))
        if runs:
            run = self._chance.choice(runs)
            self._end(run, self._chance.choice((run.fail, run.cancel)))

    def delete(self) -> None:
        run = self._chance.choice(self._experiments).start_logging(outputs=False)
        run.upload_file("file", io.BytesIO(b"x" * 1000))
        run.log("unnoted", 1)
        self._end(run, run.complete)
        try:
            run.delete()
        except UserErrorException as error:
            if _GONE not in str(error):
                raise
        notes.note(DELETED, run.id)

    def register(self) -> None:
        name = f"model-{self._chance.randrange(3)}"
        path = f"{os.getpid()}-{self._next()}"
        with open(path, "wb") as file:
            file.write(content(path))
        model = Model.register(self._workspace, path, name)
        notes.note(MODEL, f"{name}:{model.version}", path)
        os.unlink(path)

    def read(self) -> None:
        runs = list(islice(self._chance.choice(self._experiments).get_runs(include_children=True), 5))
        for run in runs:
            try:
                values = [point.value for point in run.get_metric_history("value")]
            except UserErrorException as error:  # deleted meanwhile
                if _GONE not in str(error):
                    raise
                continue
            if len(set(values)) != len(values):
                raise AssertionError(f"{run.id} has a value twice: {values}")

    def search(self) -> None:
        self._workspace.search_runs("attributes.status = 'Running'", max_results=5)

    def _end(self, run: Run, end: Callable[[], None]) -> None:
        """End a run; where an end of another kind is there already, the caller is told, and nothing is promised."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                end()
            except UserErrorException as error:
                if "can't become" not in str(error) and _GONE not in str(error):
                    raise
                return
        texts = [str(each.message) for each in told]
        if any("can't become" not in text for text in texts):
            raise AssertionError(f"{run.id}: {texts}")
        if not texts:
            kinds = {"cancel": notes.CANCELED, "fail": notes.FAILED, "complete": notes.COMPLETED}
            notes.note(kinds[end.__name__], run.id)

    def _own(self) -> Run:
        if not self._open:
            self.start()
        return self._chance.choice(self._open)

    def _next(self) -> int:
        self._count += 1
        return self._count
