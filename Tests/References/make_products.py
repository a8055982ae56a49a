#!/usr/bin/env python3
"""Makes the reference numbers of products of matrices: layers/matrix_product.safetensors.

Usage as of make_layers.py. PyTorch multiplies the factors from the left, by the prefix products that Strata never makes.
"""

import sys
from functools import reduce

import numpy as np
import torch

from references import Tensors, float32_exact, layer_case, main


def matrix_product() -> Tensors:
    random = np.random.RandomState(13)
    result: Tensors = {}

    def add(name: str, shape: tuple[int, ...], sizes: dict[int, tuple[int, int]], positions: list[int]) -> None:
        """A product of the factors with these numbers in this order, and an input of this shape."""
        factors = {
            f"factors__{i}": float32_exact(random.standard_normal(size) / np.sqrt(size[1])) for i, size in sizes.items()}

        def forward(x: torch.Tensor, **factors: torch.Tensor) -> torch.Tensor:
            chain = reduce(torch.matmul, [factors[f"factors__{i}"] for i in positions])
            return torch.einsum("ij,...j->...i", chain, x)

        case = f"{name}.{'x'.join(map(str, shape))}"
        result.update(layer_case(case, forward, float32_exact(random.standard_normal(shape)), factors, random))

    for shape in [(1, 1), (3, 5), (7, 31), (2, 3, 4)]:
        inputs = shape[-1]
        add("MatrixProduct", shape, {0: (3, 5), 1: (5, 2), 2: (2, inputs)}, [0, 1, 2])
        add("MatrixProduct(one factor)", shape, {0: (4, inputs)}, [0])
        add("MatrixProduct(tied)", shape, {0: (4, 4), 1: (4, 4), 4: (4, inputs)}, [0, 1, 0, 0, 4])
    return result


if __name__ == "__main__":
    sys.exit(main("layers", matrix_product))
