"""Operations on a million numbers, as NumPy and JAX have them; PyTorch's are in torch_peer.py.

An operation takes the operands that its parameters name.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from peers.data import normal

Operation = Callable[..., Any]


def operands() -> dict[str, np.ndarray]:
    """What operations take: `mask` is of booleans, `places`, `longs` and `rows` of whole numbers from 0 to 1023."""
    rng = np.random.default_rng(5)
    square = (1024, 1024)
    return {
        "a": normal(square), "b": normal(square, 1), "row": normal((1024,), 2), "column": normal((1024, 1), 3),
        "positive": rng.uniform(0.1, 10, square).astype(np.float32), "tile": normal((512, 512), 4),
        "cube": normal((64, 128, 128), 5), "doubles": rng.standard_normal(square), "mask": normal(square, 6) > 0,
        "places": rng.integers(1024, size=square, dtype=np.int32), "longs": rng.integers(1024, size=square),
        "rows": rng.integers(1024, size=1024, dtype=np.int32),
    }  # fmt: skip


def arguments(operation: Operation, convert: Callable[[np.ndarray], Any]) -> list[Any]:
    """The operands of an operation, as a framework has them."""
    all_operands = operands()
    return [convert(all_operands[name]) for name in signature(operation).parameters]


def array_operations(xp: Any) -> dict[str, Operation]:
    """The operations of a module with NumPy's names."""
    return {
        "add": lambda a, b: a + b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
        "add-row": lambda a, row: a + row, "add-column": lambda a, column: a + column,
        "scale": lambda a: a * xp.float32(1.5), "greater": lambda a: a > 0,
        "where": lambda mask, a, b: xp.where(mask, a, b), "maximum": lambda a: xp.maximum(a, 0),
        "abs": lambda a: xp.abs(a), "sqrt": lambda positive: xp.sqrt(positive), "exp": lambda a: xp.exp(a),
        "log": lambda positive: xp.log(positive), "tanh": lambda a: xp.tanh(a), "sin": lambda a: xp.sin(a),
        "cube": lambda a: a ** 3, "power": lambda positive, b: positive ** b, "atan2": lambda a, b: xp.arctan2(a, b),
        "sum": lambda a: a.sum(), "sum-0": lambda a: a.sum(0), "sum-1": lambda a: a.sum(1), "mean": lambda a: a.mean(),
        "max": lambda a: a.max(), "max-0": lambda a: a.max(0), "max-1": lambda a: a.max(1),
        "argmax": lambda a: a.argmax(1), "variance": lambda a: a.var(ddof=1), "prod": lambda a: a.prod(),
        "cumsum-0": lambda a: a.cumsum(0), "cumsum-1": lambda a: a.cumsum(1),
        "to-double": lambda a: a.astype(xp.float64), "to-float": lambda doubles: doubles.astype(xp.float32),
        "from-int": lambda places: places.astype(xp.float32),
        "concat-0": lambda a, b: xp.concatenate((a, b)), "concat-1": lambda a, b: xp.concatenate((a, b), 1),
        "take": lambda a, rows: xp.take(a, rows, 0), "transpose": lambda a: a.T.copy(),
        "permute": lambda cube: cube.transpose(2, 0, 1).copy(), "slice": lambda a: a[:, ::2].copy(),
        "pad": lambda a: xp.pad(a, 1), "flip": lambda a: xp.flip(a, 1).copy(), "roll": lambda a: xp.roll(a, 100, 1),
        "tile": lambda tile: xp.tile(tile, (2, 2)), "sort": lambda a: xp.sort(a), "argsort": lambda a: xp.argsort(a),
    }  # fmt: skip
