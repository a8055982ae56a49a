#!/usr/bin/env python3
"""Makes the reference numbers of the layers, using PyTorch in float64: layers/NAME.safetensors.

Usage:  pip install torch numpy safetensors
        python make_layers.py            # rewrite the files
        python make_layers.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, float32_exact, layer_case, main


def activations() -> Tensors:
    """Elementwise functions of x from -20 to 20, exactly 0 in the middle and dense around 0, and at
    sizes with odd tails."""
    random = np.random.RandomState(4)
    u = np.arange(-31, 32) / 31
    inputs = {
        "9x7": float32_exact(20 * u**5).reshape(9, 7),
        "1x1": float32_exact(random.standard_normal((1, 1))),
        "17x61": float32_exact(3 * random.standard_normal((17, 61))),
    }
    result: Tensors = {}
    functions = {"ReLU": F.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh}
    for name, function in functions.items():
        for size, x in inputs.items():
            result |= layer_case(f"{name}.{size}", function, x, {}, random)
    return result


def linear() -> Tensors:
    """y = xW + b with in % 5 + 1 outputs, and y = xW with 3; the third input has an axis of time."""
    random = np.random.RandomState(5)
    result: Tensors = {}
    for shape in [(1, 1), (3, 5), (4, 3, 7), (17, 33), (64, 129)]:
        inputs = shape[-1]
        x = float32_exact(random.standard_normal(shape))
        size = "x".join(map(str, shape))
        affine = lambda x, weight, bias=None: F.linear(x, weight.T, bias)
        for name, outputs in [("Linear", inputs % 5 + 1), ("Linear(bias: false)", 3)]:
            state = {"weight": float32_exact(random.standard_normal((inputs, outputs)) / np.sqrt(inputs))}
            if name == "Linear":
                state["bias"] = float32_exact(random.standard_normal(outputs))
            result |= layer_case(f"{name}.{size}", affine, x, state, random)
    return result


if __name__ == "__main__":
    sys.exit(main("layers", activations, linear))
