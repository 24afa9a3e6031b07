"""Weights & Biases, offline; it has no way to read what was kept offline."""

from __future__ import annotations

import glob
import os
import struct
from collections.abc import Iterator

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_CONSOLE="off", WANDB_ERROR_REPORTING="false")

import wandb
from adapter import Adapter as _Adapter
from adapter import Body

_BLOCK = 32768
_WHOLE, _LAST = 1, 4


class Adapter(_Adapter):
    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        settings = wandb.Settings(x_disable_stats=True, x_disable_meta=True)
        run = wandb.init(project="peers", name=name, config=tags, dir=self.folder, settings=settings, id=name)

        def log(metric: str, value: float, step: int) -> None:
            run.log({metric: value}, step=step)

        body(log, run.log)
        run.finish()

    def count(self, name: str, metric: str) -> int:
        from wandb.proto.wandb_internal_pb2 import Record

        (path,) = glob.glob(os.path.join(self.folder, "wandb", f"offline-run-*-{name}", "*.wandb"))
        found = 0
        for record in _records(path):
            found += sum(metric in (item.key, *item.nested_key) for item in Record.FromString(record).history.item)
        return found


def _records(path: str) -> Iterator[bytes]:
    # LevelDB's log: blocks, and in them parts of records, each with a checksum, a length and a kind.
    with open(path, "rb") as file:
        data = file.read()
    position, record = 7, b""
    while position + 7 <= len(data):
        left = _BLOCK - position % _BLOCK
        if left < 7:
            position += left
            continue
        length, kind = struct.unpack("<HB", data[position + 4 : position + 7])
        part = data[position + 7 : position + 7 + length]
        if len(part) < length or kind == 0:
            return
        record += part
        position += 7 + length
        if kind in (_WHOLE, _LAST):
            yield record
            record = b""
