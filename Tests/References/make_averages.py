"""Makes averages.safetensors: averages of weights by PyTorch's swa_utils, and steps of SAM and L-BFGS.

The model is BatchNorm(x W0 + b0), ReLU, then W2, b2, of 5 to 8 to 3 numbers, with mean squared error; that of SAM
has Tanh in the place of BatchNorm and ReLU. `x` [40, 5] and `y` [40, 3] are the data, in batches of 8 rows in
order, five an epoch. `initial.NAME` are the weights to start from, in the shapes of Strata. L-BFGS minimizes mean
cross-entropy of softmax(x W + b) against `classes` [40, 3], from zeros, over all rows: a problem whose steps rounding
does not part.

- `ema.NAME`: the average of decay 0.9 after 30 steps of SGD of rate 0.05; `raw.NAME`: the weights then
- `swa.NAME`: the mean of the weights after epochs 3, 4, 5 and 6; `swa.mean`, `swa.variance`: the running statistics
  that `update_bn` gives this model over the five batches
- `CASE.NAME` [10, ...] of SAM: the weights after steps 10, 20 ... 100; PyTorch has none, so that it is written here by its
  formula
- `CASE.weight`, `CASE.bias` of L-BFGS: after steps 1, 2, 3, 4, 5, 7, 10, 20, 50 and 100
- `CASE.NAME` [20, ...] of L-BFGS on the network with Tanh, over all rows: after each step; `CASE.noise` [20]: how far
  PyTorch's own weights are then from those of runs whose W0 was begun with other last bits
- `line.curve` [300, 6]: a, b, c, e, f, g of curves a t + b t² + c t⁴ + e cos(f t + g) that fall at 0; `line.first`: the
  first step tried along each; `line.end`, `line.evaluations`: what PyTorch's search for strong Wolfe conditions finds, and
  after how many evaluations
"""

import torch
from references import arrays, float32_exact, main
from torch.optim.lbfgs import _strong_wolfe
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

import numpy as np

NAMES = ["w0", "b0", "w2", "b2"]


class Model(torch.nn.Module):
    def __init__(self, initial: dict, normalizes: bool):
        super().__init__()
        for name in NAMES:
            setattr(self, name, torch.nn.Parameter(initial[name].clone()))
        self.norm = torch.nn.BatchNorm1d(8).double() if normalizes else None

    def forward(self, x):
        h = x @ self.w0 + self.b0
        h = torch.tanh(h) if self.norm is None else torch.relu(self.norm(h))
        return h @ self.w2 + self.b2


def weights(model: Model) -> dict:
    result = {name: getattr(model, name).detach().clone() for name in NAMES}
    if model.norm is not None:
        result |= {"gamma": model.norm.weight.detach().clone(), "beta": model.norm.bias.detach().clone()}
    return result


def averages() -> dict:
    random = np.random.RandomState(18)
    x, y = float32_exact(random.standard_normal((40, 5))), float32_exact(random.standard_normal((40, 3)))
    initial = {
        "w0": float32_exact(random.standard_normal((5, 8)) * 0.6),
        "b0": float32_exact(random.standard_normal(8) * 0.1),
        "w2": float32_exact(random.standard_normal((8, 3)) * 0.5),
        "b2": float32_exact(random.standard_normal(3) * 0.1),
    }
    result = {"x": x, "y": y} | {f"initial.{name}": value for name, value in initial.items()}
    batches = [(x[i : i + 8], y[i : i + 8]) for i in range(0, 40, 8)]
    mean_square = torch.nn.functional.mse_loss

    model = Model(initial, True)
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    swa = AveragedModel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(1, 7):
        for inputs, targets in batches:
            optimizer.zero_grad()
            mean_square(model(inputs), targets).backward()
            optimizer.step()
            ema.update_parameters(model)
        if epoch >= 3:
            swa.update_parameters(model)
    update_bn([inputs for inputs, _ in batches], swa)
    for prefix, one in (("raw", model), ("ema", ema.module), ("swa", swa.module)):
        result |= {f"{prefix}.{name}": value for name, value in weights(one).items()}
    result |= {"swa.mean": swa.module.norm.running_mean, "swa.variance": swa.module.norm.running_var}

    def rows(case: str, step):
        model = Model(initial, False)
        next_step = step(model)
        kept = {name: [] for name in NAMES}
        for index in range(100):
            next_step(index)
            if index % 10 == 9:
                for name, value in weights(model).items():
                    kept[name].append(value)
        result.update({f"{case}.{name}": torch.stack(values) for name, values in kept.items()})

    def sam(radius: float, adaptive: bool, **settings):
        def begin(model):
            optimizer = torch.optim.SGD(model.parameters(), **settings)

            def step(index):
                inputs, targets = batches[index % 5]
                optimizer.zero_grad()
                mean_square(model(inputs), targets).backward()
                parts = [(p, p.detach().clone(), p.grad.clone()) for p in model.parameters()]
                slopes = [g * w if adaptive else g for _, w, g in parts]
                norm = torch.sqrt(sum((s * s).sum() for s in slopes))
                with torch.no_grad():
                    for p, w, g in parts:
                        p.add_(radius / norm * (w * w * g if adaptive else g))
                optimizer.zero_grad()
                mean_square(model(inputs), targets).backward()
                with torch.no_grad():
                    for p, w, _ in parts:
                        p.copy_(w)
                optimizer.step()

            return step

        return begin

    rows("sam", sam(0.05, False, lr=0.05, momentum=0.9))
    rows("sam_adaptive", sam(0.5, True, lr=0.05))

    def search(scale: float, **settings):
        model = Model(initial | {"w0": initial["w0"] * scale}, False)
        optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe", **settings)

        def closure():
            optimizer.zero_grad()
            loss = mean_square(model(x), y)
            loss.backward()
            return loss

        kept = []
        for _ in range(20):
            optimizer.step(closure)
            kept.append(weights(model))
        return {name: torch.stack([one[name] for one in kept]) for name in NAMES}

    for case, settings in {"lbfgs_tanh": dict(max_iter=20), "lbfgs_tanh_short": dict(max_iter=4)}.items():
        one = search(1, **settings)
        distances = []
        for scale in (1 - 2**-52, 1 - 2**-53, 1 + 2**-52, 1 + 2**-51):
            other = search(scale, **settings)
            distances.append(torch.stack([(one[n] - other[n]).abs().reshape(20, -1).amax(1) for n in NAMES]).amax(0))
        result |= {f"{case}.{name}": value for name, value in one.items()}
        result[f"{case}.noise"] = torch.stack(distances).amax(0)

    classes = torch.softmax(float32_exact(random.standard_normal((40, 3))), dim=1)
    result["classes"] = classes
    for case, settings in {
        "lbfgs": dict(max_iter=2, history_size=10, line_search_fn="strong_wolfe"),
        "lbfgs_short": dict(max_iter=1, history_size=3, line_search_fn="strong_wolfe"),
        "lbfgs_plain": dict(lr=0.1, max_iter=3, history_size=5),
    }.items():
        weight, bias = (torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in ((5, 3), (3,)))
        optimizer = torch.optim.LBFGS([weight, bias], **settings)

        def closure():
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(x @ weight + bias, classes)
            loss.backward()
            return loss

        kept = {"weight": [], "bias": []}
        for index in range(1, 101):
            optimizer.step(closure)
            if index in (1, 2, 3, 4, 5, 7, 10, 20, 50, 100):
                kept["weight"].append(weight.detach().clone())
                kept["bias"].append(bias.detach().clone())
        result |= {f"{case}.{name}": torch.stack(values) for name, values in kept.items()}
    return arrays(result | lines())


def lines() -> dict:
    random = np.random.RandomState(19)
    kept = {"curve": [], "first": [], "end": [], "evaluations": []}
    while len(kept["end"]) < 300:
        a, b, c, e, f, g = random.standard_normal(6) * [2, 1, 0.2, 2, 3, 3]
        c = abs(c)

        def look(_, t, __):
            t = float(t)
            slope = a + 2 * b * t + 4 * c * t**3 - e * f * np.sin(f * t + g)
            value = a * t + b * t**2 + c * t**4 + e * np.cos(f * t + g)
            return value, torch.tensor([slope], dtype=torch.float64)

        first = float(10 ** random.uniform(-2, 1.5))
        value, slope = look(None, 0, None)
        if slope >= 0:
            continue
        direction = torch.ones(1, dtype=torch.float64)

        def search(begin: float):
            return _strong_wolfe(look, None, begin, direction, value, slope, slope.dot(direction))[2:]

        end, evaluations = search(first)
        # Where a last bit of the first step leads elsewhere, rounding decides.
        others = [search(first * scale) for scale in (1 - 2**-52, 1 + 2**-51)]
        if any(other[1] != evaluations or abs(float(other[0] - end)) > 1e-12 for other in others):
            continue
        kept["curve"].append([a, b, c, e, f, g])
        for name, number in (("first", first), ("end", float(end)), ("evaluations", float(evaluations))):
            kept[name].append(number)
    return {f"line.{name}": torch.tensor(numbers, dtype=torch.float64) for name, numbers in kept.items()}


if __name__ == "__main__":
    raise SystemExit(main(".", averages))
