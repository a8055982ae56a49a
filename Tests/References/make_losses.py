#!/usr/bin/env python3
"""Makes the reference numbers of further losses, using PyTorch in float64: more_losses.safetensors.

Usage:  pip install torch numpy safetensors
        python make_losses.py            # rewrite the file
        python make_losses.py --check    # write nothing, compare the file with a new run

Case LOSS has the outputs `output` (of several `output0`, `output1` ...) and the target `target`, and the results `values`
(PyTorch's reduction "none"), `mean` and `sum` of shape [1], and the gradient of the mean by each output as `gradient` or
`gradient0`, `gradient1` ... What PyTorch lacks (quantile, log-cosh, hinge, contrastive, InfoNCE, focal, Dice) is its formula
written with PyTorch's operations and differentiated by it.
"""

import math
import sys

import numpy as np
import torch
from torch.nn import functional as F

from references import Tensors, arrays, float32_exact, main, number


def more_losses() -> Tensors:
    random = np.random.RandomState(11)
    normal = lambda *shape: float32_exact(random.standard_normal(shape))
    result: Tensors = {}

    def case(name, function, outputs, target, **extra) -> None:
        """`function(outputs…, target, reduction)` is the loss in PyTorch."""
        leaves = [output.clone().requires_grad_() for output in outputs]
        mean = function(*leaves, target, "mean")
        mean.backward()
        numbers = {
            "target": target.to(torch.int32) if target.dtype == torch.int64 else target,
            "mean": number(mean),
            "sum": number(function(*outputs, target, "sum")),
            **extra,
        }
        values = function(*outputs, target, "none")
        if values is not None:
            numbers["values"] = values
        for index, leaf in enumerate(leaves):
            suffix = "" if len(leaves) == 1 else str(index)
            numbers["output" + suffix] = leaf
            numbers["gradient" + suffix] = leaf.grad
        result.update(arrays(numbers, prefix=name + "."))

    def reduced(values, by):
        return {"mean": values.mean, "sum": values.sum, "none": lambda: values}[by]()

    y, t = 3 * normal(5, 7), normal(5, 7)
    signs = float32_exact(np.sign(random.standard_normal((5, 7))))
    counts = float32_exact(random.poisson(3, (5, 7)))
    binary = float32_exact(random.randint(2, size=(5, 7)))
    labels = torch.tensor(random.randint(7, size=5))

    case("smooth_l1", lambda y, t, by: F.smooth_l1_loss(y, t, reduction=by, beta=0.7), [y], t)
    case("log_cosh", lambda y, t, by: reduced(torch.log(torch.cosh(y - t)), by), [y], t)
    case("quantile", lambda y, t, by: reduced(torch.maximum(0.8 * (t - y), -0.2 * (t - y)), by), [y], t)
    case("hinge", lambda y, t, by: reduced(F.relu(1.5 - t * y), by), [y], signs)
    case("squared_hinge", lambda y, t, by: reduced(F.relu(1.5 - t * y) ** 2, by), [y], signs)
    case("hinge_embedding", lambda y, t, by: F.hinge_embedding_loss(y, t, margin=1.2, reduction=by), [y], signs)
    case("soft_margin", lambda y, t, by: F.soft_margin_loss(y, t, reduction=by), [y], signs)
    for full in (False, True):
        name = "_full" if full else ""
        case(f"poisson{name}", lambda y, t, by: F.poisson_nll_loss(y, t, full=full, reduction=by), [y], counts)
        case(
            f"poisson_rate{name}",
            lambda y, t, by: F.poisson_nll_loss(y, t, log_input=False, full=full, reduction=by),
            [float32_exact(torch.exp(y))], counts)
    positive = float32_exact(random.uniform(0.2, 3, 7))
    case(
        "positive_weights",
        lambda y, t, by: F.binary_cross_entropy_with_logits(y, t, pos_weight=positive, reduction=by),
        [y], binary, weights=positive)

    def focal(y, t, by):
        p, entropy = torch.sigmoid(y), F.binary_cross_entropy_with_logits(y, t, reduction="none")
        own = p * t + (1 - p) * (1 - t)
        return reduced((0.25 * t + 0.75 * (1 - t)) * entropy * (1 - own) ** 2, by)

    case("binary_focal", focal, [y], binary)

    def multiclass_focal(z, t, by):
        entropy = F.cross_entropy(z, t, reduction="none")
        return reduced((1 - torch.exp(-entropy)) ** 1.5 * entropy, by)

    case("focal", multiclass_focal, [y], labels)
    case("multi_margin", lambda z, t, by: F.multi_margin_loss(z, t, margin=0.8, reduction=by), [y], labels)
    case("squared_multi_margin", lambda z, t, by: F.multi_margin_loss(z, t, p=2, reduction=by), [y], labels)

    # Classes in axis 1 and in the last, with weights, an ignored index, and of several axes.
    z, image_labels = normal(2, 4, 3, 5), random.randint(4, size=(2, 3, 5))
    image_labels[0, 1] = -100
    targets, weights = torch.tensor(image_labels), float32_exact(random.uniform(0.25, 2, 4))
    case("cross_entropy_axis", lambda z, t, by: F.cross_entropy(z, t, weight=weights, reduction=by), [z], targets,
         weights=weights)
    case("smoothed_axis", lambda z, t, by: F.cross_entropy(z, t, label_smoothing=0.1, reduction=by), [z], targets)
    case("focal_axis", lambda z, t, by: multiclass_focal(z, t, by), [z], torch.clamp(targets, min=0))
    soft = torch.softmax(normal(2, 4, 3, 5), 1)
    case("soft_axis", lambda z, t, by: F.cross_entropy(z, t, reduction=by), [z], float32_exact(soft))
    log_probabilities = float32_exact(F.log_softmax(normal(5, 7), -1))
    case("nll", lambda x, t, by: F.nll_loss(x, t, weight=weights, reduction=by), [float32_exact(F.log_softmax(z, 1))],
         targets, weights=weights)
    case(
        "log_divergence",
        lambda z, t, by: F.kl_div(
            F.log_softmax(z, -1), t, log_target=True, reduction="batchmean" if by == "mean" else by
        ) if by != "none" else F.kl_div(F.log_softmax(z, -1), t, log_target=True, reduction="none").sum(-1),
        [y], log_probabilities)

    # Means and log-variances in one tensor.
    def gaussian(full):
        def loss(x, t, by):
            mean, log_variance = x.chunk(2, -1)
            return F.gaussian_nll_loss(mean, t, torch.exp(log_variance), full=full, eps=1e-30, reduction=by)
        return loss

    case("gaussian", gaussian(False), [normal(5, 6)], normal(5, 3))
    case("gaussian_full", gaussian(True), [normal(5, 6)], normal(5, 3))

    def dice(z, t, by):
        p, t = torch.sigmoid(z).flatten(1), t.flatten(1)
        return reduced(1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1), by)

    case("dice", dice, [normal(3, 4, 5)], float32_exact(random.randint(2, size=(3, 4, 5))))

    # Pairs and triples of rows.
    a, b, c = normal(6, 4), normal(6, 4), normal(6, 4)
    row_signs, row_bits = float32_exact([1, -1, -1, 1, -1, 1]), float32_exact([1, 0, 0, 1, 0, 1])
    case("ranking", lambda a, b, t, by: F.margin_ranking_loss(a, b, t, margin=0.3, reduction=by), [y, t], signs)
    case("cosine", lambda a, b, t, by: F.cosine_embedding_loss(a, b, t, margin=-0.4, reduction=by), [a, b], row_signs)

    def contrastive(a, b, t, by):
        d = torch.linalg.vector_norm(a - b, dim=1)
        return reduced((t * d**2 + (1 - t) * F.relu(3 - d) ** 2) / 2, by)

    case("contrastive", contrastive, [a, b], row_bits)
    for swap in (False, True):
        case(
            "triplet_swapped" if swap else "triplet",
            lambda a, p, n, t, by: F.triplet_margin_loss(a, p, n, margin=1.0, swap=swap, reduction=by),
            [a, b, c], row_bits)

    def info_nce(symmetric):
        def loss(a, b, t, by):
            if by == "none":
                return None
            logits = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T / 0.2
            same = (t[:, None] == t[None]) & ~torch.eye(len(t), dtype=torch.bool)
            logits = logits.masked_fill(same, -math.inf)
            own = torch.arange(len(t))
            forward = F.cross_entropy(logits, own, reduction=by)
            return (forward + F.cross_entropy(logits.T, own, reduction=by)) / 2 if symmetric else forward
        return loss

    things = torch.tensor([0, 1, 2, 1, 4, 5])
    case("info_nce", info_nce(False), [a, b], things)
    case("info_nce_symmetric", info_nce(True), [a, b], things)

    def batch_hard(x, t, by):
        if by == "none":
            return None
        d = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
        same = t[:, None] == t[None]
        p = torch.where(same, d, -1.0).argmax(1)
        n = torch.where(same, math.inf, d).argmin(1)
        counts = same.sum(1) > 1
        losses = F.triplet_margin_loss(x, x[p], x[n], margin=0.5, reduction="none")
        return reduced(losses[counts], by)

    case("batch_hard", batch_hard, [normal(9, 3)], torch.tensor([0, 1, 2, 0, 1, 2, 2, 0, 7]))

    # CTC: repeated labels, no label at all, as few steps as possible, and sequences shorter than the tensor.
    for name, blank in (("ctc", 0), ("ctc_blank", 3)):
        logits = 2 * normal(5, 9, 4)
        classes = [k for k in range(4) if k != blank]
        sequences = [[0, 1, 1], [2, 2, 0, 1], [], [1], [0, 0]]
        labels = np.zeros((5, 4), dtype=np.int64)
        for row, sequence in enumerate(sequences):
            labels[row, :len(sequence)] = [classes[k] for k in sequence]
        lengths, steps = torch.tensor([len(s) for s in sequences]), torch.tensor([9, 9, 4, 1, 3])

        def ctc(z, t, by):
            return F.ctc_loss(
                F.log_softmax(z, -1).transpose(0, 1), t, steps, lengths, blank=blank, reduction=by)

        case(name, ctc, [logits], torch.tensor(labels), lengths=lengths.to(torch.int32), steps=steps.to(torch.int32))
    return result


if __name__ == "__main__":
    sys.exit(main(".", more_losses))
