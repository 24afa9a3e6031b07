"""Worker processes that libraries keep for whoever needs some next: they have the environment of their first test."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress


def end_kept_workers() -> None:
    """End the idle workers of joblib and loky, and multiprocessing's fork server; the next use starts others.

    A server stays that somebody has workers of, such as a pool of the whole session.
    """
    for name in ("joblib.externals.loky.reusable_executor", "loky.reusable_executor"):
        # The call that returns the executor would make one where there is none.
        executor = getattr(sys.modules.get(name), "_executor", None)
        if executor is not None:
            executor.shutdown(wait=True)
    _end_fork_server()


def _end_fork_server() -> None:
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    pid, stop = getattr(server, "_forkserver_pid", None), getattr(server, "_stop", None)
    if pid is None or stop is None:
        return
    from multiprocessing import active_children

    if any(getattr(getattr(child, "_popen", None), "method", None) == "forkserver" for child in active_children()):
        return
    with suppress(ProcessLookupError):  # somebody has ended it, and waited for it
        os.kill(pid, signal.SIGTERM)  # else it stays as long as any process has a copy of its descriptor
        stop()
