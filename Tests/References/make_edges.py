"""Makes edges.safetensors: what the functions, losses, Adam and clipping give at the edge of the number line.

Every number is computed with 60 digits and more (mpmath) from inputs that float32 can hold, and rounded once to
float64. Run it with mpmath, numpy and safetensors installed: python make_edges.py [--check]
"""

import argparse
import pathlib

import mpmath as mp
import numpy as np
from safetensors.numpy import load_file, save_file

mp.mp.dps = 60
FILE = pathlib.Path(__file__).resolve().parent / "edges.safetensors"
INF = float("inf")


def double(x) -> float:
    """The nearest float64."""
    if isinstance(x, float):
        return x
    if mp.isnan(x):
        return float("nan")
    if abs(x) >= mp.mpf(2) ** 1024 * (1 - mp.mpf(2) ** -54):
        return INF if x > 0 else -INF
    if abs(x) < mp.mpf(2) ** -1076:
        return -0.0 if x < 0 else 0.0
    return float(x)


def float32(x: float) -> float:
    return float(np.float32(x))


# Functions of one number


def exp(x):
    # Beyond ±1000 it is infinity or 0 in float64; mpmath would fill its memory with digits.
    return mp.inf if x > 1000 else mp.mpf(0) if x < -1000 else mp.exp(x)


def sigmoid(x):
    return exp(x) / (1 + exp(x)) if x < 0 else 1 / (1 + exp(-x))


FUNCTIONS = {
    "exp": exp,
    "log": lambda x: mp.log(x),
    "tanh": lambda x: mp.sign(x) * (1 - 2 * sigmoid(-2 * abs(x))) if abs(x) > 1 else mp.tanh(x),
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: x + mp.log1p(exp(-x)) if x > 0 else mp.log1p(exp(x)),
    "elu": lambda x: x if x > 0 else mp.expm1(x) if x > -1000 else mp.mpf(-1),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2 if abs(x) < 1000 else max(x, mp.mpf(0)),
}


def points() -> list[float]:
    """Numbers of every size that float64 has, both signs, with no more digits than float32 holds."""
    random = np.random.RandomState(1)
    exponents = sorted({*range(-149, 128), *range(-1074, 1024, 61)})
    numbers = []
    for exponent in exponents:
        count = 16 if -4 <= exponent <= 7 else 2
        mantissas = [1.0] + [1 + int(random.randint(1, 1 << 23)) / (1 << 23) for _ in range(count)]
        with np.errstate(all="ignore"):
            sizes = [float(np.ldexp(m, exponent)) for m in mantissas]
        if -149 <= exponent < 128:
            sizes = [float32(size) for size in sizes]
        numbers += [sign * size for size in sizes for sign in (1, -1)]
    return sorted(set(numbers))


def functions() -> dict:
    tensors = {}
    for name, f in FUNCTIONS.items():
        x = [x for x in points() if name != "log" or x > 0]
        tensors[f"{name}.x"] = np.array(x)
        tensors[f"{name}.y"] = np.array([double(f(mp.mpf(x))) for x in x])
    return tensors


# Losses


def cross_entropy(z: list[float], label: int) -> tuple[float, list[float]]:
    """The loss of one row and its gradient. +∞ anywhere makes both NaN."""
    nan = float("nan")
    if INF in z or all(x == -INF for x in z):
        return nan, [nan] * len(z)
    top = max(z)
    powers = [mp.mpf(0) if x == -INF or mp.mpf(x) - top < -5000 else mp.exp(mp.mpf(x) - top) for x in z]
    rest = sum(sorted(powers)[:-1])  # without one of the largest, which is 1
    total = 1 + rest
    value = mp.inf if z[label] == -INF else mp.log1p(rest) + (top - mp.mpf(z[label]))
    gradient = [p / total for p in powers]
    gradient[label] = -sum(p for j, p in enumerate(powers) if j != label) / total
    return double(value), [double(g) for g in gradient]


def cross_entropies() -> dict:
    big = float32(1e30)
    rows = {
        "±1e4": [1e4, -1e4, 0.0],
        "±1e30": [big, -big, 0.0],
        "tied at 1e30": [big, big, 0.0],
        "tied at -1e30": [-big, -big, -big],
        "±104": [104.0, -104.0, 0.0],
        "±700": [700.0, -700.0, 0.0],
        "one nearly sure": [20.0, 0.0, 0.0],
        "near zero": [float32(1e-30), 0.0, -float32(1e-30)],
        "-inf beside": [1.0, -INF, 2.0],
        "-inf beside 1e30": [big, -INF, 0.0],
        "+inf": [INF, 0.0, 1.0],
        "+inf and -inf": [INF, -INF, 1.0],
        "one class": [5.0],
        "one class at 1e30": [big],
    }
    tensors = {}
    for name, z in rows.items():
        for label in range(len(z)):
            value, gradient = cross_entropy(z, label)
            tensors[f"ce.{name}, label {label}.z"] = np.array(z)
            tensors[f"ce.{name}, label {label}.label"] = np.array([label], dtype=np.int32)
            tensors[f"ce.{name}, label {label}.value"] = np.array([value])
            tensors[f"ce.{name}, label {label}.gradient"] = np.array(gradient)
    return tensors


def binary_cross_entropies() -> dict:
    tensors = {}
    for size in [0.0, 1e-30, 1.0, 20.0, 88.75, 104.0, 700.0, 1e4, 1e30, INF]:
        for sign in [1, -1]:
            for y in [0.0, 0.5, 1.0]:
                z = sign * float32(size)
                if size == 0.0 and sign < 0:
                    continue
                if size == INF:
                    value = INF if y == 0.5 or (y == 1) != (z > 0) else 0.0
                    gradient = (1.0 if z > 0 else 0.0) - y
                else:
                    x = mp.mpf(z)
                    # Either class by its own logarithm, so that nothing cancels.
                    value = double(y * FUNCTIONS["softplus"](-x) + (1 - y) * FUNCTIONS["softplus"](x))
                    gradient = double((1 - y) * sigmoid(x) - y * sigmoid(-x))
                name = f"bce.logit {sign * size:g}, label {y:g}"
                tensors[f"{name}.z"] = np.array([z])
                tensors[f"{name}.y"] = np.array([y])
                tensors[f"{name}.value"] = np.array([value])
                tensors[f"{name}.gradient"] = np.array([gradient])
    return tensors


# Adam


def adam(w, g, m, v, t, rate=1e-3, b1=0.9, b2=0.999, eps=1e-8, decay=0.0):
    """One step of AdamW; of Adam, where decay is 0. Options are the float64 numbers."""
    w, g, m, v, rate, b1, b2, eps = (mp.mpf(x) for x in (w, g, m, v, rate, b1, b2, eps))
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    step = rate * (m / (1 - b1**t)) / (mp.sqrt(v / (1 - b2**t)) + eps)
    return double(w * (1 - rate * mp.mpf(decay)) - step)


def adams() -> dict:
    tensors = {}
    for g in [0.0, 1e-30, -1e-30, 1e-8, 1.0, -1.0, 1e10, 1e30, -1e30]:
        for t in [1, 1_000_000]:
            for w in [0.0, 1.0]:
                for past in ["no past", "a steady past"]:
                    gradient = float32(g)
                    if past == "a steady past" and not 1e-15 < abs(g) < 1e15:
                        continue
                    m, v = (gradient, float32(gradient**2)) if past == "a steady past" else (0.0, 0.0)
                    for name, decay in [("adam", 0.0), ("adamw", 0.01)]:
                        case = f"{name}.gradient {g:g} at step {t:,}, weight {w:g}, {past}"
                        numbers = [w, gradient, m, v, float(t), adam(w, gradient, m, v, t, decay=decay)]
                        tensors[case] = np.array(numbers)
    return tensors


# Clipping


def clips() -> dict:
    tensors = {}
    cases = {
        "float32": {
            "3e20 and 4e20": [3e20, 4e20],
            "all of 1e20": [1e20] * 100,
            "the largest": [3e38, -3e38, 3e38, 3e38],
            "1e20 beside 1": [1e20, 1.0],
            "denormals": [1e-40, -3e-42],
            "zeros": [0.0, 0.0],
        },
        "float64": {
            "3e200 and 4e200": [3e200, 4e200],
            "1e154, at the root of the largest": [1e154, 1e154, -1e154],
            "the largest": [1.5e308, -1.5e308, 1.5e308, 1.5e308],
            "1e300 beside 1e-300": [1e300, 1e-300],
            "3e-170 and 4e-170": [3e-170, 4e-170],
            "3e-300 and 4e-300": [3e-300, 4e-300],
            "denormals": [5e-324, 1e-322],
            "zeros": [0.0, 0.0],
        },
    }
    for dtype, vectors in cases.items():
        for name, vector in vectors.items():
            g = [float32(x) if dtype == "float32" else x for x in vector]
            norm = mp.sqrt(sum(mp.mpf(x) ** 2 for x in g))
            for limit in [1e-30, 1.0, 1e20] if dtype == "float32" else [1e-200, 1e-8, 1.0, 1e200]:
                factor = mp.mpf(limit) / norm if norm > limit else mp.mpf(1)
                case = f"clip.{dtype}.{name}, to {limit:g}"
                tensors[f"{case}.g"] = np.array(g)
                tensors[f"{case}.limit"] = np.array([limit])
                tensors[f"{case}.norm"] = np.array([double(norm)])
                tensors[f"{case}.clipped"] = np.array([double(mp.mpf(x) * factor) for x in g])
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the file with a new run")
    arguments = parser.parse_args()
    made = functions() | cross_entropies() | binary_cross_entropies() | adams() | clips()
    if not arguments.check:
        save_file(made, FILE)
        print(f"{len(made)} tensors, {FILE.stat().st_size} bytes")
        return
    held = load_file(FILE)
    assert held.keys() == made.keys(), held.keys() ^ made.keys()
    for name in made:
        np.testing.assert_array_equal(held[name], made[name], err_msg=name)
    print(f"{len(made)} tensors agree")


if __name__ == "__main__":
    main()
