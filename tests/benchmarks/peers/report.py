"""The comparison as a table for people, and as a picture."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from statistics import median
from typing import Any

Results = dict[str, dict[str, list[float | None]]]
Task = Callable[..., dict[str, float | None]]

# What is measured, and whether more is better.
ROWS = {
    "import, ms": False,
    "first metric kept, ms": False,
    "a run, ms": False,
    "median, us": False,
    "p99, us": False,
    "worst, us": False,
    "points/s": True,
    "batched points/s": True,
    "read 20 000, ms": False,
    "find 15 of 300 runs, ms": False,
    "8 at once, s": False,
    "8 at once: p99, us": False,
    "8 at once: failed": False,
    "lost to kill -9": False,
    "bytes/point": False,
    "memory, MB": False,
}
_DRAWN = ("median, us", "points/s", "a run, ms", "read 20 000, ms", "import, ms", "lost to kill -9, %")


def text(results: Results, absent: dict[str, str], facts: str) -> str:
    """Return the table in Markdown; the best of a row is bold, and a row says who is before localtrack."""
    peers = [peer for peer in results if peer != "limit"]
    lines = [
        f"{facts}; {datetime.date.today().isoformat()}",
        "",
        f"| | {' | '.join(peers)} | bare | before localtrack |",
        f"|---|{'---|' * (len(peers) + 2)}",
    ]
    for row, more in ROWS.items():
        middles = {peer: _middle(results[peer].get(row)) for peer in peers}
        known = {peer: value for peer, value in middles.items() if value is not None}
        best = (max if more else min)(known.values(), default=None)
        cells = [_cell(results[peer].get(row), middles[peer] == best) for peer in peers]
        limit = _cell(results.get("limit", {}).get(row), False)
        lines.append(f"| {row} | {' | '.join(cells)} | {limit} | {_before(known, more)} |")
    lines += ["", *(f"{peer}: {reason}" for peer, reason in absent.items())]
    return "\n".join(lines)


def picture(results: Results, facts: str, path: str) -> None:
    """Draw the rows that matter most, a panel each, on logarithmic scales."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    peers = [peer for peer in results if peer != "limit"]
    figure, panels = pyplot.subplots(2, 3, figsize=(13, 7), layout="constrained")
    for panel, row in zip(panels.flat, _DRAWN, strict=True):
        values = [_middle(results[peer].get(row)) for peer in peers]
        drawn = [value or 0 for value in values]
        bars = panel.barh(peers, drawn, color=["tab:blue" if peer == "localtrack" else "silver" for peer in peers])
        panel.bar_label(bars, ["none" if value is None else _number(value) for value in values], padding=3)
        panel.invert_yaxis()
        panel.margins(x=0.25)
        panel.set_title(f"{row} ({'more' if ROWS.get(row) else 'less'} is better)", fontsize=10)
        if row != "lost to kill -9, %":
            panel.set_xscale("log")
    figure.suptitle(facts, fontsize=8)
    figure.savefig(path, dpi=120)


def _before(known: dict[str, float], more: bool) -> str:
    ours = known.get("localtrack")
    if ours is None:
        return ""
    return ", ".join(peer for peer, value in known.items() if (value > ours if more else value < ours))


def _middle(values: list[Any] | None) -> float | None:
    known = [value for value in values or () if value is not None]
    return median(known) if known else None


def _cell(values: list[Any] | None, best: bool) -> str:
    known = [value for value in values or () if value is not None]
    if not known:
        return "-"
    middle = _number(median(known))
    spread = "" if len(known) == 1 else f" ({_number(min(known))}-{_number(max(known))})"
    return f"**{middle}**{spread}" if best else f"{middle}{spread}"


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
