"""The regular expressions that stand for patterns of ignore files, made so that none takes for ever.

What ``*`` and ``**`` stand for is tried in all ways, and those of several multiply: twenty of them keep a machine busy
for days over one name. They need not be: as in any glob, all but the last may take the least that lets the next part
fit, and never come back to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# What pathspec makes of '*', of '**/' in front and of '/**/' further on; then an escape, a class, and any character.
_STAR = r"[^/]*"
_NO_SLASH = (_STAR, "[^/]")
_FRONT = r"(?:.+/)?"
_MIDDLE = r"(?:/.+)?"
_TOKEN = re.compile(
    rf"{re.escape(_STAR)}|{re.escape(_FRONT)}|{re.escape(_MIDDLE)}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL
)


def without_backtracking(pattern: str) -> str:
    """Return a regular expression that fits the same names as one of pathspec's, in time that is bounded.

    Args:
        pattern: The expression's text.
    """
    # In git, no class of characters has the slash.
    tokens = [f"(?!/){each}" if each[0] == "[" and each not in _NO_SLASH else each for each in _TOKEN.findall(pattern)]
    end = tokens.index("(") if "(" in tokens else len(tokens)
    parts = [*_split(tokens[:end])]
    result = "".join(_with_bound_stars(parts[0]))
    for number, part in enumerate(parts[1:], 2):
        kind, rest = part[0], "".join(_with_bound_stars(part[1:]))
        if number == len(parts):
            result += kind + rest
        else:
            result += f"(?>{'(?:.+?/)??' if kind == _FRONT else '(?:/.+?)??'}{rest}(?=/))"
    return result + "".join(tokens[end:])


def _split(tokens: list[str]) -> Iterator[list[str]]:
    """Yield what stands before the first ``**``, then each ``**`` with what follows it."""
    part: list[str] = []
    for each in tokens:
        if each in (_FRONT, _MIDDLE):
            yield part
            part = []
        part.append(each)
    yield part


def _with_bound_stars(tokens: list[str]) -> Iterator[str]:
    """Yield the tokens, each ``*`` but the last of a name together with what must follow it."""
    place = 0
    while place < len(tokens):
        end = place + 1
        if tokens[place] == _STAR:
            while end < len(tokens) and tokens[end] not in (_STAR, "/"):
                end += 1
            followed = "".join(tokens[place + 1 : end])
            is_last = end == len(tokens) or tokens[end] == "/"
            yield f"{_STAR}{followed}" if is_last else f"(?>{_STAR}?{followed})"
        else:
            yield tokens[place]
        place = end
