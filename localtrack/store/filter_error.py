"""What the user reads when a filter or an order can't be used: the place is marked."""

from __future__ import annotations

from localtrack.exceptions import UserErrorException

_SHOWN = 50  # characters shown before the place that is wrong, and after it


class FilterRefusal(Exception):
    """Something in a filter or an order is wrong, at a place of its text."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem, position)
        self.problem = problem
        self.position = position


def user_error(what: str, text: str, refusal: FilterRefusal) -> UserErrorException:
    """Return the error that shows where a text is wrong.

    Args:
        what: ``filter`` or ``order_by``.
        text: All of it.
        refusal: What is wrong.
    """
    start = max(0, refusal.position - _SHOWN)
    end = refusal.position + _SHOWN
    before = ("..." if start else "") + _one_line(text[start : refusal.position])
    after = _one_line(text[refusal.position : end]) + ("..." if end < len(text) else "")
    return UserErrorException(
        f"The {what} can't be used: {refusal.problem}\n    {before}{after}\n    {' ' * len(before)}^"
    )


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
