"""What programs do that localtrack is used in, and what others do to its database meanwhile."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

from localtrack.core import Experiment, Workspace

_TASKS = 20
_VALUES = 50
_VACUUMS = 20


def test_tasks_that_log_in_turn(workspace: Workspace) -> None:
    async def train(number: int) -> None:
        with Experiment(workspace, "train").start_logging(run_id=f"run{number}", outputs=False) as run:
            for value in range(_VALUES):
                run.log("value", value)
                await asyncio.sleep(0)

    async def train_all() -> None:
        await asyncio.gather(*(train(number) for number in range(_TASKS)))

    asyncio.run(train_all())
    for number in range(_TASKS):
        run = workspace.get_run(f"run{number}")
        assert (run.get_status(), run.get_metrics()) == ("Completed", {"value": list(range(_VALUES))})


def test_another_interpreter_in_the_same_process(workspace: Workspace, run_python: Callable[..., str]) -> None:
    program = """
    import sys
    from localtrack.core import Experiment, Workspace

    def execute(program):
        if sys.version_info < (3, 13):
            import _xxsubinterpreters as interpreters
            return interpreters.run_string(interpreters.create(), program)
        import _interpreters as interpreters
        return interpreters.exec(interpreters.create(), program)

    workspace = Workspace.from_config()
    run = Experiment(workspace, "e").start_logging(run_id="outer", outputs=False)
    run.log("m", 1)
    failed = execute('''
    from localtrack.core import Experiment, Workspace
    workspace = Workspace.from_config()
    run = workspace.get_run("outer")
    run.log("m", 2)
    assert run.get_metrics() == {"m": [1, 2]}
    Experiment(workspace, "e").start_logging(run_id="inner", outputs=False).complete()
    '''.replace("\\n    ", "\\n"))
    assert failed is None, failed
    run.log("m", 3)
    run.complete()
    print(run.get_metrics(), [run.id for run in workspace.experiments["e"].get_runs()])
    """
    assert run_python(program) == "{'m': [1, 2, 3]} ['inner', 'outer']\n"
    assert [workspace.get_run(each).get_status() for each in ("outer", "inner")] == ["Completed"] * 2
    assert workspace.check(deep=True) == []


def test_another_program_that_rewrites_the_database_meanwhile(
    workspace: Workspace, start_python: Callable[..., object]
) -> None:
    program = """
    from localtrack.core import Experiment, Workspace
    experiment = Experiment(Workspace.from_config(), "e")
    print("begins", flush=True)
    for number in range(40):
        with experiment.start_logging(outputs=False) as run:
            for value in range(10):
                run.log("value", value)
            assert run.get_metrics() == {"value": list(range(10))}
    """
    processes = [start_python(program) for _ in range(2)]
    for each in processes:
        assert each.stdout.readline() == "begins\n"
    with closing(sqlite3.connect(workspace._layout.database, timeout=60)) as connection:
        for _ in range(_VACUUMS):
            connection.execute("VACUUM")
    assert [(each.communicate(timeout=120)[0], each.returncode) for each in processes] == [("", 0)] * 2
    runs = list(workspace.experiments["e"].get_runs())
    assert [run.get_metrics() for run in runs] == [{"value": list(range(10))}] * 80
    assert {run.get_status() for run in runs} == {"Completed"}
    assert workspace.check(deep=True) == []


def test_threads_that_log_while_another_ends_the_run(workspace: Workspace) -> None:
    run = Experiment(workspace, "e").start_logging(outputs=False)
    ended = threading.Event()

    def log() -> int:
        count = 0
        while not ended.is_set() or count < _VALUES:
            run.log("value", count)
            count += 1
        return count

    async def all_at_once() -> list[int]:
        logging = [asyncio.to_thread(log) for _ in range(4)]
        return (await asyncio.gather(*logging, asyncio.to_thread(lambda: (run.complete(), ended.set()))))[:4]

    counts = asyncio.run(all_at_once())
    assert run.get_status() == "Completed"
    assert sorted(run.get_metrics()["value"]) == sorted(value for count in counts for value in range(count))
