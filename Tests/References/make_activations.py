#!/usr/bin/env python3
"""Makes the reference numbers of the activations that make_normalization.py has not, of layers that gate, and of options of
layers, using PyTorch in float64: layers/activation_functions.safetensors, layers/options.safetensors and
pairs.safetensors.

Usage:  pip install torch numpy safetensors
        python make_activations.py            # rewrite the file
        python make_activations.py --check    # write nothing, compare the file with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, arrays, float32_exact, layer_case, main


def activation_functions() -> Tensors:
    """Functions of x from -20 to 20, dense around 0, at sizes with odd tails and at one of several axes. No x is so near a
    kink that float32 could take the other side."""
    random = np.random.RandomState(12)
    u = np.arange(-31, 32) / 31
    inputs = {
        "9x7": float32_exact(20 * u**5 + 1e-3).reshape(9, 7),
        "1x1": float32_exact(random.standard_normal((1, 1))),
        "2x3x4x5": float32_exact(3 * random.standard_normal((2, 3, 4, 5))),
    }
    functions = {
        "SELU": F.selu,
        "CELU": F.celu,
        "CELU(alpha: 0.5)": lambda x: F.celu(x, 0.5),
        "Mish": F.mish,
        "Hardswish": F.hardswish,
        "Hardsigmoid": lambda x: F.relu6(x + 3) / 6,  # PyTorch's own has a slope of 1/6 in float32 in any type
        "Hardtanh": F.hardtanh,
        "Hardtanh(-0.5...2)": lambda x: F.hardtanh(x, -0.5, 2),
        "ReLU6": F.relu6,
        "LogSigmoid": F.logsigmoid,
        "Softsign": F.softsign,
        "Softshrink": F.softshrink,
        "Softshrink(lambda: 0.2)": lambda x: F.softshrink(x, 0.2),
        "Hardshrink": F.hardshrink,
        "Tanhshrink": F.tanhshrink,
        "Threshold": lambda x: F.threshold(x, 0.3, -2),
        "Softmax(axis: 1)": lambda x: F.softmax(x, 1),
        "LogSoftmax(axis: 1)": lambda x: F.log_softmax(x, 1),
    }
    result: Tensors = {}
    for name, function in functions.items():
        for size, x in inputs.items():
            result |= layer_case(f"{name}.{size}", function, x, {}, random)

    def gated(gate):
        def layer(x):
            a, b = x.chunk(2, -1)
            return gate(a) * b
        return layer

    halves = {
        "GLU": F.glu, "GEGLU": gated(F.gelu), "ReGLU": gated(F.relu),
        "Maxout": lambda x: x.unflatten(-1, (-1, 2)).amax(-1),
    }
    for name, function in halves.items():
        for shape in [(3, 8), (2, 3, 14)]:
            x = float32_exact(2 * random.standard_normal(shape))
            result |= layer_case(f"{name}.{'x'.join(map(str, shape))}", function, x, {}, random)
    return result


def options() -> Tensors:
    """Normalization without what is learnt, or without a bias, and over several axes; rows of a table with a row of padding, and
    bags of them."""
    random = np.random.RandomState(13)
    normal = lambda *shape: float32_exact(random.standard_normal(shape))
    result: Tensors = {}
    for shape in [(5, 3), (4, 3, 7), (17, 33)]:
        size, channels, features = "x".join(map(str, shape)), shape[1], shape[-1:]
        x = 2 * normal(*shape) + 1
        running = {"runningMean": torch.zeros(channels).double(), "runningVariance": torch.ones(channels).double()}

        def batch_norm(x, weight=None, bias=None, runningMean=None, runningVariance=None):
            return F.batch_norm(x, None, None, weight, bias, training=True)

        weight, bias = {"weight": 1 + normal(channels) / 2}, {"bias": normal(channels)}
        result |= layer_case(f"BatchNorm(isAffine: false).{size}", batch_norm, x, {}, random, running)
        result |= layer_case(f"BatchNorm(tracksStatistics: false).{size}", batch_norm, x, weight | bias, random)
        result |= layer_case(f"LayerNorm(isAffine: false).{size}", lambda x: F.layer_norm(x, features), x, {}, random)
        weight = {"weight": 1 + normal(*features) / 2}
        result |= layer_case(
            f"LayerNorm(bias: false).{size}", lambda x, weight: F.layer_norm(x, features, weight), x, weight, random)
        result |= layer_case(f"RMSNorm(isAffine: false).{size}", lambda x: F.rms_norm(x, features, eps=1e-6), x, {}, random)
    for shape in [(5, 3, 4), (2, 4, 3, 7)]:
        axes, weight = shape[-2:], {"weight": 1 + normal(*shape[-2:]) / 2}
        result |= layer_case(
            f"RMSNorm(two axes).{'x'.join(map(str, shape))}", lambda x, weight: F.rms_norm(x, axes, weight, 1e-6),
            normal(*shape), weight, random)
    result |= layer_case("Flatten(from: 2).3x2x4x5", lambda x: x.flatten(2), normal(3, 2, 4, 5), {}, random)
    for shape in [(6,), (4, 5)]:
        indices = torch.tensor(random.randint(7, size=shape).astype(np.int32))
        indices.view(-1)[1] = 2
        size, table = "x".join(map(str, shape)), {"weight": normal(7, 3)}
        result |= layer_case(
            f"Embedding(padding: 2).{size}", lambda x, weight: F.embedding(x, weight, padding_idx=2), indices, table, random)
    for mode in ("sum", "mean", "max"):
        for shape in [(3, 5), (4, 1)]:
            indices = torch.tensor(random.randint(7, size=shape).astype(np.int32))
            size, table = "x".join(map(str, shape)), {"weight": normal(7, 3)}
            result |= layer_case(
                f"EmbeddingBag(.{mode}).{size}", lambda x, weight: F.embedding_bag(x, weight, mode=mode), indices, table, random)
            result |= layer_case(
                f"EmbeddingBag(.{mode}, padding: 2).{size}",
                lambda x, weight: F.embedding_bag(x, weight, mode=mode, padding_idx=2), indices, table, random)
    return result


def pairs() -> Tensors:
    """Modules of two inputs: BILINEAR and COSINE with `first`, `second`, `dy`, `y`, `dfirst`, `dsecond`, and the parameters as
    for layers."""
    random = np.random.RandomState(14)
    normal = lambda *shape: float32_exact(random.standard_normal(shape))
    result: Tensors = {}

    def case(name, function, first, second, **parameters):
        leaves = {key: value.requires_grad_() for key, value in {"first": first, "second": second, **parameters}.items()}
        y = function(**leaves)
        dy = float32_exact(random.standard_normal(tuple(y.shape)))
        y.backward(dy)
        tensors = {"y": y, "dy": dy, **leaves} | {"d" + key: value.grad for key, value in leaves.items()}
        result.update(arrays(tensors, prefix=name + "."))

    case("bilinear", lambda first, second, weight, bias: F.bilinear(first, second, weight, bias),
         normal(5, 3), normal(5, 4), weight=normal(2, 3, 4), bias=normal(2))
    case("cosine", lambda first, second: F.cosine_similarity(first, second, dim=-1), normal(5, 2, 3), normal(5, 2, 3))
    return result


if __name__ == "__main__":
    sys.exit(main("layers", activation_functions, options) or main(".", pairs))
