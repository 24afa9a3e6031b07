"""With what exit code a program ends, which the functions at exit are not told.

From Python 3.12 on, `sys.monitoring` tells of each exception that leaves a function: of one that leaves the program,
too. Before that, only the exits by `sys.exit` and ``exit`` can be seen: they raise a `SystemExit` that knows
when the interpreter itself asks for its code, which it does only for the exit that ends the program. `sys.exit` is
replaced before anybody watches, because ``sys.exit(main())`` looks it up before ``main`` asks for the run.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from functools import wraps
from types import CodeType
from typing import Any

_TOOL_IDS = (4, 3)  # those that PEP 669 leaves to anybody

_Note = Callable[[BaseException], None]

_notes: list[_Note] = []  # who watches by what is replaced here
_own_exit: Callable[..., None] | None = None


def prepare() -> None:
    """Have `sys.exit` tell those who watch when the program ends; to who calls it, it does what it did."""
    global _own_exit
    if sys.exit is _own_exit:
        return
    leave = sys.exit

    @wraps(leave)  # so that it is pickled as sys.exit, too
    def exit_noted(status: Any = None, /) -> None:
        _leave(leave, status)

    sys.exit = _own_exit = exit_noted  # type: ignore[assignment]


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
    prepare()
    _notes.append(note)
    quitter = type(getattr(builtins, "exit", None))
    quit_call = quitter.__dict__.get("__call__") if quitter.__module__ == "_sitebuiltins" else None

    def quit_noted(self: Any, code: Any = None) -> None:
        assert quit_call is not None
        _leave(quit_call, self, code)

    if quit_call is not None:
        quitter.__call__ = quit_noted  # type: ignore[method-assign]

    def unwatch() -> None:
        if note in _notes:
            _notes.remove(note)
        if quit_call is not None and quitter.__dict__.get("__call__") is quit_noted:
            quitter.__call__ = quit_call  # type: ignore[method-assign]

    return unwatch


def _leave(leave: Callable[..., object], *arguments: object) -> None:
    """Call what exits, and have its `SystemExit` be one that notes its code, if there is anybody to tell."""
    try:
        leave(*arguments)
        return
    except SystemExit as error:
        if not _notes or type(error) is not SystemExit:
            raise
        arguments = error.args
    raise _NotedExit(*arguments)


class _NotedExit(SystemExit):
    """A `SystemExit` whose code is noted when the interpreter asks for it, which is when it ends the program."""

    @property
    def code(self) -> Any:  # type: ignore[override]
        code = super().code
        if sys._getframe().f_back is None:  # no Python code asks
            for note in _notes:
                note(SystemExit(code))
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
