"""The timed workloads under the names of strata-bench, described so that every framework can build them.

A workload is a kind with its sizes; a model is a tuple of layers. All numbers are float32, and a
train step is forward, mean cross-entropy, backward and optimizer.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import prod


@dataclass(frozen=True)
class Linear:
    """y = xW + b."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Activation:
    """`relu` or `tanh` of each number."""

    name: str


@dataclass(frozen=True)
class BatchNorm:
    """Each feature over the batch to mean 0 and variance 1, then γ and β."""

    features: int


@dataclass(frozen=True)
class Recurrent:
    """A cell, `rnn` (tanh), `lstm` or `gru`, over the steps of [B, T, inputs]; what its last step gives.

    It has two biases, of the input's and of the state's product, as in PyTorch.
    """

    cell: str
    inputs: int
    hidden: int

    @property
    def gates(self) -> int:
        """How many rows of pre-activations a step has."""
        return {"rnn": 1, "lstm": 4, "gru": 3}[self.cell]


@dataclass(frozen=True)
class Conv:
    """A square kernel over images, stride 1."""

    inputs: int
    outputs: int
    kernel: int
    padding: int = 0


@dataclass(frozen=True)
class MaxPool:
    """The largest of each square of `size`, with no overlap."""

    size: int


@dataclass(frozen=True)
class Flatten:
    """All axes but the first as one."""


@dataclass(frozen=True)
class Window:
    """A convolution of sequences or images with every option; `causal` puts the margin before a sequence alone."""

    axes: int
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True
    transposed: bool = False
    causal: bool = False


@dataclass(frozen=True)
class Tokens:
    """The vectors of tokens, [B, T], and of their positions, added: the table is that of `TiedLinear` too."""

    vocabulary: int
    features: int
    positions: int


@dataclass(frozen=True)
class Block:
    """A pre-norm transformer layer: attention, then x ↦ W₂ gelu(W₁x) of four times the features."""

    features: int
    heads: int
    causal: bool = False


@dataclass(frozen=True)
class LayerNorm:
    """Each row to mean 0 and variance 1, then γ and β."""

    features: int


@dataclass(frozen=True)
class MeanOverTime:
    """The mean of a sequence's steps."""


@dataclass(frozen=True)
class TiedLinear:
    """The product with the table of `Tokens`, [outputs, inputs], transposed."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class ImageNorm:
    """BatchNorm of the channels of images."""

    channels: int


@dataclass(frozen=True)
class GlobalAverage:
    """The mean of each channel."""


@dataclass(frozen=True)
class Shortcut:
    """x, or what `past` makes of it, plus what layers make of it."""

    layers: tuple["Layer", ...]
    past: tuple["Layer", ...] = ()


Layer = (
    Linear | Activation | BatchNorm | Recurrent | Conv | MaxPool | Flatten | Window | ImageNorm | GlobalAverage
    | Shortcut | Tokens | Block | LayerNorm | MeanOverTime | TiedLinear
)  # fmt: skip
Model = tuple[Layer, ...]


@dataclass(frozen=True)
class Training:
    """A train step on batches of `shape`; `optimizer` is `adam` or `sgd`. Each token has a label, another input one."""

    model: Model
    shape: tuple[int, ...]
    optimizer: str = "adam"
    classes: int = 10
    channels_last: bool = False

    @property
    def reads_tokens(self) -> bool:
        """Whether the batches are tokens below `classes`."""
        return isinstance(self.model[0], Tokens)


@dataclass(frozen=True)
class Inference:
    """A batch through a model."""

    model: Model
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Function:
    """`tanh`, `sigmoid`, `relu` or `exp` of each number, or `softmax` of each row, into fresh memory."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Operation:
    """An operation on a million numbers, into fresh memory; operations.py lists them."""

    name: str
    # How many numbers it reads and writes.
    touches: float


@dataclass(frozen=True)
class BatchNormPass:
    """Forward and backward of one BatchNorm, in training, with the gradients of γ, β and the input."""

    rows: int
    features: int


@dataclass(frozen=True)
class AdamStep:
    """One step of Adam on one parameter whose gradient is there."""

    shape: tuple[int, int]

    @property
    def count(self) -> int:
        """The parameter's numbers."""
        return prod(self.shape)


@dataclass(frozen=True)
class Product:
    """A·B of [m, k] and [k, n], into fresh memory; `transposed` where A is stored as [k, m]."""

    m: int
    k: int
    n: int
    transposed: bool = False

    @property
    def operations(self) -> float:
        """Multiplications and additions."""
        return 2.0 * self.m * self.k * self.n


@dataclass(frozen=True)
class AttentionPass:
    """Forward and backward of causal attention by queries, keys and values [batch, heads, time, size]."""

    batch: int
    heads: int
    time: int
    size: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of each of the three."""
        return self.batch, self.heads, self.time, self.size


@dataclass(frozen=True)
class Decoding:
    """The likeliest next token of one sequence, `tokens` times from the first one on, with keys and values kept."""

    model: Model
    tokens: int


@dataclass(frozen=True)
class Epoch:
    """Images and labels read from IDX files, shuffled, and trained on in batches; the last may be smaller."""

    model: Model
    images: int
    batch: int
    pixels = 28 * 28


@dataclass(frozen=True)
class Bandwidth:
    """y += x, with both together in a number of megabytes (2²⁰ bytes)."""

    megabytes: int

    @property
    def count(self) -> int:
        """The numbers in each."""
        return (self.megabytes << 20) // 8

    @property
    def bytes(self) -> float:
        """What is moved: x and y are read, y is written."""
        return 12.0 * self.count


Workload = (
    Training | Inference | Function | Operation | BatchNormPass | AdamStep | Product | AttentionPass | Decoding | Epoch
    | Bandwidth
)  # fmt: skip

LEARNING_RATES = {"adam": 1e-3, "sgd": 1e-2}


def perceptron(*sizes: int) -> Model:
    """Linear layers with a ReLU between each two."""
    layers: list[Layer] = []
    for inputs, outputs in pairwise(sizes):
        layers += [Linear(inputs, outputs), Activation("relu")]
    return tuple(layers[:-1])


def recurrence(cell: str, inputs: int, hidden: int) -> Model:
    """A cell, and a linear layer on its last step."""
    return (Recurrent(cell, inputs, hidden), Linear(hidden, 10))


def gpt(features: int, heads: int, layers: int, time: int, vocabulary: int = 73) -> Model:
    """GPT-2's layers, with its output tied to its embedding."""
    blocks = (Block(features, heads, causal=True),) * layers
    return Tokens(vocabulary, features, time), *blocks, LayerNorm(features), TiedLinear(features, vocabulary)


NORMALIZED = (
    Linear(784, 512), BatchNorm(512), Activation("relu"),
    Linear(512, 512), BatchNorm(512), Activation("relu"),
    Linear(512, 10),
)  # fmt: skip

CONVOLUTIONAL = (
    Conv(1, 6, 5, padding=2), Activation("relu"), MaxPool(2),
    Conv(6, 16, 5), Activation("relu"), MaxPool(2), Flatten(),
    *perceptron(400, 120, 84, 10),
)  # fmt: skip

ENCODER = (*(Block(256, 4),) * 4, LayerNorm(256), MeanOverTime(), Linear(256, 10))


def block(inputs: int, outputs: int, pools: bool = False, bias: bool = False) -> Model:
    """A convolution of 3 × 3, normalized, and pooled by 2 if asked for."""
    window = Window(2, inputs, outputs, 3, padding=1, bias=bias)
    return (window, ImageNorm(outputs), Activation("relu"), *((MaxPool(2),) if pools else ()))


CIFAR = (*block(3, 64, True, True), *block(64, 128, True, True), *block(128, 256, True, True), Flatten(), Linear(4096, 10))

RESNET9 = (
    *block(3, 64), *block(64, 128, True), Shortcut(block(128, 128) * 2),
    *block(128, 256, True), *block(256, 512, True), Shortcut(block(512, 512) * 2),
    MaxPool(4), Flatten(), Linear(512, 10),
)  # fmt: skip


def basic_block(inputs: int, outputs: int, stride: int) -> Model:
    """ResNet-18's block: two convolutions of 3 × 3 past which x goes, by 1 × 1 where its shape changes."""
    body = (
        Window(2, inputs, outputs, 3, stride=stride, padding=1, bias=False), ImageNorm(outputs), Activation("relu"),
        Window(2, outputs, outputs, 3, padding=1, bias=False), ImageNorm(outputs),
    )  # fmt: skip
    past = (Window(2, inputs, outputs, 1, stride=stride, bias=False), ImageNorm(outputs))
    return Shortcut(body, () if inputs == outputs else past), Activation("relu")


RESNET18 = (
    *block(3, 64), *basic_block(64, 64, 1), *basic_block(64, 64, 1), *basic_block(64, 128, 2),
    *basic_block(128, 128, 1), *basic_block(128, 256, 2), *basic_block(256, 256, 1), *basic_block(256, 512, 2),
    *basic_block(512, 512, 1), GlobalAverage(), Linear(512, 10),
)  # fmt: skip

MOBILENET = (
    Window(2, 64, 64, 3, padding=1, groups=64, bias=False), ImageNorm(64), Activation("relu"),
    Window(2, 64, 128, 1, bias=False), ImageNorm(128), Activation("relu"), GlobalAverage(), Linear(128, 10),
)  # fmt: skip

TEMPORAL: Model = (
    *(layer for dilation in (1, 2, 4, 8, 16, 32)
      for layer in (Window(1, 64, 64, 3, dilation=dilation, causal=True), Activation("relu"))),
    GlobalAverage(), Linear(64, 10),
)  # fmt: skip

TRANSPOSED = (
    Window(2, 64, 32, 4, stride=2, padding=1, transposed=True), Activation("relu"),
    Window(2, 32, 16, 4, stride=2, padding=1, transposed=True), Activation("relu"), GlobalAverage(), Linear(16, 10),
)  # fmt: skip

# By the number of times that a million numbers are read or written.
OPERATIONS = {
    4: "concat-0 concat-1 scatter-add",
    3: "add multiply divide where power atan2 to-double to-float",
    2: "add-row add-column scale greater maximum abs sqrt exp log tanh sin erf cube logsumexp cumsum-0 cumsum-1 "
       "from-int take transpose permute pad flip roll sort argsort",
    1.5: "slice", 1.25: "tile",
    1: "sum sum-0 sum-1 mean max max-0 max-1 argmax variance prod top-k",
}  # fmt: skip

WORKLOADS: dict[str, Workload] = {
    "mlp-tiny": Training(perceptron(128, 256, 10), (64, 128)),
    "mlp-mnist": Training(perceptron(784, 256, 10), (64, 784)),
    "mlp-mnist-b32": Training(perceptron(784, 128, 10), (32, 784), "sgd"),
    "mlp-bn": Training(NORMALIZED, (128, 784)),
    "mlp-wide": Training(perceptron(784, 1024, 1024, 10), (256, 784)),
    "mlp-2048": Training(perceptron(2048, 2048, 2048, 10), (512, 2048)),
    "mlp-deep": Training((Linear(256, 256), Activation("tanh")) * 64, (64, 256), "sgd", classes=256),
    **{f"{cell}-small": Training(recurrence(cell, 28, 128), (32, 28, 28)) for cell in ("rnn", "lstm", "gru")},
    **{f"{cell}-big": Training(recurrence(cell, 64, 256), (64, 100, 64)) for cell in ("rnn", "lstm", "gru")},
    "conv-small": Training(CONVOLUTIONAL, (64, 1, 28, 28)),
    "gpt-tiny": Training(gpt(128, 4, 4, 64), (12, 64), classes=73),
    "gpt-small": Training(gpt(384, 6, 6, 256), (8, 256), classes=73),
    "encoder-D256": Training(ENCODER, (8, 128, 256)),
    **{f"attention-T{time}": AttentionPass(2048 // time, 8, time, 64) for time in (64, 256, 1024, 2048)},
    "decode-D384": Decoding(gpt(384, 6, 6, 256), 256),
    "conv-cifar": Training(CIFAR, (64, 3, 32, 32), "sgd", channels_last=True),
    "resnet9": Training(RESNET9, (32, 3, 32, 32), "sgd", channels_last=True),
    "resnet18-cifar": Training(RESNET18, (32, 3, 32, 32), "sgd", channels_last=True),
    "mobilenet-block": Training(MOBILENET, (32, 64, 32, 32), "sgd", channels_last=True),
    "conv1d-tcn": Training(TEMPORAL, (32, 64, 512), "sgd"),
    "conv-transpose": Training(TRANSPOSED, (32, 64, 16, 16), "sgd", channels_last=True),
    **{f"infer-b{batch}": Inference(perceptron(784, 256, 10), (batch, 784)) for batch in (1, 64, 4096)},
    **{f"ew-{name}": Function(name, (1_000_000,)) for name in ("tanh", "sigmoid", "relu", "exp")},
    "ew-softmax": Function("softmax", (1024, 1024)),
    "ew-bn": BatchNormPass(4096, 512),
    "ew-adam10M": AdamStep((2500, 4000)),
    **{f"op-{name}": Operation(name, touches) for touches, names in OPERATIONS.items() for name in names.split()},
    "gemm-64x256x128": Product(64, 256, 128),
    "gemm-128x256x784": Product(128, 256, 784),
    "gemm-784x256x128-transposed": Product(784, 256, 128, transposed=True),
    "gemm-1024x1024x1024": Product(1024, 1024, 1024),
    "gemm-2048x2048x2048": Product(2048, 2048, 2048),
    "epoch-mnist": Epoch(perceptron(784, 256, 10), 10_000, 64),
    **{f"bandwidth-{megabytes}mb": Bandwidth(megabytes) for megabytes in (1, 4, 16, 32, 64, 256)},
}
