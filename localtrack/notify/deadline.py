"""A limit for a whole conversation; a socket's own is for each byte, which a slow server can send for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def deadline(current: Callable[[], socket.socket | None], seconds: float) -> Iterator[None]:
    """Shut a connection down when its time is up; who reads from it then finds its end.

    Args:
        current: Returns the connection as it is then; encryption makes another socket of it.
        seconds: Its time.
    """

    def shut() -> None:
        connection = current()
        if connection is not None:
            with suppress(OSError):  # closed by the other side
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
