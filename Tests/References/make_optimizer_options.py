#!/usr/bin/env python3
"""Makes the reference numbers of optimizers on sparse gradients and on groups of parameters, using PyTorch in float64:
sparse.safetensors and optimizer_groups.safetensors.

Usage:  pip install torch numpy safetensors
        python make_optimizer_options.py            # rewrite the files
        python make_optimizer_options.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim import SGD, Adadelta, Adagrad, Adam, AdamW, NAdam, RAdam, RMSprop, Rprop, SparseAdam

from references import Tensors, arrays, float32_exact, int32, main

STEPS, EVERY = 100, 10


def sparse() -> Tensors:
    """A table [30, 3], `initial`, of which each of 100 steps looks up the rows of `indices` [100, 7], some of them twice,
    with dL/dy in `cotangents` [100, 7, 3]. NAME is the table after steps 10, 20 ... 100, [10, 30, 3]. Rows 25 and above are
    never looked up, and rows 20 to 24 in the first ten steps alone.
    """
    random = np.random.RandomState(31)
    indices = random.randint(0, 20, (STEPS, 7))
    indices[:10] = random.randint(0, 25, (10, 7))
    indices[:, 1] = indices[:, 0]
    cotangents = float32_exact(random.standard_normal((STEPS, 7, 3)) * np.array([1, 1e-4, 30]))
    initial = float32_exact(random.standard_normal((30, 3)))
    cases = {
        "sparse_adam": (SparseAdam, dict()),
        "sparse_adam_fast": (SparseAdam, dict(lr=0.05, betas=(0.8, 0.9), eps=1e-3, maximize=True)),
        "adagrad": (Adagrad, dict()),
        "adagrad_decay": (Adagrad, dict(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.5, eps=1e-6)),
        "sgd": (SGD, dict(lr=0.01)),
        "sgd_maximize": (SGD, dict(lr=0.01, maximize=True)),
    }
    result = {"indices": int32(indices), "cotangents": cotangents, "initial": initial}
    for name, (make, settings) in cases.items():
        table = torch.nn.Parameter(initial.clone())
        optimizer = make([table], **settings)
        rows = []
        for step in range(STEPS):
            optimizer.zero_grad()
            F.embedding(torch.tensor(indices[step]), table, sparse=True).backward(cotangents[step])
            optimizer.step()
            if (step + 1) % EVERY == 0:
                rows.append(table.detach().clone())
        result[name] = torch.stack(rows)
    return arrays(result)


def optimizer_groups() -> Tensors:
    """Parameters a and b of 6 numbers each from `initial` [12], which 100 steps take along the rows of `gradients` [100, 12];
    b is in a group with its own options. NAME is both after steps 10, 20 ... 100, [10, 12].
    """
    random = np.random.RandomState(32)
    gradients = float32_exact(random.standard_normal((STEPS, 12)) * np.array([1, 1, 0.1, 10, 1e-8, 1e3] * 2))
    initial = float32_exact(random.standard_normal(12))
    cases = {
        "sgd": (SGD, dict(lr=0.01, momentum=0.9), dict(momentum=0.5)),
        "sgd_begins": (SGD, dict(lr=0.01), dict(momentum=0.8, weight_decay=0.1)),
        "sgd_nesterov": (SGD, dict(lr=0.01, momentum=0.9, nesterov=True, maximize=True), dict(momentum=0.5)),
        "adam": (Adam, dict(lr=0.01), dict(betas=(0.5, 0.9), eps=1e-3)),
        "adam_maximize": (Adam, dict(lr=0.01, maximize=True, weight_decay=0.1), dict(maximize=False)),
        "adamw": (AdamW, dict(lr=0.01, maximize=True), dict(betas=(0.7, 0.99), eps=1e-4)),
        "nadam": (NAdam, dict(lr=0.01, maximize=True), dict(betas=(0.7, 0.99), eps=1e-4)),
        "radam": (RAdam, dict(lr=0.01, maximize=True), dict(betas=(0.7, 0.9), eps=1e-4)),
        "rmsprop": (RMSprop, dict(lr=0.01, maximize=True), dict(momentum=0.7, eps=1e-4)),
        "adagrad": (Adagrad, dict(lr=0.1, maximize=True), dict(eps=1e-2)),
        "adadelta": (Adadelta, dict(maximize=True), dict(eps=1e-3)),
        "rprop": (Rprop, dict(maximize=True), dict()),
    }
    result = {"gradients": gradients, "initial": initial}
    for name, (make, settings, group) in cases.items():
        a, b = (torch.nn.Parameter(part.clone()) for part in initial.split(6))
        torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
        optimizer = make([dict(params=[a]), dict(params=[b], **group)], foreach=False, **settings)
        rows = []
        for step in range(STEPS):
            a.grad, b.grad = (part.clone() for part in gradients[step].split(6))
            optimizer.step()
            if (step + 1) % EVERY == 0:
                rows.append(torch.cat([a.detach(), b.detach()]))
        result[name] = torch.stack(rows)
    return arrays(result)


if __name__ == "__main__":
    sys.exit(main(".", sparse, optimizer_groups))
