"""Journals that others wrote: of records with right checksums too, none makes a reader fail."""

import os
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localtrack import values
from localtrack.core import Experiment, Workspace
from localtrack.exceptions import (
    AzureMLException,
)
from localtrack.journal import DESCRIPTION, IMAGE, LIST, ROW, SCALAR, TABLE, Reader

Answered = Callable[..., Any]

fuzz = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)


def record(kind: int, code: int, payload: bytes, key: bytes = b"run\0m", step: bytes = b"") -> bytes:
    body = struct.pack("<q", 5) + step + payload
    head = struct.pack("<2sIBBH", b"\xb5\x01", 14 + len(key) + len(body), kind, code, len(key)) + key
    return head + body + struct.pack("<I", crc32(head + body))


CODES = st.one_of(st.sampled_from(sorted(b"fitnbIj")), st.integers(0, 255))
RECORDS = st.one_of(
    st.builds(
        record,
        st.one_of(st.sampled_from([SCALAR, LIST, ROW, TABLE]), st.integers(0, 255)),
        CODES,
        st.one_of(
            st.binary(max_size=20),
            st.binary(min_size=8, max_size=8),
            st.sampled_from([b"[[1]]", b'{"a": 5}', b'{"\\u0000int": "zz"}', b"0x1", b"[" * 5000]),
        ),
        st.one_of(st.just(b"run\0m"), st.binary(max_size=6)),
        st.sampled_from([b"", b"\0" * 8, b"\xff" * 8]),
    ),
    st.binary(max_size=40),
    st.just(b"\xb5\x01"),
)


@fuzz
@given(parts=st.lists(RECORDS, max_size=6))
def test_a_journal(parts: list[bytes]) -> None:
    good = record(SCALAR, values.FLOAT, struct.pack("<d", 0.5))
    data = b"".join(parts) + good
    reader = Reader()
    found = [(key.run_id, key.name, column) for key, _, _, column, _ in reader.records(data, complete=True)]
    assert found[-1] == ("run", "m", 0.5)
    assert reader.end == len(data)


@pytest.mark.parametrize(
    "bad",
    [
        record(SCALAR, values.FLOAT, b"abc"),
        record(SCALAR, values.INT, b"a" * 9),
        record(SCALAR, values.TEXT, b"\xff"),
        record(SCALAR, values.BIG_INT, b"zz"),
        record(SCALAR, ord("x"), b"of a newer localtrack"),
        record(SCALAR, values.FLOAT, b"a" * 8, key=b"run\0\xff"),
        record(SCALAR, values.FLOAT, b"a" * 8, key=b"\xff\0m"),
        record(SCALAR, values.FLOAT, b"a" * 8, key=b"nobody\0m"),
        record(LIST, values.FLOAT, b"a" * 8),
        record(LIST, values.DOCUMENT, b"5"),
        record(LIST, values.DOCUMENT, b"{"),
        record(ROW, values.DOCUMENT, b"[[1]]"),
        record(ROW, values.DOCUMENT, b'{"a": {"b": 1}}'),
        record(TABLE, values.DOCUMENT, b'{"a": 5}'),
        record(IMAGE, values.FLOAT, b"a" * 8),
        record(IMAGE, values.TEXT, b"../../x"),
        record(DESCRIPTION, values.INT, b"a" * 8),
        record(99, values.TEXT, b"a"),
    ],
)
def test_what_a_hostile_journal_says_can_be_asked_for(answered: Answered, workspace: Workspace, bad: bytes) -> None:
    experiment = Experiment(workspace, "train")
    run = experiment.start_logging(run_id="run", outputs=False)
    good = record(SCALAR, values.FLOAT, struct.pack("<d", 0.5), key=b"run\0good")
    written(os.path.join(workspace._layout.journals, "0123456789ab.0.journal"), good + bad + good)
    for read in (
        lambda: run.get_metrics(),
        lambda: run.get_metrics(populate=True),
        lambda: run.get_metric_history("m"),
        lambda: list(experiment.search_runs("metrics.m > 0", order_by=["metrics.m"])),
        lambda: experiment.to_pandas(),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = read_or_refused(read)
        assert not isinstance(answer, Exception) or len(str(answer)) < 500
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert run.get_metrics("good") == {"good": [0.5, 0.5]}
        run.complete()


def read_or_refused(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except AzureMLException as error:
        return error


@pytest.mark.timeout(30)
def test_a_journal_of_endless_beginnings_ends() -> None:
    good = record(SCALAR, values.FLOAT, struct.pack("<d", 0.5))
    beginnings = b"".join(
        struct.pack("<2sIBBH", b"\xb5\x01", 3_999_000 - 10 * place, 1, values.FLOAT, 0) for place in range(200_000)
    )
    found = list(Reader().records(good + beginnings + b"\0" * 2_000_000, complete=True))
    assert len(found) == 1


def a_tebibyte(path: str) -> None:
    with open(path, "wb") as file:
        file.truncate(1 << 40)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path), a_tebibyte])
@pytest.mark.parametrize(
    "name", ["0123456789ab.0.journal", "0123456789ab." + "9" * 30 + ".journal", "0123456789ab.٣.journal"]
)
def test_what_is_no_journal_where_one_is_looked_for(
    workspace: Workspace, make: Callable[[str], None], name: str
) -> None:
    run = Experiment(workspace, "train").start_logging(outputs=False)
    run.log("m", 1)
    path = Path(workspace._layout.journals, name)
    make(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert run.get_metrics() == {"m": 1}
        run.complete()
        assert run.get_metrics() == {"m": 1}
        workspace.check()
        workspace.check(fix=True)
    path.rmdir() if path.is_dir() else path.unlink()
