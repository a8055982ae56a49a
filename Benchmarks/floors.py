"""The least time a workload can take on a machine: its phases, each as fast as the machine allows.

A phase takes the longer of its arithmetic at the best product rate and its bytes at the best
read-write bandwidth, both measured in the same run; a workload takes the sum over its phases.
What can be fused into a product costs nothing: biases, ReLU, tanh and their derivatives. So no
program should be below a floor by more than the noise, and one that is shows a measure that is wrong.

    python3 floors.py 495 1:240,4:190,16:150,32:59,64:57,256:48    # GFLOP/s, and GB/s by megabytes
"""

import sys
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from math import log, prod

from peers.workloads import (
    WORKLOADS, AdamStep, AttentionPass, Bandwidth, BatchNorm, BatchNormPass, Block, Conv, Decoding, Epoch, Flatten,
    Function, GlobalAverage, ImageNorm, Inference, Layer, LayerNorm, Linear, MaxPool, MeanOverTime, Model,
    Operation, Product, Recurrent, Shortcut, TiedLinear, Tokens, Training, Window, Workload,
)  # fmt: skip

FLOAT = 4  # bytes

# Reads and writes per number in one step of an optimizer, and the arrays involved.
# Adam reads w, g, m, v and writes w, m, v; SGD reads w, g and writes w.
TOUCHES = {"adam": 7, "sgd": 3}
ARRAYS = {"adam": 4, "sgd": 2}

# The minimal reads and writes of [B, H] in one time step, in addition to its product.
# rnn:  forward reads z, writes h; backward reads h, writes dz.
# lstm: forward reads 4 z, writes 4 gates, c and h; backward reads 4 gates and c, writes 4 dz.
# gru:  forward reads 3 z, writes 3 gates and h; backward reads 3 gates, writes 3 dz.
CELL_TOUCHES = {"rnn": 4, "lstm": 10 + 9, "gru": 7 + 6}
# The arrays that they are in: gates in the place of z, and c and h; dz in the place of the gates. An rnn has h and dz.
CELL_ARRAYS = {"rnn": 2, "lstm": 6, "gru": 4}


@dataclass(frozen=True)
class Machine:
    """The best rates measured: GFLOP/s of a product, and GB/s of y += x by the bytes of x and y."""

    gflops: float
    bandwidths: dict[int, float]

    def bandwidth(self, footprint: float) -> float:
        """GB/s at a number of bytes: interpolated by the logarithm between measured sizes, constant beyond them."""
        sizes = sorted(self.bandwidths)
        # A smaller size is at least as fast as a larger one; if it measured slower, that is overhead.
        rates = [max(self.bandwidths[other] for other in sizes[index:]) for index in range(len(sizes))]
        index = bisect(sizes, footprint)
        if index in (0, len(sizes)):
            return rates[min(index, len(sizes) - 1)]
        low, high = sizes[index - 1], sizes[index]
        share = log(footprint / low) / log(high / low)
        return rates[index - 1] * (1 - share) + rates[index] * share


@dataclass(frozen=True)
class Phase:
    """A part of a workload: its arithmetic, the bytes read and written, and the size of their arrays."""

    name: str
    operations: float
    bytes: float
    footprint: float

    def microseconds(self, machine: Machine) -> float:
        """Returns the longer of the times for arithmetic and for bytes."""
        return max(self.operations / machine.gflops, self.bytes / machine.bandwidth(self.footprint)) / 1e3


def product(name: str, m: int, k: int, n: int, times: int = 1) -> Phase:
    """[m, k] times [k, n]: 2mkn operations; both factors are read and the result is written, once."""
    size = FLOAT * (m * k + k * n + m * n)
    return Phase(name, times * 2.0 * m * k * n, times * size, size)


def passes(name: str, count: int, touches: float, arrays: float | None = None) -> Phase:
    """Reads and writes of `count` numbers with negligible arithmetic."""
    return Phase(name, 0, FLOAT * count * touches, FLOAT * count * (touches if arrays is None else arrays))


def linear(rows: int, inputs: int, outputs: int, first: bool = False) -> list[Phase]:
    """y = xW, dW = xᵀdy, dx = dyWᵀ."""
    phases = [product("y", rows, inputs, outputs), product("dW", inputs, rows, outputs)]
    return phases if first else [*phases, product("dx", rows, outputs, inputs)]


def layer_norm(count: int) -> list[Phase]:
    """Forward reads x, writes y; backward reads x and dy, writes dx."""
    return [passes("normalize", count, 2), passes("normalize'", count, 3)]


def attention(batch: int, heads: int, time: int, size: int, causal: bool) -> list[Phase]:
    """Products of queries with keys and of weights with values, and five of the same size in backward."""
    operations = 4.0 * batch * heads * time * (time + 1 if causal else 2 * time) * size / 2
    tensor = FLOAT * batch * heads * time * size
    return [
        Phase("attention", operations, 4 * tensor, 4 * tensor),
        Phase("attention'", 2.5 * operations, 8 * tensor, 8 * tensor),
    ]


def window(w: Window, shape: tuple[int, ...], first: bool) -> tuple[list[Phase], tuple[int, ...]]:
    """A convolution as a product whose first factor is no larger than the images, and its output's shape."""
    margin = 2 * w.padding + ((w.kernel - 1) * w.dilation if w.causal else 0)
    span = (w.kernel - 1) * w.dilation + 1
    lengths = [(n - 1) * w.stride - margin + span if w.transposed else (n + margin - span) // w.stride + 1
               for n in shape[2:]]  # fmt: skip
    output = (shape[0], w.outputs, *lengths)
    weights = w.inputs // w.groups * w.outputs * w.kernel**w.axes
    size = FLOAT * (prod(shape) + weights + prod(output))
    positions = prod(shape if w.transposed else output) // (w.inputs if w.transposed else w.outputs)
    return [Phase(name, 2.0 * positions * weights, size, size) for name in ("y", "dW", "dx")[: 2 if first else 3]], output


def forward_and_backward(layer: Layer, shape: tuple[int, ...], first: bool) -> tuple[list[Phase], tuple[int, ...]]:
    """The phases of a layer in a training step, and the shape of its output. The first needs no dx."""
    batch = shape[0]
    match layer:
        case Linear(inputs, outputs) | TiedLinear(inputs, outputs):
            return linear(prod(shape[:-1]), inputs, outputs, first), (*shape[:-1], outputs)
        case Recurrent(cell, inputs, hidden):
            # Over all steps at once: xW and dW. Step by step: hU and dh = dzUᵀ. After them: dU = hᵀdz.
            # Only as a first layer: no dx.
            steps, rows = shape[1], layer.gates * hidden
            return [
                product("xW", batch * steps, inputs, rows),
                product("hU", batch, hidden, rows, times=steps),
                passes(cell, batch * steps * hidden, CELL_TOUCHES[cell], CELL_ARRAYS[cell]),
                product("dh", batch, rows, hidden, times=steps),
                product("dU", hidden, batch * steps, rows),
                product("dW", inputs, batch * steps, rows),
            ], (batch, hidden)  # fmt: skip
        case BatchNorm(features):
            # Sums are part of the previous product. Forward reads x, writes y; backward reads x and dy for the sums,
            # then x and dy again, and writes dx.
            return [passes("normalize", batch * features, 2), passes("normalize'", batch * features, 5, 3)], shape
        case Conv(inputs, outputs, kernel, padding):
            # As a product of [B · rows · columns, inputs · kernel²] whose first factor is no larger than the images.
            height, width = (length + 2 * padding - kernel + 1 for length in shape[2:])
            output = (batch, outputs, height, width)
            size = FLOAT * (prod(shape) + inputs * outputs * kernel**2 + prod(output))
            operations = 2.0 * prod(output) * inputs * kernel**2
            return [Phase(name, operations, size, size) for name in ("y", "dW", "dx")[: 2 if first else 3]], output
        case MaxPool(size):
            # Forward reads x, writes y; backward reads dy, writes dx.
            pooled = (*shape[:2], shape[2] // size, shape[3] // size)
            return [passes("pool", prod(shape) + prod(pooled), 1)] * 2, pooled
        case Window():
            return window(layer, shape, first)
        case ImageNorm():
            # As BatchNorm, whose sums are part of the product before it.
            return [passes("normalize", prod(shape), 2), passes("normalize'", prod(shape), 5, 3)], shape
        case GlobalAverage():
            return [passes("mean", prod(shape), 1)] * 2, shape[:2]
        case Shortcut(layers, past):
            # Forward adds the two results, backward the two gradients.
            phases: list[Phase] = []
            for branch in (past, layers):
                inside = shape
                for inner in branch:
                    more, inside = forward_and_backward(inner, inside, first=False)
                    phases += more
            return [*phases, passes("add", prod(inside), 3), passes("add'", prod(shape), 3)], inside
        case Flatten():
            return [], (batch, prod(shape[1:]))
        case Tokens(_, features, _):
            # Forward reads and writes vectors; backward reads dy, and reads and writes their gradients.
            vectors = prod(shape) * features
            return [passes("embedding", vectors, 2), passes("embedding'", vectors, 3, 2)], (*shape, features)
        case Block(features, heads, causal):
            rows = prod(shape[:-1])
            phases = attention(batch, heads, shape[1], features // heads, causal) + 2 * layer_norm(rows * features)
            phases += linear(rows, features, 3 * features, first)
            for inputs, outputs in ((1, 1), (1, 4), (4, 1)):
                phases += linear(rows, inputs * features, outputs * features)
            return phases, shape
        case LayerNorm():
            return layer_norm(prod(shape)), shape
        case MeanOverTime():
            return [passes("mean", prod(shape), 1)] * 2, (batch, shape[2])
    return [], shape  # an activation is fused


def parameters(model: Model) -> int:
    """Returns the number of parameters of a model."""

    def of(layer: Layer) -> int:
        match layer:
            case Linear(inputs, outputs):
                return (inputs + 1) * outputs
            case Recurrent(_, inputs, hidden):
                return (inputs + hidden + 2) * layer.gates * hidden
            case BatchNorm(features) | LayerNorm(features):
                return 2 * features
            case Tokens(vocabulary, features, positions):
                return (vocabulary + positions) * features
            case Block(features):
                return (12 * features + 13) * features
            case Conv(inputs, outputs, kernel):
                return (inputs * kernel**2 + 1) * outputs
            case Window(axes, inputs, outputs, kernel):
                return (inputs // layer.groups * kernel**axes + layer.bias) * outputs
            case ImageNorm(channels):
                return 2 * channels
            case Shortcut(layers, past):
                return parameters(layers) + parameters(past)
        return 0

    return sum(map(of, model))


def update(optimizer: str, count: int) -> Phase:
    """The phases of one step of an optimizer."""
    return passes(optimizer, count, TOUCHES[optimizer], ARRAYS[optimizer])


def train_step(model: Model, shape: tuple[int, ...], optimizer: str) -> Iterator[Phase]:
    """The phases of forward, loss, backward and update."""
    for index, layer in enumerate(model):
        phases, shape = forward_and_backward(layer, shape, first=index == 0)
        yield from phases
    yield passes("loss", prod(shape), 2)  # reads the logits, writes their gradient
    yield update(optimizer, parameters(model))


def phases(workload: Workload) -> Iterator[Phase]:
    """All phases of a workload."""
    match workload:
        case Training(model, shape, optimizer):
            yield from train_step(model, shape, optimizer)
        case Inference(model, (batch, _)):
            yield from (
                product("y", batch, layer.inputs, layer.outputs) for layer in model if isinstance(layer, Linear)
            )
        case Function(_, shape):
            yield passes("function", prod(shape), 2)  # reads x, writes y
        case Operation(_, touches):
            yield passes("operation", 1 << 20, touches)
        case BatchNormPass(rows, features):
            # Forward reads x for the sums, then x again and writes y; backward as in a model.
            yield passes("normalize", rows * features, 3, 2)
            yield passes("normalize'", rows * features, 5, 3)
        case AdamStep():
            yield update("adam", workload.count)
        case Product(m, k, n):
            yield product("product", m, k, n)
        case AttentionPass(batch, heads, time, size):
            yield from attention(batch, heads, time, size, causal=True)
        case Decoding(model, tokens):
            yield from [passes("read the weights", parameters(model), 1)] * tokens
        case Bandwidth():
            yield passes("y += x", workload.count, 3, 2)
        case Epoch(model, images, batch):
            pixels = images * workload.pixels
            yield Phase("read", 0, (1 + FLOAT) * pixels, (1 + FLOAT) * pixels)  # reads bytes, writes floats
            yield passes("shuffle", pixels, 2)  # reads an image, writes it into its batch
            for start in range(0, images, batch):
                yield from train_step(model, (min(batch, images - start), workload.pixels), "adam")


def floor(workload: Workload, machine: Machine) -> float:
    """Returns the least time of a workload, in microseconds."""
    return sum(phase.microseconds(machine) for phase in phases(workload))


if __name__ == "__main__":
    pairs = (pair.split(":") for pair in sys.argv[2].split(","))
    given = Machine(float(sys.argv[1]), {int(size) << 20: float(rate) for size, rate in pairs})
    for name, workload in WORKLOADS.items():
        print(f"{name:28} {floor(workload, given):12.1f}")
