"""An image that was logged, as part of a page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from localtrack.core import files
from localtrack.exceptions import ServiceException

if TYPE_CHECKING:
    from localtrack.store.metrics import Summary
    from localtrack.store.store import Store

_BYTES = 256 << 10  # a larger image is only named, since the page is sent anew at each change
_TYPES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


class Picture(NamedTuple):
    """An image file of a run.

    Attributes:
        file: What the run calls it.
        address: A ``data:`` address with all of it; None where it is large, no image that browsers show, or gone.
    """

    file: str
    address: str | None


def picture(store: Store, summary: Summary) -> Picture:
    """Return the image that was logged last to a metric."""
    name = str(summary.last).partition(f"/dcid.{summary.run_id}/")[2]
    for each in store.artifacts.of(summary.run_id):
        if each.name == name and each.size <= _BYTES:
            try:
                path = files.path_of(store, summary.run_id, each)
                return Picture(name, _address(files.content(path, name, _BYTES)))
            except ServiceException:
                break
    return Picture(name, None)


def _address(content: bytes) -> str | None:
    for begin, kind in _TYPES.items():
        if content.startswith(begin):
            return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return None
