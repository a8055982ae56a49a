"""The workloads in PyTorch, for torch_eager.py and torch_compile.py. Import it after `harness.options`."""

from collections.abc import Callable
from itertools import cycle
from typing import ClassVar

import torch
from torch import Tensor, nn

from peers.data import ImageFiles, batches, normal
from peers.harness import Peer, Step
from peers.operations import arguments
from peers.workloads import (
    LEARNING_RATES, Activation, AdamStep, AttentionPass, Bandwidth, BatchNorm, BatchNormPass, Block, Conv, Decoding,
    Epoch, Flatten, Function, GlobalAverage, ImageNorm, Inference, Layer, LayerNorm, Linear, MaxPool, MeanOverTime,
    Model, Operation, Product, Recurrent, Shortcut, TiedLinear, Tokens, Training, Window,
)  # fmt: skip


class LastStep(nn.Module):
    """A recurrent layer of which the last step goes on."""

    def __init__(self, recurrent: nn.Module) -> None:
        super().__init__()
        self.recurrent = recurrent

    def forward(self, x: Tensor) -> Tensor:
        return self.recurrent(x)[0][:, -1]


class TokensAndPositions(nn.Module):
    """The vectors of tokens plus those of their positions, the first of which is `start`."""

    def __init__(self, layer: Tokens) -> None:
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(layer.vocabulary, layer.features))
        self.positions = nn.Parameter(0.02 * torch.randn(layer.positions, layer.features))

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        return nn.functional.embedding(x, self.table) + self.positions[start : start + x.shape[1]]


class TransformerBlock(nn.Module):
    """A pre-norm layer with the products of queries, keys and values as one, and PyTorch's fused attention."""

    def __init__(self, layer: Block) -> None:
        super().__init__()
        size, self.heads, self.causal = layer.features, layer.heads, layer.causal
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.output = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.feed = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))

    def forward(self, x: Tensor, kept: Tensor | None = None, start: int = 0) -> Tensor:
        """`kept`, [2, B, H, T, D], has room for the keys and values of all steps; those from `start` on are written."""
        batch, time, size = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        if kept is None:
            query, key, value = qkv
        else:
            kept[:, :, :, start : start + time] = qkv[1:]
            query, (key, value) = qkv[0], kept[:, :, :, : start + time]
        attention = nn.functional.scaled_dot_product_attention
        y = attention(query, key, value, is_causal=self.causal and kept is None).transpose(1, 2)
        x = x + self.output(y.reshape(batch, time, size))
        return x + self.feed(self.norm2(x))


class StepMean(nn.Module):
    """The mean over the steps."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


class Tied(nn.Module):
    """The product with a table that another module has, transposed."""

    def __init__(self, table: nn.Parameter) -> None:
        super().__init__()
        self.table = table

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.table.T


def sequential(model: Model) -> nn.Sequential:
    """The model's layers; a tied one has the table of the first."""
    modules: list[nn.Module] = []
    for layer in model:
        modules.append(Tied(modules[0].table) if isinstance(layer, TiedLinear) else module(layer))
    return nn.Sequential(*modules)


class ChannelMean(nn.Module):
    """The mean of each channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mean(2) if x.dim() == 3 else x.mean((2, 3))


class Sum(nn.Module):
    """x, or what a module makes of it, plus what another makes of it."""

    def __init__(self, inner: nn.Module, past: nn.Module) -> None:
        super().__init__()
        self.inner, self.past = inner, past

    def forward(self, x: Tensor) -> Tensor:
        return self.past(x) + self.inner(x)


def window(w: Window) -> nn.Module:
    """A convolution of PyTorch's own, with a margin before it where that is on one side."""
    kinds = {(1, False): nn.Conv1d, (2, False): nn.Conv2d, (1, True): nn.ConvTranspose1d, (2, True): nn.ConvTranspose2d}
    layer = kinds[w.axes, w.transposed](
        w.inputs, w.outputs, w.kernel, stride=w.stride, padding=w.padding, dilation=w.dilation, groups=w.groups,
        bias=w.bias)  # fmt: skip
    return nn.Sequential(nn.ConstantPad1d(((w.kernel - 1) * w.dilation, 0), 0.0), layer) if w.causal else layer


def module(layer: Layer) -> nn.Module:
    """A layer of PyTorch's own."""
    match layer:
        case Linear(inputs, outputs):
            return nn.Linear(inputs, outputs)
        case Activation("relu"):
            return nn.ReLU()
        case Activation("tanh"):
            return nn.Tanh()
        case BatchNorm(features):
            return nn.BatchNorm1d(features)
        case Recurrent(cell, inputs, hidden):
            kinds = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
            return LastStep(kinds[cell](inputs, hidden, batch_first=True))
        case Conv(inputs, outputs, kernel, padding):
            return nn.Conv2d(inputs, outputs, kernel, padding=padding)
        case MaxPool(size):
            return nn.MaxPool2d(size)
        case Flatten():
            return nn.Flatten()
        case Tokens():
            return TokensAndPositions(layer)
        case Block():
            return TransformerBlock(layer)
        case LayerNorm(features):
            return nn.LayerNorm(features)
        case MeanOverTime():
            return StepMean()
        case Window():
            return window(layer)
        case ImageNorm(channels):
            return nn.BatchNorm2d(channels)
        case GlobalAverage():
            return ChannelMean()
        case Shortcut(layers, past):
            return Sum(nn.Sequential(*map(module, layers)), nn.Sequential(*map(module, past)))
    raise NotImplementedError(layer)


class Torch(Peer):
    """PyTorch, with what a subclass makes of the functions that are run again and again."""

    version = f"torch {torch.__version__}"
    functions: ClassVar[dict[str, Callable[[Tensor], Tensor]]] = {
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "exp": torch.exp,
        "softmax": lambda x: torch.softmax(x, -1),
    }  # fmt: skip
    operations: ClassVar[dict[str, Callable[..., Tensor]]] = {
        "add": lambda a, b: a + b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
        "add-row": lambda a, row: a + row, "add-column": lambda a, column: a + column, "scale": lambda a: a * 1.5,
        "greater": lambda a: a > 0, "where": lambda mask, a, b: torch.where(mask, a, b),
        "maximum": lambda a: a.clamp_min(0), "abs": lambda a: a.abs(), "sqrt": lambda positive: positive.sqrt(),
        "exp": lambda a: a.exp(), "log": lambda positive: positive.log(), "tanh": lambda a: a.tanh(),
        "sin": lambda a: a.sin(), "erf": lambda a: a.erf(), "cube": lambda a: a.pow(3),
        "power": lambda positive, b: positive.pow(b), "atan2": lambda a, b: torch.atan2(a, b), "sum": lambda a: a.sum(),
        "sum-0": lambda a: a.sum(0), "sum-1": lambda a: a.sum(1), "mean": lambda a: a.mean(), "max": lambda a: a.max(),
        "max-0": lambda a: a.amax(0), "max-1": lambda a: a.amax(1), "argmax": lambda a: a.argmax(1),
        "variance": lambda a: a.var(), "prod": lambda a: a.prod(), "logsumexp": lambda a: a.logsumexp(1),
        "cumsum-0": lambda a: a.cumsum(0), "cumsum-1": lambda a: a.cumsum(1), "to-double": lambda a: a.double(),
        "to-float": lambda doubles: doubles.float(), "from-int": lambda places: places.float(),
        "concat-0": lambda a, b: torch.cat((a, b)), "concat-1": lambda a, b: torch.cat((a, b), 1),
        "take": lambda a, rows: a.index_select(0, rows), "scatter-add": lambda a, longs, b: a.scatter_add(1, longs, b),
        "transpose": lambda a: a.T.contiguous(), "permute": lambda cube: cube.permute(2, 0, 1).contiguous(),
        "slice": lambda a: a[:, ::2].contiguous(), "pad": lambda a: nn.functional.pad(a, (1, 1, 1, 1)),
        "flip": lambda a: a.flip(1), "roll": lambda a: a.roll(100, 1), "tile": lambda tile: tile.tile(2, 2),
        "sort": lambda a: a.sort()[0], "argsort": lambda a: a.argsort(), "top-k": lambda a: a.topk(10)[0],
    }  # fmt: skip

    def __init__(self, threads: int, fused: bool) -> None:
        self.fused = fused
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def compiled(self, function: Callable) -> Callable:
        """The function as it is; torch.compile in a subclass."""
        return function

    def update(self, optimizer: torch.optim.Optimizer) -> Callable[[], object]:
        """The step of an optimizer."""
        return optimizer.step

    def optimizer(self, kind: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Adam or SGD, plain or in one kernel."""
        types = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
        return types[kind](parameters, lr=LEARNING_RATES[kind], fused=self.fused)

    def trainer(self, model: Model, kind: str, channels_last: bool = False) -> Callable[[Tensor, Tensor], Tensor]:
        """A train step on a batch; returns the loss."""
        torch.manual_seed(1)
        network = sequential(model)
        if channels_last:
            network = network.to(memory_format=torch.channels_last)
        optimizer = self.optimizer(kind, list(network.parameters()))
        update = self.update(optimizer)
        evaluate = self.compiled(lambda x, y: nn.functional.cross_entropy(network(x).flatten(0, -2), y.flatten()))

        def train(x: Tensor, y: Tensor) -> Tensor:
            optimizer.zero_grad(set_to_none=True)
            loss = evaluate(x, y)
            loss.backward()
            update()
            return loss.detach()

        return train

    def training(self, workload: Training) -> Step:
        train = self.trainer(workload.model, workload.optimizer, workload.channels_last)
        layout = torch.channels_last if workload.channels_last else torch.contiguous_format
        data = cycle([
            (torch.from_numpy(x).contiguous(memory_format=layout), torch.from_numpy(y)) for x, y in batches(workload)
        ])  # fmt: skip
        return lambda: train(*next(data))

    def inference(self, workload: Inference) -> Step:
        infer = self.compiled(sequential(workload.model).eval())
        x = torch.from_numpy(normal(workload.shape))
        return torch.inference_mode()(lambda: infer(x))

    def function(self, workload: Function) -> Step:
        function = self.compiled(self.functions[workload.name])
        x = torch.from_numpy(normal(workload.shape))
        return torch.inference_mode()(lambda: function(x))

    def operation(self, workload: Operation) -> Step:
        operation = self.operations[workload.name]
        inputs = arguments(operation, torch.from_numpy)
        run = self.compiled(operation)
        return torch.inference_mode()(lambda: run(*inputs))

    def batch_norm_pass(self, workload: BatchNormPass) -> Step:
        network = nn.BatchNorm1d(workload.features)
        forward = self.compiled(network)
        x = torch.from_numpy(normal((workload.rows, workload.features))).requires_grad_()
        dy = torch.from_numpy(normal((workload.rows, workload.features), 1))

        def step() -> None:
            network.zero_grad(set_to_none=True)
            x.grad = None
            forward(x).backward(dy)

        return step

    def adam_step(self, workload: AdamStep) -> Step:
        parameter = nn.Parameter(torch.from_numpy(normal(workload.shape)))
        parameter.grad = torch.from_numpy(normal(workload.shape, 1))
        return self.update(self.optimizer("adam", [parameter]))

    def product(self, workload: Product) -> Step:
        m, k, n = workload.m, workload.k, workload.n
        a = torch.from_numpy(normal((k, m))).T if workload.transposed else torch.from_numpy(normal((m, k)))
        b = torch.from_numpy(normal((k, n), 1))
        multiply = self.compiled(torch.mm)
        return torch.inference_mode()(lambda: multiply(a, b))

    def attention_pass(self, workload: AttentionPass) -> Step:
        inputs = [torch.from_numpy(normal(workload.shape, seed)).requires_grad_() for seed in range(3)]
        dy = torch.from_numpy(normal(workload.shape, 3))
        attention = self.compiled(
            lambda q, k, v: nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))  # fmt: skip

        def step() -> None:
            for x in inputs:
                x.grad = None
            attention(*inputs).backward(dy)

        return step

    def decoding(self, workload: Decoding) -> Step:
        network = sequential(workload.model).eval()
        embedding, *blocks = network
        norm, output = blocks.pop(-2), blocks.pop(-1)
        heads, size = workload.model[1].heads, workload.model[1].features
        kept = torch.empty(len(blocks), 2, 1, heads, workload.tokens, size // heads)

        @torch.inference_mode()
        def step() -> Tensor:
            token = torch.zeros(1, 1, dtype=torch.int64)
            for start in range(workload.tokens):
                x = embedding(token, start)
                for block, cache in zip(blocks, kept, strict=True):
                    x = block(x, cache, start)
                token = output(norm(x)).argmax(-1)
            return token

        return step

    def epoch(self, workload: Epoch) -> Step:
        files = ImageFiles(workload.images)
        train = self.trainer(workload.model, "adam")

        def step() -> Tensor:
            pixels, labels = map(torch.from_numpy, files.read())
            x, y = pixels.float().div_(255), labels.long()
            for indices in torch.randperm(workload.images).split(workload.batch):
                loss = train(x[indices], y[indices])
            return loss

        return step

    def bandwidth(self, workload: Bandwidth) -> Step:
        x, y = torch.ones(workload.count), torch.zeros(workload.count)
        add = self.compiled(lambda y, x: y.add_(x))
        return torch.inference_mode()(lambda: add(y, x))
