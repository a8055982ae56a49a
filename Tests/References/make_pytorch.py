#!/usr/bin/env python3
"""Makes pytorch/NAME.safetensors, the models of pytorch_models.py as PyTorch saves them.

Usage:  pip install torch numpy safetensors
        python make_pytorch.py            # rewrite the files
        python make_pytorch.py --check    # write nothing, compare the files with a new run

The script also makes outputs.safetensors, with the input NAME.x and the output NAME.y of each in eval mode, and
optimizers.safetensors, with runs of optimizers in float64. Each CASE of it has the `model` and the optimizer's `state`
after 10 steps, by PyTorch's names, and the rows `steps` [20, 37] with all parameters after each of the next 20. All are
on the same `x` and `target`.
"""

import argparse
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file, save_model

from pytorch_models import INPUTS, MODELS, OPTIMIZERS, optimizer_tensors, small_model, train

FOLDER = pathlib.Path(__file__).resolve().parent / "pytorch"


def example(shape: tuple[int, ...], limit: int | None) -> torch.Tensor:
    return torch.randn(shape) if limit is None else torch.randint(limit, shape, dtype=torch.int32)


def models(folder: pathlib.Path) -> None:
    examples = {}
    for number, (name, make) in enumerate(MODELS.items()):
        torch.manual_seed(number)
        model = make()
        shape, limit = INPUTS[name]
        for parameter in model.parameters():
            # Scales that begin as 1 and shifts that begin as 0 are to differ too.
            parameter.data += 0.1 * torch.randn_like(parameter)
        for _ in range(5):
            model(example((16, *shape[1:]), limit))  # moves running statistics
        x = example(shape, limit)
        examples[name + ".x"] = x
        examples[name + ".y"] = model.eval()(x).detach()
        path = folder / f"{name}.safetensors"
        if name.startswith("tied"):
            save_model(model, str(path))  # save_file refuses tensors that share memory
        else:
            save_file(model.state_dict(), path)
    save_file(examples, folder / "outputs.safetensors")


def optimizers(folder: pathlib.Path) -> None:
    torch.manual_seed(100)
    x, target = torch.randn(8, 4).double(), torch.randn(8, 2).double()
    tensors = {"x": x, "target": target}
    for name, make in OPTIMIZERS.items():
        model = small_model()
        optimizer = make(model)
        train(model, optimizer, x, target, 10)
        tensors |= {f"{name}.model.{key}": value.clone() for key, value in model.state_dict().items()}
        tensors |= {f"{name}.state.{key}": value.clone() for key, value in optimizer_tensors(model, optimizer).items()}
        tensors[f"{name}.steps"] = train(model, optimizer, x, target, 20)
    save_file(tensors, folder / "optimizers.safetensors")


def check(folder: pathlib.Path) -> int:
    """Compares the files with those of another folder, and returns how many differ."""
    failures = 0
    for path in sorted(FOLDER.glob("*.safetensors")):
        old, new = load_file(path), load_file(folder / path.name)
        same = old.keys() == new.keys() and all(
            old[key].dtype == new[key].dtype and torch.allclose(old[key], new[key], rtol=1e-5, atol=1e-6) for key in old
        )
        failures += not same
        print(f"{path.name}: {'ok' if same else 'differs'}")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes what PyTorch saves, or checks it.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.check:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            models(pathlib.Path(folder))
            optimizers(pathlib.Path(folder))
            return 1 if check(pathlib.Path(folder)) else 0
    FOLDER.mkdir(exist_ok=True)
    models(FOLDER)
    optimizers(FOLDER)
    for path in sorted(FOLDER.glob("*.safetensors")):
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
