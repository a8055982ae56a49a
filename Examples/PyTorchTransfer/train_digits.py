#!/usr/bin/env python3
"""Trains the network that pytorch-transfer starts from, on the digits 0 to 4 of data/digits.

Usage:  pip install torch numpy safetensors
        python train_digits.py           # writes data/pytorch/digits-0-4.safetensors
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"


class DigitNet(nn.Module):
    """A convolutional network for images of 8x8."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


def digits(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The images [N, 1, 8, 8] and labels [N] of "train" or "t10k"."""
    images = np.fromfile(DATA / "digits" / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 8, 8)
    labels = np.fromfile(DATA / "digits" / f"{part}-labels-idx1-ubyte", np.uint8)[8:]
    return torch.from_numpy(images / np.float32(255)), torch.from_numpy(labels.astype(np.int64))


def accuracy(model: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> float:
    """The share of images that are recognized."""
    with torch.no_grad():
        return (model.eval()(x).argmax(dim=1) == labels).double().mean().item()


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x, labels = digits("train")
    x, labels = x[labels < 5], labels[labels < 5]
    model = DigitNet(classes=5)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(20):
        for rows in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), labels[rows]).backward()
            optimizer.step()
    test, truth = digits("t10k")
    print(f"accuracy on the test images of 0 to 4: {accuracy(model, test[truth < 5], truth[truth < 5]):.4f}")
    (DATA / "pytorch").mkdir(exist_ok=True)
    save_file(model.state_dict(), DATA / "pytorch" / "digits-0-4.safetensors")


if __name__ == "__main__":
    main()
