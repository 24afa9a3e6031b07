"""With what exit code a program ends, which the functions at exit are not told.

From Python 3.12 on, `sys.monitoring` tells of each exception that leaves a function: of one that leaves the program,
too. Before that, only the exits by `sys.exit` and ``exit`` can be seen: they raise a `SystemExit` that knows
when the interpreter itself asks for its code, which it does only for the exit that ends the program.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, NoReturn

_TOOL_IDS = (4, 3)  # those that PEP 669 leaves to anybody


_Note = Callable[[BaseException], None]


def watch(program: CodeType | None, note: _Note) -> Callable[[], None]:
    """Have a function be told of the `SystemExit` that ends the program.

    Args:
        program: The code with which the program ends when it is left.
        note: Called with the exception; from Python 3.12 on also with another one that ends the program.

    Returns:
        What ends the watch.
    """
    if sys.version_info >= (3, 12):
        unwatch = _monitored(program, note)
        if unwatch is not None:
            return unwatch
    return _patched(note)


def _patched(note: _Note) -> Callable[[], None]:
    leave = sys.exit

    def exit_noted(code: Any = None) -> NoReturn:
        raise _exit_of(code, note)

    sys.exit = exit_noted
    quitter = type(getattr(builtins, "exit", None))
    quit_call = quitter.__dict__.get("__call__") if quitter.__module__ == "_sitebuiltins" else None

    def quit_noted(self: Any, code: Any = None) -> NoReturn:
        assert quit_call is not None
        try:
            quit_call(self, code)
        except SystemExit as error:
            raise _exit_of(error.code, note) from None
        raise AssertionError("exit() returned")

    if quit_call is not None:
        quitter.__call__ = quit_noted  # type: ignore[method-assign]

    def unwatch() -> None:
        if sys.exit is exit_noted:
            sys.exit = leave
        if quit_call is not None and quitter.__dict__.get("__call__") is quit_noted:
            quitter.__call__ = quit_call  # type: ignore[method-assign]

    return unwatch


def _exit_of(code: object, note: _Note) -> SystemExit:
    error = _NotedExit(*([] if code is None else [code]))
    error.note = note
    return error


class _NotedExit(SystemExit):
    """A `SystemExit` that notes its code when the interpreter asks for it, which is when it ends the program."""

    note: _Note

    @property
    def code(self) -> Any:  # type: ignore[override]
        code = super().code
        if sys._getframe().f_back is None:  # no Python code asks
            self.note(SystemExit(code))
        return code

    def __reduce__(self) -> tuple[Any, ...]:
        return SystemExit, self.args


_NotedExit.__name__ = _NotedExit.__qualname__ = "SystemExit"  # for tracebacks
_NotedExit.__module__ = "builtins"


def _monitored(program: CodeType | None, note: _Note) -> Callable[[], None] | None:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]
    tool = next((number for number in _TOOL_IDS if monitoring.get_tool(number) is None), None)
    if tool is None:
        return None
    unwinds = monitoring.events.PY_UNWIND

    def noted(code: CodeType, offset: int, error: BaseException) -> None:
        if code is program:
            note(error)

    monitoring.use_tool_id(tool, "localtrack")
    monitoring.register_callback(tool, unwinds, noted)
    monitoring.set_events(tool, unwinds)

    def unwatch() -> None:
        if monitoring.get_tool(tool) == "localtrack":
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, unwinds, None)
            monitoring.free_tool_id(tool)

    return unwatch
