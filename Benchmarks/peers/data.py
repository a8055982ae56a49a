"""What workloads run on: batches, weights, and files as those of MNIST, the same for every framework."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peers.workloads import BatchNorm, Block, Conv, LayerNorm, Linear, Model, Recurrent, Tokens, Training

Floats = NDArray[np.float32]

BATCHES = 16  # enough that a model does not fit one and drift into denormal numbers


def normal(shape: tuple[int, ...], seed: int = 0) -> Floats:
    """Independent numbers of the normal distribution."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def batches(workload: Training) -> list[tuple[NDArray[Any], NDArray[np.int64]]]:
    """Normal inputs with random labels, or random tokens with random successors, to be used in turn."""
    rng = np.random.default_rng(2)
    if workload.reads_tokens:
        tokens = rng.integers(workload.classes, size=(BATCHES, 2, *workload.shape))
        return [(x.astype(np.int32), y) for x, y in tokens]
    return [
        (normal(workload.shape, seed), rng.integers(workload.classes, size=workload.shape[0]))
        for seed in range(BATCHES)
    ]


def weights(model: Model) -> list[dict[str, Any]]:
    """What each layer learns, uniform within ±1/√fan-in (a Linear before a ReLU learns from there as well)."""
    rng = np.random.default_rng(1)

    def uniform(fan_in: int, *shape: int) -> Floats:
        bound = fan_in**-0.5
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    def linear(inputs: int, outputs: int) -> dict[str, Floats]:
        return {"w": uniform(inputs, inputs, outputs), "b": uniform(inputs, outputs)}

    def normalization(features: int) -> dict[str, Floats]:
        return {"gamma": np.ones(features, np.float32), "beta": np.zeros(features, np.float32)}

    def small(*shape: int) -> Floats:
        return 0.02 * rng.standard_normal(shape, dtype=np.float32)

    def of(layer: object) -> dict[str, Any]:
        match layer:
            case Linear(inputs, outputs):
                return linear(inputs, outputs)
            case BatchNorm(features):
                return normalization(features)
            case Recurrent(_, inputs, hidden):
                rows = layer.gates * hidden
                return {
                    "w": uniform(hidden, inputs, rows), "b": uniform(hidden, rows),
                    "u": uniform(hidden, hidden, rows), "c": uniform(hidden, rows),
                }  # fmt: skip
            case Conv(inputs, outputs, kernel):
                fan_in = inputs * kernel * kernel
                return {"w": uniform(fan_in, outputs, inputs, kernel, kernel), "b": uniform(fan_in, outputs)}
            case Tokens(vocabulary, features, positions):
                return {"table": small(vocabulary, features), "positions": small(positions, features)}
            case Block(features):
                return {
                    "norm1": normalization(features), "norm2": normalization(features),
                    "heads": linear(features, 3 * features), "output": linear(features, features),
                    "hidden": linear(features, 4 * features), "feed": linear(4 * features, features),
                }  # fmt: skip
            case LayerNorm(features):
                return normalization(features)
            case _:
                return {}

    return [of(layer) for layer in model]


class ImageFiles:
    """Random images of 28 × 28 and labels in two IDX files, as long as this lives."""

    def __init__(self, images: int) -> None:
        self._directory = TemporaryDirectory(prefix="strata-bench-")
        folder = Path(self._directory.name)
        self.count = images
        self.images = folder / "images-idx3-ubyte"
        self.labels = folder / "labels-idx1-ubyte"
        rng = np.random.default_rng(3)
        _write_idx(self.images, rng.integers(256, size=(images, 28, 28), dtype=np.uint8))
        _write_idx(self.labels, rng.integers(10, size=images, dtype=np.uint8))

    def read(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The bytes of the pixels, [N, 784], and of the labels, [N]: 16 and 8 bytes of header stand before them."""
        images = np.fromfile(self.images, np.uint8, offset=16).reshape(self.count, 784)
        return images, np.fromfile(self.labels, np.uint8, offset=8)


def _write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    """Type code 8 for unsigned bytes, the lengths of the axes as big-endian integers, the bytes."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    path.write_bytes(header + array.tobytes())
