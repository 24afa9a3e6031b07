"""Long lists of ids in pieces that a statement takes."""

from __future__ import annotations

from collections.abc import Sequence


def parts(run_ids: Sequence[str]) -> list[Sequence[str]]:
    """Cut a list so that each part can be the parameters of one statement."""
    return [run_ids[start : start + 500] for start in range(0, len(run_ids), 500)]
