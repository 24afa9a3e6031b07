"""Lines as a small drawing in a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localtrack.core.markup import Markup, element, join, note
from localtrack.core.wording import short, value
from localtrack.widgets.outline import Line

_WIDTH, _HEIGHT = 260, 90
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 4, 12, 14  # what the axes' texts take
_COLOURS = ("#3f87d9", "#e0782f", "#2f9e57", "#b065c9", "#dc4a4a", "#a5861f", "#1f9e9e", "#8c8c8c")

_Scaled = list[tuple[float, float]]


def chart(lines: Mapping[str, Line]) -> Markup:
    """Return lines over one pair of axes, with their names below if they have any."""
    over = "step" if all(line.over == "step" for line in lines.values()) else "order"
    values = [y for line in lines.values() for _, y in line.points if y is not None]
    places = [x for line in lines.values() for x, y in line.points if y is not None]
    low, high = min(values), max(values)
    first, last = min(places), max(places)

    def scaled(x: int, y: float) -> tuple[float, float]:
        across = _share(x, first, last)
        down = 1 - _share(y, low, high)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _TOP + down * (_HEIGHT - _TOP - _BOTTOM),
        )

    drawn = [
        _stretch(part, colour)
        for line, colour in zip(lines.values(), _COLOURS, strict=False)
        for part in _unbroken([(None if y is None else scaled(x, y)) for x, y in line.points])
    ]
    base = _HEIGHT - _BOTTOM + 2
    picture = element(
        "svg",
        element("line", x1=0, x2=_WIDTH, y1=base, y2=base, stroke="currentColor", stroke_opacity=0.25),
        *drawn,
        _text(value(high), 0, 9, "start"),
        _text(value(low), 0, _HEIGHT - 2, "start"),
        _text(f"{over} {first} to {last}", _WIDTH, _HEIGHT - 2, "end"),
        width=_WIDTH,
        height=_HEIGHT,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{', '.join(short(name, 40) for name in lines if name) or 'values'} over {over}",
        style="display:block;max-width:100%;overflow:visible",
    )
    names = [
        element("span", element("span", "●", style=f"color:{colour}"), f" {short(name, 30)} ", style="font-size:85%")
        for name, colour in zip(lines, _COLOURS, strict=False)
        if name
    ]
    others = sum(line.others for line in lines.values())
    return join([picture, *names, note(f"{others} of the values are no finite numbers.") if others else ""])


def _stretch(points: _Scaled, colour: str) -> Markup:
    if len(points) == 1:
        return element("circle", cx=f"{points[0][0]:.1f}", cy=f"{points[0][1]:.1f}", r=1.5, fill=colour)
    return element(
        "polyline",
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        fill="none",
        stroke=colour,
        stroke_width=1.5,
        stroke_linejoin="round",
    )


def _unbroken(points: list[tuple[float, float] | None]) -> Iterator[_Scaled]:
    part: _Scaled = []
    for point in [*points, None]:
        if point is not None:
            part.append(point)
        elif part:
            yield part
            part = []


def _share(number: float, low: float, high: float) -> float:
    """Return where a number is between two others, from 0 to 1; in the middle if they are the same."""
    if low == high:
        return 0.5
    # Halved, because the distance of two floats may be too large for one.
    return (number / 2 - low / 2) / (high / 2 - low / 2)


def _text(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=y, font_size=9, fill="currentColor", fill_opacity=0.65, text_anchor=anchor)
