#!/usr/bin/env python3
"""Times PyTorch's eager train step, for comparison with Strata's.

Usage:  pip install torch numpy
        python torch_eager.py --workload mlp-mnist --threads 2 --seconds 5

A step is one whole update on a batch that is already in memory: clear the gradients, forward,
loss, backward, optimizer. Each step is timed alone. Training runs in rounds that start from new
weights, so that memorized data never leads into denormal numbers; the first steps of every round
warm up and are not counted. One line of JSON is printed: times are in microseconds a step and
`repeats` is the number of steps timed.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

SEED = 42
STEPS_PER_ROUND = 200
WARM_UP_STEPS = 20

Step = Callable[[], None]


def mlp_mnist(fused: bool) -> Step:
    """784-256-10 with ReLU, batch 64, Adam, mean cross-entropy, float32."""
    batch, batches = 64, 16
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
    loss_function = nn.CrossEntropyLoss()
    inputs = torch.rand(batches, batch, 784).unbind()
    labels = torch.randint(10, (batches, batch)).unbind()
    count = 0

    def step() -> None:
        nonlocal count
        x, y = inputs[count % batches], labels[count % batches]
        count += 1
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()

    return step


class LSTMRows(nn.Module):
    """An LSTM with 128 units over rows of 28 numbers, and a linear layer on its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True)
        self.head = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(x)[0][:, -1])


def lstm_rows(fused: bool) -> Step:
    """LSTM 28-128 over 28 steps, Linear 128-10, batch 32, Adam, mean cross-entropy, float32."""
    batch, batches = 32, 16
    model = LSTMRows()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
    loss_function = nn.CrossEntropyLoss()
    inputs = torch.randn(batches, batch, 28, 28).unbind()
    labels = torch.randint(10, (batches, batch)).unbind()
    count = 0

    def step() -> None:
        nonlocal count
        x, y = inputs[count % batches], labels[count % batches]
        count += 1
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()

    return step


# A workload makes a fresh model with its data and returns the function to time.
WORKLOADS: dict[str, Callable[[bool], Step]] = {"mlp-mnist": mlp_mnist, "lstm-rows": lstm_rows}


def measure(make_step: Callable[[], Step], seconds: float) -> list[float]:
    """Microseconds of every timed step; stops after the first one that ends past `seconds`."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while True:
        step = make_step()
        for _ in range(WARM_UP_STEPS):
            step()
        for _ in range(STEPS_PER_ROUND):
            start = time.perf_counter_ns()
            step()
            times.append((time.perf_counter_ns() - start) / 1e3)
            if time.perf_counter() >= end:
                return times


def main() -> None:
    parser = argparse.ArgumentParser(description="Times PyTorch's eager train step.")
    parser.add_argument("--workload", choices=WORKLOADS, default="mlp-mnist")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--seconds", type=float, default=5, metavar="S")
    parser.add_argument("--fused", action="store_true", help="the optimizer's fused kernel")
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error("--threads must be at least 1")
    if not arguments.seconds > 0:
        parser.error("--seconds must be above 0")

    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(SEED)

    make_workload = WORKLOADS[arguments.workload]
    times = measure(lambda: make_workload(arguments.fused), arguments.seconds)
    print(json.dumps({
        "workload": arguments.workload,
        "framework": "torch-eager-fused" if arguments.fused else "torch-eager",
        "threads": arguments.threads,
        "best_us": round(min(times), 1),
        "median_us": round(statistics.median(times), 1),
        "repeats": len(times),
    }))


if __name__ == "__main__":
    main()
