"""One line on a terminal, and nothing anywhere else."""

import io
import sys

import pytest

from localtrack.cli import progress as module
from localtrack.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float = 2.0) -> io.StringIO:
    now = [0.0]

    def later() -> float:
        now[0] += seconds
        return now[0]

    monkeypatch.setattr(module.time, "monotonic", later)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "40")
    return stream


def test_the_line_says_how_far_it_is_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = shown(monkeypatch, Terminal())
    with Progress("Checking runs", total=2000) as progress:
        progress.advance(1500)
        progress.advance(what="Checking \x1b files of an extraordinarily long kind")
    lines = stream.getvalue().split("\r\x1b[K")
    assert lines[1] == "Checking runs: 1 500 of 2 000 (75%)"
    assert lines[2].startswith("Checking \\x1b files")
    assert len(lines[2]) == 39
    assert lines[3] == ""
    assert "\n" not in stream.getvalue()


def test_without_a_total_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = shown(monkeypatch, Terminal())
    with Progress("Looking") as progress:
        progress.advance(0)
        progress.advance()
    assert stream.getvalue().split("\r\x1b[K")[1:3] == ["Looking ...", "Looking: 1"]


def test_the_line_is_gone_after_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = shown(monkeypatch, Terminal())
    with pytest.raises(ValueError), Progress("Looking") as progress:
        progress.advance()
        raise ValueError
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("stream", "seconds"), [(io.StringIO(), 2.0), (Terminal(), 0.1)])
def test_nothing_is_written_to_a_file_or_of_what_is_quick(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float
) -> None:
    shown(monkeypatch, stream, seconds)
    with Progress("Looking") as progress:
        progress.advance()
    assert stream.getvalue() == ""
