"""Wrong usage that a command finds itself."""

from __future__ import annotations

from localtrack.exceptions import UserErrorException


class WrongUsageException(UserErrorException):
    """The command line is wrong in itself, whatever the workspace has; the exit code says so."""
