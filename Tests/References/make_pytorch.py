#!/usr/bin/env python3
"""Makes pytorch/NAME.safetensors, the models of pytorch_models.py as PyTorch saves them.

Usage:  pip install torch numpy safetensors
        python make_pytorch.py            # rewrite the files
        python make_pytorch.py --check    # write nothing, compare the files with a new run

The script also makes outputs.safetensors, with the input NAME.x and the output NAME.y of each in eval mode, and
optimizers.safetensors, with runs of optimizers in float64. Each CASE of it has the `model` and the optimizer's `state`
after 10 steps, by PyTorch's names, and the rows `steps` [20, 37] with all parameters after each of the next 20. All are
on the same `x` and `target`.

checkpoint.pt is a checkpoint of `torch.save`, with a model, an optimizer, tensors of every type, views and tied tensors;
checkpoint.safetensors has what is to be read of it. refused/ has files of `torch.save` that hold more than tensors.
"""

import argparse
import pathlib
import pickle
import sys
import zipfile

import torch
from safetensors.torch import load_file, save_file, save_model

from torch import nn

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


class Harmful:
    """What a file can do to whoever unpickles it."""

    def __reduce__(self):
        return print, ("this line was printed by a file",)


def checkpoints(folder: pathlib.Path) -> None:
    torch.manual_seed(200)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    train(model, optimizer, torch.randn(4, 3), torch.randn(4, 2), 2)
    matrix = torch.randn(4, 3)
    others = {
        "half": torch.randn(5).half(), "bfloat16": torch.randn(5).bfloat16(), "double": torch.randn(2, 2).double(),
        "long": torch.tensor([[1, -(2**31)]]), "int": torch.arange(3, dtype=torch.int32), "short": torch.arange(3).short(),
        "char": torch.tensor([-5, 5]).to(torch.int8), "byte": torch.tensor([0, 255]).to(torch.uint8),
        "bool": torch.tensor([True, False]), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4),
        "whole": matrix, "transposed": matrix.t(), "part": matrix[1:3, 1], "repeated": torch.tensor([7.0, 8.0])[:1].expand(2),
        "parameter": nn.Parameter(torch.randn(2)),
    }  # fmt: skip
    tree = {
        "epoch": 3, "loss": 0.25, "name": "Grüße", "model": model.state_dict(), "optimizer": optimizer.state_dict(),
        "others": others, "list": [torch.ones(2), None, (torch.zeros(1), "text")],
    }  # fmt: skip
    torch.save(tree, folder / "checkpoint.pt")

    def flat(value, name: str) -> dict[str, torch.Tensor]:
        if isinstance(value, torch.Tensor):
            return {name: value.detach().clone().contiguous()}
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
        return {k: v for key, child in children for k, v in flat(child, f"{name}.{key}" if name else str(key)).items()}

    save_file(flat(tree, ""), folder / "checkpoint.safetensors")
    (folder / "refused").mkdir(exist_ok=True)
    torch.save(model, folder / "refused" / "model.pt")
    torch.save({"x": torch.ones(1), "y": Harmful()}, folder / "refused" / "harmful.pt")
    torch.save(model.state_dict(), folder / "refused" / "old.pt", _use_new_zipfile_serialization=False)
    holder = []
    holder.append(holder)
    with zipfile.ZipFile(folder / "refused" / "endless.pt", "w") as archive:
        archive.writestr("endless/data.pkl", pickle.dumps(holder, protocol=2))


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
            checkpoints(pathlib.Path(folder))
            return 1 if check(pathlib.Path(folder)) else 0
    FOLDER.mkdir(exist_ok=True)
    models(FOLDER)
    optimizers(FOLDER)
    checkpoints(FOLDER)
    for path in sorted(FOLDER.glob("**/*.*")):
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
