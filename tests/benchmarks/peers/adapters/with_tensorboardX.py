"""tensorboardX, TensorBoard's writer; it has no reader."""

from __future__ import annotations

import os
import struct

from adapter import Adapter as _Adapter
from adapter import Body
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event


class Adapter(_Adapter):
    def record(self, name: str, tags: dict[str, str], body: Body) -> None:
        writer = SummaryWriter(os.path.join(self.folder, name))
        for tag, value in tags.items():
            writer.add_text(tag, value)

        def log_many(values: dict[str, float], step: int) -> None:
            for metric, value in values.items():
                writer.add_scalar(metric, value, step)

        body(writer.add_scalar, log_many)
        writer.close()

    def count(self, name: str, metric: str) -> int:
        folder = os.path.join(self.folder, name)
        return sum(_values(os.path.join(folder, each), metric) for each in os.listdir(folder))


def _values(path: str, metric: str) -> int:
    # Each record: its length, a checksum of that, the event, a checksum of the event.
    found = 0
    with open(path, "rb") as file:
        while len(head := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", head[:8])
            record = file.read(length + 4)
            if len(record) < length + 4:
                break
            found += sum(value.tag == metric for value in Event.FromString(record[:length]).summary.value)
    return found
