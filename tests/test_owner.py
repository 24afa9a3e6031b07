"""A process is dead when its lock can be taken, whatever its pid, and alive as long as it lives."""

import json
import os
import signal
import threading
from pathlib import Path

from localtrack import owner

OWN = """
import sys
from localtrack import owner
print(owner.current(sys.argv[1]).name, flush=True)
sys.stdin.read()
"""


def test_one_owner_for_a_process_and_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    found = []
    threads = [threading.Thread(target=lambda: found.append(owner.current(str(tmp_path / "a")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert owner.current(str(tmp_path / "b")) not in found
    assert len(os.listdir(tmp_path / "a")) == 1


def test_alive_until_it_is_killed(tmp_path, start_python) -> None:
    process = start_python(OWN, tmp_path)
    name = process.stdout.readline().strip()
    assert not owner.is_dead(str(tmp_path), name)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert owner.is_dead(str(tmp_path), name)


def test_a_living_pid_proves_nothing(tmp_path: Path) -> None:
    """A lock file that says it is this very process's, and is not locked, is a dead owner's: its pid was reused."""
    (tmp_path / "0123456789ab.lock").write_text(json.dumps(owner.identity()))
    assert owner.is_dead(str(tmp_path), "0123456789ab")


def test_several_may_look_at_once(tmp_path, start_python) -> None:
    process = start_python(OWN, tmp_path)
    name = process.stdout.readline().strip()

    def answers() -> list[bool]:
        found: list[bool] = []
        threads = [
            threading.Thread(target=lambda: found.extend(owner.is_dead(str(tmp_path), name) for _ in range(200)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    assert answers() == [False] * 800
    process.kill()
    process.wait()
    assert answers() == [True] * 800


FORK = """
import os, sys
from localtrack import owner
folder = sys.argv[1]
parent = owner.current(folder).name
if os.fork() == 0:
    print(parent, owner.current(folder).name, os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
os.kill(os.getpid(), 9)
"""


def test_a_forked_child_is_an_owner_of_its_own_and_does_not_keep_its_parent_alive(tmp_path, start_python) -> None:
    process = start_python(FORK, tmp_path)
    parent, child, _ = process.stdout.readline().split()
    process.wait()
    assert parent != child
    assert owner.is_dead(str(tmp_path), parent)
    assert not owner.is_dead(str(tmp_path), child)
    process.stdin.close()  # the child's end of file


def test_an_executed_program_does_not_keep_the_lock(tmp_path, start_python) -> None:
    program = """
    import os, sys
    from localtrack import owner
    print(owner.current(sys.argv[1]).name, flush=True)
    os.execv("/bin/sh", ["sh", "-c", "echo executed; read line"])
    """
    process = start_python(program, tmp_path)
    name = process.stdout.readline().strip()
    assert process.stdout.readline().strip() == "executed"
    assert owner.is_dead(str(tmp_path), name)


def test_of_this_host() -> None:
    here = owner.identity()
    assert owner.is_of_this_host(here)
    assert owner.is_of_this_host({**here, "boot": "of another start"})
    assert not owner.is_of_this_host({**here, "host": "elsewhere", "boot": "of another machine"})
    assert owner.is_of_this_host({**here, "host": "a-container"}) == (here["boot"] is not None)


def test_a_full_disk_leaves_no_owner(tmp_path, run_python) -> None:
    program = """
    import os, resource, sys
    from localtrack import owner
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    try:
        owner.current(sys.argv[1])
    except OSError as error:
        print(error.strerror)
    """
    assert run_python(program, tmp_path, measured=False).strip() == "No space left on device"
    assert os.listdir(tmp_path) == []
