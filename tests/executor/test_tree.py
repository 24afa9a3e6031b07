"""Process trees: everything that a script started is found and ended, and nobody else."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from localtrack.executor import tree
from localtrack.executor.tree import SUPERVISOR, Member, Tree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")

PRELUDE = """
import os, signal, subprocess, sys, time
def tell(*pids):
    os.write(1, (" ".join(map(str, pids)) + "\\n").encode())
def fork(then):
    pid = os.fork()
    if pid == 0:
        then()
        time.sleep(300)
        os._exit(0)
    return pid
"""
NEVER_ENDS = "time.sleep(300)"


@pytest.fixture
def start():
    """Start a script; gives its process and the pids that it tells. All of them are gone afterwards."""
    started = []

    def start_script(code, *arguments, **options):
        command = [sys.executable, "-ISc", PRELUDE + code, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, **{"start_new_session": True, **options})
        told = [int(pid) for pid in process.stdout.readline().split()]
        started.append((process, [Member.of(pid) for pid in told]))
        return process, told

    yield start_script
    for process, others in started:
        for member in [Member.of(process.pid), *others]:
            if member and member.alive():
                os.kill(member.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    until(lambda: not any(member and member.alive() for _, others in started for member in others))


@pytest.fixture
def adopting():
    """Adopt orphans for one test, and wait for them."""
    if not tree.adopt_orphans():
        pytest.skip("this system has no subreapers")
    yield
    tree._prctl()(tree._PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    tree._adopter = None
    for child in psutil.Process().children():
        child.wait(5)


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def alive(pid):
    return Member.of(pid) is not None


SETSID = "tell(fork(os.setsid))"
STOPPED = """
child = fork(lambda: os.kill(os.getpid(), signal.SIGSTOP))
os.waitpid(child, os.WUNTRACED)
tell(child)
"""
GROUP_OF_ITS_OWN = "tell(*[fork(lambda: os.setpgid(0, 0)) for _ in range(3)])"


@pytest.mark.parametrize("code", ["tell()", SETSID, STOPPED, GROUP_OF_ITS_OWN])
def test_who_ends_when_asked_is_not_waited_for(start, code):
    root, told = start(code + "\n" + NEVER_ENDS)
    script = Tree(root.pid)
    assert [member.pid for member in script.members] == sorted([root.pid, *told])
    began = time.monotonic()
    assert script.end(grace=60) == []
    assert time.monotonic() - began < 10
    assert root.wait() == -signal.SIGTERM
    assert not any(map(alive, told))


def test_who_ignores_the_request_is_killed_after_the_grace(start):
    root, told = start(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(fork(os.setsid), fork(lambda: 0));" + NEVER_ENDS
    )
    began = time.monotonic()
    assert Tree(root.pid).end(grace=0.2) == []
    assert 0.2 <= time.monotonic() - began < 10
    assert root.wait() == -signal.SIGKILL
    assert not any(map(alive, told))


DAEMON = """
def daemonize():
    os.setsid()
    grandchild = fork(lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN))
    tell(grandchild)
    os._exit(0)
os.waitpid(fork(daemonize), 0)
"""


@linux
@pytest.mark.parametrize("root_lives", [True, False])
def test_a_daemon_that_left_before_anybody_looked_is_adopted_and_ended(start, adopting, root_lives):
    before = subprocess.Popen(["sleep", "300"], start_new_session=True)
    read, write = os.pipe()
    root, _ = start("tell(); sys.stdin.readline();" + DAEMON + ("" if not root_lives else NEVER_ENDS), stdin=read)
    script = Tree(root.pid)
    os.write(write, b"\n")
    daemon = int(root.stdout.readline())
    helper = subprocess.Popen(["sleep", "300"])  # our own, and not the script's
    try:
        if not root_lives:
            root.wait()
        until(lambda: psutil.Process(daemon).ppid() == os.getpid())
        script.refresh()
        assert daemon in [member.pid for member in script.members]
        assert script.end(grace=0.05) == []
        until(lambda: not psutil.pid_exists(daemon))  # reaped, too
        assert (before.poll(), helper.poll()) == (None, None)
        assert root.wait() == (-signal.SIGTERM if root_lives else 0)
    finally:
        for process in (before, helper):
            process.kill()
            process.wait()
        os.close(read)
        os.close(write)


@linux
def test_a_process_that_flees_by_forking_is_caught(start, adopting):
    read, write = os.pipe()
    root, _ = start(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(); sys.stdin.readline()\n"
        "for _ in range(2000):\n"  # so that it ends some day even if this test fails
        "    if os.fork(): os._exit(0)\n"
        "    os.setsid(); time.sleep(0.005)",
        stdin=read,
    )
    script = Tree(root.pid)
    os.write(write, b"\n")
    os.close(read)
    os.close(write)
    assert root.wait() == 0
    assert script.end(grace=0.1) == []
    assert psutil.Process().children() == []


def test_members_that_were_kept_find_the_rest_after_the_root_and_its_watcher_are_gone(start):
    root, (child,) = start(SETSID + "\n" + NEVER_ENDS)
    kept = json.dumps(Tree(root.pid).members)
    root.kill()
    root.wait()
    left = Tree.from_members(json.loads(kept))
    assert [member.pid for member in left.members] == [child]
    assert left.end(grace=5) == []
    assert not alive(child)


def test_a_process_that_got_the_pid_of_another_is_left_alone(start):
    root, _ = start("tell();" + NEVER_ENDS)
    (member,) = Tree(root.pid).members
    assert member.alive()
    other = member._replace(started=member.started - 1)
    assert not other.alive()
    stale = Tree.from_members([other])
    assert stale.members == []
    assert stale.end(grace=0) == []
    tree._send(other, signal.SIGKILL)
    assert root.poll() is None


def test_a_zombie_is_not_alive_and_the_root_is_left_for_its_parent(start):
    root, _ = start("tell();" + NEVER_ENDS)
    script = Tree(root.pid)
    (member,) = script.members
    assert script.end(grace=10) == []
    assert psutil.Process(root.pid).status() == psutil.STATUS_ZOMBIE
    assert not member.alive()
    assert root.wait() == -signal.SIGTERM


@linux
def test_a_process_whose_first_thread_has_ended_is_alive(start):
    root, _ = start(
        "import ctypes, threading\n"
        "threading.Thread(target=time.sleep, args=(300,)).start(); tell()\n"
        "exit_thread = {'x86_64': 60, 'aarch64': 93}[os.uname().machine]\n"
        "ctypes.CDLL(None).syscall(exit_thread, 0)"
    )
    until(lambda: psutil.Process(root.pid).status() == psutil.STATUS_ZOMBIE)
    script = Tree(root.pid)
    assert [member.pid for member in script.members] == [root.pid]
    assert script.end(grace=5) == []
    assert root.wait() == -signal.SIGTERM


def spawn_supervisor(**options):
    return f"subprocess.Popen([sys.executable, '-ISc', sys.argv[1], '{SUPERVISOR}'], **{options})"


@linux
@pytest.mark.parametrize("options", [{}, {"start_new_session": True}])
@pytest.mark.parametrize("orphan", [True, False])
def test_another_supervisor_and_its_script_survive(start, adopting, options, orphan):
    supervisor = PRELUDE + "tell(os.getpid(), fork(lambda: 0)); time.sleep(300)"
    through = "subprocess.run([sys.executable, '-ISc', 'import subprocess, sys; ' + sys.argv[2], sys.argv[1]])"
    spawn = spawn_supervisor(**options)
    root, others = start(
        (through if orphan else spawn) + "\n" + NEVER_ENDS,
        supervisor,
        spawn.replace("**{", "stderr=subprocess.DEVNULL, **{"),
    )
    script = Tree(root.pid)
    if orphan:
        script._strangers.clear()  # the supervisor came to us before the tree was made
        until(lambda: psutil.Process(others[0]).ppid() == os.getpid())
    script.refresh()
    assert [member.pid for member in script.members] == [root.pid]
    assert script.end(grace=10) == []
    assert root.wait() == -signal.SIGTERM
    assert all(map(alive, others))
    for pid in others:
        os.kill(pid, signal.SIGKILL)


def test_what_a_script_starts_to_clean_up_has_its_time(start, tmp_path):
    done = tmp_path / "done"
    root, _ = start(
        "def clean(*_):\n"
        f"    subprocess.run(['sh', '-c', 'sleep 0.3; echo done > {done}'], check=True); os._exit(3)\n"
        "signal.signal(signal.SIGTERM, clean); tell();" + NEVER_ENDS
    )
    assert Tree(root.pid).end(grace=20) == []
    assert root.wait() == 3
    assert done.exists()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become two users")
def test_a_process_of_another_user_is_a_survivor(start):
    root, _ = start("tell();" + NEVER_ENDS)
    pid = os.fork()
    if pid == 0:
        tree._KILL_SECONDS = 0.1
        os.setuid(65534)
        script = Tree(root.pid)
        os._exit(5 if script.end(grace=0.1) == script.members == [Member.of(root.pid)] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    assert root.poll() is None


@linux
def test_a_child_dies_with_its_parent(adopting):
    tree.prepare()
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        child = os.fork()
        if child == 0:
            tree.die_with_parent(os.getppid())
            os.write(write, str(os.getpid()).encode())
        time.sleep(300)
        os._exit(0)
    child = int(os.read(read, 20))
    os.close(read)
    os.close(write)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@linux
def test_a_child_whose_parent_has_died_already_exits():
    pid = os.fork()
    if pid == 0:
        tree.die_with_parent(os.getppid() + 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


def test_a_root_that_is_gone_makes_an_empty_tree(start):
    root, _ = start("tell()")
    root.wait()
    assert Tree(root.pid).members == []
    assert Tree(root.pid).end(grace=0) == []
