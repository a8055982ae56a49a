"""Random expressions and their first and second derivatives by JAX, in float64.

    pip install jax torch numpy safetensors
    python make_autograd.py              # rewrite autograd.safetensors
    python make_autograd.py --check      # compare it with a new run

`programs` [50, 8, 3] holds in each row of a program (operation, a, b), numbers from `OPERATIONS` and of values.
Values 0 and 1 are x and y [3, 4], and each row adds one more of that shape; w [4, 4] and c [4] are read by
the operations alone. `points` [50, 44] holds x, y, w and c one after the other, `directions` a vector v of that
size. The result is Σ m ⊙ last value with m = `weights` [3, 4]: `values` [50], `gradients` [50, 44], and
H·v as `products` [50, 44].
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from references import Tensors, main

jax.config.update("jax_enable_x64", True)

# Each takes two values [3, 4] and the parameters to one value [3, 4]; all are smooth where they are used but for
# relu, maximum and the largest element, whose kinks random points do not meet.
OPERATIONS = [
    lambda a, b, w, c: a + b,
    lambda a, b, w, c: a - b,
    lambda a, b, w, c: a * b,
    lambda a, b, w, c: a / (1.5 + b * b),
    lambda a, b, w, c: a @ w + c,
    lambda a, b, w, c: a @ (b.T @ b) / 4,
    lambda a, b, w, c: jnp.exp(jnp.tanh(a)),
    lambda a, b, w, c: jnp.log(1 + a * a),
    lambda a, b, w, c: jax.nn.sigmoid(a) * c,
    lambda a, b, w, c: jnp.sin(a) - jnp.cos(b),
    lambda a, b, w, c: jnp.sqrt(1 + a * a),
    lambda a, b, w, c: jnp.tanh(a) ** 3,
    lambda a, b, w, c: jax.nn.relu(a) + 0.1 * b,
    lambda a, b, w, c: jnp.maximum(a, b),
    lambda a, b, w, c: jax.nn.softmax(a, axis=-1) * b,
    lambda a, b, w, c: jax.nn.log_softmax(a, axis=-1),
    lambda a, b, w, c: a + jax.nn.logsumexp(b, axis=-1, keepdims=True),
    lambda a, b, w, c: a - b.mean(axis=0, keepdims=True),
    lambda a, b, w, c: a * b.sum(axis=1, keepdims=True),
    lambda a, b, w, c: a - b.max(axis=1, keepdims=True),
    lambda a, b, w, c: jnp.concatenate([a[:, 1:3], b[:, 0:2]], axis=1),
    lambda a, b, w, c: a.reshape(4, 3).T + b,
    lambda a, b, w, c: jnp.stack([a[2], b[0], a[0] * b[1]]),
    lambda a, b, w, c: a[jnp.array([2, 0, 2])] - 1 / (2 + b * b),
]
PROGRAMS, LENGTH = 50, 8


def evaluate(program: np.ndarray, point, weights) -> jax.Array:
    x, y, w, c = jnp.split(point, [12, 24, 40])
    values = [x.reshape(3, 4), y.reshape(3, 4)]
    for operation, a, b in program:
        values.append(OPERATIONS[operation](values[a], values[b], w.reshape(4, 4), c))
    return (values[-1] * weights).sum()


def autograd() -> Tensors:
    random = np.random.RandomState(17)

    def normal(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32).astype(np.float64)

    weights = normal(3, 4)
    result: dict[str, list] = {name: [] for name in
                               ["programs", "points", "directions", "values", "gradients", "products"]}
    while len(result["programs"]) < PROGRAMS:
        # The first operation goes through all in turn, and each row reads the value before it.
        first = len(result["programs"]) % len(OPERATIONS)
        program = np.array([[first if row == 0 else random.randint(len(OPERATIONS)), row + 1 if row else 0,
                             random.randint(row + 2)] for row in range(LENGTH)], dtype=np.int32)
        point, direction = normal(44), normal(44)

        def function(p, program=program):
            return evaluate(program, p, weights)

        gradient, product = jax.jvp(jax.grad(function), (point,), (direction,))
        # What has grown large or come to nothing would test little.
        if not 1e-3 < np.abs(product).max() < 1e4 or np.abs(gradient).max() > 1e3:
            continue
        for name, array in zip(result, [program, point, direction, function(point), gradient, product]):
            result[name].append(np.asarray(array))
    return {name: np.stack(arrays) for name, arrays in result.items()} | {"weights": weights}


if __name__ == "__main__":
    sys.exit(main("", autograd))
