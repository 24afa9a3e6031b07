"""What localtrack sends to its makers: nothing. Programs for the SDK switch it on or off, and may go on doing so."""

from __future__ import annotations

import logging


def set_diagnostics_collection(
    send_diagnostics: bool = True, verbosity: int = logging.INFO, reason: str = "", path: str | None = None
) -> None:
    """Do nothing: nothing is ever sent, whatever is asked for.

    Args:
        send_diagnostics: Accepted and not used.
        verbosity: Accepted and not used.
        reason: Accepted and not used.
        path: Accepted and not used.

    Example:
        >>> from localtrack.telemetry import set_diagnostics_collection
        >>> set_diagnostics_collection(send_diagnostics=True)
    """
