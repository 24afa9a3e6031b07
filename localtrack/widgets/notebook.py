"""The notebook that this process is the kernel of, if it is one."""

from __future__ import annotations

import sys
from typing import Any


class Display:
    """A place in a notebook whose content can be replaced.

    Args:
        content: What it shows at first, by MIME type.
    """

    def __init__(self, content: dict[str, str]) -> None:
        from IPython import display

        module: Any = display
        self._handle = module.display(content, raw=True, display_id=True)

    def replace(self, content: dict[str, str]) -> None:
        """Show something else; threads may call it."""
        self._handle.update(content, raw=True)


def is_notebook() -> bool:
    """Whether this process is a kernel, which shows HTML. A terminal's IPython is none."""
    # A kernel has loaded IPython; other programs should not pay for it.
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None
