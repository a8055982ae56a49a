"""Perceptrons and a plain recurrence in NumPy, derived by hand, for numpy_blas.py."""

from collections.abc import Callable

import numpy as np

from peers.data import Floats, weights
from peers.workloads import LEARNING_RATES, Activation, BatchNorm, Layer, Linear, Model, Recurrent

Weights = dict[str, Floats]
Backward = Callable[[Floats], Floats | None]


def softmax(x: Floats) -> Floats:
    """Of each row, with one array for all its steps."""
    y = x - x.max(1, keepdims=True)
    np.exp(y, out=y)
    y /= y.sum(1, keepdims=True)
    return y


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), with one array for all its steps."""
    y = np.negative(x)
    np.exp(y, out=y)
    y += 1
    return np.reciprocal(y, out=y)


FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "tanh": np.tanh, "sigmoid": sigmoid, "relu": lambda x: np.maximum(x, 0), "exp": np.exp, "softmax": softmax,
}  # fmt: skip


def batch_norm(w: Weights, g: Weights, x: Floats, running: tuple[Floats, Floats]) -> tuple[Floats, Backward]:
    """The output of a BatchNorm, its running statistics moved, and its backward."""
    mean, variance = x.mean(0), x.var(0)
    scale = 1 / np.sqrt(variance + 1e-5)
    normalized = (x - mean) * scale
    for statistic, met in zip(running, (mean, variance * (len(x) / (len(x) - 1))), strict=True):
        statistic *= 0.9
        statistic += 0.1 * met

    def backward(dy: Floats) -> Floats:
        g["beta"], g["gamma"] = dy.sum(0), (dy * normalized).sum(0)
        return w["gamma"] * scale * (dy - (g["beta"] + normalized * g["gamma"]) / len(dy))

    return normalized * w["gamma"] + w["beta"], backward


def linear(w: Weights, g: Weights, x: Floats, first: bool) -> tuple[Floats, Backward]:
    """xW + b and its backward, which gives no dx where the layer is the first."""
    y = x @ w["w"]
    y += w["b"]

    def backward(dy: Floats) -> Floats | None:
        g["w"], g["b"] = x.T @ dy, dy.sum(0)
        return None if first else dy @ w["w"].T

    return y, backward


def activation(name: str, x: Floats) -> tuple[Floats, Backward]:
    """ReLU or tanh and its backward."""
    y = FUNCTIONS[name](x)

    def backward(dy: Floats) -> Floats:
        dy *= (y > 0) if name == "relu" else 1 - y * y
        return dy

    return y, backward


def rnn(hidden: int, w: Weights, g: Weights, x: Floats) -> tuple[Floats, Backward]:
    """The last state of a plain recurrence: the products of the inputs are one over all steps, either way."""
    batch, steps, inputs = x.shape
    rows = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(-1, inputs)
    states = np.zeros((steps + 1, batch, hidden), np.float32)
    np.add((rows @ w["w"]).reshape(steps, batch, hidden), w["b"] + w["c"], out=states[1:])
    for t in range(steps):
        states[t + 1] += states[t] @ w["u"]
        np.tanh(states[t + 1], out=states[t + 1])

    def backward(dh: Floats) -> None:
        dz = 1 - states[1:] * states[1:]
        for t in reversed(range(steps)):
            dz[t] *= dh
            dh = dz[t] @ w["u"].T
        dz = dz.reshape(-1, hidden)
        g["w"], g["u"] = rows.T @ dz, states[:-1].reshape(-1, hidden).T @ dz
        g["b"] = g["c"] = dz.sum(0)

    return states[-1], backward


class Network:
    """A model's weights, their gradients, and the functions between."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.weights = weights(model)
        self.gradients: list[Weights] = [{} for _ in model]
        self.running = {
            index: (np.zeros(layer.features, np.float32), np.ones(layer.features, np.float32))
            for index, layer in enumerate(model)
            if isinstance(layer, BatchNorm)
        }

    def forward(self, x: Floats) -> tuple[Floats, list[Backward]]:
        """The logits, and the backward of each layer."""
        backwards = []
        for index in range(len(self.model)):
            x, backward = self._layer(index, x)
            backwards.append(backward)
        return x, backwards

    def _layer(self, index: int, x: Floats) -> tuple[Floats, Backward]:
        layer: Layer = self.model[index]
        w, g = self.weights[index], self.gradients[index]
        match layer:
            case Linear():
                return linear(w, g, x, first=index == 0)
            case Activation(name):
                return activation(name, x)
            case BatchNorm():
                return batch_norm(w, g, x, self.running[index])
            case Recurrent("rnn", _, hidden):
                return rnn(hidden, w, g, x)
        raise NotImplementedError(layer)


class Adam:
    """Adam of one array, in place, with two arrays for what lies between."""

    def __init__(self, parameter: Floats) -> None:
        self.parameter = parameter
        self.m, self.v = np.zeros_like(parameter), np.zeros_like(parameter)
        self.a, self.b = np.empty_like(parameter), np.empty_like(parameter)
        self.t = 0

    def step(self, gradient: Floats) -> None:
        """One step along a gradient."""
        self.t += 1
        np.multiply(gradient, 0.1, out=self.a)
        self.m *= 0.9
        self.m += self.a
        np.multiply(gradient, gradient, out=self.a)
        self.a *= 0.001
        self.v *= 0.999
        self.v += self.a
        np.sqrt(self.v, out=self.a)
        self.a *= (1 - 0.999**self.t) ** -0.5
        self.a += 1e-8
        np.divide(self.m, self.a, out=self.b)
        self.b *= LEARNING_RATES["adam"] / (1 - 0.9**self.t)
        self.parameter -= self.b


class SGD:
    """Plain gradient descent of one array, in place."""

    def __init__(self, parameter: Floats) -> None:
        self.parameter = parameter
        self.a = np.empty_like(parameter)

    def step(self, gradient: Floats) -> None:
        """One step along a gradient."""
        np.multiply(gradient, LEARNING_RATES["sgd"], out=self.a)
        self.parameter -= self.a


def trainer(model: Model, kind: str) -> Callable[[Floats, np.ndarray], float]:
    """A train step on a batch; returns the loss."""
    network = Network(model)
    optimizer = {"adam": Adam, "sgd": SGD}[kind]
    updates = [{key: optimizer(value) for key, value in w.items()} for w in network.weights]

    def train(x: Floats, y: np.ndarray) -> float:
        logits, backwards = network.forward(x)
        dy = softmax(logits)
        rows = np.arange(len(y))
        loss = -float(np.log(np.maximum(dy[rows, y], 1e-30)).mean())
        dy[rows, y] -= 1
        dy /= len(y)
        for backward in reversed(backwards):
            dy = backward(dy)
        for layer, gradients in zip(updates, network.gradients, strict=True):
            for key, update in layer.items():
                update.step(gradients[key])
        return loss

    return train
