#!/usr/bin/env python3
"""Makes the reference numbers of convolution and pooling, using PyTorch in float64: layers/convolution.safetensors
and layers/pooling.safetensors.

Usage:  pip install torch numpy safetensors
        python make_convolution.py            # rewrite the files
        python make_convolution.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, float32_exact, layer_case, main


def name_of(layer: str, shape: tuple[int, ...]) -> str:
    return f"{layer}.{'x'.join(map(str, shape))}"


def convolution() -> Tensors:
    """Conv2D with the options in its name; the numbers of output channels are those of the tests' registry.
    The two largest cases are the convolutions of the benchmark's network, on fewer images."""
    random = np.random.RandomState(11)
    result: Tensors = {}

    def case(options: str, shape: tuple[int, ...], outputs: int, kernel: tuple[int, int], bias=True, **settings):
        weight = random.standard_normal((outputs, shape[1], *kernel)) / np.sqrt(shape[1] * kernel[0] * kernel[1])
        state = {"weight": float32_exact(weight)}
        if bias:
            state["bias"] = float32_exact(random.standard_normal(outputs))
        x = float32_exact(random.standard_normal(shape))
        forward = lambda x, weight, bias=None: F.conv2d(x, weight, bias, **settings)
        result.update(layer_case(name_of(f"Conv2D({options})", shape), forward, x, state, random))

    for shape in [(1, 1, 3, 3), (3, 2, 4, 4), (2, 3, 5, 6), (17, 1, 3, 4), (2, 11, 7, 19)]:
        case("3", shape, shape[1] % 4 + 1, (3, 3))
    for shape in [(1, 1, 1, 1), (2, 7, 5, 9)]:
        case("1", shape, 9, (1, 1))
    for shape in [(1, 1, 1, 1), (2, 3, 5, 7), (3, 2, 8, 17)]:
        case("3, stride 2, padding 1", shape, 5, (3, 3), stride=2, padding=1)
        case("2, stride 3, padding 2, bias: false", shape, 2, (2, 2), bias=False, stride=3, padding=2)
        case("3x2, stride 1x3, padding 2x1", shape, 3, (3, 2), stride=(1, 3), padding=(2, 1))
    case("5, padding 2", (2, 1, 28, 28), 6, (5, 5), padding=2)
    case("5", (3, 6, 14, 14), 16, (5, 5))
    return result


def pooling() -> Tensors:
    """MaxPool2D and AveragePool2D; x has ties, being rounded to quarters."""
    random = np.random.RandomState(12)
    result: Tensors = {}
    odd = {"kernel_size": (3, 2), "stride": (1, 3), "padding": 1}
    cases = {
        "MaxPool2D(2)": (F.max_pool2d, {"kernel_size": 2}),
        "MaxPool2D(3, stride 2, padding 1)": (F.max_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
        "MaxPool2D(3x2, stride 1x3, padding 1)": (F.max_pool2d, odd),
        "AveragePool2D(2)": (F.avg_pool2d, {"kernel_size": 2}),
        "AveragePool2D(3, stride 2, padding 1)": (F.avg_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
        "AveragePool2D(3, stride 2, padding 1, inside)": (
            F.avg_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        "AveragePool2D(3x2, stride 1x3, padding 1, inside)": (F.avg_pool2d, odd | {"count_include_pad": False}),
    }
    for layer, (function, settings) in cases.items():
        for shape in [(1, 1, 2, 2), (3, 2, 5, 7), (2, 3, 8, 36)]:
            x = torch.round(4 * float32_exact(random.standard_normal(shape))) / 4
            forward = lambda x: function(x, **settings)
            result |= layer_case(name_of(layer, shape), forward, x, {}, random)
    return result


if __name__ == "__main__":
    sys.exit(main("layers", convolution, pooling))
