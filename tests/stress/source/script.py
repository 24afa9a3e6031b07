"""What a stress test submits: scripts that end well or not, ignore SIGTERM, and leave processes behind."""

import os
import random
import signal
import sys
import time

from azureml.core import Run, ScriptRunConfig

kind, target, seed = sys.argv[1:4]
chance = random.Random(seed)
run = Run.get_context()
count = 0


def note(what, text=""):
    # The source folder is a copy, so it can't share a module with the rest.
    path = os.path.join(os.environ["STRESS_FOLDER"], "notes", str(os.getpid()))
    with open(path, "ab", buffering=0) as file:
        file.write(f"{what}\t{run.id}\t{text}\n".encode())


def log(times):
    global count
    for _ in range(times):
        count += 1
        value = f"{os.getpid()}/{seed}/{count}"
        run.log("value", value)
        note("logged", value)


def ignore():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def linger(seconds):
    """Log until the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        log(1)
        time.sleep(0.05)


def fork_and_linger(sessions):
    """Leave a process behind, in a session of its own; with two sessions, a daemon that is nobody's child."""
    if os.fork() == 0:
        os.setsid()
        if sessions == 2 and os.fork():
            os._exit(0)
        ignore()
        try:
            linger(60)
        finally:
            os._exit(0)


log(chance.randrange(10))
if kind == "slow":
    linger(chance.uniform(0.1, 3))
elif kind == "deaf":
    ignore()
    linger(chance.uniform(0.5, 4))
elif kind == "raises":
    raise ValueError("as it should")
elif kind == "exits":
    sys.exit(chance.randrange(1, 100))
elif kind == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
elif kind == "session":
    fork_and_linger(1)
    linger(chance.uniform(0, 1))
elif kind == "daemon":
    fork_and_linger(2)
    linger(chance.uniform(0, 1))
elif kind == "parent":
    config = ScriptRunConfig(".", "script.py", ["quick", target, chance.randrange(1 << 30)], compute_target=target)
    child = run.submit_child(config, tags={"kind": "quick"})
    child.wait_for_completion(raise_on_error=False)
elif kind == "chatty":
    for number in range(2000):
        print(number, "x" * chance.randrange(100))
    log(200)
note("ended")
