#!/usr/bin/env python3
"""Makes the reference numbers of normalization and of further activations, using PyTorch in float64:
layers/normalization.safetensors and layers/more_activations.safetensors.

Usage:  pip install torch numpy safetensors
        python make_normalization.py            # rewrite the files
        python make_normalization.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, float32_exact, layer_case, main


def more_activations() -> Tensors:
    """Functions of x from -20 to 20, exactly 0 in the middle and dense around 0, at sizes with odd tails and at one
    of several axes; softmax at rows from 1 to 300 long."""
    random = np.random.RandomState(7)
    u = np.arange(-31, 32) / 31
    inputs = {
        "9x7": float32_exact(20 * u**5).reshape(9, 7),
        "1x1": float32_exact(random.standard_normal((1, 1))),
        "2x3x4x5": float32_exact(random.standard_normal((2, 3, 4, 5))),
        "3x61": float32_exact(3 * random.standard_normal((3, 61))),
    }
    functions = {
        "LeakyReLU": F.leaky_relu,
        "LeakyReLU(slope: 0.3)": lambda x: F.leaky_relu(x, 0.3),
        "ELU": F.elu,
        "ELU(alpha: 0.5)": lambda x: F.elu(x, 0.5),
        "GELU": F.gelu,
        "GELU(tanh)": lambda x: F.gelu(x, approximate="tanh"),
        "SiLU": F.silu,
        "Softplus": F.softplus,
        "Softplus(beta: 2)": lambda x: F.softplus(x, beta=2, threshold=1000),
        "Softmax": lambda x: F.softmax(x, -1),
        "LogSoftmax": lambda x: F.log_softmax(x, -1),
    }
    result: Tensors = {}
    for name, function in functions.items():
        for size, x in inputs.items():
            result |= layer_case(f"{name}.{size}", function, x, {}, random)
    for name in ("Softmax", "LogSoftmax"):
        x = float32_exact(5 * random.standard_normal((3, 300)))
        result |= layer_case(f"{name}.3x300", functions[name], x, {}, random)
    for size, x in inputs.items():
        prelu = lambda x, weight: F.prelu(x, weight)
        for name, slopes in (("PReLU", 1), ("PReLU(channels)", x.shape[1])):
            state = {"weight": float32_exact(random.standard_normal(slopes))}
            result |= layer_case(f"{name}.{size}", prelu, x, state, random)
    return result


def normalization() -> Tensors:
    """Batch, layer and root-mean-square normalization of inputs whose channels, or whose rows, differ in mean
    and scale."""
    random = np.random.RandomState(8)
    result: Tensors = {}

    def affine(shape) -> dict[str, torch.Tensor]:
        return {
            "weight": float32_exact(1 + 0.5 * random.standard_normal(shape)),
            "bias": float32_exact(random.standard_normal(shape)),
        }

    def varied(shape, axis: int) -> torch.Tensor:
        along = [length if index == axis else 1 for index, length in enumerate(shape)]
        scale = np.exp(random.standard_normal(along))
        return float32_exact(scale * (random.standard_normal(shape) + 2 * random.standard_normal(along)))

    for shape in [(3, 1), (3, 5), (4, 3, 7), (2, 3, 4, 5), (17, 33), (40, 65), (5, 20, 1)]:
        size, channels = "x".join(map(str, shape)), shape[1]
        running = {"runningMean": torch.zeros(channels).double(), "runningVariance": torch.ones(channels).double()}
        for name, epsilon in (("BatchNorm", 1e-5), ("BatchNorm(epsilon: 0.1)", 0.1)):
            if name != "BatchNorm" and shape != (17, 33):
                continue
            batch_norm = lambda x, weight, bias, runningMean, runningVariance: F.batch_norm(
                x, None, None, weight, bias, training=True, eps=epsilon)
            result |= layer_case(
                f"{name}.{size}", batch_norm, varied(shape, 1), affine(channels), random, running)

    for shape in [(3, 5), (4, 3, 7), (17, 33), (2, 500)]:
        size, features = "x".join(map(str, shape)), shape[-1]
        layer_norm = lambda x, weight, bias: F.layer_norm(x, (features,), weight, bias)
        result |= layer_case(f"LayerNorm.{size}", layer_norm, varied(shape, 0), affine(features), random)
        # PyTorch's own default is the spacing at 1 of x's type: float32's differs, hence a stated epsilon as well.
        for name, epsilon in (("RMSNorm", None), ("RMSNorm(epsilon: 0.1)", 0.1)):
            rms_norm = lambda x, weight: F.rms_norm(x, (features,), weight, epsilon)
            state = {"weight": affine(features)["weight"]}
            result |= layer_case(f"{name}.{size}", rms_norm, varied(shape, 0), state, random)
    for shape in [(5, 3, 1), (4, 3, 2, 5), (7, 3, 11)]:
        size, axes = "x".join(map(str, shape)), shape[-2:]
        layer_norm = lambda x, weight, bias: F.layer_norm(x, axes, weight, bias)
        result |= layer_case(f"LayerNorm(two axes).{size}", layer_norm, varied(shape, 0), affine(axes), random)
    return result


if __name__ == "__main__":
    sys.exit(main("layers", more_activations, normalization))
