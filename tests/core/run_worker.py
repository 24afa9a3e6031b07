"""The processes that call localtrack while another one, the test, decides what is called and who is killed when.

Run as a program, this is where they come from: it has imported everything and opened nothing, and forks a process for
each socket that it is given. That takes milliseconds, where a new interpreter takes half a second.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

_IMPORTED = ("localtrack.core", "localtrack.store", "localtrack.executor")
_CHANGING = {"execute", "executemany", "flock", "mkdir", "open", "replace", "rmdir", "unlink", "write"}


def main() -> None:
    """Fork a process for each socket that comes with a request, and wait for the end of those that are named."""
    import localtrack

    importlib.import_module("sqlite_utils")
    for module in pkgutil.walk_packages(localtrack.__path__, "localtrack."):
        if module.name.startswith(_IMPORTED):
            importlib.import_module(module.name)
    with socket.socket(fileno=sys.stdin.fileno()) as requests:
        while True:
            request, descriptors, _, _ = socket.recv_fds(requests, 4096, 1)
            if not request:
                return
            order, _, rest = request.decode().partition(" ")
            if order == "wait":
                os.waitpid(int(rest), 0)
                requests.sendall(b"%d\n" % 0)
                continue
            worker = os.fork()
            if worker == 0:
                requests.detach()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                try:
                    _serve(Connection(descriptors[0]), rest)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(1)
            os.close(descriptors[0])
            requests.sendall(b"%d\n" % worker)


def _serve(orders: Connection, project: str) -> None:
    from run_calls import Calls

    warnings.simplefilter("error")
    os.chdir(project)
    os.environ["LOCALTRACK_HOME"] = os.path.join(project, "home")
    calls = Calls()
    orders.send(_outcome(calls.open))
    while True:
        name, arguments, kill_at = orders.recv()
        if kill_at is not None:
            _kill_self_at(kill_at)
        outcome = _outcome(partial(getattr(calls, name), **arguments))
        if kill_at is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        orders.send(outcome)


def _outcome(call: Callable[[], Any]) -> tuple[str, ...]:
    try:
        return "returned", call()
    except Exception as error:
        return "raised", type(error).__name__, "".join(traceback.format_exception(error))


def _kill_self_at(count: int) -> None:
    """Kill this process before or after one of the calls by which it changes files or the database.

    Args:
        count: How many such befores and afters come first.
    """
    left = count

    def look(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal left
        if event in ("c_call", "c_return") and getattr(argument, "__name__", None) in _CHANGING:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(look)


if __name__ == "__main__":
    main()
