"""The processes of one script: who belongs to it, and how all of them are ended.

A process may leave its group, its session and its parent. It is found all the same: as a descendant of somebody who
was known at the last look, or, where this process adopts orphans, as one of those. Another run's supervisor is never
part of a tree, nor is what it watches: a script may submit runs that outlive it. Nor is what sends messages.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

SUPERVISOR = "localtrack.executor.supervisor"
DELIVERER = "localtrack.executor.deliverer"

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the one way
_CONTINUE = getattr(signal, "SIGCONT", None)
_KILL_SECONDS = 5.0  # what is still there then waits for a device, or belongs to another user
_LONGEST_WAIT = 0.05  # seconds between two looks at a tree that is ending

_adopter: int | None = None  # a pid, because a forked child does not adopt


def adopt_orphans() -> bool:
    """Let this process become the parent of descendants that lose theirs.

    Returns:
        Whether it does now; only Linux can.
    """
    global _adopter
    prctl = _prctl()
    if prctl is None or prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        return False
    _adopter = os.getpid()
    return True


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends; does nothing elsewhere than on Linux.

    It holds across ``execv``, and it is the parent's *thread* whose end counts: start the process from the main one.

    Args:
        parent_pid: The parent. If it has ended already, this process exits at once.
    """
    prctl = _prctl()
    if prctl is None:
        return
    prctl(_PR_SET_PDEATHSIG, _KILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def prepare() -> None:
    """Load what ``die_with_parent`` needs, so that in a forked child it is one system call and takes no lock."""
    _prctl()


class Member(NamedTuple):
    """A process, told from a later one of the same pid.

    Args:
        pid: Its process id.
        started: When it started, in seconds: since boot on Linux (where the clock may be set), else since 1970. Good
            for comparing within one boot of one machine, and for nothing else.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Member | None:
        """Return the living process of that pid, or None."""
        process = _look_at(pid)
        return None if process is None or process.zombie else cls(pid, process.started)

    def alive(self) -> bool:
        """Return whether this very process still runs; a zombie does not."""
        return Member.of(self.pid) == self


def marked(variables: Mapping[str, str]) -> list[Member]:
    """Return the processes that were started with these environment variables."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if variables.items() <= process.environ().items():
                member = Member.of(process.pid)
                if member is not None:
                    found.append(member)
    return found


class Tree:
    """The processes of one script.

    Where this process adopts orphans, its new children count as the script's unless they are in its own process
    group: what it starts for itself belongs there, and the script into a group of its own. Those that it had before
    the tree was made never count, so make the tree before the script can have started anything.

    Args:
        root_pid: The script's process. It is never reaped here.
    """

    def __init__(self, root_pid: int) -> None:
        self._root = Member.of(root_pid)
        self._members = set() if self._root is None else {self._root}
        self._settled = False
        # children from before this tree are somebody else's
        self._strangers = {
            Member(pid, process.started) for pid, process in _look_around().items() if process.parent == os.getpid()
        } - self._members
        self.refresh()

    @classmethod
    def from_members(cls, members: Iterable[Iterable[Any]]) -> Tree:
        """Return the tree that ``members`` once was, for ending what a dead supervisor left.

        Args:
            members: Pairs of pid and start time, of this machine and this boot.
        """
        tree = cls.__new__(cls)
        tree._root = None
        tree._strangers = set()
        tree._settled = False
        tree._members = {Member(int(pid), float(started)) for pid, started in members}
        tree.refresh()
        return tree

    @property
    def members(self) -> list[Member]:
        """Who was alive at the last look, by pid; JSON makes pairs of them that ``from_members`` takes."""
        return sorted(self._members)

    def refresh(self) -> None:
        """Look who is there now: the known ones, their descendants, and orphans that came to this process."""
        self._look()

    def end(self, grace: float) -> list[Member]:
        """End every process: ask by SIGTERM, wait, then SIGKILL until nobody is left.

        What a process starts after it was asked to end is taken for its cleaning up and is not asked itself as long
        as its parent lives; it has the same time.

        Args:
            grace: How long they may take to end by themselves, in seconds.

        Returns:
            Who could not be ended, because the kernel does not let go of it or it is another user's. Normally nobody.
        """
        asked: set[Member] = set()
        deadline = time.monotonic() + grace
        wait = _Waiting(deadline)
        while True:
            table = self._look()
            new = {
                member
                for member in self._members - asked
                if not asked or Member.of(table[member.pid].parent) not in self._members
            }
            group = None if asked else self._signal_group(table)
            for member in new:
                # It may have left the group between the look and the signal.
                if group is None or _group_of(member) != group:
                    _send(member, signal.SIGTERM)
                    _send(member, _CONTINUE)
            asked |= new
            if self._settled or not wait():
                break
        wait = _Waiting(time.monotonic() + _KILL_SECONDS)
        while not self._settled:
            for member in self._members:
                _send(member, _KILL)
            if not wait():
                break
            self._look()
        return self.members

    def _look(self) -> dict[int, _Process]:
        table = _look_around()
        children: dict[int, list[int]] = {}
        for pid, process in table.items():
            children.setdefault(process.parent, []).append(pid)
        found: set[Member] = set()
        orphans = self._adopted(table)
        pending = self._members | orphans
        while pending:
            member = pending.pop()
            current = table.get(member.pid)
            if current is None or current.started != member.started or current.zombie or member in found:
                continue
            if member.pid == os.getpid() or (member != self._root and _is_own(member.pid)):
                continue
            found.add(member)
            pending.update(Member(pid, table[pid].started) for pid in children.get(member.pid, ()))
        # /proc is not read in one instant: who was seen dead may have left a child that was not there to be listed.
        # That child is an orphan now, dead or alive, so that only a look that sees neither proves that nobody is left.
        dead = any(table[member.pid].zombie for member in orphans)
        self._settled = not (self._members or dead or found)
        self._members = found
        return table

    def _adopted(self, table: dict[int, _Process]) -> set[Member]:
        """Return the script's orphans that are children of this process now, and reap the dead ones."""
        own = table.get(os.getpid())
        if own is None or _adopter != os.getpid():
            return set()
        orphans = set()
        for pid, process in table.items():
            member = Member(pid, process.started)
            if process.parent != os.getpid() or member == self._root or member in self._strangers:
                continue
            if process.group == own.group and member not in self._members:
                continue
            orphans.add(member)
            if process.zombie:
                with suppress(ChildProcessError):  # somebody else of this process has waited for it
                    os.waitpid(pid, os.WNOHANG)
        return orphans

    def _signal_group(self, table: dict[int, _Process]) -> int | None:
        """Send SIGTERM to the script's group if all of it is the script's; return the group if that was done."""
        root = self._root
        if root not in self._members or root is None or table[root.pid].group != root.pid:
            return None
        group = {Member(pid, process.started) for pid, process in table.items() if process.group == root.pid}
        if any(member not in self._members and not table[member.pid].zombie for member in group):
            return None
        try:
            os.killpg(root.pid, signal.SIGTERM)
            os.killpg(root.pid, signal.SIGCONT)
        except (ProcessLookupError, PermissionError):
            return None  # then one by one
        return root.pid


def _group_of(member: Member) -> int | None:
    with suppress(OSError):  # gone
        return os.getpgid(member.pid)
    return None


class _Waiting:
    """Short waits that become longer, up to a deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._next = 0.001

    def __call__(self) -> bool:
        left = self._deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, self._next))
        self._next = min(2 * self._next, _LONGEST_WAIT)
        return True


def _send(member: Member, number: int | None) -> None:
    if number is not None and member.alive():
        with suppress(ProcessLookupError, PermissionError):  # ended, or a survivor that the caller hears of
            os.kill(member.pid, number)


@cache
def _prctl() -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    import ctypes

    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None  # a C library without it: then orphans are found only while they are known
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    prctl.restype = ctypes.c_int
    function: Callable[..., int] = prctl
    return function


class _Process(NamedTuple):
    parent: int
    group: int
    started: float
    zombie: bool


if sys.platform == "linux":
    # a third of the time that psutil.process_iter takes for the same: this runs every second of every run
    _TICKS = os.sysconf("SC_CLK_TCK")

    def _look_around() -> dict[int, _Process]:
        found = {int(name): _look_at(int(name)) for name in os.listdir("/proc") if name.isdigit()}
        return {pid: process for pid, process in found.items() if process is not None}

    def _look_at(pid: int) -> _Process | None:
        text = _read(f"/proc/{pid}/stat")
        if not text:
            return None
        # the name before the last parenthesis may have anything in it
        state, parent, group, *rest = text[text.rindex(b")") + 2 :].split()
        threads, started = int(rest[14]), int(rest[16])
        # the first thread of a living process is called a zombie when it ended before the others
        return _Process(int(parent), int(group), started / _TICKS, state in (b"Z", b"X") and threads <= 1)

    def _is_own(pid: int) -> bool:
        command = _read(f"/proc/{pid}/cmdline")
        return any(module.encode() in command for module in (SUPERVISOR, DELIVERER))

    def _read(path: str) -> bytes:
        try:
            with open(path, "rb", buffering=0) as file:
                return file.read()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return b""  # ended meanwhile, or another user's whom /proc hides
else:
    import psutil

    def _look_around() -> dict[int, _Process]:
        found = {process.pid: _describe(process) for process in psutil.process_iter()}
        return {pid: process for pid, process in found.items() if process is not None}

    def _look_at(pid: int) -> _Process | None:
        try:
            return _describe(psutil.Process(pid))
        except psutil.NoSuchProcess:
            return None

    def _describe(process: psutil.Process) -> _Process | None:
        try:
            zombie = process.status() == psutil.STATUS_ZOMBIE
            group = os.getpgid(process.pid) if hasattr(os, "getpgid") else 0
            return _Process(process.ppid(), group, process.create_time(), zombie)
        except (psutil.Error, OSError):
            return None  # ended meanwhile, or another user's

    def _is_own(pid: int) -> bool:
        try:
            command = " ".join(psutil.Process(pid).cmdline())
            return any(module in command for module in (SUPERVISOR, DELIVERER))
        except psutil.Error:
            return False
