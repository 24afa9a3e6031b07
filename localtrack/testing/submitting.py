"""Submitting a script in a test, with a time limit."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from localtrack.core import Experiment, ScriptRun, ScriptRunConfig
from localtrack.printable import printable

_TIMEOUT = 60.0
_CANCEL_SECONDS = 30.0
_TAIL_BYTES = 4000


class Submit:
    """Submits scripts and waits for their ends.

    Args:
        experiment: Of their runs.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment

    def __call__(
        self,
        config: ScriptRunConfig,
        *,
        timeout: float = _TIMEOUT,
        raise_on_error: bool = True,
        experiment: Experiment | None = None,
        **kwargs: Any,
    ) -> ScriptRun:
        """Submit a script, wait for its end, and return its run.

        Args:
            config: What is to be run.
            timeout: How long it may take, in seconds; the test fails if it takes longer.
            raise_on_error: Whether a script that fails is an error.
            experiment: Of the run; ``localtrack_experiment`` when left out.
            **kwargs: Of `Experiment.submit`.

        Raises:
            ActivityFailedException: The script has failed, and ``raise_on_error`` is true.
        """
        run = (experiment or self._experiment).submit(config, **kwargs)
        faults: list[BaseException] = []
        waiting = threading.Thread(target=_wait, args=[run, raise_on_error, faults], daemon=True)
        waiting.start()
        waiting.join(timeout)
        if waiting.is_alive():
            run.cancel()
            waiting.join(_CANCEL_SECONDS)
            pytest.fail(
                f"Run {run.id} had not ended after {timeout:g} s and was canceled. The end of its log:\n{_tail(run)}",
                pytrace=False,
            )
        if faults:
            raise faults[0]
        return run


def _wait(run: ScriptRun, raise_on_error: bool, faults: list[BaseException]) -> None:
    try:
        run.wait_for_completion(raise_on_error=raise_on_error)
    except BaseException as error:  # noqa: BLE001 - the test's thread raises it
        faults.append(error)


def _tail(run: ScriptRun) -> str:
    """Return the last that a script has printed."""
    try:
        with open(run._folder.std_log, "rb") as file:
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return "(there is none: the script was not started)"
    return printable(text[-_TAIL_BYTES:], keep="\n\t") or "(it is empty)"
