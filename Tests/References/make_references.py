#!/usr/bin/env python3
"""Makes the reference numbers of a network, optimizers, schedules and losses, using PyTorch in float64.

Usage:  pip install torch numpy safetensors
        python make_references.py            # rewrite the files beside this script
        python make_references.py --check    # write nothing, compare the files with a new run
"""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, arrays, float32_exact, int32, leaf, main, number

def two_layer_relu() -> Tensors:
    """Logits, loss and gradients of relu(x W1 + b1) W2 + b2 under the mean cross-entropy.

    B 64, D 128, H 256, C 10. Inputs and parameters are F32 (they are exact there), results F64.
    """
    batch, inputs, hidden, classes = 64, 128, 256, 10
    random = np.random.RandomState(6)

    def he_uniform(fan_in: int, fan_out: int) -> torch.Tensor:
        return leaf(random.uniform(-1, 1, (fan_in, fan_out)) * np.sqrt(6 / fan_in))

    x = leaf(random.standard_normal((batch, inputs)))
    labels = random.randint(classes, size=batch)
    W1, b1 = he_uniform(inputs, hidden), leaf(random.uniform(-0.1, 0.1, hidden))
    W2, b2 = he_uniform(hidden, classes), leaf(random.uniform(-0.1, 0.1, classes))

    z = F.linear(x, W1.T, b1)
    logits = F.linear(F.relu(z), W2.T, b2)
    loss = F.cross_entropy(logits, torch.tensor(labels))
    loss.backward()

    # No hidden unit so near its kink that float32 could round it to the other side.
    assert z.abs().min() > 2e-5, z.abs().min()

    given = {"x": x, "W1": W1, "b1": b1, "W2": W2, "b2": b2}
    gradients = {"d" + name: tensor.grad for name, tensor in given.items()}
    return arrays({
        **{name: tensor.to(torch.float32) for name, tensor in given.items()},
        "labels": int32(labels),
        "logits": logits,
        "loss": number(loss),
        **gradients,
    })


def optimizers() -> Tensors:
    """Twelve parameters after steps 10, 20 ... 100 of PyTorch's optimizers, in two settings.

    NAME replays the rows of `gradients`, whatever the parameters are; NAME.quadratic descends
    0.5 sum(curvature (w - target)^2), whose gradient is curvature (w - target). Both start from
    `initial` and have shape [10, 12].
    """
    size, steps, every = 12, 100, 10
    random = np.random.RandomState(2)

    # Columns 0-5: ordinary; 6-8: near Adam's eps of 1e-8; 9: always 0; 10: large;
    # 11: 1e-8 and 1 by turns, with a 0 now and then.
    scales = np.array([1, 1, 1, 0.1, 0.1, 10, 1e-8, 1e-8, 3e-8, 0, 1e3, 1])
    gradients = random.standard_normal((steps, size)) * scales
    gradients[0::2, 11] *= 1e-8
    gradients[5::10, 11] = 0
    gradients = float32_exact(gradients)
    initial = float32_exact(random.standard_normal(size))

    # Coordinates 0 and 1 give gradients near 1e-8; coordinate 2 starts at its minimum.
    curvature = float32_exact(10.0 ** np.linspace(-4, 2, size))
    target = random.standard_normal(size)
    target[0:2] = initial[0:2].numpy() + [1e-4, -2e-5]
    target[2] = initial[2]
    target = float32_exact(target)

    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    rmsprop = torch.optim.RMSprop
    cases = {
        "sgd": (sgd, dict(lr=0.01)),
        "sgd_momentum": (sgd, dict(lr=0.01, momentum=0.9)),
        "sgd_nesterov": (sgd, dict(lr=0.01, momentum=0.9, nesterov=True)),
        "sgd_weight_decay": (sgd, dict(lr=0.01, momentum=0.9, dampening=0.1, weight_decay=0.01)),
        "adam": (adam, dict(lr=1e-3)),
        "adam_fast": (adam, dict(lr=0.05, betas=(0.8, 0.99), eps=1e-4)),
        "adam_weight_decay": (adam, dict(lr=0.01, weight_decay=0.01)),
        "adamw": (adamw, dict(lr=1e-3, weight_decay=0.01)),
        "adamw_fast": (adamw, dict(lr=0.05, betas=(0.8, 0.99), weight_decay=0.01)),
        "adam_amsgrad": (adam, dict(lr=0.01, betas=(0.8, 0.9), weight_decay=0.01, amsgrad=True)),
        "adamw_amsgrad": (adamw, dict(lr=0.01, betas=(0.8, 0.9), weight_decay=0.01, amsgrad=True)),
        "rmsprop": (rmsprop, dict()),
        "rmsprop_momentum": (rmsprop, dict(lr=1e-3, alpha=0.9, momentum=0.9, weight_decay=0.01)),
        "rmsprop_centered": (rmsprop, dict(lr=1e-3, alpha=0.95, eps=1e-4, centered=True)),
        "rmsprop_centered_momentum": (
            rmsprop, dict(lr=1e-3, eps=1e-4, momentum=0.8, centered=True, weight_decay=0.01)),
        "adagrad": (torch.optim.Adagrad, dict()),
        "adagrad_decay": (torch.optim.Adagrad, dict(
            lr=0.1, lr_decay=0.1, weight_decay=0.01, initial_accumulator_value=0.5, eps=1e-6)),
        "adadelta": (torch.optim.Adadelta, dict()),
        "adadelta_decay": (torch.optim.Adadelta, dict(lr=2, rho=0.95, eps=1e-7, weight_decay=0.1)),
        "nadam": (torch.optim.NAdam, dict()),
        "nadam_decay": (torch.optim.NAdam, dict(lr=0.01, betas=(0.8, 0.99), weight_decay=0.01, momentum_decay=0.1)),
        "radam": (torch.optim.RAdam, dict()),
        "radam_fast": (torch.optim.RAdam, dict(lr=0.01, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.01)),
        "rprop": (torch.optim.Rprop, dict()),
        "rprop_bounds": (torch.optim.Rprop, dict(lr=0.1, etas=(0.4, 1.5), step_sizes=(1e-3, 0.2))),
    }

    def trajectory(make, settings, gradient) -> torch.Tensor:
        w = torch.nn.Parameter(initial.clone())
        torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
        optimizer = make([w], foreach=False, **settings)
        rows = []
        for step in range(steps):
            w.grad = gradient(step, w.detach())
            optimizer.step()
            if (step + 1) % every == 0:
                rows.append(w.detach().clone())
        return torch.stack(rows)

    result = {"gradients": gradients, "initial": initial, "curvature": curvature, "target": target}
    for name, (make, settings) in cases.items():
        result[name] = trajectory(make, settings, lambda step, w: gradients[step].clone())
        result[f"{name}.quadratic"] = trajectory(
            make, settings, lambda step, w: curvature * (w - target))
    return arrays(result)


def schedules() -> Tensors:
    """The learning rates of 100 steps (or epochs, for `plateau`), from 0.1, by PyTorch's schedulers.

    `plateau_losses` [100] are what `plateau` and `plateau_cooldown` go by.
    """
    steps = 100
    random = np.random.RandomState(7)
    falling = np.maximum(np.exp(-np.arange(steps) / 10), 0.2) * random.uniform(0.99, 1.01, steps)
    falling[60:] *= 0.5
    plateau_losses = float32_exact(falling)

    def rates(make, losses=None) -> torch.Tensor:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = make(optimizer)
        result = []
        for step in range(steps):
            result.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step(*([] if losses is None else [losses[step].item()]))
        return torch.tensor(result, dtype=torch.float64)

    lr = torch.optim.lr_scheduler

    def warmed_up(make, over: int, start: float):
        return lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, start_factor=start, total_iters=over), make(o)], milestones=[over])

    step = lambda o: lr.StepLR(o, 30)
    cosine = lambda o: lr.CosineAnnealingLR(o, 40, eta_min=0.01)
    return arrays({
        "plateau_losses": plateau_losses,
        "step": rates(step),
        "exponential": rates(lambda o: lr.ExponentialLR(o, 0.97)),
        "cosine": rates(cosine),
        "milestones": rates(lambda o: lr.MultiStepLR(o, [10, 11, 60], gamma=0.3)),
        "polynomial": rates(lambda o: lr.PolynomialLR(o, 70, power=2)),
        "one_cycle": rates(lambda o: lr.OneCycleLR(o, 0.1, total_steps=101)),
        "one_cycle_linear": rates(lambda o: lr.OneCycleLR(
            o, 0.1, total_steps=101, pct_start=0.55, anneal_strategy="linear", div_factor=10, final_div_factor=100)),
        "restarts": rates(lambda o: lr.CosineAnnealingWarmRestarts(o, 30, eta_min=0.01)),
        "restarts_longer": rates(lambda o: lr.CosineAnnealingWarmRestarts(o, 7, T_mult=2)),
        "sequence": rates(lambda o: lr.SequentialLR(
            o, [lr.ExponentialLR(o, 0.9), lr.CosineAnnealingLR(o, 40)], milestones=[25])),
        "warm_step": rates(warmed_up(step, 5, 1 / 3)),
        "warm_cosine": rates(warmed_up(cosine, 20, 0.01)),
        "warm_constant": rates(lambda o: lr.LinearLR(o, start_factor=0.25, total_iters=13)),
        "plateau": rates(lambda o: lr.ReduceLROnPlateau(o, patience=4), plateau_losses),
        "plateau_cooldown": rates(
            lambda o: lr.ReduceLROnPlateau(
                o, factor=0.5, patience=2, threshold=1e-2, cooldown=3, min_lr=0.004),
            plateau_losses),
    })


def losses() -> Tensors:
    """Values and gradients of the losses, by mean and by sum.

    Case BxC has `logits`, `labels` [B], `soft_targets` (rows that sum to exactly 1, the first one
    one-hot), `targets`, `class_weights` [C], `partly_ignored` (labels, some of them -100) and
    `binary_targets` (0, 1 and between), and for each LOSS of `functions` BxC.LOSS.mean,
    BxC.LOSS.sum (shape [1]) and dL/dlogits, BxC.LOSS.mean.gradient and BxC.LOSS.sum.gradient. The
    mean is over the B rows (or their weights) for what goes by rows, over all B C entries for the
    others. Case `extreme` has logits of +-1e4.
    """
    random = np.random.RandomState(3)
    more = np.random.RandomState(8)  # of what came later, so that the rest stayed as it was

    def case(name: str, given_logits: np.ndarray) -> Tensors:
        batch, classes = given_logits.shape
        labels = random.randint(classes, size=batch)
        soft = random.multinomial(1024, random.dirichlet(np.ones(classes)), size=batch) / 1024
        soft[0] = np.eye(classes)[labels[0]]
        logits = float32_exact(given_logits)
        soft_targets = float32_exact(soft)
        targets = float32_exact(random.standard_normal((batch, classes)))
        functions = {
            "cross_entropy": lambda z, by: F.cross_entropy(z, torch.tensor(labels), reduction=by),
            "soft_cross_entropy": lambda z, by: F.cross_entropy(z, soft_targets, reduction=by),
            "squared_error": lambda z, by: F.mse_loss(z, targets, reduction=by),
        }

        weights = float32_exact(more.uniform(0.25, 2, classes))
        ignoring = labels.copy()
        ignoring[1::3] = -100
        binary = float32_exact(np.clip(more.uniform(-0.5, 1.5, (batch, classes)), 0, 1))
        positive = torch.tensor(2.5, dtype=torch.float64)

        def cross_entropy(target, **options):
            return lambda z, by: F.cross_entropy(z, target, reduction=by, **options)

        functions |= {
            "smoothed": cross_entropy(torch.tensor(labels), label_smoothing=0.1),
            "weighted": cross_entropy(torch.tensor(labels), weight=weights),
            "ignoring": cross_entropy(torch.tensor(ignoring)),
            "all_options": cross_entropy(torch.tensor(ignoring), weight=weights, label_smoothing=0.2),
            "soft_options": cross_entropy(soft_targets, weight=weights, label_smoothing=0.2),
            "binary": lambda z, by: F.binary_cross_entropy_with_logits(z, binary, reduction=by),
            "binary_weighted": lambda z, by: F.binary_cross_entropy_with_logits(
                z, binary, reduction=by, pos_weight=positive),
            "absolute_error": lambda z, by: F.l1_loss(z, targets, reduction=by),
            "huber": lambda z, by: F.huber_loss(z, targets, reduction=by, delta=0.7),
            "divergence": lambda z, by: F.kl_div(
                F.log_softmax(z, -1), soft_targets, reduction="batchmean" if by == "mean" else by),
        }

        result = {
            "logits": logits,
            "labels": int32(labels),
            "soft_targets": soft_targets,
            "targets": targets,
            "class_weights": weights,
            "partly_ignored": int32(ignoring),
            "binary_targets": binary,
        }
        for loss, function in functions.items():
            for reduction in ("mean", "sum"):
                z = logits.clone().requires_grad_()
                value = function(z, reduction)
                value.backward()
                result[f"{loss}.{reduction}"] = number(value)
                result[f"{loss}.{reduction}.gradient"] = z.grad
        return arrays(result, prefix=f"{name}.")

    extreme = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4], [-1e4, 1e4, 9999.5]])
    return {
        **case("7x5", random.standard_normal((7, 5))),
        **case("1x1", random.standard_normal((1, 1))),
        **case("3x17", 20 * random.standard_normal((3, 17))),
        **case("64x10", 3 * random.standard_normal((64, 10))),
        **case("extreme", extreme),
        **case("2x261", 2 * random.standard_normal((2, 261))),
    }


if __name__ == "__main__":
    sys.exit(main(".", two_layer_relu, optimizers, schedules, losses))
