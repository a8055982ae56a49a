"""Makes metrics.safetensors: what scikit-learn measures in 200 random cases.

Needs scikit-learn beside what the other scripts need. A case is NAME.outputs, NAME.targets and NAME.METRIC, each of
shape [1]; what scikit-learn leaves undefined is not there. Kinds of cases: `classes` (logits [B, K], int32 labels,
negative ones ignored, some classes empty, every second case full of ties), `binary` (one logit a row, targets 0 and 1)
and `regression` (one to three columns).
"""

import warnings

import numpy as np
from sklearn import metrics
from references import main

random = np.random.RandomState(7)
averages = ("macro", "micro", "weighted")


def confusion(labels, predicted, classes):
    known = {}
    for average in averages:
        options = dict(average=average, zero_division=0)
        known[f"precision.{average}"] = metrics.precision_score(labels, predicted, **options)
        known[f"recall.{average}"] = metrics.recall_score(labels, predicted, **options)
        known[f"f1.{average}"] = metrics.f1_score(labels, predicted, **options)
        known[f"f2.{average}"] = metrics.fbeta_score(labels, predicted, beta=2, **options)
    label = classes - 1
    known["recall.last"] = metrics.recall_score(labels, predicted, labels=[label], average="macro", zero_division=0)
    known["accuracy"] = metrics.accuracy_score(labels, predicted)
    return known


def curves(positive, scores):
    known = {"average_precision": metrics.average_precision_score(positive, scores) if positive.any() else 0.0}
    if 0 < positive.sum() < len(positive):
        known["roc_auc"] = metrics.roc_auc_score(positive, scores)
    return known


def classes(has_ties):
    count, rows = random.randint(2, 6), random.randint(3, 24)
    logits = random.standard_normal((rows, count)) * 2
    logits = np.round(logits) / 2 if has_ties else logits.astype(np.float32).astype(np.float64)
    labels = random.choice(random.choice(count, size=max(1, count - 1), replace=False), rows)
    labels[random.rand(rows) < 0.2] = -1
    labels[0] = 0
    z, y = logits[labels >= 0], labels[labels >= 0]
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    known = confusion(y, z.argmax(1), count)
    known["log_loss"] = metrics.log_loss(y, p, labels=range(count))
    for k in (1, 2):
        if k < count and count > 2:
            known[f"top{k}"] = metrics.top_k_accuracy_score(y, z, k=k, labels=range(count))
    if count == 2:
        known |= curves(y == 1, z[:, 1] - z[:, 0])
    elif not has_ties:
        single = [curves(y == label, p[:, label]) for label in range(count)]
        for name in ("average_precision", "roc_auc"):
            values = [s[name] for s in single if name in s]
            if values:
                known[name] = np.mean(values)
    return logits, labels.astype(np.int32), known


def binary(has_ties):
    rows = random.randint(2, 24)
    logits = random.standard_normal(rows)
    logits = np.round(logits * 2) / 2 if has_ties else logits.astype(np.float32).astype(np.float64)
    targets = (random.rand(rows) < random.choice([0.1, 0.5, 0.9])).astype(np.float64)
    known = confusion(targets, logits > 0, 2) | curves(targets == 1, logits)
    known["log_loss"] = metrics.log_loss(targets, 1 / (1 + np.exp(-logits)), labels=[0, 1])
    return logits, targets, known


def regression(is_constant):
    shape = (random.randint(2, 20), random.randint(1, 4))
    targets = np.round(random.standard_normal(shape) * 4) / 4 + random.choice([0, 100])
    if is_constant:
        targets[:, 0] = 1.5
    outputs = targets + np.round(random.standard_normal(shape) * 8) / 8
    known = {
        "mae": metrics.mean_absolute_error(targets, outputs),
        "mape": metrics.mean_absolute_percentage_error(targets, outputs),
        "rmse": metrics.root_mean_squared_error(targets, outputs),
        "r2": metrics.r2_score(targets, outputs),
    }
    return outputs, targets, known


def metrics_():
    warnings.simplefilter("ignore")
    tensors = {}
    for kind, make, count in (("classes", classes, 90), ("binary", binary, 60), ("regression", regression, 50)):
        for number in range(count):
            outputs, targets, known = make(number % 2 == 1 if kind != "regression" else number % 10 == 9)
            name = f"{kind}{number}"
            tensors[f"{name}.outputs"] = outputs
            tensors[f"{name}.targets"] = targets
            for metric, value in known.items():
                tensors[f"{name}.{metric}"] = np.array([value], dtype=np.float64)
    return tensors


metrics_.__name__ = "metrics"

if __name__ == "__main__":
    raise SystemExit(main(".", metrics_))
