"""What every peer's script shares: the command line, the measuring, and serving by request.

    cd Benchmarks
    python -m peers.jax_jit --workload 'mlp-.*' --threads 2 --seconds 5
    python -m peers.jax_jit --serve --threads 2          # reads lines "WORKLOAD SECONDS"

One line of JSON is printed a workload, with the fields of `strata-bench --json`. Before a script
imports its framework it calls `options`, which sets the environment that frameworks read as they load.
"""

import argparse
import gc
import json
import math
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from peers.workloads import (
    WORKLOADS, AdamStep, AttentionPass, Bandwidth, BatchNormPass, Decoding, Epoch, Function, Inference, Layer,
    Operation, Product, Training, Workload,
)  # fmt: skip

# Does a workload once and waits for the end of it; a train step need not wait, and returns its loss.
Step = Callable[[], object]

# As strata-bench measures: this share of the seconds warms up, and so few runs are timed even where that takes
# longer, up to a multiple of the seconds.
WARM_UP_SHARE = 0.2
FEWEST_REPEATS = 3
OVERTIME = 10

# Training steps that an asynchronous framework may have in flight, if one takes less than this number of seconds.
STEPS_AHEAD = 8
SHORT_STEP = 0.005


class Parser(argparse.ArgumentParser):
    """A parser that exits 64 on a wrong command line, as all programs here do, and knows no abbreviations."""

    def __init__(self, description: str) -> None:
        super().__init__(description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(64, f"{self.prog}: {message}; see --help\n")


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"needs a number above 0, not {text!r}")
    return number


def count(text: str) -> int:
    """A whole number from 1."""
    if not re.fullmatch("[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"needs a whole number from 1, not {text!r}")
    return int(text)


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"needs a regular expression, not {text!r}: {error}") from error


def options(framework: str, *flags: str) -> argparse.Namespace:
    """The settings of the command line, with the threads set that BLAS and OpenMP start with."""
    parser = Parser(description=f"Times {framework}, for comparison with Strata.")
    parser.add_argument("--workload", type=pattern, default=".*", metavar="REGEX", help="matches the whole name")
    parser.add_argument("--threads", type=count, default=2, metavar="N")
    parser.add_argument("--seconds", type=positive, default=2.0, metavar="S", help="for each workload")
    parser.add_argument("--serve", action="store_true", help="measure what lines of standard input ask for")
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    settings = parser.parse_args()
    if not any(settings.workload.fullmatch(name) for name in WORKLOADS):
        parser.error(f"no workload is called {settings.workload.pattern}; there are {' '.join(WORKLOADS)}")
    for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
        suffix = "THREADS" if library == "VECLIB_MAXIMUM" else "NUM_THREADS"
        os.environ[f"{library}_{suffix}"] = str(settings.threads)
    return settings


class Peer:
    """A framework. Each method sets up one kind of workload; a kind without its method is not measured."""

    name: str
    version: str
    asynchronous = False
    # The layers that it can build.
    layers: Any = Layer

    training: Callable[[Training], Step]
    inference: Callable[[Inference], Step]
    function: Callable[[Function], Step]
    operation: Callable[[Operation], Step]
    # Those that it has.
    operations: Any = ()
    batch_norm_pass: Callable[[BatchNormPass], Step]
    adam_step: Callable[[AdamStep], Step]
    product: Callable[[Product], Step]
    attention_pass: Callable[[AttentionPass], Step]
    decoding: Callable[[Decoding], Step]
    epoch: Callable[[Epoch], Step]
    bandwidth: Callable[[Bandwidth], Step]

    def supports(self, workload: Workload) -> bool:
        """Whether this framework is to be measured on a workload."""
        model = getattr(workload, "model", ())
        if isinstance(workload, Operation):
            return workload.name in self.operations
        return hasattr(self, METHODS[type(workload)]) and all(isinstance(layer, self.layers) for layer in model)

    def wait(self, result: object) -> object:
        """The result of a step when it is there; an asynchronous framework waits here."""
        return result

    def step(self, workload: Workload) -> Step:
        """What does a workload once, set up and ready."""
        return getattr(self, METHODS[type(workload)])(workload)


METHODS: dict[type, str] = {
    Training: "training", Inference: "inference", Function: "function", Operation: "operation",
    BatchNormPass: "batch_norm_pass", AdamStep: "adam_step", Product: "product", AttentionPass: "attention_pass",
    Decoding: "decoding", Epoch: "epoch", Bandwidth: "bandwidth",
}  # fmt: skip


def several(peer: Peer, workload: Workload, step: Step) -> tuple[Step, int]:
    """What is timed as one, and how many steps that is.

    An asynchronous framework's loop of training does not wait for a step before it starts the next, so it is
    timed in short loops, at the end of which it waits.
    """
    if not (peer.asynchronous and isinstance(workload, Training)):
        return step, 1
    start = time.perf_counter()
    peer.wait(step())
    count = STEPS_AHEAD if time.perf_counter() - start < SHORT_STEP else 1

    def loop() -> object:
        for _ in range(count):
            loss = step()
        return peer.wait(loss)

    return loop, count


def measure(peer: Peer, workload: Workload, step: Step, seconds: float) -> list[float]:
    """Microseconds of every timed step, sorted. The first step, which may compile, is outside the seconds."""
    peer.wait(step())
    step, steps = several(peer, workload, step)
    gc.collect()
    gc.disable()
    try:
        end = time.perf_counter() + WARM_UP_SHARE * seconds
        while time.perf_counter() < end:
            step()
        times: list[float] = []
        end = time.perf_counter() + (1 - WARM_UP_SHARE) * seconds
        while True:
            start = time.perf_counter_ns()
            result: Any = step()
            times.append((time.perf_counter_ns() - start) / 1e3 / steps)
            late = time.perf_counter() - end
            if (late >= 0 and len(times) >= FEWEST_REPEATS) or late > OVERTIME * seconds:
                break
    finally:
        gc.enable()
    if isinstance(workload, Training | Epoch) and not math.isfinite(float(result)):
        raise ArithmeticError(f"the loss is {float(result)}")
    return sorted(times)


class Session:
    """The measurements of one process, whose best product rate is what `share_of_best` refers to."""

    def __init__(self, peer: Peer, threads: int) -> None:
        self.peer = peer
        self.threads = threads
        self.current: tuple[str, Step] | None = None

    def measured(self, name: str, seconds: float) -> dict[str, Any]:
        """The fields of one answer. A workload that is asked for again at once is not set up again."""
        workload = WORKLOADS[name]
        if self.current is None or self.current[0] != name:
            self.current = None  # what it holds is freed before the next takes its memory
            self.current = (name, self.peer.step(workload))
        times = measure(self.peer, workload, self.current[1], seconds)
        fields: dict[str, Any] = {
            "workload": name, "framework": self.peer.name, "workers": self.threads,
            "best_us": round(times[0], 2), "median_us": round(statistics.median(times), 2), "repeats": len(times),
        }  # fmt: skip
        if isinstance(workload, Product):
            fields["gflops"] = round(workload.operations / times[0] / 1e3, 2)
        if isinstance(workload, Bandwidth):
            fields["gb_per_s"] = round(workload.bytes / times[0] / 1e3, 2)
        return fields

    def answer(self, name: str, seconds: float) -> dict[str, Any]:
        """The same, or why there is none."""
        try:
            return self.measured(name, seconds)
        except Exception as error:  # whatever a framework raises is its answer, and the next workload may go well
            self.current = None
            reason = next(iter(str(error).strip().splitlines()), "")
            return {"workload": name, "framework": self.peer.name, "error": f"{type(error).__name__}: {reason}"}


def requests() -> Iterator[tuple[str, float]]:
    """The workloads and seconds that the lines of standard input ask for."""
    for line in sys.stdin:
        name, _, seconds = line.strip().partition(" ")
        try:
            if name not in WORKLOADS:
                raise argparse.ArgumentTypeError(f"no workload is called {name}")
            request = name, positive(seconds)
        except argparse.ArgumentTypeError as error:
            print(json.dumps({"error": str(error)}), flush=True)
        else:
            yield request


def run(peer: Peer, settings: argparse.Namespace) -> None:
    """Measures what the command line or standard input asks for."""
    supported = [name for name, workload in WORKLOADS.items() if peer.supports(workload)]
    session = Session(peer, settings.threads)
    if settings.serve:
        hello = {"framework": peer.name, "workers": settings.threads, "version": peer.version, "workloads": supported}
        print(json.dumps(hello), flush=True)
        for name, seconds in requests():
            print(json.dumps(session.answer(name, seconds)), flush=True)
        return
    print(f"{peer.name}: {peer.version}, {settings.threads} threads", file=sys.stderr)
    answers = [session.answer(name, settings.seconds) for name in supported if settings.workload.fullmatch(name)]
    rates = [answer["gflops"] for answer in answers if "gflops" in answer]
    for answer in answers:
        if "gflops" in answer:
            answer["share_of_best"] = round(answer["gflops"] / max(rates), 3)
        print(json.dumps(answer))
