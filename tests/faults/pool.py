"""A process that forks one for each failing call: imports are paid once. Started with `failing.c` loaded before libc.

    python pool.py FOLDER OPERATION KIND ERROR AGAIN STEP

It prints a line of JSON for each n, from the first call that fails to the operation that no call fails in.
"""

from __future__ import annotations

import ctypes
import errno
import json
import multiprocessing
import os
import shutil
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import operations

from localtrack.exceptions import AzureMLException

_LIMIT = 60  # seconds that one operation may take


def main(folder: str, operation: str, kind: str, error: str, again: str, step: str) -> None:
    # The modules that a first use loads are not what is tried.
    _in_a_fork(_try, f"{folder}/first", operation, "none", 0, 0, 0)
    n = 0
    while True:
        project = f"{folder}/{n}"
        answer = _in_a_fork(_try, project, operation, kind, n, getattr(errno, error), int(again))
        answer["after"] = _in_a_fork(_look, project, answer["facts"])
        print(json.dumps({"n": n, **answer}), flush=True)
        shutil.rmtree(project, ignore_errors=True)
        if not answer["failed calls"]:
            return
        n += int(step)


def _try(answer: Connection, project: str, operation: str, kind: str, n: int, number: int, again: int) -> None:
    shim = ctypes.CDLL(None)
    operations.prepare(Path(project))
    facts: list[operations.Fact] = []
    outcome = ""
    call = operations.OPERATIONS[operation]
    shim.fault_arm(kind.encode(), f"{project}/".encode(), n, number, again)
    try:
        call(lambda *fact: facts.append(fact))
    except (AzureMLException, OSError, Warning) as error:
        outcome = f"{type(error).__name__}: {error}"
    except Exception as error:
        outcome = f"unclear {type(error).__name__}: {error}"
    failed = shim.fault_disarm()
    if outcome:  # once the disk works again, so must the very same call
        try:
            call(lambda *fact: facts.append(fact))
        except Exception as error:
            outcome += f"; and again: unclear {type(error).__name__}: {error}"
    answer.send({"outcome": outcome, "facts": facts, "failed calls": failed})
    answer.close()
    os._exit(0)


def _look(answer: Connection, project: str, facts: list[operations.Fact]) -> None:
    os.chdir(project)
    answer.send(operations.faults(facts))
    os._exit(0)


def _in_a_fork(target, *arguments):
    receiving, sending = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=target, args=(sending, *arguments))
    process.start()
    sending.close()
    try:
        if not receiving.poll(_LIMIT):
            process.kill()
            raise SystemExit(f"no answer after {_LIMIT} s: {arguments}")
        return receiving.recv()
    finally:
        process.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
