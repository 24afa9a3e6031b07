"""What the figures were measured on; no names and no paths, so that a table can be published."""

from __future__ import annotations

import os
import platform
import sqlite3
import sysconfig
import tempfile
import venv

import psutil

import localtrack

_IN_MEMORY = ("tmpfs", "ramfs")


def facts(folder: str) -> str:
    """Return what matters of this machine.

    Args:
        folder: Where things are measured.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{usable} of {os.cpu_count()} processors{load}; file system {_file_system(folder)}; "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"{platform.platform(terse=True)}, {platform.machine()}"
    )


def disk_folder() -> str:
    """Return a folder for temporary files that is on a disk, if there is one."""
    candidates = [tempfile.gettempdir(), os.getcwd()]
    return next((folder for folder in candidates if _file_system(folder) not in _IN_MEMORY), candidates[0])


def bare_python(folder: str) -> str:
    """Return a Python that starts with nothing but itself, and finds localtrack and what it needs.

    An environment may have start-up files of its own (an editable install has), which can cost more than the rest of
    the start: a ratio of that would look better than it is.

    Args:
        folder: Where it is made.
    """
    venv.create(folder, symlinks=os.name != "nt")
    scheme = {"base": folder, "platbase": folder}
    home = os.path.dirname(os.path.dirname(os.path.abspath(localtrack.__file__)))
    with open(os.path.join(sysconfig.get_path("purelib", "venv", scheme), "figures.pth"), "w") as file:
        file.write(f"{home}\n{sysconfig.get_path('purelib')}\n")
    return os.path.join(sysconfig.get_path("scripts", "venv", scheme), "python")


def _file_system(folder: str) -> str:
    path = os.path.realpath(folder)
    holding = [
        part
        for part in psutil.disk_partitions(all=True)
        if path == part.mountpoint or path.startswith(os.path.join(part.mountpoint, ""))
    ]
    # The last mount on a place hides those before it.
    return max(reversed(holding), key=lambda part: len(part.mountpoint)).fstype if holding else "unknown"
