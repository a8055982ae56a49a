#!/usr/bin/env python3
"""Makes the reference numbers of the layers of structure: layers/structure.safetensors.

Usage as of make_layers.py. Dropout and Reparameterize draw random numbers, which this script draws again, by
its own version of the generator: a layer made first under seed 0 has stream 0, and its first call adds 2^32.
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, float32_exact, int32, layer_case, main


def random_words(count: int) -> np.ndarray:
    """The words of Philox-4x32-10 under the key 0 at counters (i, 0, 0, 1), i from 0 to `count` - 1: [4, count]."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    x = [np.arange(count, dtype=np.uint64)] + [np.full(count, i == 2, np.uint64) for i in range(3)]
    keys = [0, 0]
    for _ in range(10):
        p, q = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        x = [q >> shift ^ x[1] ^ np.uint64(keys[0]), q & low, p >> shift ^ x[3] ^ np.uint64(keys[1]), p & low]
        keys = [(keys[0] + 0x9E3779B9) % 2**32, (keys[1] + 0xBB67AE85) % 2**32]
    return np.stack(x)


def mask(shape: tuple[int, ...], rate: float) -> torch.Tensor:
    """A word an element: word w of eight counters in a row, then word w + 1 of the same eight."""
    count = int(np.prod(shape))
    packs = -(-count // 32)
    words = random_words(8 * packs).reshape(4, packs, 8).transpose(1, 0, 2).reshape(-1)
    kept = words[:count] >= round(rate * 2**32)
    return torch.tensor(kept.reshape(shape) / (1 - rate))


def noise(shape: tuple[int, ...]) -> torch.Tensor:
    """Box and Muller's pairs, each from one counter's two 64-bit words."""
    count = int(np.prod(shape))
    w = random_words(-(-count // 2))
    uniform = [(high << np.uint64(32) | low) >> np.uint64(11) for low, high in [(w[0], w[1]), (w[2], w[3])]]
    radius, angle = np.sqrt(-2 * np.log(1 - uniform[0] * 2.0**-53)), 2 * np.pi * uniform[1] * 2.0**-53
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return torch.tensor(pairs.reshape(-1)[:count].reshape(shape))


def structure() -> Tensors:
    random = np.random.RandomState(11)
    result: Tensors = {}

    def normal(*shape: int) -> torch.Tensor:
        return float32_exact(random.standard_normal(shape))

    def add(name: str, forward, x: torch.Tensor, **state: torch.Tensor) -> None:
        size = "x".join(map(str, x.shape))
        result.update(layer_case(f"{name}.{size}", forward, x, state, random))

    def linear(inputs: int, outputs: int, path: str, bias: bool = True) -> dict[str, torch.Tensor]:
        state = {path + "__weight": normal(inputs, outputs) / 4}
        return state | ({path + "__bias": normal(outputs)} if bias else {})

    for shape in [(1, 1), (3, 5), (7, 31)]:
        inputs = shape[-1]
        add("Dropout(0.3)", lambda x: x * mask(shape, 0.3), normal(*shape))
        add("Reparameterize", reparameterize, normal(shape[0], 2 * inputs))
        add(
            "Residual",
            lambda x, **s: x + torch.tanh(x @ s["0__weight"] + s["0__bias"]) @ s["2__weight"] + s["2__bias"],
            normal(*shape), **linear(inputs, 4, "0"), **linear(4, inputs, "2"))
        for name, scale in [("[1]", 1), ("[D]", inputs)]:
            add(
                f"Residual(scale: {name})",
                lambda x, **s: x + s["scale"] * torch.tanh(x @ s["0__weight"] + s["0__bias"]),
                normal(*shape), scale=normal(scale), **linear(inputs, inputs, "0"))
        add(
            "Parallel(.sum)",
            lambda x, **s: x @ s["0__weight"] + s["0__bias"] + torch.tanh(x) @ s["1__1__weight"],
            normal(*shape), **linear(inputs, 3, "0"), **linear(inputs, 3, "1__1", bias=False))
        add(
            "Parallel(.concatenate)",
            lambda x, **s: torch.cat([
                x @ s["0__weight"] + s["0__bias"], torch.tanh(x),
                torch.sigmoid(x @ s["2__0__weight"] + s["2__0__bias"])], -1),
            normal(*shape), **linear(inputs, 3, "0"), **linear(inputs, 2, "2__0"))
        add("TiedLinear", lambda x, weight, bias: x @ weight.T + bias, normal(*shape),
            weight=normal(inputs % 5 + 1, inputs), bias=normal(inputs % 5 + 1))
        add("TiedLinear(bias: false)", lambda x, weight: x @ weight.T, normal(*shape), weight=normal(3, inputs))
        add(
            "Sequential(tied)",
            lambda x, **s: torch.tanh(x @ s["0__weight"] + s["0__bias"]) @ s["0__weight"].T + s["2__bias"],
            normal(*shape), **linear(inputs, 3, "0"), **{"2__bias": normal(inputs)})
        add("StraightThrough(.round)", lambda x: x + (torch.round(x) - x).detach(), normal(*shape))
        add("StraightThrough(.sign)", lambda x: x + (torch.sign(x) - x).detach(), normal(*shape))
        add("StopGradient", lambda x: x.detach() + 0 * x, normal(*shape))
        add("Lambda", torch.sin, normal(*shape))
        add("Reshape", lambda x: x.reshape(shape[0], 1, -1, 1), normal(*shape))
        table = normal(7, shape[0] * inputs % 40 + 1)
        add("Embedding", lambda x, weight: F.embedding(x, weight), int32(random.randint(0, 7, shape)), weight=table)
    shape = (33, 65)
    add("Dropout(0.3)", lambda x: x * mask(shape, 0.3), normal(*shape))
    state = {"weight": normal(65 % 5 + 1, 65), "bias": normal(65 % 5 + 1)}
    add("TiedLinear", lambda x, weight, bias: x @ weight.T + bias, normal(*shape), **state)
    x = normal(2, 3, 5, 7)
    add("Parallel(.concatenate(axis: 1))", lambda x: torch.cat([torch.sigmoid(x), torch.tanh(x)], 1), x)
    add("Residual(scale: [C, 1, 1])", lambda x, scale: x + scale * torch.tanh(x), x, scale=normal(3, 1, 1))
    return result


def reparameterize(x: torch.Tensor) -> torch.Tensor:
    mean, log_variance = x.chunk(2, -1)
    return mean + torch.exp(log_variance / 2) * noise(tuple(mean.shape))


def normal_divergence() -> Tensors:
    """KL divergence of diagonal normal distributions, mean over rows and sum: x and t hold means, then
    log-variances."""
    random = np.random.RandomState(12)
    result: Tensors = {}
    for rows, columns in [(1, 1), (5, 3), (17, 33)]:
        x, t = (float32_exact(random.standard_normal((rows, 2 * columns))).requires_grad_() for _ in range(2))
        (m, v), (n, w) = x.chunk(2, -1), t.chunk(2, -1)
        normal = torch.distributions.Normal
        loss = torch.distributions.kl_divergence(normal(m, (v / 2).exp()), normal(n, (w / 2).exp())).sum()
        loss.backward()
        case = {"x": x, "t": t, "sum": loss.reshape(1), "gradient": x.grad}
        result |= {f"{rows}x{columns}.{name}": tensor.detach().numpy() for name, tensor in case.items()}
    return result


if __name__ == "__main__":
    sys.exit(main("layers", structure) or main(".", normal_divergence))
