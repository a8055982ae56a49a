"""Makes augmentation.safetensors: images sampled by affine maps, as torchvision does with `affine_grid` and `grid_sample`.

Usage:  pip install torch numpy safetensors
        python make_augmentation.py [--check]

`image` [2, 7, 9] is F64. Of each case, `CASE.parameters` are the angle in degrees counterclockwise, the shifts to the right
and downwards in pixels, the scale and the shear in degrees; `CASE.zeros` and `CASE.border` [2, 7, 9] are the images with
each padding mode. The inverse matrix is that of torchvision.transforms.functional.affine, whose angle is clockwise.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from references import Tensors, float32_exact, main

CASES = [
    (0, 0, 0, 1, 0), (0, 2, -1, 1, 0), (0, 0.25, 0.5, 1, 0), (90, 0, 0, 1, 0), (-37, 0, 0, 1, 0), (12, 1.5, -0.75, 1, 0),
    (0, 0, 0, 1.5, 0), (0, 0, 0, 0.4, 0), (0, 0, 0, 1, 20), (0, 0, 0, 1, -35), (25, -1.25, 2.5, 1.2, 15),
    (200, 0.5, 0.5, 0.8, -10), (5, 30, 0, 1, 0),
]


def inverse(angle: float, x: float, y: float, scale: float, shear: float) -> list[list[float]]:
    """The places in the image of pixels of the result, counted from the center."""
    rotation, lean = math.radians(-angle), math.tan(math.radians(shear))
    a, b = math.cos(rotation), -math.cos(rotation) * lean - math.sin(rotation)
    c, d = math.sin(rotation), -math.sin(rotation) * lean + math.cos(rotation)
    rows = [[d / scale, -b / scale], [-c / scale, a / scale]]
    return [row + [-row[0] * x - row[1] * y] for row in rows]


def augmentation() -> Tensors:
    image = float32_exact(np.random.RandomState(0).uniform(0, 1, (2, 7, 9)))
    height, width = image.shape[1:]
    tensors = {"image": image.numpy()}
    for number, case in enumerate(CASES):
        tensors[f"{number}.parameters"] = np.array(case, dtype=np.float64)
        # affine_grid counts from -1 to 1.
        (xx, xy, x), (yx, yy, y) = inverse(*case)
        theta = torch.tensor([[
            [xx, xy * height / width, 2 * x / width],
            [yx * width / height, yy, 2 * y / height],
        ]], dtype=torch.float64)
        grid = F.affine_grid(theta, [1, 2, height, width], align_corners=False)
        for mode in ("zeros", "border"):
            sampled = F.grid_sample(image[None], grid, mode="bilinear", padding_mode=mode, align_corners=False)
            tensors[f"{number}.{mode}"] = np.ascontiguousarray(sampled[0].numpy())
    return tensors


if __name__ == "__main__":
    raise SystemExit(main(".", augmentation))
