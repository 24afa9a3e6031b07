"""Journals cut and flipped at any byte: what is whole is taken in once, the rest reported, and nothing made up."""

import json
import os
import random
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest

from localtrack import journal, owner
from localtrack.core import Experiment, Run, Workspace
from localtrack.journal import Writer
from localtrack.store.checks.finding import Finding

# What is logged: one record each, and the metric's history in the end.
LOGGED = (("loss", 0.5, None), ("loss", 0.25, 3), ("text", "some \N{SNOWMAN}", None), ("count", 7, None))


class Case(NamedTuple):
    """A journal of an ended process, and what is whole of it."""

    run: Run
    path: str
    whole: list[int]  # places in LOGGED
    kind: str | None  # of the finding


def ends(written: bytes) -> list[int]:
    """Return where each record of a journal ends."""
    found: list[int] = []
    while not found or found[-1] < len(written):
        start = found[-1] if found else 0
        found.append(start + len(journal.record_at(written, start)))
    return found


def journal_of(run_id: str, folder: Path) -> bytes:
    writer = Writer(str(folder))
    for name, value, step in LOGGED:
        writer.log(run_id, name, value, step)
    name = owner.current(str(folder)).name
    path = folder / f"{name}.0.journal"
    data = path.read_bytes()
    writer.close()
    path.unlink()
    return data


def place(workspace: Workspace, data: bytes) -> str:
    """Put a journal among the workspace's as that of a process of this host that has ended."""
    name = os.urandom(6).hex()
    folder = Path(workspace._layout.journals)
    (folder / f"{name}.lock").write_text(json.dumps(owner.identity()))
    path = folder / f"{name}.0.journal"
    path.write_bytes(data)
    return str(path)


@pytest.fixture
def runs(workspace: Workspace) -> list[Run]:
    parent = Experiment(workspace, "e").start_logging(outputs=False)
    return list(parent.create_children(count=500))


def test_a_journal_that_is_cut_at_any_byte(workspace: Workspace, runs: list[Run], tmp_path: Path) -> None:
    cases = []
    for size in range(len(journal_of(runs[0].id, tmp_path)) + 1):
        run = runs.pop()
        data = journal_of(run.id, tmp_path)
        whole = [number for number, end in enumerate(ends(data)) if end <= size]
        torn = size not in (0, *ends(data))
        cases.append(Case(run, place(workspace, data[:size]), whole, "journal-unfinished" if torn else None))
    expect(workspace, cases, damaged=0)


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_journal_that_is_flipped_at_any_byte(
    workspace: Workspace, runs: list[Run], tmp_path: Path, flip: int
) -> None:
    cases = []
    length = len(journal_of(runs[0].id, tmp_path))
    for position in range(length):
        run = runs.pop()
        data = bytearray(journal_of(run.id, tmp_path))
        limits = ends(bytes(data))
        hit = next(number for number, end in enumerate(limits) if position < end)
        data[position] ^= flip
        last = hit == len(LOGGED) - 1
        whole = [number for number in range(len(LOGGED)) if number != hit]
        cases.append(
            Case(run, place(workspace, bytes(data)), whole, "journal-unfinished" if last else "journal-damaged")
        )
    expect(workspace, cases, damaged=sum(case.kind == "journal-damaged" for case in cases))


def test_journals_with_damage_in_many_places(workspace: Workspace, runs: list[Run], tmp_path: Path) -> None:
    """Bytes flipped, cut out, put in and doubled: no value comes that was not logged, and none twice."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for run in runs[:150]:
        data = bytearray(journal_of(run.id, tmp_path))
        for _ in range(chance.randrange(1, 5)):
            start = chance.randrange(len(data) or 1)
            stop = min(start + chance.randrange(1, 40), len(data))
            change = chance.choice(("flip", "cut", "zero", "garbage"))
            if change == "flip":
                data[start] ^= 1 << chance.randrange(8)
            elif change == "cut":
                del data[start:stop]
            else:
                data[start:stop] = bytes(stop - start) if change == "zero" else chance.randbytes(stop - start)
        place(workspace, bytes(data))
    settle(workspace)
    for run in runs[:150]:
        for name in ("loss", "text", "count"):
            found = [(name, point.value, point.step) for point in run.get_metric_history(name)]
            assert len(found) == len(set(found))
            assert set(found) <= set(LOGGED)
    assert serious(workspace) <= {"values-lost"}


def expect(workspace: Workspace, cases: list[Case], *, damaged: int) -> None:
    found = workspace.check()
    kinds = {each.path: each.kind for each in found if each.kind.startswith("journal-")}
    assert kinds == {case.path: case.kind for case in cases if case.kind is not None}
    settle(workspace)
    look(cases)
    assert {name.partition(".")[2] for name in os.listdir(workspace._layout.journals)} == {"lock"}
    settle(workspace)
    look(cases)
    rows = workspace._store.database.tuples("SELECT reason, count(*) FROM set_aside GROUP BY reason ORDER BY reason")
    unfinished = sum(case.kind == "journal-unfinished" for case in cases)
    assert dict(rows) == {reason: n for reason, n in (("damaged", damaged), ("unfinished", unfinished)) if n}
    assert serious(workspace) == ({"values-lost"} if damaged else set())


def look(cases: list[Case]) -> None:
    for case in cases:
        logged = [
            (name, point.value, point.step)
            for name in ("loss", "text", "count")
            for point in case.run.get_metric_history(name)
        ]
        assert logged == [LOGGED[number] for number in case.whole], case


def settle(workspace: Workspace) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        workspace._refresh()
    assert all("damaged bytes at" in str(each.message) for each in caught)


def serious(workspace: Workspace) -> set[str]:
    def is_serious(each: Finding) -> bool:
        return each.severity != "note"

    return {each.kind for each in filter(is_serious, workspace.check(deep=True))}
