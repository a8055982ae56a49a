"""Reads the log of a run with TensorBoard's own reader and compares every number with the JSON lines and the table.

Usage:  check_logs.py DIRECTORY        Needs tensorboard.
"""

import csv
import json
import math
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

directory = pathlib.Path(sys.argv[1])


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


events = EventAccumulator(str(directory), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0, "images": 0})
events.Reload()
lines = [json.loads(line) for line in (directory / "events.jsonl").read_text().splitlines()]
epochs = [line for line in lines if line["event"] == "epoch"]
steps = [line for line in lines if line["event"] == "step"]
scalars = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
compared = 0


def same(tag, expected):
    global compared
    assert scalars[tag] == [(step, float32(value)) for step, value in expected], (tag, scalars[tag], expected)
    compared += len(expected)


same("loss/step", [(line["step"], line["loss"]) for line in steps])
for name in epochs[0].keys() - {"event", "epoch", "step", "time"}:
    of_training = name in ("loss", "accuracy")
    tag = name + "/training" if of_training else name.removeprefix("validation ") + "/validation" \
        if name.startswith("validation ") else name
    same(tag, [(line["step"], line[name]) for line in epochs])
with open(directory / "epochs.csv") as file:
    rows = list(csv.DictReader(file))
assert len(rows) == len(epochs)
for row, line in zip(rows, epochs):
    for name in row:
        assert float(row[name]) == line[name], (name, row, line)
        compared += 1
histograms = events.Tags()["histograms"]
assert any(tag.startswith("parameters/") for tag in histograms), histograms
for tag in histograms:
    for event in events.Histograms(tag):
        value = event.histogram_value
        assert sum(value.bucket) == value.num and value.min <= value.max and math.isfinite(value.sum), tag
        compared += 1
text = events.Tensors("run/text_summary" if "run/text_summary" in events.Tags()["tensors"] else "run")
assert b"| seed |" in text[0].tensor_proto.string_val[0]
run = json.loads((directory / "run.json").read_text())
assert run["run"]["command"] and run["settings"]["epochs"] == str(len(epochs))
print(f"{directory}: TensorBoard and the other logs agree in {compared} values")
