"""Which file system a folder is on, and whether SQLite's write-ahead log can work there."""

from __future__ import annotations

import os
import sys

# SQLite's page on WAL: all processes must be on one host, because the shared memory beside the database is not
# shared across a network. 9p and drvfs are a Windows folder seen from WSL.
_NETWORK = frozenset(
    """
    nfs nfs4 cifs smb smbfs smb3 afpfs webdav davfs lustre gpfs beegfs ceph glusterfs afs vboxsf 9p drvfs
    fuse.sshfs fuse.rclone fuse.s3fs fuse.glusterfs
    """.split()  # noqa: SIM905
)


def network_type(folder: str) -> str | None:
    """Return the type of the network file system that a folder is on, or None if it is a local one.

    Args:
        folder: A folder that exists, its links followed.
    """
    found, kind = "", ""
    for mount, fstype in _mounts():
        inside = folder == mount or folder.startswith(os.path.join(mount, ""))
        if inside and len(mount) >= len(found):
            found, kind = mount, fstype
    return kind if kind in _NETWORK else None


def _mounts() -> list[tuple[str, str]]:
    if not sys.platform.startswith("linux"):
        import psutil

        return [(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            fields = [line.split() for line in file]
    except OSError:
        return []
    return [(_unescape(field[1]), field[2]) for field in fields]


def _unescape(text: str) -> str:
    """Return a mount point as it is called; the kernel writes blanks in octal (man 5 fstab)."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
