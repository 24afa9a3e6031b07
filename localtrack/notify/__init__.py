"""What to tell whom when a run's status changes.

The way in is `status_changed`: whoever has committed a status calls it afterwards, so that nothing is told before it
is true. Rules, outbox and e-mail are not there yet; a project that has rules is told so.
"""

from __future__ import annotations

import os
import warnings

from localtrack.paths import Layout

RULES = "notifications.yml"


def status_changed(layout: Layout) -> None:
    """Tell whom the project's rules name; called after a status is committed, and never fails because of it."""
    if os.path.exists(os.path.join(layout.root, RULES)):
        warnings.warn(
            f"This version of localtrack sends no alerts yet; {RULES} in {layout.root} is not used.", stacklevel=2
        )
