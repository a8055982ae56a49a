"""Writes arrays of every type with numpy and safetensors, and compares what Strata has made of them.

Usage:  check_formats.py write IN        or        check_formats.py compare IN OUT        Needs numpy and safetensors.
"""

import pathlib
import sys
import zipfile

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

KINDS = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]
SHAPES = [(), (1,), (0, 3), (7,), (4, 3), (2, 3, 4), (5, 1, 2, 3), (300, 1000)]


def numbers(kind: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Numbers over all of the range that int32 shares with the type, or of all sizes."""
    if kind == "b1":
        return np.asarray(random.integers(0, 2, shape, endpoint=False).astype(bool))
    if kind[0] == "f":
        scale = np.exp(random.uniform(-8, 8, shape))
        return np.asarray((random.standard_normal(shape) * scale).astype(kind))
    limits = np.iinfo(kind)
    return np.asarray(
        random.integers(max(limits.min, -(2**31)), min(limits.max, 2**31 - 1), shape, endpoint=True).astype(kind))


def write(folder: pathlib.Path) -> None:
    random = np.random.default_rng(1)
    for kind in KINDS:
        arrays = {f"{kind}.{index}": numbers(kind, shape, random) for index, shape in enumerate(SHAPES)}
        save_file({name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()},
                  folder / f"{kind}.safetensors", {"format": "np"})
        np.savez(folder / f"{kind}.npz", **arrays)
        np.savez_compressed(folder / f"{kind}.packed.npz", **arrays)
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
            np.save(folder / f"{name}.fortran.npy", np.asfortranarray(array))
            np.save(folder / f"{name}.big.npy", array.astype(array.dtype.newbyteorder(">")))


def load(path: pathlib.Path) -> dict[str, np.ndarray]:
    if path.suffix == ".npy":
        return {"x": np.load(path)}
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as file:
            assert file.testzip() is None, path
        with np.load(path) as file:
            return dict(file)
    return load_file(path)


def compare(folder: pathlib.Path, other: pathlib.Path) -> None:
    compared = 0
    for path in sorted(folder.iterdir()):
        expected = load(path)
        for suffix in [".npz", ".deflated.npz", ".safetensors"] + [".npy"] * (path.suffix == ".npy"):
            made = load(other / (path.name + suffix))
            assert made.keys() == expected.keys(), (path, suffix)
            for name, array in expected.items():
                kind = {"f8": "f8", "f4": "f4", "f2": "f4"}.get(array.dtype.str[1:], "i4")
                assert made[name].dtype == kind and made[name].shape == array.shape, (path, suffix, name)
                assert np.array_equal(made[name], array.astype(kind), equal_nan=kind[0] == "f"), (path, suffix, name)
                compared += array.size
        with safe_open(other / (path.name + ".safetensors"), "np") as file:
            assert "strata.xxh64" in file.metadata()
    print(f"formats: {compared} numbers of {len(list(folder.iterdir()))} files agree")


if __name__ == "__main__":
    folders = [pathlib.Path(argument) for argument in sys.argv[2:]]
    {"write": write, "compare": compare}[sys.argv[1]](*folders)
