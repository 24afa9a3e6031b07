"""Text of others' as it may be shown: a name or a tag must not give orders to a terminal or a page. A leaf."""

from __future__ import annotations

import re

# What a terminal obeys, or what reorders or breaks a line (C1 too, because some take U+009B for ESC [), and what no
# stream or page can hold.
ORDERS = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[\x00-\x1f{ORDERS}]")


def printable(text: str, keep: str = "") -> str:
    """Return a text in which characters that are obeyed instead of shown stand as Python's escapes.

    Args:
        text: The text.
        keep: Those that stay, such as a line's end.
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
