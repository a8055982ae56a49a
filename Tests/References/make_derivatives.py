"""Derivatives of PyTorch's operations at NaN, infinities, zeros and ties, in float64.

    pip install torch numpy safetensors
    python make_derivatives.py              # rewrite derivatives.safetensors
    python make_derivatives.py --check      # compare it with a new run

`x` [8] are the points of the functions of one number, `pairs` [36, 2] those of functions of two, `rows` [10, 3] those of
functions of rows, which are summed, as sin would hide nothing: for cumulative ones with the weights 1, 2, 3. `NAME`
is the derivative by each element, for pairs by both.
"""

import argparse
import sys

import numpy as np
import torch

from references import DIRECTORY, Tensors
from safetensors.numpy import load_file, save

nan, inf = float("nan"), float("inf")
POINTS = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 2.5]
ROWS = [[1, nan, 2], [inf, 1, 2], [-inf, 1, 2], [-inf, -inf, -inf], [inf, inf, 1], [inf, -inf, 1], [0, 0, 0], [0, 2, 3],
        [2, 2, 1], [-1, 0, -2]]
WEIGHTS = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)

FUNCTIONS = {
    "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "sin": torch.sin, "cos": torch.cos, "expm1": torch.expm1,
    "log1p": torch.log1p, "erf": torch.erf, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu,
    "abs": torch.abs, "clip": lambda x: x.clamp(-1, 1), "square": lambda x: x**2, "cube": lambda x: x**3,
    "root": lambda x: x**0.5, "constant": lambda x: x**0, "inverse": lambda x: x**-1, "floor": torch.floor,
    "sign": torch.sign,
}
PAIRS = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
    "maximum": torch.maximum, "minimum": torch.minimum, "pow": torch.pow, "atan2": torch.atan2,
}
OF_ROWS = {
    "sum": lambda x: x.sum(-1), "mean": lambda x: x.mean(-1), "max": lambda x: x.amax(-1), "min": lambda x: x.amin(-1),
    "first_max": lambda x: x.max(-1).values, "logsumexp": lambda x: x.logsumexp(-1), "norm": lambda x: x.norm(2, -1),
    "norm1": lambda x: x.norm(1, -1), "prod": lambda x: x.prod(-1), "variance": lambda x: x.var(-1),
    "std": lambda x: x.std(-1),
    "cumsum": lambda x: (WEIGHTS * x.cumsum(-1)).sum(-1), "cumprod": lambda x: (WEIGHTS * x.cumprod(-1)).sum(-1),
    "softmax": lambda x: (WEIGHTS * torch.softmax(x, -1)).sum(-1),
    "log_softmax": lambda x: (WEIGHTS * torch.log_softmax(x, -1)).sum(-1),
    "sort": lambda x: (WEIGHTS * x.sort(stable=True, dim=-1).values).sum(-1),
}


def derivatives() -> Tensors:
    def slopes(function, points):
        x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
        y = function(x)
        if not y.requires_grad:
            return np.zeros(x.shape)
        y.backward(torch.ones_like(y))
        return x.grad.numpy()

    pairs = [[a, b] for a in POINTS[:4] + POINTS[5:7] for b in POINTS[:4] + POINTS[5:7]]
    table = {"x": np.array(POINTS), "pairs": np.array(pairs), "rows": np.array(ROWS, dtype=np.float64)}
    table |= {name: slopes(function, POINTS) for name, function in FUNCTIONS.items()}
    table |= {name: slopes(lambda x: function(x[:, 0], x[:, 1]), pairs) for name, function in PAIRS.items()}
    return table | {name: slopes(function, ROWS) for name, function in OF_ROWS.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Makes the derivatives at extreme numbers, or checks them.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    path, made = DIRECTORY / "derivatives.safetensors", derivatives()
    if parser.parse_args().check:
        old = load_file(path)
        differ = [name for name in old.keys() | made.keys()
                  if name not in old or name not in made or not np.allclose(old[name], made[name], 1e-12, equal_nan=True)]
        print(f"{path.name}: {differ or 'ok'}")
        sys.exit(bool(differ))
    path.write_bytes(save(made))
    print(f"{path.name}: {len(made)} tensors, {path.stat().st_size} bytes")
