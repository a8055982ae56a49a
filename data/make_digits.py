#!/usr/bin/env python3
"""Makes data/digits: 1,797 real 8x8 handwritten digits as IDX files under MNIST's names.

Usage:  pip install numpy scikit-learn
        python make_digits.py            # write the four files, then check them
        python make_digits.py --check    # only compare the files with what would be written

The result does not depend on the machine or on library versions: the images are integers, the
split draws from NumPy's frozen `RandomState` stream, and the SHA-256 of every file stands below.
Either command ends with exit code 1 if a file differs from it. Origin and licence: README.md.
"""

import argparse
import hashlib
import pathlib
import sys

import numpy as np
from sklearn.datasets import load_digits

DIRECTORY = pathlib.Path(__file__).resolve().parent / "digits"
SEED = 0
TEST_SIZE = 360

SHA256 = {
    "train-images-idx3-ubyte": "8de04b9f3447c5b431660eccefdb5e6ef9bd37558ef0d7ff17821a237238e006",
    "train-labels-idx1-ubyte": "09643238d38cd24e5cb8b6a68f5ff3de17f148cf4efbfcebbb2d66d08ea99698",
    "t10k-images-idx3-ubyte": "f255f0ce332a6efc78e2c4902c9cdd3ad408840a75510192b2a66dd9d9d6ed81",
    "t10k-labels-idx1-ubyte": "b49c00417e16e5d70353c26e9e22bfc41f2f249c240b6484d4d9374f6cd0ae84",
}


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Pixel values 0...16 as bytes 0...255, round(255 v / 16) with the one tie (v = 8) rounded up.

    Dividing by 255 gives v / 16 to within 0.002, and round(16 byte / 255) gives v back exactly.
    """
    values = images.astype(np.int64)
    assert np.array_equal(values, images) and values.min() == 0 and values.max() == 16
    pixels = (values * 255 + 8) // 16
    assert np.array_equal((pixels * 16 * 2 + 255) // (255 * 2), values)
    return pixels.astype(np.uint8)


def stratified_split(labels: np.ndarray, test_size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers for training and for testing, both shuffled, each class in proportion.

    Every class gives floor(test_size * share) rows to the test set; the rows still missing come
    from the classes with the largest remainders (of equal ones, the smaller digit first).
    """
    random = np.random.RandomState(seed)
    counts = np.bincount(labels)
    quotas = counts * test_size // len(labels)
    remainders = counts * test_size % len(labels)
    missing = test_size - quotas.sum()
    quotas[np.argsort(-remainders, kind="stable")[:missing]] += 1

    train, test = [], []
    for digit, quota in enumerate(quotas):
        rows = random.permutation(np.flatnonzero(labels == digit))
        test.append(rows[:quota])
        train.append(rows[quota:])
    return random.permutation(np.concatenate(train)), random.permutation(np.concatenate(test))


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes: 0, 0, type 8, rank; the sizes as big-endian int32; the data."""
    assert array.dtype == np.uint8
    sizes = np.array(array.shape, dtype=">i4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def make() -> dict[str, bytes]:
    """The contents of the four files by name."""
    digits = load_digits()
    images, labels = to_bytes(digits.images), digits.target.astype(np.uint8)
    train, test = stratified_split(labels, TEST_SIZE, SEED)
    return {
        "train-images-idx3-ubyte": idx(images[train]),
        "train-labels-idx1-ubyte": idx(labels[train]),
        "t10k-images-idx3-ubyte": idx(images[test]),
        "t10k-labels-idx1-ubyte": idx(labels[test]),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes data/digits as IDX files, or checks it.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    arguments = parser.parse_args()

    failures = 0
    if not arguments.check:
        DIRECTORY.mkdir(exist_ok=True)
    for name, contents in make().items():
        path = DIRECTORY / name
        if not arguments.check:
            path.write_bytes(contents)
        digest = hashlib.sha256(contents).hexdigest()
        if digest != SHA256[name]:
            verdict = f"DIFFERENT: made {digest}, expected {SHA256[name]}"
        elif not path.exists() or path.read_bytes() != contents:
            verdict = "DIFFERENT: the file on disk is missing or not the one made here"
        else:
            verdict = f"ok, {len(contents)} bytes, sha256 {digest}"
        failures += verdict.startswith("DIFFERENT")
        print(f"{name}: {verdict}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
