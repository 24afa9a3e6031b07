"""What of environment variables and arguments may be shown: all but the values that look secret. A leaf."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "***"

# At the end of a name or of a part of it, so that TOKENIZERS_PARALLELISM and KEYBOARD are no secrets.
_SECRET = re.compile(
    r"passw|passphrase|secret|credential|connection_?string"
    r"|(?:token|key|auth|signature)s?(?:_|$)"
    r"|(?:^|_)(?:pat|pwd|sas)(?:_|$)",
    re.IGNORECASE,
)
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")


def redacted(variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables as they are shown: ``***`` for a secret, and for the password in an address."""
    return {name: HIDDEN if _SECRET.search(name) else without_password(value) for name, value in variables.items()}


def redacted_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command's arguments as they are shown: ``***`` for what an option of a secret's name is given."""
    shown = []
    secret = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        named = _SECRET.search(name.lstrip("-").replace("-", "_")) is not None
        if secret and not argument.startswith("-"):
            shown.append(HIDDEN)
        elif named and equals:
            shown.append(f"{name}={HIDDEN}")
        else:
            shown.append(without_password(argument))
        secret = named and not equals and argument.startswith("-")
    return shown


def without_passwords(document: Any) -> Any:
    """Return a document of JSON's with `without_password` done to every text in it."""
    if isinstance(document, str):
        return without_password(document)
    if isinstance(document, Mapping):
        return {key: without_passwords(value) for key, value in document.items()}
    if isinstance(document, list):
        return [without_passwords(each) for each in document]
    return document


def without_password(text: str) -> str:
    """Return a text with ``***`` for the passwords of the addresses in it."""
    return _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}", text)
