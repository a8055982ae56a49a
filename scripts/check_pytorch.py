"""Loads what Strata has written into PyTorch's models and optimizers, which must then give Strata's numbers.

Usage:  python scripts/check_pytorch.py FOLDER [SAVED ACCURACY]

FOLDER is what PyTorchFiles has written; SAVED is the file of `pytorch-transfer --save`, and ACCURACY the one that it has
printed.
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, load_model

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / "Tests" / "References"), str(ROOT / "Examples" / "PyTorchTransfer")]

from pytorch_models import MODELS, OPTIMIZERS, load_optimizer_tensors, small_model, train  # noqa: E402


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference, relative to the largest number where that is above 1."""
    return ((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1)).item()


def main(folder: pathlib.Path, saved: list[str]) -> int:
    torch.set_num_threads(1)
    outputs = load_file(folder / "outputs.safetensors")
    worst = {}
    for name, make in MODELS.items():
        torch.manual_seed(0)
        model = make()
        path = folder / f"{name}.safetensors"
        if name.startswith("tied"):
            load_model(model, str(path), strict=True)
        else:
            model.load_state_dict(load_file(path), strict=True)
        worst[name] = difference(model.eval()(outputs[name + ".x"]).detach(), outputs[name + ".y"]), 1e-6
    for name, make in OPTIMIZERS.items():
        model = small_model()
        model.load_state_dict(load_file(folder / f"{name}.model.safetensors"), strict=True)
        optimizer = make(model)
        load_optimizer_tensors(model, optimizer, load_file(folder / f"{name}.state.safetensors"))
        steps = train(model, optimizer, outputs["x"], outputs["target"], 20)
        worst[name] = difference(steps, outputs[name + ".steps"]), 1e-10
    if saved:
        from train_digits import DigitNet, accuracy, digits

        model = DigitNet(10)
        model.load_state_dict(load_file(saved[0]), strict=True)
        worst["pytorch-transfer"] = abs(accuracy(model, *digits("t10k")) - float(saved[1])), 1e-12
    for name, (error, limit) in worst.items():
        print(f"{name}: {error:.1e}" + ("" if error <= limit else f", which is more than {limit}"))
    return any(not error <= limit for error, limit in worst.values())


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
