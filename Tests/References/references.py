"""What the scripts that make reference files share.

Conventions: weights are [in, out] and y = xW + b, as in Strata; PyTorch's layers get them
transposed. Losses are held as tensors of shape [1]. Every input is exactly representable in
float32, so that the same files serve float64 and float32 tests. Tensors are F64 unless a comment
says otherwise; labels are I32. Inputs come from NumPy's frozen `RandomState` stream and are the
same everywhere; results may differ in the last bits on another machine or PyTorch version.
"""

import argparse
import pathlib
from collections.abc import Callable

import numpy as np
import torch
from safetensors.numpy import load_file, save

DIRECTORY = pathlib.Path(__file__).resolve().parent

Tensors = dict[str, np.ndarray]

def float32_exact(array) -> torch.Tensor:
    """The nearest values that float32 can hold, as a float64 tensor."""
    return torch.tensor(np.asarray(array, dtype=np.float32).astype(np.float64))


def leaf(array) -> torch.Tensor:
    """An input to differentiate with respect to."""
    return float32_exact(array).requires_grad_()


def number(scalar: torch.Tensor) -> torch.Tensor:
    """A scalar as a tensor of shape [1]."""
    return scalar.detach().reshape(1)


def arrays(tensors: dict[str, torch.Tensor], prefix: str = "") -> Tensors:
    """The tensors as contiguous NumPy arrays, each name with the prefix."""
    return {prefix + name: np.ascontiguousarray(t.detach().numpy()) for name, t in tensors.items()}


def int32(labels: np.ndarray) -> torch.Tensor:
    return torch.tensor(labels.astype(np.int32))


def layer_case(
    name: str,
    forward: Callable[..., torch.Tensor],
    x: torch.Tensor,
    state: dict[str, torch.Tensor],
    random: np.random.RandomState,
    statistics: dict[str, torch.Tensor] | None = None,
) -> Tensors:
    """One case of a layer: NAME.x, .state.PATH, .dy, .y, .dx and .gradient.PATH.

    `forward(x, **state)` is the layer in PyTorch, `state` its parameters by Strata's path (a dot is
    written as two underscores) in Strata's layout, and the cotangent dy is drawn from `random`.
    `statistics` are tensors that are part of the state and have no gradient.
    """
    parameters = {path: leaf(value.detach().numpy()) for path, value in state.items()}
    statistics = statistics or {}
    input = x if x.dtype == torch.int32 else leaf(x.detach().numpy())
    y = forward(input, **parameters, **statistics)
    dy = float32_exact(random.standard_normal(tuple(y.shape)))
    y.backward(dy)
    result = {"x": input, "dy": dy, "y": y}
    if input.requires_grad:
        result["dx"] = input.grad
    for path, value in parameters.items():
        result["state." + path.replace("__", ".")] = value
        result["gradient." + path.replace("__", ".")] = value.grad
    for path, value in statistics.items():
        result["state." + path.replace("__", ".")] = value
    return arrays(result, prefix=name + ".")




def difference(old: Tensors, new: Tensors) -> str | None:
    """What separates two versions of a file beyond rounding, or None."""
    if old.keys() != new.keys():
        return f"other tensors: {sorted(old.keys() ^ new.keys())}"
    for name, a in old.items():
        b = new[name]
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"{name}: {a.dtype}{list(a.shape)} on disk, {b.dtype}{list(b.shape)} made"
        if not np.allclose(a, b, rtol=1e-12, atol=1e-13 * np.abs(a).max(initial=0)):
            return f"{name}: differs by up to {np.abs(a - b).max():.3g}"
    return None


def main(folder: str, *makers: Callable[[], Tensors]) -> int:
    """Writes, or with --check compares, one file for each maker, named after it."""
    parser = argparse.ArgumentParser(description="Makes reference files, or checks them.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    failures = 0
    for make in makers:
        path = DIRECTORY / folder / f"{make.__name__}.safetensors"
        tensors = make()
        for name, array in tensors.items():
            assert array.dtype in (np.float64, np.float32, np.int32), (name, array.dtype)
            assert np.isfinite(array).all(), name
        if arguments.check:
            problem = difference(load_file(path), tensors) if path.exists() else "is missing"
            failures += problem is not None
            print(f"{path.name}: {problem or 'ok'}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(save(tensors))
            print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
    return 1 if failures else 0
