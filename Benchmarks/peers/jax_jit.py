"""Times JAX: whole steps under jit, with the buffers of parameters and optimizer donated."""

import os

from peers import harness

settings = harness.options("JAX")

# XLA starts a thread for each core that it may use; for one core it is also configured explicitly.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: settings.threads])
if settings.threads == 1:
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
os.environ["JAX_PLATFORMS"] = "cpu"

from collections.abc import Callable  # noqa: E402
from itertools import cycle  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import Array, lax  # noqa: E402

from peers.data import ImageFiles, batches, normal, weights  # noqa: E402
from peers.operations import arguments, array_operations  # noqa: E402
from peers.workloads import (  # noqa: E402
    LEARNING_RATES, Activation, AdamStep, AttentionPass, Bandwidth, BatchNorm, BatchNormPass, Block, Conv, Epoch,
    Flatten, Function, Inference, Layer, LayerNorm, Linear, MaxPool, MeanOverTime, Model, Operation, Product,
    Recurrent, TiedLinear, Tokens, Training,
)  # fmt: skip

Weights = dict[str, Array]

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu, "exp": jnp.exp, "softmax": jax.nn.softmax,
}  # fmt: skip


def normalized(w: Weights, x: Array) -> tuple[Array, Array, Array]:
    """BatchNorm by the batch's own mean and variance, which it returns too."""
    mean, variance = x.mean(0), x.var(0)
    return w["gamma"] * (x - mean) * lax.rsqrt(variance + 1e-5) + w["beta"], mean, variance


def recurrent(layer: Recurrent, w: Weights, x: Array) -> Array:
    """One product for the inputs of all steps, and a scan over time."""
    inputs = (x @ w["w"] + w["b"]).swapaxes(0, 1)
    zeros = jnp.zeros((x.shape[0], layer.hidden))

    def rnn(h: Array, z: Array) -> tuple[Array, None]:
        return jnp.tanh(z + h @ w["u"] + w["c"]), None

    def lstm(state: tuple[Array, Array], z: Array) -> tuple[tuple[Array, Array], None]:
        h, c = state
        i, f, g, o = jnp.split(z + h @ w["u"] + w["c"], 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    def gru(h: Array, z: Array) -> tuple[Array, None]:
        p_r, p_u, p_n = jnp.split(z, 3, axis=1)
        q_r, q_u, q_n = jnp.split(h @ w["u"] + w["c"], 3, axis=1)
        r, u = jax.nn.sigmoid(p_r + q_r), jax.nn.sigmoid(p_u + q_u)
        return (1 - u) * jnp.tanh(p_n + r * q_n) + u * h, None

    if layer.cell == "lstm":
        return lax.scan(lstm, (zeros, zeros), inputs)[0][0]
    return lax.scan({"rnn": rnn, "gru": gru}[layer.cell], zeros, inputs)[0]


def layer_norm(w: Weights, x: Array) -> Array:
    """Each row to mean 0 and variance 1, then γ and β."""
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return w["gamma"] * (x - mean) * lax.rsqrt(variance + 1e-5) + w["beta"]


def linear(w: Weights, x: Array) -> Array:
    """xW + b."""
    return x @ w["w"] + w["b"]


def block(layer: Block, w: dict[str, Weights], x: Array) -> Array:
    """A pre-norm transformer layer, with the products of queries, keys and values as one."""
    batch, time, size = x.shape
    heads = linear(w["heads"], layer_norm(w["norm1"], x)).reshape(batch, time, 3, layer.heads, size // layer.heads)
    query, key, value = (heads[:, :, i] for i in range(3))
    y = jax.nn.dot_product_attention(query, key, value, is_causal=layer.causal)
    x = x + linear(w["output"], y.reshape(batch, time, size))
    hidden = jax.nn.gelu(linear(w["hidden"], layer_norm(w["norm2"], x)), approximate=False)
    return x + linear(w["feed"], hidden)


def apply(model: Model, parameters: list[Weights], x: Array) -> tuple[Array, list[tuple[Array, Array]]]:
    """The model's output, and the mean and variance that each BatchNorm met. Images are [B, H, W, C]."""
    met = []

    def run(layer: Layer, w: Weights, x: Array) -> Array:
        match layer:
            case Linear():
                return linear(w, x)
            case Activation(name):
                return FUNCTIONS[name](x)
            case BatchNorm():
                x, mean, variance = normalized(w, x)
                met.append((mean, variance))
                return x
            case Recurrent():
                return recurrent(layer, w, x)
            case Conv(padding=padding):
                kernel = w["w"].transpose(2, 3, 1, 0)
                edges = ((padding, padding), (padding, padding))
                return lax.conv_general_dilated(
                    x, kernel, (1, 1), edges, dimension_numbers=("NHWC", "HWIO", "NHWC")) + w["b"]  # fmt: skip
            case MaxPool(size):
                # A maximum over separate axes, on a CPU several times as fast as reduce_window and its gradient.
                b, height, width, channels = x.shape
                return x.reshape(b, height // size, size, width // size, size, channels).max((2, 4))
            case Flatten():
                return x.reshape(x.shape[0], -1)
            case Tokens():
                return w["table"][x] + w["positions"]
            case Block():
                return block(layer, w, x)
            case LayerNorm():
                return layer_norm(w, x)
            case MeanOverTime():
                return x.mean(1)
            case TiedLinear():
                return x @ parameters[0]["table"].T
        raise NotImplementedError(layer)

    for layer, w in zip(model, parameters, strict=True):
        x = run(layer, w, x)
    return x, met


def adam(p: Array, g: Array, m: Array, v: Array, t: Array) -> tuple[Array, Array, Array]:
    """One step of Adam, the t-th."""
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    rate = LEARNING_RATES["adam"] / (1 - 0.9**t)
    return p - rate * m / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


class Trainer:
    """Parameters, running statistics and the optimizer's state, and the jitted step that replaces them."""

    def __init__(self, model: Model, optimizer: str) -> None:
        parameters = jax.tree.map(jnp.asarray, weights(model))
        running = [
            (jnp.zeros(layer.features), jnp.ones(layer.features)) for layer in model if isinstance(layer, BatchNorm)
        ]
        moments = jax.tree.map(jnp.zeros_like, (parameters, parameters)) if optimizer == "adam" else ()
        self.state = (parameters, running, moments, jnp.zeros(()))

        def loss(parameters: list[Weights], x: Array, y: Array) -> tuple[Array, list[tuple[Array, Array]]]:
            logits, met = apply(model, parameters, x)
            picked = jnp.take_along_axis(logits, y[..., None], -1)[..., 0]
            return (jax.nn.logsumexp(logits, -1) - picked).mean(), met

        def step(state: tuple, x: Array, y: Array) -> tuple[tuple, Array]:
            parameters, running, moments, t = state
            (value, met), gradients = jax.value_and_grad(loss, has_aux=True)(parameters, x, y)
            unbiased = x.shape[0] / (x.shape[0] - 1)
            running = [(0.9 * a + 0.1 * mean, 0.9 * b + 0.1 * unbiased * variance)
                       for (a, b), (mean, variance) in zip(running, met, strict=True)]  # fmt: skip
            t = t + 1
            if optimizer == "adam":
                new = jax.tree.map(lambda p, g, m, v: adam(p, g, m, v, t), parameters, gradients, *moments)
                parameters, *moments = jax.tree.transpose(
                    jax.tree.structure(parameters), jax.tree.structure((0, 0, 0)), new)  # fmt: skip
            else:
                parameters = jax.tree.map(lambda p, g: p - LEARNING_RATES["sgd"] * g, parameters, gradients)
            return (parameters, running, tuple(moments), t), value

        self._step = jax.jit(step, donate_argnums=0)

    def step(self, x: Array, y: Array) -> Array:
        """Trains on a batch, without waiting for the end; returns the loss."""
        self.state, loss = self._step(self.state, x, y)
        return loss


class JAX(harness.Peer):
    """JAX on the CPU."""

    name = "jax"
    version = f"jax {jax.__version__}"
    layers = (
        Linear | Activation | BatchNorm | Recurrent | Conv | MaxPool | Flatten
        | Tokens | Block | LayerNorm | MeanOverTime | TiedLinear
    )  # fmt: skip
    asynchronous = True
    # It makes every float64 a float32 unless it is configured otherwise.
    operations = {
        **{name: f for name, f in array_operations(jnp).items() if name not in ("to-double", "to-float")},
        "erf": lambda a: jax.scipy.special.erf(a),
        "logsumexp": lambda a: jax.nn.logsumexp(a, -1),
        "scatter-add": lambda a, places, b: a.at[jnp.arange(1024)[:, None], places].add(b),
        "top-k": lambda a: lax.top_k(a, 10)[0],
    }

    def wait(self, result: object) -> object:
        return jax.block_until_ready(result)

    def training(self, workload: Training) -> harness.Step:
        trainer = Trainer(workload.model, workload.optimizer)
        images_last = len(workload.shape) == 4
        data = cycle([
            (jnp.asarray(x.transpose(0, 2, 3, 1) if images_last else x), jnp.asarray(y)) for x, y in batches(workload)
        ])  # fmt: skip
        return lambda: trainer.step(*next(data))

    def inference(self, workload: Inference) -> harness.Step:
        parameters = jax.tree.map(jnp.asarray, weights(workload.model))
        infer = jax.jit(lambda parameters, x: apply(workload.model, parameters, x)[0])
        x = jnp.asarray(normal(workload.shape))
        return lambda: infer(parameters, x).block_until_ready()

    def function(self, workload: Function) -> harness.Step:
        function = jax.jit(FUNCTIONS[workload.name])
        x = jnp.asarray(normal(workload.shape))
        return lambda: function(x).block_until_ready()

    def operation(self, workload: Operation) -> harness.Step:
        operation = self.operations[workload.name]
        inputs = arguments(operation, jnp.asarray)
        run = jax.jit(operation)
        return lambda: run(*inputs).block_until_ready()

    def batch_norm_pass(self, workload: BatchNormPass) -> harness.Step:
        shape = (workload.rows, workload.features)
        x, dy = jnp.asarray(normal(shape)), jnp.asarray(normal(shape, 1))
        w = {"gamma": jnp.ones(workload.features), "beta": jnp.zeros(workload.features)}

        @jax.jit
        def passes(w: Weights, x: Array, dy: Array) -> tuple:
            def forward(w: Weights, x: Array) -> tuple[Array, tuple[Array, Array]]:
                y, *met = normalized(w, x)
                return y, (met[0], met[1])

            y, pullback, met = jax.vjp(forward, w, x, has_aux=True)
            return y, met, pullback(dy)

        return lambda: jax.block_until_ready(passes(w, x, dy))

    def adam_step(self, workload: AdamStep) -> harness.Step:
        gradient = jnp.asarray(normal(workload.shape, 1))
        step = jax.jit(lambda s, g: (*adam(s[0], g, s[1], s[2], s[3] + 1), s[3] + 1), donate_argnums=0)
        zeros = np.zeros(workload.shape, np.float32)
        state = (jnp.asarray(normal(workload.shape)), jnp.array(zeros), jnp.array(zeros), jnp.zeros(()))

        def run() -> None:
            nonlocal state
            state = step(state, gradient)
            state[0].block_until_ready()

        return run

    def product(self, workload: Product) -> harness.Step:
        m, k, n = workload.m, workload.k, workload.n
        a = jnp.asarray(normal((k, m) if workload.transposed else (m, k)))
        b = jnp.asarray(normal((k, n), 1))
        multiply = jax.jit((lambda a, b: a.T @ b) if workload.transposed else jnp.matmul)
        return lambda: multiply(a, b).block_until_ready()

    def attention_pass(self, workload: AttentionPass) -> harness.Step:
        # JAX's axes are [batch, time, heads, size].
        shape = (workload.batch, workload.time, workload.heads, workload.size)
        query, key, value, dy = (jnp.asarray(normal(shape, seed)) for seed in range(4))

        @jax.jit
        def passes(query: Array, key: Array, value: Array, dy: Array) -> tuple:
            def attention(query: Array, key: Array, value: Array) -> Array:
                return jax.nn.dot_product_attention(query, key, value, is_causal=True)

            y, pullback = jax.vjp(attention, query, key, value)
            return y, pullback(dy)

        return lambda: jax.block_until_ready(passes(query, key, value, dy))

    def epoch(self, workload: Epoch) -> harness.Step:
        files = ImageFiles(workload.images)
        trainer = Trainer(workload.model, "adam")
        rng = np.random.default_rng(4)
        scaled = jax.jit(lambda pixels: pixels.astype(jnp.float32) / 255)
        gather = jax.jit(lambda x, y, indices: (x[indices], y[indices]))

        def step() -> Array:
            pixels, labels = files.read()
            x, y = scaled(pixels), jnp.asarray(labels, jnp.int32)
            order = rng.permutation(workload.images).astype(np.int32)
            for start in range(0, workload.images, workload.batch):
                loss = trainer.step(*gather(x, y, order[start : start + workload.batch]))
            return loss.block_until_ready()

        return step

    def bandwidth(self, workload: Bandwidth) -> harness.Step:
        x, y = jnp.ones(workload.count), jnp.zeros(workload.count)
        add = jax.jit(lambda y, x: y + x, donate_argnums=0)

        def step() -> None:
            nonlocal y
            y = add(y, x).block_until_ready()

        return step


harness.run(JAX(), settings)
