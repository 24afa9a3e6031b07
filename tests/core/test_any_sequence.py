"""Any sequence of calls gives the answers that a model held in memory gives, also when processes are killed."""

import copy
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # the modules beside this one
import hostile
from model_of_runs import Model, RunKey
from model_of_values import Refused, differences
from worker_processes import Nursery, Worker

Call = tuple[str, dict[str, Any]]

_STEPS = 20

workers = st.sampled_from([0, 1])
places = st.integers(0, 100)  # of an experiment or run among those that there are
steps = st.integers(0, 49)  # of a call
kills = st.integers(0, 349).map(lambda number: number - 300 if number >= 300 else None)  # at which step, if at all

when_there_are_runs = precondition(lambda self: self._model.runs)
when_there_are_experiments = precondition(lambda self: self._model.experiments)


class AnySequence(RuleBasedStateMachine):
    """Two processes call localtrack by turns; what they are told is compared with the model's answers."""

    def __init__(self, nursery: Nursery, project: str) -> None:
        super().__init__()
        self._nursery = nursery
        self._project = project
        self._model = Model()
        self._workers: list[Worker] = []
        self._lives = [0, 1]  # which process each worker is, of all that there were
        self._deleted: list[RunKey] = []
        self._is_sound = True

    @initialize()
    def open_the_workspace(self) -> None:
        for _ in self._lives:
            self._workers.append(self._nursery.start(self._project))
            self._workers[-1].opened()
        self._call(0, None, "start", experiment="train", run_id="run-0", name=None, tags=None)

    @rule(
        who=workers,
        kill=kills,
        experiment=hostile.experiment_names,
        run_id=hostile.run_ids,
        name=hostile.run_names,
        tags=hostile.run_tags,
    )
    def start_a_run(self, who: int, kill: int | None, experiment: str, **details: Any) -> None:
        self._call(who, kill, "start", experiment=experiment, **details)

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, calls=st.lists(hostile.logging, min_size=1, max_size=5))
    def log(self, who: int, kill: int | None, place: int, calls: list[Call]) -> None:
        for number, (name, point) in enumerate(calls, 1):
            self._call(who, kill if number == len(calls) else None, name, run=self._run(place), **point)

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, call=hostile.labelling)
    def label_a_run(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], run=self._run(place), **call[1])

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, call=hostile.begetting)
    def start_children(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], run=self._run(place), **call[1])

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, call=hostile.keeping)
    def keep_a_file(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], run=self._run(place), **call[1])

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, call=hostile.ending)
    def end_a_run(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], run=self._run(place), **call[1])

    @when_there_are_runs
    @rule(who=workers, kill=kills, place=places, call=hostile.asking_a_run)
    def ask_a_run(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], run=self._run(place), **call[1])

    @when_there_are_experiments
    @rule(who=workers, kill=kills, place=places, call=hostile.asking_an_experiment)
    def ask_an_experiment(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], experiment=self._experiment(place), **call[1])

    @when_there_are_experiments
    @rule(who=workers, kill=kills, place=places, call=hostile.experimenting)
    def change_an_experiment(self, who: int, kill: int | None, place: int, call: Call) -> None:
        self._call(who, kill, call[0], experiment=self._experiment(place), **call[1])

    @precondition(lambda self: self._deleted)
    @rule(who=workers, place=places, call=st.sampled_from(["complete", "cancel", "delete"]))
    def end_a_deleted_run(self, who: int, place: int, call: str) -> None:
        run = self._deleted[place % len(self._deleted)]
        if run[0] not in self._model.runs:
            self._call(who, None, call, run=run)

    @when_there_are_runs
    @rule(who=workers, step=steps, place=places, call=hostile.of_many_parts)
    def kill_within_a_call(self, who: int, step: int, place: int, call: Call) -> None:
        self._call(who, step, call[0], run=self._run(place), **call[1])

    @rule(dead=st.sampled_from([[0], [1], [0, 1]]), survivor_looks_first=st.booleans())
    def kill(self, dead: list[int], survivor_looks_first: bool) -> None:
        for who in dead:
            self._workers[who].kill()
            self._model.lose(self._lives[who])
        if survivor_looks_first and len(dead) == 1:
            self._expect_everything(1 - dead[0])
        self._restart(*dead)
        self._expect_everything(dead[0])

    @rule(who=workers)
    def look_at_everything(self, who: int) -> None:
        self._expect_everything(who)

    def teardown(self) -> None:
        try:
            if self._is_sound and self._workers:
                self._expect_everything(0)
        finally:
            for worker in self._workers:
                worker.kill()

    def _call(self, who: int, kill: int | None, call: str, /, **arguments: Any) -> None:
        """Make a call, and compare what comes of it.

        Args:
            who: The worker that makes it.
            kill: Before or after which of its steps the worker is killed; None if it lives.
            call: Its name, the same for worker and model.
            **arguments: Of the call.
        """
        before, after = self._model, copy.deepcopy(self._model)
        after.caller = self._lives[who]
        expected = _answer(lambda: getattr(after, call)(**arguments))
        if kill is None:
            self._model = after
            self._expect(who, expected, call, arguments)
            if after.has_placeholders():
                after.learn(self._workers[who].call("look_at_experiments", {}))
            if not call.startswith("log"):  # so that several values wait in a journal
                self._expect_what_changed(1 - who, before)
        else:
            self._is_sound = False
            self._workers[who].call_and_die(call, arguments, kill)
            states = [after, copy.deepcopy(before)]
            if call == "start" and len(after.experiments) > len(before.experiments):
                # The experiment is made first, by itself.
                states.append(copy.deepcopy(before))
                states[-1].ensure(arguments["experiment"])
            self._restart(who)
            self._accept(states, who)
            self._is_sound = True
        self._deleted += [before.key(each) for each in before.runs if each not in self._model.runs]

    def _accept(self, states: list[Model], who: int) -> None:
        """Go on from that of several states in which things are."""
        faults = []
        seen = self._workers[who].call("look_at_experiments", {})
        for self._model in states:
            self._model.lose(self._lives[who] - len(self._lives))
            self._model.learn(seen)
            found = self._faults(who, list(self._model.runs))
            if not found:
                return
            faults.append(found)
        raise AssertionError(f"The call of the killed process was neither made nor left out: {faults}")

    def _expect_everything(self, who: int) -> None:
        self._check(self._faults(who, list(self._model.runs)))

    def _expect_what_changed(self, who: int, before: Model) -> None:
        changed = [each for each, run in self._model.runs.items() if run != before.runs.get(each)]
        self._check(self._faults(who, changed))

    def _expect(self, who: int, expected: Any, name: str, arguments: dict[str, Any]) -> None:
        self._check(self._faults_of(who, expected, name, arguments))

    def _faults(self, who: int, run_ids: list[str]) -> list[str]:
        faults = self._faults_of(who, self._model.look_at_experiments(), "look_at_experiments", {})
        for each in run_ids if not faults else []:
            run = self._model.key(each)
            faults += self._faults_of(who, self._model.look_at_run(run), "look_at_run", {"run": run})
        return faults

    def _faults_of(self, who: int, expected: Any, name: str, arguments: dict[str, Any]) -> list[str]:
        actual = _answer(lambda: self._workers[who].call(name, arguments))
        if isinstance(expected, Refused) and isinstance(actual, Refused) and expected.kind == actual.kind:
            return []
        return list(differences(expected, actual, f"{name}({arguments})"))

    def _check(self, faults: list[str]) -> None:
        self._is_sound = self._is_sound and not faults
        if faults:
            raise AssertionError("\n".join(faults))

    def _restart(self, *who: int) -> None:
        for each in who:
            self._lives[each] += len(self._lives)
            self._workers[each] = self._nursery.start(self._project)
        for each in who:
            self._workers[each].opened()

    def _run(self, place: int) -> RunKey:
        ids = list(self._model.runs)
        return self._model.key(ids[place % len(ids)])

    def _experiment(self, place: int) -> str:
        ids = list(self._model.experiments)
        return ids[place % len(ids)]


def _answer(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Refused as refused:
        return refused


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.mark.timeout(600)  # a failing example is first made small
def test_any_sequence_of_calls_is_answered_as_by_a_model(nursery: Nursery, tmp_path: Path) -> None:
    def machine() -> AnySequence:
        project = tmp_path / str(len(os.listdir(tmp_path)))
        project.mkdir()
        return AnySequence(nursery, str(project))

    run_state_machine_as_test(
        machine,
        settings=settings(deadline=None, stateful_step_count=_STEPS, suppress_health_check=list(HealthCheck)),
    )
