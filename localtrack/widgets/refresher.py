"""Keeps what a notebook shows of a run up to date, until the run has ended."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from localtrack.store.status import TERMINAL
from localtrack.widgets.notebook import Display
from localtrack.widgets.page import page
from localtrack.widgets.run_view import RunReader, RunView
from localtrack.widgets.summary_text import summary_text

if TYPE_CHECKING:
    from localtrack.core.run import Run

_VALUES = 100_000  # read at once, which takes a tenth of a second
_LOOK_SECONDS = 0.5  # between two looks at the status, which cost next to nothing
_PAUSE_SECONDS = (1.0, 10.0)  # the shortest and the longest time between two readings
_AGE_SHARE = 0.01  # of the time that the run is being shown
_COST_SHARE = 20  # so many times what the last reading took: about 5 % of a processor at most
_BYTES_A_SECOND = 100_000  # of pages


def show(run: Run) -> None:
    """Show a run in the notebook, and keep that up to date in the background until the run has ended."""
    reader = RunReader(run)
    view = reader.read(_VALUES)
    display = Display(_content(view))
    if _is_last(view):
        return
    key = run._layout.root, run.id
    with _guard:
        if key in _refreshers:
            _refreshers[key].displays.append(display)
        else:
            _refreshers[key] = _Refresher(key, reader, view, display)
            _refreshers[key].start()


class _Refresher(threading.Thread):
    """One thread for all places where a run is shown: a cell that is run ten times costs no more than one."""

    def __init__(self, key: tuple[str, str], reader: RunReader, view: RunView, display: Display) -> None:
        super().__init__(name=f"localtrack: showing run {key[1]}", daemon=True)
        self.displays = [display]
        self._key = key
        self._reader = reader
        self._view = view
        self._began = time.monotonic()

    def run(self) -> None:
        pause = _PAUSE_SECONDS[0]
        while True:
            trouble = ""
            try:
                self._wait(pause)
                began = time.thread_time()
                self._view = self._reader.read(_VALUES)
                cost = time.thread_time() - began
            except Exception as error:  # noqa: BLE001  nobody would see it: it is shown where the run is
                trouble = f"Not kept up to date any more: {type(error).__name__}: {error}"
            last = bool(trouble) or _is_last(self._view)
            with _guard:
                displays = self.displays[:]
                if last:
                    del _refreshers[self._key]
            content = _content(self._view, trouble)
            for display in displays:
                display.replace(content)
            if last:
                return
            pause = self._pause(cost, len(content["text/html"]) * len(displays))

    def _wait(self, pause: float) -> None:
        """Wait for the next reading, or until the run's status changes."""
        until = time.monotonic() + pause
        while (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, _LOOK_SECONDS))
            if self._reader.status() != self._view.record.status:
                return

    def _pause(self, cost: float, size: int) -> float:
        if not self._view.complete:
            return cost  # what is not shown yet is read with every other moment
        shortest, longest = _PAUSE_SECONDS
        age = time.monotonic() - self._began
        return min(max(shortest, age * _AGE_SHARE, cost * _COST_SHARE, size / _BYTES_A_SECOND), longest)


def _is_last(view: RunView) -> bool:
    return view.deleted or (view.record.status in TERMINAL and view.complete)


def _content(view: RunView, trouble: str = "") -> dict[str, str]:
    text = summary_text(view)
    return {"text/html": page(view, trouble), "text/plain": f"{trouble}\n{text}" if trouble else text}


_guard = threading.Lock()
_refreshers: dict[tuple[str, str], _Refresher] = {}
