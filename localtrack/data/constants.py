"""What the SDK calls the ways in which data comes to a script, and from it."""

from __future__ import annotations

__all__ = ["DIRECT_MODE", "DOWNLOAD_MODE", "HDFS_MODE", "LINK_MODE", "MOUNT_MODE", "UPLOAD_MODE"]

DIRECT_MODE = "direct"
DOWNLOAD_MODE = "download"
HDFS_MODE = "hdfs"
LINK_MODE = "link"
MOUNT_MODE = "mount"
UPLOAD_MODE = "upload"
