#!/usr/bin/env python3
"""Writes names.txt: the names of PyTorch that the table of counterparts must answer, a section and a name a line.

Usage:  pip install torch
        python names.py            # rewrite the file beside this script
        python names.py --check    # write nothing, compare the file with the PyTorch installed

`nn`: the modules of torch.nn. `loss`: the losses of torch.nn.functional. `init`: torch.nn.init. `optim`, `scheduler`: the classes
of torch.optim. `tensor`: the functions that torch has and its tensors too, the methods and functions that make, read and convert
tensors, and those of torch.linalg that scripts use; without those that concern only sparse or quantized storage, other devices,
views of memory and PyTorch's own internals.
"""

import fnmatch
import inspect
import pathlib
import sys

import torch
from torch import nn, optim
from torch.nn import functional

FILE = pathlib.Path(__file__).resolve().parent / "names.txt"

INTERNAL = """
    q_* qscheme int_repr dequantize *_copy unsafe_* sspaddmm smm hash_tensor mtia xpu cuda cpu get_device is_distributed
    is_inference *_inverse is_same_size resolve_* is_conj is_neg storage as_strided* nonzero_static symeig detach isreal is_complex
    conj conj_physical adjoint cdouble cfloat chalf vdot positive
""".split()

METHODS = """
    backward contiguous dim expand expand_as item new_empty new_full new_ones new_zeros numpy register_hook repeat reshape_as size
    tolist to type_as unfold view view_as clone detach cpu cuda
""".split()

MAKERS = """
    arange bernoulli cat cdist einsum empty empty_like eye from_numpy full full_like hstack vstack stack linspace logspace manual_seed
    meshgrid multinomial no_grad normal ones ones_like poisson rand rand_like randint randn randn_like randperm save load
    set_num_threads tensor tensordot zeros zeros_like block_diag bucketize searchsorted cartesian_prod combinations complex
    compile vmap
""".split()

LINALG = "cholesky det eig eigh eigvalsh inv lstsq matrix_norm matrix_rank multi_dot norm pinv qr slogdet solve svd svdvals".split()


def is_public(name: str) -> bool:
    return not name.startswith("_") and not name.endswith("_")


def classes(module, base=object) -> list[str]:
    return [name for name in dir(module) if is_public(name)
            and inspect.isclass(getattr(module, name)) and issubclass(getattr(module, name), base)]


def names() -> list[str]:
    schedulers = optim.lr_scheduler
    sections = {
        "nn": classes(nn, nn.Module),
        "loss": [name for name in dir(functional) if is_public(name)
                 and ("loss" in name or "entropy" in name or name == "kl_div")],
        "init": [name for name in dir(nn.init) if name.endswith("_") and not name.startswith("_")],
        "optim": classes(optim),
        "scheduler": [name for name in classes(schedulers) if getattr(schedulers, name).__module__ == schedulers.__name__],
        "tensor": [name for name in dir(torch.Tensor) if is_public(name) and hasattr(torch, name)
                   and not any(fnmatch.fnmatch(name, pattern) for pattern in INTERNAL)] + METHODS + MAKERS
                  + ["linalg." + name for name in LINALG],
    }
    return [f"{section} {name}" for section, found in sections.items() for name in sorted(set(found))]


def main() -> int:
    text = "".join(name + "\n" for name in names())
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text)
        print(f"{FILE.name}: {len(text.splitlines())} names of PyTorch {torch.__version__}")
        return 0
    new = sorted(set(text.splitlines()) - set(FILE.read_text().splitlines()))
    print(f"{FILE.name}: lacks {', '.join(new)}" if new else f"{FILE.name}: ok")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
