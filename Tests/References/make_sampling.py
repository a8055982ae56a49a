"""Makes sampling.safetensors: the probabilities that Hugging Face's transformers samples tokens with.

Usage:  pip install torch numpy safetensors transformers
        python make_sampling.py [--check]

`logits` [4, 24] are F64, the last row with many equal ones. `CASE.options` is the temperature, k (0 for all) and p of a
case, and `CASE.probabilities` [4, 24] what softmax makes of the logits after TemperatureLogitsWarper, TopKLogitsWarper
and TopPLogitsWarper, which `generate` applies in this order. Where p cuts among equal logits the package keeps any of
them, so that the last row is for temperatures and k alone.
"""

import numpy as np
import torch
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from references import Tensors, main

CASES = [
    (1.0, 0, 1.0), (0.7, 0, 1.0), (1.3, 5, 1.0), (1.0, 1, 1.0), (1.0, 24, 1.0), (1.0, 0, 0.9), (1.0, 0, 0.5),
    (0.5, 0, 0.3), (2.0, 20, 0.8), (0.8, 10, 0.95), (1.0, 0, 0.01), (3.0, 0, 0.99),
]


def sampling() -> Tensors:
    random = np.random.RandomState(0)
    logits = np.round(3 * random.standard_normal((4, 24)), 6)
    logits[-1] = random.randint(0, 4, 24)
    tensors = {"logits": logits}
    for number, (temperature, k, p) in enumerate(CASES):
        warpers = LogitsProcessorList([TemperatureLogitsWarper(temperature)])
        if k:
            warpers.append(TopKLogitsWarper(k))
        if p < 1:
            warpers.append(TopPLogitsWarper(p))
        warped = warpers(torch.zeros(4, 1, dtype=torch.long), torch.tensor(logits))
        tensors[f"{number}.options"] = np.array([temperature, k, p])
        tensors[f"{number}.probabilities"] = torch.softmax(warped, -1).numpy()
    return tensors


if __name__ == "__main__":
    raise SystemExit(main(".", sampling))
