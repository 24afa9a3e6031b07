"""The test's side of the processes that call localtrack: starting them, asking them, and killing them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from model_of_values import Refused

import localtrack

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_worker.py")


class Nursery:
    """Where worker processes come from. Leaving the context ends them all."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        home = os.path.dirname(os.path.dirname(localtrack.__file__))
        self._requests = ours
        self._process = subprocess.Popen(
            [sys.executable, _PROGRAM],
            stdin=theirs,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])},
        )
        theirs.close()

    def start(self, project: str) -> Worker:
        """Start a worker in a project's folder; it opens the workspace, or makes it."""
        ours, theirs = socket.socketpair()
        socket.send_fds(self._requests, [f"start {project}".encode()], [theirs.fileno()])
        theirs.close()
        pid = self._answer()
        return Worker(self, pid, Connection(ours.detach()))

    def wait(self, pid: int) -> None:
        """Wait until a worker is gone, and its locks with it."""
        self._requests.sendall(f"wait {pid}".encode())
        self._answer()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._requests.close()
        self._process.wait(timeout=30)

    def _answer(self) -> int:
        answer = self._requests.recv(64)
        assert answer.endswith(b"\n"), "The process from which the workers come is gone."
        return int(answer)


class Worker:
    """One process that calls localtrack."""

    def __init__(self, nursery: Nursery, pid: int, orders: Connection) -> None:
        self._nursery = nursery
        self._pid = pid
        self._orders = orders

    def opened(self) -> None:
        """Wait until it has opened the workspace.

        Raises:
            Refused: That raised an error.
        """
        self._answer()

    def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Return what a call returns.

        Raises:
            Refused: It raised an error.
        """
        self._orders.send((name, arguments, None))
        return self._answer()

    def call_and_die(self, name: str, arguments: Mapping[str, Any], kill_at: int) -> None:
        """Have it killed within a call, or at its end."""
        self._orders.send((name, arguments, kill_at))
        try:
            answer = self._answer()
        except (EOFError, ConnectionResetError):
            self._bury()
        else:
            raise AssertionError(f"It should have died, and answered {answer!r}.")

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        self._bury()

    def _answer(self) -> Any:
        outcome, *answer = self._orders.recv()
        if outcome == "raised":
            raise Refused(*answer)
        return answer[0]

    def _bury(self) -> None:
        self._orders.close()
        self._nursery.wait(self._pid)
