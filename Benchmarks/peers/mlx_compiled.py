"""Times MLX on the CPU: whole steps under mx.compile."""

from peers import harness

settings = harness.options("MLX")

from collections.abc import Callable  # noqa: E402
from itertools import cycle  # noqa: E402

import mlx.core as mx  # noqa: E402
import mlx.nn as nn  # noqa: E402
import numpy as np  # noqa: E402
from mlx import optimizers  # noqa: E402

from peers.data import ImageFiles, batches, normal  # noqa: E402
from peers.workloads import (  # noqa: E402
    LEARNING_RATES, Activation, AdamStep, Bandwidth, BatchNorm, BatchNormPass, Conv, Epoch, Flatten, Function,
    Inference, Layer, Linear, MaxPool, Model, Product, Recurrent, Training,
)  # fmt: skip

mx.set_default_device(mx.cpu)

FUNCTIONS: dict[str, Callable[[mx.array], mx.array]] = {
    "tanh": mx.tanh, "sigmoid": mx.sigmoid, "relu": nn.relu, "exp": mx.exp,
    "softmax": lambda x: mx.softmax(x, axis=-1),
}  # fmt: skip


class LastStep(nn.Module):
    """A recurrent layer of which the last step goes on."""

    def __init__(self, recurrent: nn.Module) -> None:
        super().__init__()
        self.recurrent = recurrent

    def __call__(self, x: mx.array) -> mx.array:
        output = self.recurrent(x)
        return (output[0] if isinstance(output, tuple) else output)[:, -1]


class Flattened(nn.Module):
    """All axes but the first as one."""

    def __call__(self, x: mx.array) -> mx.array:
        return x.reshape(x.shape[0], -1)


def module(layer: Layer) -> nn.Module:
    """A layer of MLX's own; images are [B, H, W, C]."""
    match layer:
        case Linear(inputs, outputs):
            return nn.Linear(inputs, outputs)
        case Activation("relu"):
            return nn.ReLU()
        case Activation("tanh"):
            return nn.Tanh()
        case BatchNorm(features):
            return nn.BatchNorm(features)
        case Recurrent(cell, inputs, hidden):
            return LastStep({"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](inputs, hidden))
        case Conv(inputs, outputs, kernel, padding):
            return nn.Conv2d(inputs, outputs, kernel, padding=padding)
        case MaxPool(size):
            return nn.MaxPool2d(size, size)
        case Flatten():
            return Flattened()
    raise NotImplementedError(layer)


def optimizer(kind: str) -> optimizers.Optimizer:
    """Adam with the correction of its first steps, or SGD."""
    rate = LEARNING_RATES[kind]
    return optimizers.Adam(rate, bias_correction=True) if kind == "adam" else optimizers.SGD(rate)


def trainer(model: Model, kind: str) -> Callable[[mx.array, mx.array], mx.array]:
    """A compiled train step on a batch, which waits for the end; returns the loss."""
    mx.random.seed(1)
    network, update = nn.Sequential(*map(module, model)), optimizer(kind)
    mx.eval(network.parameters())
    state = [network.state, update.state]
    gradients = nn.value_and_grad(network, lambda x, y: nn.losses.cross_entropy(network(x), y, reduction="mean"))

    def step(x: mx.array, y: mx.array) -> mx.array:
        loss, g = gradients(x, y)
        update.update(network, g)
        return loss

    compiled = mx.compile(step, inputs=state, outputs=state)

    def train(x: mx.array, y: mx.array) -> mx.array:
        loss = compiled(x, y)
        mx.eval(loss, state)
        return loss

    return train


class MLX(harness.Peer):
    """MLX, whose CPU backend takes its threads from BLAS."""

    name = "mlx"
    version = f"mlx {mx.__version__}"
    layers = Linear | Activation | BatchNorm | Recurrent | Conv | MaxPool | Flatten

    def training(self, workload: Training) -> harness.Step:
        train = trainer(workload.model, workload.optimizer)
        images_last = len(workload.shape) == 4
        data = cycle([
            (mx.array(x.transpose(0, 2, 3, 1) if images_last else x), mx.array(y.astype(np.int32)))
            for x, y in batches(workload)
        ])  # fmt: skip
        return lambda: train(*next(data))

    def inference(self, workload: Inference) -> harness.Step:
        network, x = nn.Sequential(*map(module, workload.model)), mx.array(normal(workload.shape))
        infer = mx.compile(network.__call__, inputs=network.state)
        return lambda: mx.eval(infer(x))

    def function(self, workload: Function) -> harness.Step:
        function, x = mx.compile(FUNCTIONS[workload.name]), mx.array(normal(workload.shape))
        return lambda: mx.eval(function(x))

    def batch_norm_pass(self, workload: BatchNormPass) -> harness.Step:
        network = nn.BatchNorm(workload.features)
        shape = (workload.rows, workload.features)
        x, dy = mx.array(normal(shape)), mx.array(normal(shape, 1))

        def forward(parameters: dict, x: mx.array) -> mx.array:
            network.update(parameters)
            return network(x)

        def passes(parameters: dict, x: mx.array, dy: mx.array) -> tuple:
            return mx.vjp(
                lambda *p: forward(dict(zip(parameters, p[:-1], strict=True)), p[-1]), [*parameters.values(), x], [dy]
            )

        parameters = dict(network.trainable_parameters())
        return lambda: mx.eval(passes(parameters, x, dy), network.state)

    def adam_step(self, workload: AdamStep) -> harness.Step:
        update = optimizer("adam")
        parameters = {"p": mx.array(normal(workload.shape))}
        gradients = {"p": mx.array(normal(workload.shape, 1))}
        update.init(parameters)
        compiled = mx.compile(update.apply_gradients, inputs=update.state, outputs=update.state)

        def step() -> None:
            nonlocal parameters
            parameters = compiled(gradients, parameters)
            mx.eval(parameters, update.state)

        return step

    def product(self, workload: Product) -> harness.Step:
        m, k, n = workload.m, workload.k, workload.n
        a = mx.array(normal((k, m))).T if workload.transposed else mx.array(normal((m, k)))
        b = mx.array(normal((k, n), 1))
        return lambda: mx.eval(a @ b)

    def epoch(self, workload: Epoch) -> harness.Step:
        files, train = ImageFiles(workload.images), trainer(workload.model, "adam")

        def step() -> mx.array:
            pixels, labels = files.read()
            x, y = mx.array(pixels).astype(mx.float32) / 255, mx.array(labels.astype(np.int32))
            order = mx.random.permutation(workload.images)
            for start in range(0, workload.images, workload.batch):
                indices = order[start : start + workload.batch]
                loss = train(x[indices], y[indices])
            return loss

        return step

    def bandwidth(self, workload: Bandwidth) -> harness.Step:
        x, y = mx.ones(workload.count), mx.zeros(workload.count)

        def step() -> None:
            nonlocal y
            y = y + x
            mx.eval(y)

        return step


harness.run(MLX(), settings)
