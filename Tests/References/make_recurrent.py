#!/usr/bin/env python3
"""Makes the reference numbers of the recurrent layers, using PyTorch in float64:
layers/recurrent.safetensors, layers/recurrent_options.safetensors, recurrent_wide.safetensors and
recurrent_states.safetensors.

Usage:  pip install torch numpy safetensors
        python make_recurrent.py            # rewrite the files
        python make_recurrent.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch import nn

from references import Tensors, arrays, float32_exact, layer_case, main

GATES = {"RNNCell": 1, "RNNCell relu": 1, "LSTMCell": 4, "GRUCell": 3}
NAMES = ["inputWeight", "hiddenWeight", "inputBias", "hiddenBias"]


def module(cell: str, inputs: int, hidden: int, bidirectional: bool = False) -> nn.RNNBase:
    options = dict(batch_first=True, bidirectional=bidirectional)
    if cell.startswith("RNN"):
        options["nonlinearity"] = "relu" if cell.endswith("relu") else "tanh"
    return getattr(nn, cell[: cell.index("Cell")])(inputs, hidden, **options).double()


def run(net: nn.RNNBase, x: torch.Tensor, parameters: list[torch.Tensor]) -> torch.Tensor:
    """The output with these parameters, whose weights are [in, gates * hidden]."""
    names = [name for name, _ in net.named_parameters()]
    values = [p.T if p.ndim == 2 else p for p in parameters]
    return torch.func.functional_call(net, dict(zip(names, values)), (x,))[0]


def shapes(cell: str, inputs: int, hidden: int) -> list[tuple[int, ...]]:
    width = GATES[cell] * hidden
    return [(inputs, width), (hidden, width), (width,), (width,)]


def recurrent() -> Tensors:
    """Each cell over time, [B, T, in] with in % 5 + 1 units: all outputs, the last one, and both
    directions. Sizes are small, odd, and with more sequences than a block of eight; the parameters are
    larger than fresh ones, so that gates saturate. With ReLU no unit comes near its kink."""
    random = np.random.RandomState(8)
    result: Tensors = {}
    for size in [(1, 1, 1), (3, 5, 4), (17, 3, 33), (9, 12, 13)]:
        batch, time, inputs = size
        hidden, label = inputs % 5 + 1, "x".join(map(str, size))
        for cell in GATES:
            net = module(cell, inputs, hidden)
            x, state = float32_exact(random.standard_normal(size)), {}
            while True:
                for name, shape in zip(NAMES, shapes(cell, inputs, hidden)):
                    scale = 1.5 / np.sqrt(shape[0] if len(shape) == 2 else 4)
                    scale *= 0.5 if cell.endswith("relu") else 1
                    state[f"cell__{name}"] = float32_exact(scale * random.standard_normal(shape))
                if not cell.endswith("relu") or is_clear_of_kinks(x, *state.values()):
                    break
            forward = lambda x, net=net, **s: run(net, x, list(s.values()))
            result |= layer_case(f"Recurrent({cell}).{label}", forward, x, state, random)
            if cell in ("LSTMCell", "GRUCell"):
                last = lambda x, net=net, **s: run(net, x, list(s.values()))[:, -1]
                result |= layer_case(f"Recurrent({cell}, lastStep).{label}", last, x, state, random)
        net, state = module("LSTMCell", inputs, hidden, bidirectional=True), {}
        for direction in ["ahead", "reverse"]:
            for name, shape in zip(NAMES, shapes("LSTMCell", inputs, hidden)):
                state[f"{direction}__cell__{name}"] = float32_exact(random.standard_normal(shape))
        forward = lambda x, net=net, **s: run(net, x, list(s.values()))
        result |= layer_case(f"Bidirectional(LSTMCell).{label}", forward, x, state, random)
    return result


def is_clear_of_kinks(x, w, u, b, b2) -> bool:
    h, nearest = torch.zeros(x.shape[0], u.shape[0], dtype=x.dtype), np.inf
    for t in range(x.shape[1]):
        z = x[:, t] @ w + b + h @ u + b2
        nearest = min(nearest, z.abs().min().item())
        h = z.relu()
    return nearest > 1e-4 and h.max() < 100


def pattern(shape: tuple[int, ...], start: int, scale: float) -> torch.Tensor:
    """Numbers in +-scale that the tests make as well, by the same formula, so that no file holds them."""
    index = np.arange(start, start + int(np.prod(shape)), dtype=np.uint64)
    bits = (index * np.uint64(2654435761) % np.uint64(2**32)) >> np.uint64(16)
    return torch.tensor((bits.astype(np.float64) / 32768 - 1) * scale).reshape(shape)


def recurrent_wide() -> Tensors:
    """Cells at the benchmark's size, [32, 28, 28] and 128 units, and at an odd one, [33, 9, 29] and 127.

    Input, parameters (scale 1/8) and cotangent are pattern(shape, start, scale) with start 0, 1e6, 2e6 ...
    in the order x, inputWeight, hiddenWeight, inputBias, hiddenBias, dy. Results: CELL.SIZE.y and .dx
    are sums over time; of each weight's gradient, .NAME is the product with pattern([columns, 3], 0, 1)."""
    result: Tensors = {}
    for (batch, time, inputs), hidden in [((32, 28, 28), 128), ((33, 9, 29), 127)]:
        for cell in ["RNNCell", "LSTMCell", "GRUCell"]:
            net = module(cell, inputs, hidden)
            x = pattern((batch, time, inputs), 0, 1.0).requires_grad_()
            state = [
                pattern(shape, (i + 1) * 1_000_000, 0.125).requires_grad_()
                for i, shape in enumerate(shapes(cell, inputs, hidden))
            ]
            y = run(net, x, state)
            y.backward(pattern(tuple(y.shape), 5_000_000, 1.0))
            name = f"{cell}.{batch}x{time}x{inputs}"
            result |= arrays({"y": y.sum(1), "dx": x.grad.sum(1)}, prefix=f"{name}.")
            for path, p in zip(NAMES, state):
                g = p.grad if p.ndim == 1 else p.grad @ pattern((p.shape[1], 3), 0, 1.0)
                result |= arrays({path: g}, prefix=f"{name}.")
    return result


def recurrent_options() -> Tensors:
    """Cells without biases, an LSTM with in % 5 + 2 units and a projection to one less, and learnt initial states."""
    random = np.random.RandomState(9)
    result: Tensors = {}
    for size in [(1, 1, 1), (3, 5, 4), (2, 4, 7)]:
        inputs, label = size[2], "x".join(map(str, size))
        hidden = inputs % 5 + 1

        def drawn(names: list[str], sizes: list[tuple[int, ...]], owner: str = "cell") -> dict[str, torch.Tensor]:
            return {f"{owner}__{n}": float32_exact(random.standard_normal(s)) for n, s in zip(names, sizes)}

        for cell in ["RNNCell", "LSTMCell", "GRUCell"]:
            net = getattr(nn, cell[:-4])(inputs, hidden, batch_first=True, bias=False).double()
            state = drawn(NAMES[:2], shapes(cell, inputs, hidden))
            forward = lambda x, net=net, **s: run(net, x, list(s.values()))
            x = float32_exact(random.standard_normal(size))
            result |= layer_case(f"Recurrent({cell} bias: false).{label}", forward, x, state, random)
        for bias in [True, False]:
            net = nn.LSTM(inputs, hidden + 1, batch_first=True, proj_size=hidden, bias=bias).double()
            width = 4 * (hidden + 1)
            names, sizes = NAMES[:2], [(inputs, width), (hidden, width)]
            if bias:
                names, sizes = NAMES, [*sizes, (width,), (width,)]
            state = drawn([*names, "projection"], [*sizes, (hidden + 1, hidden)])
            forward = lambda x, net=net, **s: run(net, x, list(s.values()))
            x = float32_exact(random.standard_normal(size))
            name = "ProjectedLSTMCell" + ("" if bias else " bias: false")
            result |= layer_case(f"Recurrent({name}).{label}", forward, x, state, random)
        for cell, parts in [("LSTMCell", 2), ("GRUCell", 1)]:
            net = module(cell, inputs, hidden)
            state = drawn(NAMES, shapes(cell, inputs, hidden))
            state |= {f"initialState__{i}": float32_exact(random.standard_normal(hidden)) for i in range(parts)}

            def forward(x, net=net, parts=parts, **s):
                values = list(s.values())
                starts = [v.expand(1, len(x), -1).contiguous() for v in values[4:]]
                names = [name for name, _ in net.named_parameters()]
                weights = [p.T if p.ndim == 2 else p for p in values[:4]]
                start = tuple(starts) if parts == 2 else starts[0]
                return torch.func.functional_call(net, dict(zip(names, weights)), (x, start))[0]

            x = float32_exact(random.standard_normal(size))
            result |= layer_case(f"Recurrent({cell}, learnsInitialState).{label}", forward, x, state, random)
    return result


def recurrent_states() -> Tensors:
    """An LSTM of 3 units in both directions over sequences of the `lengths` 4, 1, 6, 3 from the states h0 and c0
    [2, 4, 3], packed: the outputs y, the last states hn and cn, and dL by x, h0, c0 and the parameters (dx, dh0 ...,
    dNAME) where dL by y, hn and cn is dy, dhn and dcn. NAME are PyTorch's parameters.
    """
    random = np.random.RandomState(10)
    draw = lambda *shape: float32_exact(random.standard_normal(shape))
    net, lengths = module("LSTMCell", 2, 3, bidirectional=True), [4, 1, 6, 3]
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(draw(*parameter.shape))
    inputs = {"x": draw(4, 6, 2), "h0": draw(2, 4, 3), "c0": draw(2, 4, 3)}
    x, h0, c0 = (t.requires_grad_() for t in inputs.values())
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, (hn, cn) = net(packed, (h0, c0))
    y = nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0]
    outputs = {"y": y, "hn": hn, "cn": cn}
    cotangents = {"d" + name: draw(*t.shape) for name, t in outputs.items()}
    torch.autograd.backward(list(outputs.values()), list(cotangents.values()))
    gradients = {"d" + name: t.grad for name, t in [*inputs.items(), *net.named_parameters()]}
    lengths = torch.tensor(np.array(lengths, dtype=np.int32))
    return arrays(inputs | outputs | cotangents | gradients | dict(net.named_parameters()) | {"lengths": lengths})


if __name__ == "__main__":
    sys.exit(main("layers", recurrent, recurrent_options) or main(".", recurrent_wide, recurrent_states))
