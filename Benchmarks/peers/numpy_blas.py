"""Times NumPy on the BLAS it is installed with: perceptrons and a plain recurrence, derived by hand."""

from peers import harness

settings = harness.options("NumPy")

from itertools import cycle  # noqa: E402

import numpy as np  # noqa: E402

from peers.data import Floats, ImageFiles, batches, normal, weights  # noqa: E402
from peers.numpy_network import FUNCTIONS, Adam, Network, trainer  # noqa: E402
from peers.operations import arguments, array_operations  # noqa: E402
from peers.workloads import (  # noqa: E402
    Activation, AdamStep, Bandwidth, BatchNorm, BatchNormPass, Epoch, Function, Inference, Linear, Operation, Product,
    Recurrent, Training, Workload,
)  # fmt: skip


class NumPy(harness.Peer):
    """NumPy, with no help but its own."""

    name = "numpy"
    version = f"numpy {np.__version__}"
    layers = Linear | Activation | BatchNorm | Recurrent
    operations = array_operations(np)

    def supports(self, workload: Workload) -> bool:
        model = getattr(workload, "model", ())
        cells = {layer.cell for layer in model if isinstance(layer, Recurrent)}
        return super().supports(workload) and cells <= {"rnn"}

    def training(self, workload: Training) -> harness.Step:
        train = trainer(workload.model, workload.optimizer)
        data = cycle(batches(workload))
        return lambda: train(*next(data))

    def inference(self, workload: Inference) -> harness.Step:
        (first, _, last), x = weights(workload.model), normal(workload.shape)

        def step() -> Floats:
            hidden = x @ first["w"]
            hidden += first["b"]
            np.maximum(hidden, 0, out=hidden)
            return hidden @ last["w"] + last["b"]

        return step

    def function(self, workload: Function) -> harness.Step:
        function, x = FUNCTIONS[workload.name], normal(workload.shape)
        return lambda: function(x)

    def operation(self, workload: Operation) -> harness.Step:
        operation = self.operations[workload.name]
        inputs = arguments(operation, np.ascontiguousarray)
        return lambda: operation(*inputs)

    def batch_norm_pass(self, workload: BatchNormPass) -> harness.Step:
        shape = (workload.rows, workload.features)
        x, dy = normal(shape), normal(shape, 1)
        network = Network((BatchNorm(workload.features),))

        def step() -> None:
            _, (backward,) = network.forward(x)
            backward(dy)

        return step

    def adam_step(self, workload: AdamStep) -> harness.Step:
        adam, gradient = Adam(normal(workload.shape)), normal(workload.shape, 1)
        return lambda: adam.step(gradient)

    def product(self, workload: Product) -> harness.Step:
        m, k, n = workload.m, workload.k, workload.n
        a = normal((k, m)).T if workload.transposed else normal((m, k))
        b = normal((k, n), 1)
        return lambda: a @ b

    def epoch(self, workload: Epoch) -> harness.Step:
        files, train = ImageFiles(workload.images), trainer(workload.model, "adam")
        rng = np.random.default_rng(4)

        def step() -> float:
            pixels, y = files.read()
            x = pixels.astype(np.float32)
            x /= 255
            order = rng.permutation(workload.images)
            for start in range(0, workload.images, workload.batch):
                indices = order[start : start + workload.batch]
                loss = train(x[indices], y[indices])
            return loss

        return step

    def bandwidth(self, workload: Bandwidth) -> harness.Step:
        x, y = np.ones(workload.count, np.float32), np.zeros(workload.count, np.float32)
        return lambda: np.add(y, x, out=y)


harness.run(NumPy(), settings)
