"""Where this user's files are kept that belong to no project.

A leaf. Nothing is made here; who writes makes the folder.
"""

from __future__ import annotations

import os

# For tests, which must not see what the user has, and for who wants all of it in one place.
HOME_VARIABLE = "LOCALTRACK_HOME"


def data() -> str:
    """Return the folder of what can't be made again, such as the list of workspaces."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return home
    import platformdirs  # slow to import, and on the way of no script that only logs

    return platformdirs.user_data_dir("localtrack", appauthor=False)


def cache() -> str:
    """Return the folder of what can be made again, such as environments."""
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return home
    import platformdirs

    return platformdirs.user_cache_dir("localtrack", appauthor=False)
