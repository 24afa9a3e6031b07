"""Compute targets: names under which so many runs go at once."""

from __future__ import annotations

import os
from dataclasses import dataclass

from localtrack.store.database import Database
from localtrack.store.queue import LOCAL


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A compute target.

    Attributes:
        max_nodes: How many runs go at once.
    """

    name: str
    type: str
    max_nodes: int


class Targets:
    """The compute targets of a workspace; ``local`` is always there, with a slot for each processor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[TargetRecord]:
        """Return all targets, ``local`` first, the others by name."""
        slots = os.cpu_count() or 1
        rows = self._database.tuples("SELECT name, type, max_nodes FROM targets ORDER BY name")
        found = {name: TargetRecord(name, kind, nodes or slots) for name, kind, nodes in rows}
        local = found.pop(LOCAL, TargetRecord(LOCAL, "Local", slots))
        return [local, *found.values()]
