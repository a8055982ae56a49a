#!/usr/bin/env python3
"""Makes the reference numbers of convolution, pooling and their kin, using PyTorch in float64, in the folder layers:
convolution.safetensors, pooling.safetensors, convolution_options.safetensors, pooling_options.safetensors and
images.safetensors.

Usage:  pip install torch numpy safetensors
        python make_convolution.py            # rewrite the files
        python make_convolution.py --check    # write nothing, compare the files with a new run
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
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


def convolution_options() -> Tensors:
    """Convolutions with dilation, groups, margins of every kind, in one dimension, and transposed."""
    random = np.random.RandomState(13)
    result: Tensors = {}

    def case(name: str, module: nn.Module, shape: tuple[int, ...], before: Callable | None = None):
        module = module.double()
        state = {path: float32_exact(random.standard_normal(tuple(p.shape)) / np.sqrt(p[0].numel() if p.ndim > 1 else 1))
                 for path, p in module.named_parameters()}
        x = float32_exact(random.standard_normal(shape))
        forward = lambda x, **state: functional_call(module, state, (before(x) if before else x,))
        result.update(layer_case(name_of(name, shape), forward, x, state, random))

    for shape in [(1, 1, 1, 1), (2, 3, 5, 7)]:
        c = shape[1]
        case("Conv2D(3, padding same, dilation 2)", nn.Conv2d(c, 3, 3, padding="same", dilation=2), shape)
        case("Conv2D(3x2, padding same)", nn.Conv2d(c, 2, (3, 2), padding="same"), shape)
        case("Conv2D(2x3, stride 2x3, dilation 3x2, padding 2 1 2 3)",
             nn.Conv2d(c, 2, (2, 3), stride=(2, 3), dilation=(3, 2)), shape, lambda x: F.pad(x, (2, 3, 2, 1)))
        case("Conv2D(3, padding 2, replicate)", nn.Conv2d(c, 2, 3, padding=2, padding_mode="replicate"), shape)
        case("Conv2D(3, stride 2, padding 1, circular)",
             nn.Conv2d(c, 2, 3, stride=2, padding=1, padding_mode="circular"), shape)
        case("Conv2D(3, stride 2, padding 1, depthwise)",
             nn.Conv2d(c, 2 * c, 3, stride=2, padding=1, groups=c, bias=False), shape)
        case("ConvTranspose2D(3)", nn.ConvTranspose2d(c, 3, 3), shape)
        case("ConvTranspose2D(3, stride 2, padding 1, outputPadding 1)",
             nn.ConvTranspose2d(c, 2, 3, stride=2, padding=1, output_padding=1), shape)
        case("ConvTranspose2D(2x3, stride 3x1, dilation 2, outputPadding 1)",
             nn.ConvTranspose2d(c, 2, (2, 3), stride=(3, 1), output_padding=1, dilation=2), shape)
    case("Conv2D(3, padding 2x1, reflect)",
         nn.Conv2d(3, 2, 3, padding=(2, 1), padding_mode="reflect"), (2, 3, 5, 6))
    for shape in [(1, 2, 1, 1), (2, 6, 5, 7)]:
        c = shape[1]
        case("Conv2D(3, padding 1, groups 2)", nn.Conv2d(c, 6, 3, padding=1, groups=2), shape)
        case("ConvTranspose2D(2, stride 2, groups 2, bias: false)",
             nn.ConvTranspose2d(c, 4, 2, stride=2, groups=2, bias=False), shape)
    case("Conv1D(3)", nn.Conv1d(3, 4, 3), (2, 3, 5))
    for shape in [(1, 1, 1), (2, 3, 9)]:
        c = shape[1]
        case("Conv1D(3, padding causal, dilation 2)", nn.Conv1d(c, 3, 3, dilation=2), shape, lambda x: F.pad(x, (4, 0)))
        case("Conv1D(4, padding same, bias: false)", nn.Conv1d(c, 2, 4, padding="same", bias=False), shape)
        case("ConvTranspose1D(4, stride 2, padding 1)", nn.ConvTranspose1d(c, 3, 4, stride=2, padding=1), shape)
        case("ConvTranspose1D(3, stride 3, dilation 2, outputPadding 2)",
             nn.ConvTranspose1d(c, 2, 3, stride=3, output_padding=2, dilation=2), shape)
    case("Conv1D(3, stride 2, padding 1, groups 2, replicate)",
         nn.Conv1d(4, 4, 3, stride=2, padding=1, groups=2, padding_mode="replicate"), (2, 4, 9))
    return result


def pooling_options() -> Tensors:
    """Poolings that round up, of sequences, of ranges and of whole planes; x has ties, being rounded to quarters."""
    random = np.random.RandomState(14)
    result: Tensors = {}
    wide = {"kernel_size": (3, 2), "stride": (2, 3), "ceil_mode": True}
    three = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    images = {
        "MaxPool2D(3x2, stride 2x3, ceil)": lambda x: F.max_pool2d(x, **wide),
        "AveragePool2D(3, stride 2, padding 1, ceil)": lambda x: F.avg_pool2d(x, **three),
        "AveragePool2D(3x2, stride 2x3, padding 1, ceil, inside)": lambda x: F.avg_pool2d(
            x, **wide, padding=1, count_include_pad=False),
        "AdaptiveAveragePool2D(3x2)": lambda x: F.adaptive_avg_pool2d(x, (3, 2)),
        "AdaptiveMaxPool2D(3x2)": lambda x: F.adaptive_max_pool2d(x, (3, 2)),
        "GlobalAveragePool": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
        "GlobalMaxPool": lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
    }
    sequences = {
        "MaxPool1D(2)": lambda x: F.max_pool1d(x, 2),
        "MaxPool1D(3, stride 2, padding 1, ceil)": lambda x: F.max_pool1d(x, **three),
        "AveragePool1D(2)": lambda x: F.avg_pool1d(x, 2),
        "AveragePool1D(3, stride 2, padding 1, ceil)": lambda x: F.avg_pool1d(x, **three),
        "AdaptiveAveragePool1D(3)": lambda x: F.adaptive_avg_pool1d(x, 3),
        "AdaptiveMaxPool1D(3)": lambda x: F.adaptive_max_pool1d(x, 3),
    }
    for cases, shapes in [(images, [(1, 1, 3, 3), (2, 3, 5, 8)]), (sequences, [(1, 1, 2), (2, 3, 10)])]:
        for layer, forward in cases.items():
            for shape in shapes:
                x = torch.round(4 * float32_exact(random.standard_normal(shape))) / 4
                result |= layer_case(name_of(layer, shape), forward, x, {}, random)
    return result


def images() -> Tensors:
    """Margins, enlarged images, and normalization by groups of channels."""
    random = np.random.RandomState(15)
    result: Tensors = {}

    def case(name: str, shape: tuple[int, ...], forward, state=None):
        x = float32_exact(random.standard_normal(shape))
        result.update(layer_case(name_of(name, shape), forward, x, state or {}, random))

    for shape in [(1, 1, 3, 3), (2, 3, 4, 5)]:
        case("Pad2D(0 1 2 3)", shape, lambda x: F.pad(x, (2, 3, 0, 1)))
        case("Pad2D(3, replicate)", shape, lambda x: F.pad(x, (3, 3, 3, 3), mode="replicate"))
        case("Pad2D(2x1, reflect)", shape, lambda x: F.pad(x, (1, 1, 2, 2), mode="reflect"))
        case("Pad2D(1, circular)", shape, lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"))
        case("Upsample(2)", shape, lambda x: F.interpolate(x, scale_factor=2))
        case("Upsample(size 5x3)", shape, lambda x: F.interpolate(x, size=(5, 3)))
        case("Upsample(2x3, bilinear)", shape, lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear"))
        case("Upsample(size 4x7, bilinear)", shape, lambda x: F.interpolate(x, size=(4, 7), mode="bilinear"))
        case("Upsample(size 4x7, corners)", shape,
             lambda x: F.interpolate(x, size=(4, 7), mode="bilinear", align_corners=True))
    case("Pad1D(2 0)", (2, 3, 5), lambda x: F.pad(x, (2, 0)))
    case("Pad1D(1, circular)", (2, 3, 5), lambda x: F.pad(x, (1, 1), mode="circular"))
    case("PixelShuffle(2)", (2, 8, 3, 2), lambda x: F.pixel_shuffle(x, 2))
    for shape in [(3, 4, 5), (2, 6, 3, 4)]:
        state = lambda: {path: float32_exact(random.standard_normal(shape[1])) for path in ("weight", "bias")}
        norm = lambda groups, epsilon: lambda x, weight=None, bias=None: F.group_norm(x, groups, weight, bias, epsilon)
        case("GroupNorm(1)", shape, norm(1, 1e-5), state())
        case("GroupNorm(2)", shape, norm(2, 0.1), state())
        case("InstanceNorm", shape, lambda x: F.instance_norm(x))
        case("InstanceNorm(affine)", shape,
             lambda x, weight, bias: F.instance_norm(x, weight=weight, bias=bias, eps=0.1), state())
    return result


if __name__ == "__main__":
    sys.exit(main("layers", convolution, pooling, convolution_options, pooling_options, images))
