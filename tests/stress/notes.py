"""What the processes of a stress test note of what was promised to them: a line once a call has returned.

The notes are files that only one process appends to, each line by one `write`, so that no kill costs a line.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

FOLDER = "STRESS_FOLDER"  # also what marks every process of a stress test

LOGGED, ENDED, CANCELED, FAILED, COMPLETED, PROBLEM, DID = (
    "logged",
    "ended",
    "canceled",
    "failed",
    "completed",
    "problem",
    "did",
)


def note(kind: str, run_id: str, text: object = "") -> None:
    """Note that a call has returned."""
    with open(os.path.join(_folder(), str(os.getpid())), "ab", buffering=0) as file:
        file.write(f"{kind}\t{run_id}\t{text}\n".encode())


def all_of(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the run and the text of all notes of a kind."""
    for name in sorted(os.listdir(_folder())):
        with open(os.path.join(_folder(), name), encoding="utf-8") as file:
            for line in file:
                found, run_id, text = line.rstrip("\n").split("\t")
                if found == kind:
                    yield run_id, text


def counts() -> Counter[str]:
    """Return how often what was done."""
    return Counter(text for _, text in all_of(DID))


def _folder() -> str:
    folder = os.path.join(os.environ[FOLDER], "notes")
    os.makedirs(folder, exist_ok=True)
    return folder
