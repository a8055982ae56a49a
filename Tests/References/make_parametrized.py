#!/usr/bin/env python3
"""Makes the reference numbers of weight and spectral normalization, using PyTorch in float64:
layers/parametrized.safetensors and parametrized_steps.safetensors.

Usage:  pip install torch numpy safetensors
        python make_parametrized.py            # rewrite the files
        python make_parametrized.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from references import Tensors, arrays, float32_exact, layer_case, main

PATH = "parametrizations__weight__"


def call(net: nn.Module, x: torch.Tensor, state: dict[str, torch.Tensor]) -> torch.Tensor:
    """The module in training with this state; estimates of singular vectors are changed in a copy."""
    state = {name: t.clone() if "._" in name else t for name, t in state.items()}
    return torch.func.functional_call(net.double(), state, (x,))


def parametrized() -> Tensors:
    """Linear maps and convolutions in training, with weights far from normalized; singular vectors are estimated from
    random ones, by six steps."""
    random = np.random.RandomState(41)
    draw = lambda *shape: float32_exact(random.standard_normal(shape))
    unit = lambda n: float32_exact((lambda u: u / np.linalg.norm(u))(random.standard_normal(n)))
    result: Tensors = {}
    for shape in [(3, 5), (4, 3, 7), (9, 16)]:
        inputs, label = shape[-1], "x".join(map(str, shape))
        outputs = inputs % 5 + 2
        state = {"weight": draw(inputs, outputs), "bias": draw(outputs), PATH + "scale": draw(1, outputs)}
        net = weight_norm(nn.Linear(inputs, outputs))
        forward = lambda x, net=net, **s: call(
            net, x,
            {"parametrizations.weight.original0": s[PATH + "scale"].T, "parametrizations.weight.original1": s["weight"].T,
             "bias": s["bias"]})  # fmt: skip
        result |= layer_case(f"Linear(by WeightNorm).{label}", forward, draw(*shape), state, random)
        del state[PATH + "scale"]
        vectors = {PATH + "left": unit(outputs), PATH + "right": unit(inputs)}
        net = spectral_norm(nn.Linear(inputs, outputs), n_power_iterations=6)
        forward = lambda x, net=net, **s: call(
            net, x,
            {"parametrizations.weight.original": s["weight"].T, "bias": s["bias"],
             "parametrizations.weight.0._u": s[PATH + "left"], "parametrizations.weight.0._v": s[PATH + "right"]})  # fmt: skip
        name = f"Linear(by SpectralNorm).{label}"
        result |= layer_case(name, forward, draw(*shape), state, random, vectors)
    for shape in [(2, 3, 4, 5), (3, 2, 5, 3)]:
        channels, label = shape[1], "x".join(map(str, shape))
        state = {"weight": draw(4, channels, 3, 3), "bias": draw(4), PATH + "scale": draw(4, 1, 1, 1)}
        net = weight_norm(nn.Conv2d(channels, 4, 3, padding=1))
        forward = lambda x, net=net, **s: call(
            net, x,
            {"parametrizations.weight.original0": s[PATH + "scale"], "parametrizations.weight.original1": s["weight"],
             "bias": s["bias"]})  # fmt: skip
        result |= layer_case(f"Conv2D(by WeightNorm).{label}", forward, draw(*shape), state, random)
        state = {"weight": draw(channels, 4, 3, 3), "bias": draw(4)}
        vectors = {PATH + "left": unit(4), PATH + "right": unit(channels * 9)}
        net = spectral_norm(nn.ConvTranspose2d(channels, 4, 3, padding=1), n_power_iterations=6)
        forward = lambda x, net=net, **s: call(
            net, x,
            {"parametrizations.weight.original": s["weight"], "bias": s["bias"],
             "parametrizations.weight.0._u": s[PATH + "left"], "parametrizations.weight.0._v": s[PATH + "right"]})  # fmt: skip
        name = f"ConvTranspose2D(by SpectralNorm).{label}"
        result |= layer_case(name, forward, draw(*shape), state, random, vectors)
    return result


def parametrized_steps() -> Tensors:
    """A network with every kind of parametrization: its `state_dict` before (begin.NAME), ten steps of SGD at 0.05 on
    0.5 sum(y^2) / 4 of x [4, 6, 3], the `state_dict` after (end.NAME), and what it then gives in inference, `y`."""
    random = np.random.RandomState(43)
    torch.manual_seed(0)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.recurrent = weight_norm(nn.LSTM(3, 5, batch_first=True), "weight_hh_l0")
            self.hidden = spectral_norm(nn.Linear(5, 4))
            self.output = weight_norm(nn.Linear(4, 2))

        def forward(self, x):
            return self.output(torch.tanh(self.hidden(self.recurrent(x)[0][:, -1])))

    net = Net().double()
    with torch.no_grad():
        for tensor in net.state_dict().values():
            tensor.copy_(float32_exact(tensor.numpy()))
    x = float32_exact(random.standard_normal((4, 6, 3)))
    result = {"x": x} | {"begin." + name: t.clone() for name, t in net.state_dict().items()}
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(10):
        optimizer.zero_grad()
        (0.5 * net(x).square().sum() / 4).backward()
        optimizer.step()
    net.eval()
    result |= {"end." + name: t for name, t in net.state_dict().items()} | {"y": net(x)}
    return arrays(result)


if __name__ == "__main__":
    sys.exit(main("layers", parametrized) or main(".", parametrized_steps))
