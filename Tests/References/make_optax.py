"""Makes optax.safetensors: steps of optimizers that optax has, and of PyTorch's Muon with products in float64.

Needs optax beside what the other scripts need. As in optimizers.safetensors, NAME replays the rows of `gradients`
from `initial`, here matrices [4, 3] as Strata has them; each has the parameter after steps 10, 20 ... 100.
"""

import jax
import numpy as np
import optax
import torch
from references import arrays, float32_exact, main

jax.config.update("jax_enable_x64", True)


def optax_() -> dict:
    random = np.random.RandomState(11)
    gradients = float32_exact(random.standard_normal((100, 4, 3)) * [1, 0.1, 10])
    gradients[:, 3, 0] = 0
    initial = float32_exact(random.standard_normal((4, 3)))
    result = {"gradients": gradients, "initial": initial}

    for name, rule in {
        "lion": optax.lion(1e-2, b1=0.9, b2=0.99, weight_decay=1e-3),
        "lion_fast": optax.lion(1e-2, b1=0.8, b2=0.7, weight_decay=0.1),
        "lamb": optax.lamb(1e-2),
        "lamb_decay": optax.lamb(1e-1, b1=0.8, b2=0.99, eps=1e-3, weight_decay=0.1),
    }.items():
        w = initial.numpy()
        state, rows = rule.init(w), []
        for step in range(100):
            change, state = rule.update(gradients[step].numpy(), state, w)
            w = optax.apply_updates(w, change)
            if step % 10 == 9:
                rows.append(np.asarray(w))
        result[name] = torch.tensor(np.stack(rows))

    torch.bfloat16 = torch.float64  # the type of PyTorch's products
    for name, transpose, settings in (
        ("muon", True, dict(lr=0.02, momentum=0.95, nesterov=True, weight_decay=0.01)),
        ("muon_plain", True, dict(lr=0.02, momentum=0.8, nesterov=False, weight_decay=0.1, ns_steps=3)),
        ("muon_wide", False, dict(lr=0.02, weight_decay=0.01)),
    ):
        # PyTorch's weights are [out, in]: the wide case has [in, out] = [3, 4].
        form = (lambda x: x.T) if transpose else (lambda x: x)
        w = torch.nn.Parameter(form(initial).clone())
        optimizer, rows = torch.optim.Muon([w], **settings), []
        for step in range(100):
            w.grad = form(gradients[step]).clone()
            optimizer.step()
            if step % 10 == 9:
                rows.append(w.detach().T.clone())
        result[name] = torch.stack(rows)
    return arrays(result)


optax_.__name__ = "optax"

if __name__ == "__main__":
    raise SystemExit(main(".", optax_))
