"""Runs with all below them: what goes when they are deleted."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from localtrack.printable import count, number, printable, size_text

if TYPE_CHECKING:
    from localtrack.store.run_record import RunRecord
    from localtrack.store.store import Store

_SHOWN = 20


class Tree(NamedTuple):
    """A run with all below it.

    Attributes:
        top: The run.
        below: Its children, their children, and so on.
        size: Of all their files, in bytes.
    """

    top: RunRecord
    below: list[RunRecord]
    size: int

    @property
    def runs(self) -> list[RunRecord]:
        """All of them."""
        return [self.top, *self.below]


def trees(store: Store, runs: list[RunRecord]) -> list[Tree]:
    """Return runs with those below them; one that is below another has no tree of its own."""
    from localtrack.store.run_filter import RunFilter

    below = {run.id: list(store.runs.walk(RunFilter(ancestor=run.id))) for run in runs}
    among = {each.id for found in below.values() for each in found}
    return [
        Tree(run, below[run.id], sum(_size(store.layout.run(each.id).root) for each in (run, *below[run.id])))
        for run in runs
        if run.id not in among
    ]


def lines(found: list[Tree]) -> list[str]:
    """Return what there is to say of trees: a line for each, and one for the rest of many."""
    said = [
        f"  {each.top.id}{_name(each.top)}: {each.top.status}, {count(len(each.below), 'run')} below it, "
        f"{size_text(each.size)} of files"
        for each in found[:_SHOWN]
    ]
    more = found[_SHOWN:]
    if more:
        below, size = sum(len(each.below) for each in more), sum(each.size for each in more)
        said.append(f"  and {number(len(more))} more: {count(below, 'run')} below them, {size_text(size)} of files")
    return said


def _size(top: str) -> int:
    total = 0
    for parent, _, names in os.walk(top):
        for name in names:
            with suppress(FileNotFoundError):  # being removed
                total += os.lstat(os.path.join(parent, name)).st_size
    return total


def _name(run: RunRecord) -> str:
    return f" ({printable(run.display_name)})" if run.display_name else ""
