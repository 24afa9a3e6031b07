"""Copying a file: whichever way the file systems have, it is the same file, and one of its own."""

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from localtrack import copying
from localtrack.copying import copy, write_all

CONTENT = os.urandom(3_000_001)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").write_bytes(CONTENT)
    return tmp_path / "source"


def copied(source: Path, target: Path) -> bytes:
    with open(source, "rb") as reader, open(target, "xb") as writer:
        copy(reader.fileno(), writer.fileno())
    return target.read_bytes()


@pytest.mark.parametrize("refused", [[], ["_clone"], ["_clone", "_copy_in_kernel"]])
def test_every_way_to_copy_gives_the_same(source, tmp_path, monkeypatch, refused):
    asked = []

    def refuse(*_):
        asked.append(1)
        raise OSError(errno.EXDEV, "not here")

    for name in refused:
        monkeypatch.setattr(copying, name, refuse)
    assert copied(source, tmp_path / "target") == CONTENT
    assert len(asked) == len(refused)


def test_what_is_written_to_the_source_later_does_not_show(source, tmp_path):
    copied(source, tmp_path / "target")
    with open(source, "r+b") as file:
        file.write(b"something else")
    assert (tmp_path / "target").read_bytes() == CONTENT
    assert not os.path.samefile(source, tmp_path / "target")


def test_an_empty_file(tmp_path):
    (tmp_path / "empty").touch()
    assert copied(tmp_path / "empty", tmp_path / "target") == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such files")
def test_a_file_that_says_it_is_empty_and_is_not(tmp_path):
    assert copied(Path("/proc/version"), tmp_path / "target") == Path("/proc/version").read_bytes() != b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk at hand")
def test_a_full_disk_is_no_reason_to_try_another_way(source):
    with (
        open(source, "rb") as reader,
        open("/dev/full", "wb", buffering=0) as writer,
        pytest.raises(OSError, match="No space left") as caught,
    ):
        copy(reader.fileno(), writer.fileno())
    assert caught.value.errno == errno.ENOSPC


def test_all_is_written_where_a_call_takes_only_a_part():
    reader, writer = os.pipe()
    os.set_blocking(writer, True)
    pieces = []
    with open(reader, "rb", buffering=0) as pipe:
        thread = threading.Thread(target=lambda: pieces.extend(iter(lambda: pipe.read(1000), b"")))
        thread.start()
        write_all(writer, CONTENT)
        os.close(writer)
        thread.join()
    assert b"".join(pieces) == CONTENT
