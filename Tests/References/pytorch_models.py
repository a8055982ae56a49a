"""Models that PyTorch and Strata both have, and the lines that move an optimizer's state between them.

`make_pytorch.py` saves them for Strata's tests; `scripts/check_pytorch.py` loads what Strata has saved.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """What `optimizer.load(pytorch:for:)` of Strata reads."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    return {
        f"{names[parameter]}.{key}": torch.as_tensor(value)
        for parameter, state in optimizer.state.items()
        for key, value in state.items()
        if value is not None
    }


def load_optimizer_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]
) -> None:
    """Takes what `optimizer.pytorchState(for:)` of Strata returns."""
    for name, parameter in model.named_parameters():
        state = {key[len(name) + 1 :]: t for key, t in tensors.items() if key.rpartition(".")[0] == name}
        if state:
            optimizer.state[parameter] = state


class Embedded(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.embedding(x.long()).mean(dim=1))


class LastStep(nn.Module):
    """A recurrent layer, and a linear one on its last step."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn
        self.head = nn.Linear(rnn.hidden_size, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class BothWays(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 5, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(10, 3)

    def forward(self, x):
        return self.head(self.lstm(x)[0].mean(dim=1))


class Block(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.fc1 = nn.Linear(size, 2 * size)
        self.fc2 = nn.Linear(2 * size, size)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))


class ResidualNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(5, 6)
        self.blocks = nn.ModuleList([Block(6), Block(6)])
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Autoencoder(nn.Module):
    """Its decoder has the encoder's weight, transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(8, 3)
        self.decoder_bias = nn.Parameter(torch.randn(8) / 3)

    def forward(self, x):
        return F.linear(torch.tanh(self.encoder(x)), self.encoder.weight.t(), self.decoder_bias)


class TiedEmbedding(nn.Module):
    """Its last layer has the embedding's table."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 5)
        self.hidden = nn.Linear(5, 5)
        self.decoder = nn.Linear(5, 9)
        self.decoder.weight = self.embedding.weight

    def forward(self, x):
        return self.decoder(torch.tanh(self.hidden(self.embedding(x.long()))))


class GPT(nn.Module):
    """GPT-2's layout: learnt positions, pre-norm layers with a causal mask, a norm and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.positions = nn.Embedding(6, 8)
        layer = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, **layer) for _ in range(2))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 9, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions.weight[: tokens.shape[1]]
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=True)
        return self.head(self.norm(x))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "mlp": lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)),
    "batchnorm": lambda: nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)),
    "layernorm": lambda: nn.Sequential(
        nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 4), nn.LayerNorm(4)
    ),
    "rmsnorm": lambda: nn.Sequential(nn.Linear(6, 8), nn.RMSNorm(8), nn.SiLU(), nn.Linear(8, 3, bias=False)),
    "lenet": lambda: nn.Sequential(
        nn.Conv2d(1, 3, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 3),
    ),
    "conv_batchnorm": lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.PReLU(4),
        nn.Conv2d(4, 3, (2, 3), stride=2), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 3),
    ),
    "embedding": Embedded,
    "lstm": lambda: LastStep(nn.LSTM(4, 5, num_layers=2, batch_first=True)),
    "gru": lambda: LastStep(nn.GRU(4, 5, batch_first=True)),
    "rnn": lambda: LastStep(nn.RNN(4, 5, batch_first=True)),
    "bidirectional": BothWays,
    "residual": ResidualNet,
    "autoencoder": Autoencoder,
    "tied_embedding": TiedEmbedding,
    "gpt": GPT,
    "vision": lambda: nn.Sequential(
        nn.Conv2d(4, 8, 3, padding="same", dilation=2, groups=2, padding_mode="circular"), nn.GroupNorm(2, 8),
        nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True), nn.ConvTranspose2d(8, 4, 2, stride=2, groups=2),
        nn.InstanceNorm2d(4, affine=True), nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(4, 4, 3, groups=4, bias=False), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3),
    ),
    "temporal": lambda: nn.Sequential(
        nn.Conv1d(3, 6, 3, padding=2, dilation=2), nn.GroupNorm(3, 6), nn.ReLU(),
        nn.ConvTranspose1d(6, 4, 3, stride=2, output_padding=1), nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(4, 3),
    ),
}  # fmt: skip

# The shapes of inputs. Those of a module that begins with an embedding are indices below the number that follows.
INPUTS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "mlp": ((4, 6), None),
    "batchnorm": ((4, 6), None),
    "layernorm": ((4, 6), None),
    "rmsnorm": ((4, 6), None),
    "lenet": ((3, 1, 12, 12), None),
    "conv_batchnorm": ((3, 2, 6, 7), None),
    "embedding": ((4, 7), 11),
    "lstm": ((3, 6, 4), None),
    "gru": ((3, 6, 4), None),
    "rnn": ((3, 6, 4), None),
    "bidirectional": ((3, 6, 4), None),
    "residual": ((4, 5), None),
    "autoencoder": ((4, 8), None),
    "tied_embedding": ((4, 6), 9),
    "gpt": ((4, 6), 9),
    "vision": ((2, 4, 9, 9), None),
    "temporal": ((2, 3, 9), None),
}


def small_model() -> nn.Module:
    """The model that optimizers train."""
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)).double()


OPTIMIZERS: dict[str, Callable[[nn.Module], torch.optim.Optimizer]] = {
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.01),
    "nesterov": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=0.01),
    "amsgrad": lambda model: torch.optim.Adam(model.parameters(), lr=0.02, betas=(0.8, 0.9), amsgrad=True),
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1),
    "rmsprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01),
    "rmsprop_centered": lambda model: torch.optim.RMSprop(
        model.parameters(), lr=0.01, alpha=0.9, momentum=0.5, centered=True
    ),
}


def flat(model: nn.Module) -> torch.Tensor:
    """Every parameter in one row, in the layout of the state_dict."""
    return torch.cat([parameter.detach().reshape(-1) for parameter in model.parameters()])


def train(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, target: torch.Tensor, steps: int
) -> torch.Tensor:
    """Makes steps of mean squared error and returns the parameters after each, a row a step."""
    rows = []
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(model(x), target).backward()
        optimizer.step()
        rows.append(flat(model))
    return torch.stack(rows)
