"""Copying a file's bytes into a new file, by the cheapest way that the file systems have.

A leaf. The copy is a file of its own: what is written to the source later never shows in it, so there are no hard
links. Nothing is held in memory but a piece at a time.
"""

from __future__ import annotations

import errno
import os
import sys

CHUNK = 1 << 20  # bytes that are read at a time

_FICLONE = 0x40049409  # <linux/fs.h>
# How the kernel says that a way to copy is not one for these two files.
_UNSUPPORTED = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.EPERM)


def copy(source: int, target: int) -> None:
    """Copy a file: its blocks are shared where the file system can, else the kernel copies, else this process.

    Args:
        source: A descriptor of a regular file, at its beginning.
        target: A descriptor of an empty regular file.

    Raises:
        OSError: The source can't be read, or the target not be written; it may hold a part then.
    """
    for way in (_clone, _copy_in_kernel):
        try:
            way(source, target)
            return
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
    _copy_in_pieces(source, target)


def write_all(target: int, data: bytes) -> None:
    """Write all of some bytes to a descriptor, however few a call takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def _clone(source: int, target: int) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, "no FICLONE")
    import fcntl

    fcntl.ioctl(target, _FICLONE, source)


def _copy_in_kernel(source: int, target: int) -> None:
    if not hasattr(os, "copy_file_range"):
        raise OSError(errno.ENOTSUP, "no copy_file_range")
    while os.copy_file_range(source, target, 1 << 30):
        pass
    _copy_in_pieces(source, target)  # some file systems answer 0 before the end


def _copy_in_pieces(source: int, target: int) -> None:
    while chunk := os.read(source, CHUNK):
        write_all(target, chunk)
