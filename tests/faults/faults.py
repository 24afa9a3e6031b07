"""The long pass: everything that can fail does, at random, for as long as it is told to.

    python tests/faults/faults.py [--minutes 30] [--seed N] [--round N] [--folder FOLDER]

Rounds of several kinds, chosen by the seed: calls of the operating system that fail, sequences of calls compared with
a model, processes that are killed while they work, damaged databases, scripts under kills, clocks that are set. After
each, all that was promised is looked for, and the workspace is checked. It ends with exit code 1 if something is wrong,
and says which round shows it again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import rounds
import shims
from rounds import ROUNDS, Place, Result

_SHOWN = 2000  # characters of a finding
_HOLD_MINUTES = 5  # shorter passes do without the round that takes a minute

# What is counted of findings, by what is in their texts; what else there is counts as wrong, too.
_KINDS = {
    "values lost": ("are missing", "lost:", "not true: values"),
    "values doubled": ("there twice", "value twice"),
    "wrong statuses": ("is Completed", "is still", "went a way", "has ended", "and is ", "not true: status"),
    "unclear errors": ("unclear",),
}


def main() -> int:
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="localtrack-faults-", dir=chosen.folder))
    libraries = {name: shims.library(name, folder) for name in ("failing", "clock")} if shims.CAN_BUILD else {}
    print(f"seed {chosen.seed}, {chosen.minutes:g} minutes, in {folder}", flush=True)
    counts: Counter[str] = Counter()
    found: list[str] = []
    deadline = time.monotonic() + chosen.minutes * 60
    number = chosen.round or 0
    while time.monotonic() < deadline or not counts["rounds"]:
        name = _name(chosen.seed, number, hold=number == 0 and chosen.minutes >= _HOLD_MINUTES)
        if chosen.round is None and name == "failing_calls" and not libraries:
            number += 1
            continue
        result = _round(name, chosen.seed, number, Place(folder / str(number), libraries, deadline - time.monotonic()))
        counts.update(result.counts)
        counts.update({"rounds": 1, name: 1})
        for each in result.found:
            found.append(each)
            print(f"round {number} ({name}): {each[:_SHOWN]}", flush=True)
        if result.found:
            print(f"again: python tests/faults/faults.py --seed {chosen.seed} --round {number}", flush=True)
        if chosen.round is not None:
            break
        number += 1
    if not found:
        shutil.rmtree(folder)
    _tell(counts, found, chosen.seed)
    return 1 if found else 0


def _name(seed: int, number: int, *, hold: bool) -> str:
    chance = random.Random(f"{seed}/{number}/kind")
    weights = [weight for _, weight in ROUNDS.values()]
    return "hold" if hold else chance.choices(list(ROUNDS), weights)[0]


def _round(name: str, seed: int, number: int, place: Place) -> Result:
    place.folder.mkdir()
    result = ROUNDS[name][0](random.Random(f"{seed}/{number}"), place)
    result.found.extend(rounds.left_over(place.folder))
    if not result.found:
        shutil.rmtree(place.folder)
    return result


def _tell(counts: Counter[str], found: list[str], seed: int) -> None:
    kinds = [name for name in ROUNDS if counts[name]]
    print(f"rounds: {counts['rounds']} ({', '.join(f'{counts[name]} {name}' for name in kinds)})")
    others = sorted(set(counts) - set(ROUNDS) - {"rounds"})
    print(f"done: {', '.join(f'{counts[name]:,} {name}' for name in others)}")
    wrong = {name: sum(any(text in each for text in texts) for each in found) for name, texts in _KINDS.items()}
    print(f"found: {', '.join(f'{number} {name}' for name, number in wrong.items())}, {len(found)} in all")
    print(f"seed {seed}: {f'{len(found)} findings' if found else 'everything is true'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Let everything fail at random; then see whether all is true.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--round", type=int, help="only this one")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where to make a folder for it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
