"""Random programs over tensors: values, gradients, Jacobian- and Hessian-vector products by torch.func, in float64.

    pip install torch numpy safetensors
    python make_programs.py                          # rewrite programs.safetensors, 200 programs
    python make_programs.py --check                  # compare it with a new run
    python make_programs.py --count 2000 --to FILE   # others, which the tests read with STRATA_PROGRAMS=FILE

A program begins with four values, x [3, 4], y [3, 4], w [4, 4] and c [4], and each step adds one: `steps` [S, 5] holds
(operation, a, b, p, q), numbers of `OPERATIONS`, of values and two options, program after program, and `lengths` [P] the
steps of each. With the last value v and numbers m, the result is Σ m ⊙ sin v: `values` [P], `gradients` [P, 44] and, for
a direction d, `products` [P, 44] = H·d; `tangents` are v's derivatives along d, one program after the other.

The 44 elements of the inputs, those of d and then m come from a stream that is the same in the tests (`Stream`), whose
seed is the program's number in `seeds` [P]. Programs whose results are large, or next to a kink, are left out.
"""

import argparse
import itertools
import pathlib
import sys

import numpy as np
import torch
from torch.func import grad, jvp

from references import DIRECTORY, Tensors, difference
from safetensors.numpy import load_file, save

SHAPES = [(3, 4), (3, 4), (4, 4), (4,)]
SIZE = 44
LARGEST = 48


class Stream:
    """Numbers in [-2, 2) that float32 holds, by Knuth's congruential generator."""

    def __init__(self, seed: int):
        self.state = seed

    def take(self, count: int) -> torch.Tensor:
        numbers = []
        for _ in range(count):
            self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
            numbers.append((self.state >> 40) / 2.0**22 - 2)
        return torch.tensor(numbers, dtype=torch.float64)


def places(a, p):
    """Indices into axis p, as many as a has elements."""
    return torch.tensor([(7 * i + 3) % a.shape[p] for i in range(a.numel())]).reshape(a.shape)


def symmetric_function(a):
    values, vectors = torch.linalg.eigh(a + a.mT)
    return (vectors * torch.tanh(values)) @ vectors.mT


def factors(a):
    """Q and R with a diagonal of R that is not negative."""
    q, r = torch.linalg.qr(a)
    signs = torch.where(r.diagonal() < 0, -1.0, 1.0).detach()
    return q * signs, signs[:, None] * r


def axis(a, p):
    return a.dim() > 0 and p < a.dim()


def alike(a, b, p, q):
    try:
        return len(torch.broadcast_shapes(a.shape, b.shape)) <= 3
    except RuntimeError:
        return False


def always(a, b, p, q):
    return True


def on_axis(a, b, p, q):
    return axis(a, p)


def longer(a, b, p, q):
    return axis(a, p) and a.shape[p] > 1


def matrix(a, b, p, q):
    return a.dim() >= 2


def square(a, b, p, q):
    return a.dim() == 2 and a.shape[0] == a.shape[1]


def full(a, b, p, q):
    """Whether there are factors that have a derivative."""
    if a.dim() != 2 or a.shape[0] < a.shape[1]:
        return False
    return torch.linalg.qr(a.detach()).R.diagonal().abs().min() > 0.05


def reduced(function):
    """A reduction along p that keeps the axis where q is odd."""
    return lambda a, b, p, q: function(a, p, q % 2 == 1)


def vectors(a, b, p, q):
    return a.dim() == 2 and b.dim() == 2 and a.shape[1] == b.shape[1]


# Each with what it takes; a and b are values, p a number below 3 and q one below 4.
OPERATIONS = [
    (alike, lambda a, b, p, q: a + b),
    (alike, lambda a, b, p, q: a - b),
    (alike, lambda a, b, p, q: a * b),
    (alike, lambda a, b, p, q: a / (1.5 + b * b)),
    (alike, lambda a, b, p, q: torch.maximum(a, b)),
    (alike, lambda a, b, p, q: torch.minimum(a, b)),
    (alike, lambda a, b, p, q: torch.atan2(a, 1.5 + b * b)),
    (alike, lambda a, b, p, q: (0.5 + a * a) ** torch.tanh(b)),
    (alike, lambda a, b, p, q: torch.where(a > b, a * b, a - b)),
    (alike, lambda a, b, p, q: a * b.detach()),
    (always, lambda a, b, p, q: torch.exp(torch.tanh(a))),
    (always, lambda a, b, p, q: torch.log(1 + a * a)),
    (always, lambda a, b, p, q: torch.sqrt(1 + a * a)),
    (always, lambda a, b, p, q: torch.sin(a)),
    (always, lambda a, b, p, q: torch.cos(a)),
    (always, lambda a, b, p, q: torch.tanh(a)),
    (always, lambda a, b, p, q: torch.sigmoid(a)),
    (always, lambda a, b, p, q: torch.relu(a)),
    (always, lambda a, b, p, q: torch.abs(a)),
    (always, lambda a, b, p, q: torch.expm1(torch.tanh(a))),
    (always, lambda a, b, p, q: torch.log1p(a * a)),
    (always, lambda a, b, p, q: torch.erf(a)),
    (always, lambda a, b, p, q: torch.tanh(a) ** 3),
    (always, lambda a, b, p, q: torch.clamp(a, -1, 1)),
    (always, lambda a, b, p, q: (0.5 + a * a) ** -1.5),
    (always, lambda a, b, p, q: -a),
    (always, lambda a, b, p, q: a.sum()),
    (always, lambda a, b, p, q: a.mean()),
    (lambda a, b, p, q: a.dim() >= 2 and b.dim() >= 2 and a.shape[-1] == b.shape[-2]
     and (b.dim() == 2 or a.dim() == 2 or a.shape[0] == b.shape[0]), lambda a, b, p, q: a @ b / 2),
    (lambda a, b, p, q: a.dim() >= 2 and b.dim() >= 2 and a.shape[-1] == b.shape[-1]
     and (b.dim() == 2 or a.dim() == 2 or a.shape[0] == b.shape[0]), lambda a, b, p, q: a @ b.mT / 2),
    (vectors, lambda a, b, p, q: torch.einsum("ij,kj->ki", a, b) / 2),
    (lambda a, b, p, q: a.dim() == 3 and b.dim() == 2 and a.shape[2] == b.shape[0],
     lambda a, b, p, q: torch.einsum("bij,jk->bki", a, b) / 2),
    (on_axis, reduced(lambda a, p, keeps: a.sum(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: a.mean(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: a.amax(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: a.amin(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: a.logsumexp(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: torch.linalg.vector_norm(a, 2, p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: torch.linalg.vector_norm(a, 3, p, keeps))),
    (longer, reduced(lambda a, p, keeps: a.var(p, correction=1, keepdim=keeps))),
    (longer, reduced(lambda a, p, keeps: a.std(p, correction=0, keepdim=keeps))),
    (on_axis, reduced(lambda a, p, keeps: a.prod(p, keeps))),
    (on_axis, reduced(lambda a, p, keeps: torch.max(a, p, keeps).values)),
    (on_axis, lambda a, b, p, q: a.cumsum(p)),
    (on_axis, lambda a, b, p, q: a.cumprod(p)),
    (lambda a, b, p, q: a.dim() > 0, lambda a, b, p, q: torch.softmax(a, -1)),
    (lambda a, b, p, q: a.dim() > 0, lambda a, b, p, q: torch.log_softmax(a, -1)),
    (lambda a, b, p, q: a.numel() % (p + 1) == 0, lambda a, b, p, q: a.reshape(p + 1, -1)),
    (lambda a, b, p, q: axis(a, p) and axis(a, q) and p != q, lambda a, b, p, q: a.transpose(p, q)),
    (lambda a, b, p, q: p <= a.dim() < 3, lambda a, b, p, q: a.unsqueeze(p)),
    (lambda a, b, p, q: a.dim() < 3, lambda a, b, p, q: a.expand(p + 1, *a.shape)),
    (lambda a, b, p, q: a.dim() > 0, lambda a, b, p, q: a.repeat(*[1] * (a.dim() - 1), p + 1)),
    (lambda a, b, p, q: axis(a, q), lambda a, b, p, q: a.repeat_interleave(p + 1, q)),
    (on_axis, lambda a, b, p, q: a.flip(p)),
    (lambda a, b, p, q: axis(a, q), lambda a, b, p, q: a.roll(p + 1, q)),
    (lambda a, b, p, q: axis(a, q),
     lambda a, b, p, q: torch.nn.functional.pad(a, [0, 0] * (a.dim() - 1 - q) + [1, p], value=0.5)),
    (matrix, lambda a, b, p, q: a.tril(p - 1)),
    (matrix, lambda a, b, p, q: a.triu(p - 1)),
    (on_axis, lambda a, b, p, q: a[(slice(None),) * p + (slice(None, None, 2),)]),
    (lambda a, b, p, q: axis(a, p) and q < a.shape[p], lambda a, b, p, q: a.select(p, q)),
    (longer, lambda a, b, p, q: a.narrow(p, 1, a.shape[p] - 1)),
    (lambda a, b, p, q: axis(a, p) and a.dim() == b.dim()
     and all(m == n for i, (m, n) in enumerate(zip(a.shape, b.shape)) if i != p),
     lambda a, b, p, q: torch.cat([a, b], p)),
    (lambda a, b, p, q: a.shape == b.shape and p <= a.dim() < 3, lambda a, b, p, q: torch.stack([a, b], p)),
    (lambda a, b, p, q: a.dim() > 0,
     lambda a, b, p, q: a[torch.tensor([a.shape[0] - 1, 0, a.shape[0] - 1])]),
    (on_axis, lambda a, b, p, q: a.gather(p, places(a, p))),
    (lambda a, b, p, q: axis(a, p) and a.shape == b.shape,
     lambda a, b, p, q: a.scatter_add(p, places(a, p), b)),
    (on_axis, lambda a, b, p, q: a.sort(p, descending=q % 2 == 1).values),
    (lambda a, b, p, q: axis(a, p) and 0 < q <= a.shape[p], lambda a, b, p, q: a.topk(q, p).values),
    (lambda a, b, p, q: square(a, b, p, q) and b.dim() == 2 and b.shape[0] == a.shape[0],
     lambda a, b, p, q: torch.linalg.solve(4 * torch.eye(a.shape[0], dtype=a.dtype) + torch.tanh(a), b)),
    (square, lambda a, b, p, q: torch.linalg.cholesky(a @ a.mT + torch.eye(a.shape[0], dtype=a.dtype))),
    (square, lambda a, b, p, q: torch.linalg.eigvalsh(a + a.mT)),
    (square, lambda a, b, p, q: symmetric_function(a)),
    (full, lambda a, b, p, q: factors(a)[0]),
    (full, lambda a, b, p, q: factors(a)[1]),
]


def run(steps, point) -> torch.Tensor:
    values = [part.reshape(shape) for part, shape in zip(torch.split(point, [12, 12, 16, 4]), SHAPES)]
    for operation, a, b, p, q in steps:
        values.append(OPERATIONS[operation][1](values[a], values[b], p, q))
    return values[-1]


def draw(random: np.random.RandomState, likely: int, point: torch.Tensor) -> list | None:
    """A program in which a given operation is likely; each step reads the value before it in one place."""
    values = [part.reshape(shape) for part, shape in zip(torch.split(point, [12, 12, 16, 4]), SHAPES)]
    steps: list[tuple] = []
    length = random.randint(4, 11)
    for _ in range(400):
        operation = random.randint(len(OPERATIONS))
        if random.randint(2) and all(step[0] != likely for step in steps):
            operation = likely
        a, b = (random.randint(len(values)) for _ in range(2))
        if steps and random.randint(2):
            a = len(values) - 1
        elif steps:
            b = len(values) - 1
        p, q = random.randint(3), random.randint(4)
        takes, function = OPERATIONS[operation]
        if not takes(values[a], values[b], p, q):
            continue
        value = function(values[a], values[b], p, q)
        if not 0 < value.numel() <= LARGEST or not torch.isfinite(value).all():
            continue
        values.append(value)
        steps.append((operation, a, b, p, q))
        if len(steps) == length:
            return steps
    return None


def results(steps, seed: int) -> dict[str, torch.Tensor] | None:
    """What the file holds of a program, or None where that would test little or nothing."""
    stream = Stream(seed)
    point, direction = stream.take(SIZE), stream.take(SIZE)
    weights = stream.take(run(steps, point).numel())

    def loss(x):
        return (weights * torch.sin(run(steps, x)).reshape(-1)).sum()

    gradient, product = jvp(grad(loss), (point,), (direction,))
    tangent = jvp(lambda x: run(steps, x), (point,), (direction,))[1]
    size = product.abs().max()
    if not (1e-3 < size < 1e4 and gradient.abs().max() < 1e3 and torch.isfinite(product).all()):
        return None
    # Next to a kink, or to a pole, the slope changes faster than the product says.
    step = 1e-6
    differences = (grad(loss)(point + step * direction) - grad(loss)(point - step * direction)) / (2 * step)
    if (differences - product).abs().max() > 1e-4 * (1 + size):
        return None
    return {"values": loss(point), "gradients": gradient, "products": product, "tangents": tangent.reshape(-1)}


def programs(count: int) -> Tensors:
    random = np.random.RandomState(23 if count == 200 else count)
    found: list[tuple[int, list, dict]] = []
    for seed in itertools.count(1):
        if len(found) == count:
            break
        steps = draw(random, len(found) % len(OPERATIONS), Stream(seed).take(SIZE))
        result = steps and results(steps, seed)
        if result:
            found.append((seed, steps, result))
    table = {
        "seeds": np.array([seed for seed, _, _ in found], dtype=np.int32),
        "lengths": np.array([len(steps) for _, steps, _ in found], dtype=np.int32),
        "steps": np.array([step for _, steps, _ in found for step in steps], dtype=np.int32),
    }
    for name in ["values", "gradients", "products"]:
        table[name] = np.stack([result[name].numpy() for _, _, result in found])
    table["tangents"] = np.concatenate([result["tangents"].numpy() for _, _, result in found])
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Makes random programs with their derivatives, or checks them.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--count", type=int, default=200, help="how many programs")
    parser.add_argument("--to", type=pathlib.Path, default=DIRECTORY / "programs.safetensors", help="the file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    made = programs(arguments.count)
    if arguments.check:
        problem = difference(load_file(arguments.to), made)
        print(f"{arguments.to.name}: {problem or 'ok'}")
        sys.exit(problem is not None)
    arguments.to.write_bytes(save(made))
    print(f"{arguments.to.name}: {arguments.count} programs, {arguments.to.stat().st_size} bytes")
