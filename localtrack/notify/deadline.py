"""A limit for a whole conversation; a socket's own is for each byte, which a slow server can send for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def deadline(current: Callable[[], socket.socket | None], seconds: float) -> Iterator[threading.Event]:
    """Shut a connection down when its time is up; who reads from it then finds its end.

    Args:
        current: Returns the connection as it is then; encryption makes another socket of it.
        seconds: Its time.

    Yields:
        What is set when its time is up.
    """
    is_over = threading.Event()

    def shut() -> None:
        is_over.set()
        connection = current()
        if connection is not None:
            with suppress(OSError):  # closed by the other side
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
