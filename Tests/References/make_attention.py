#!/usr/bin/env python3
"""Makes the reference numbers of attention and its layers, using PyTorch in float64.

Usage:  pip install torch numpy safetensors
        python make_attention.py            # rewrite the file beside this script
        python make_attention.py --check    # write nothing, compare the file with a new run
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from references import Tensors, float32_exact, layer_case, main

SHAPES = [(1, 1, 12), (2, 3, 12), (1, 17, 12)]
INFINITY = float("inf")


def rotated(x: torch.Tensor, base: float = 10_000, interleaved: bool = False, size: int | None = None) -> torch.Tensor:
    """Rows [B, H, T, D] turned by their positions, as complex numbers."""
    size = size or x.shape[-1]
    turned, rest = x[..., :size], x[..., size:]
    pairs = turned.unflatten(-1, (-1, 2)) if interleaved else turned.unflatten(-1, (2, -1)).transpose(-1, -2)
    angles = torch.arange(x.shape[2])[:, None] * base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    product = torch.view_as_complex(pairs.contiguous()) * torch.polar(torch.ones_like(angles), angles)
    parts = torch.view_as_real(product)
    turned = parts.flatten(-2) if interleaved else parts.transpose(-1, -2).flatten(-2)
    return torch.cat([turned, rest], -1)


def self_attention(x, heads, groups=None, mask=None, turn=None, **state):
    """Self-attention by F.scaled_dot_product_attention."""
    groups = groups or heads
    batch, time, features = x.shape
    size = features // heads
    rows = x @ state["inputProjection__weight"]
    if "inputProjection__bias" in state:
        rows = rows + state["inputProjection__bias"]
    parts = rows.split([features, groups * size, groups * size], -1)
    q, k, v = (part.unflatten(-1, (-1, size)).transpose(1, 2) for part in parts)
    if turn:
        q, k = turn(q), turn(k)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
    y = y.transpose(1, 2).flatten(2) @ state["outputProjection__weight"]
    return y + state["outputProjection__bias"] if "outputProjection__bias" in state else y


def causal(time: int) -> torch.Tensor:
    return torch.full((time, time), -INFINITY, dtype=torch.float64).triu(1)


def alibi(time: int, heads: int) -> torch.Tensor:
    """The slopes of three heads: those of two, then the first of four."""
    assert heads == 3
    slopes = torch.tensor([2.0**-4, 2.0**-8, 2.0**-2], dtype=torch.float64)
    places = torch.arange(time)
    return causal(time) - slopes[:, None, None] * (places[:, None] - places[None, :]).abs()


def feed_forward(x, kind, state):
    def linear(x, place):
        y = x @ state[f"feedForward__{place}__weight"]
        bias = state.get(f"feedForward__{place}__bias")
        return y if bias is None else y + bias

    h = linear(x, 0)
    if kind == "swiglu":
        a, b = h.chunk(2, -1)
        h = F.silu(a) * b
    else:
        h = F.relu(h) if kind == "relu" else F.gelu(h)
    return linear(h, 2)


def attention() -> Tensors:
    random = np.random.RandomState(31)
    result: Tensors = {}

    def normal(*shape: int) -> torch.Tensor:
        return float32_exact(random.standard_normal(shape))

    def add(name: str, forward, x: torch.Tensor, state: dict[str, torch.Tensor]) -> None:
        size = "x".join(map(str, x.shape))
        result.update(layer_case(f"{name}.{size}", forward, x, state, random))

    def projections(features: int, size: int, groups: int, bias: bool = True, prefix: str = "") -> dict:
        width = features + 2 * groups * size
        state = {prefix + "inputProjection__weight": normal(features, width) / 4}
        if bias:
            state[prefix + "inputProjection__bias"] = normal(width) / 4
        state[prefix + "outputProjection__weight"] = normal(features, features) / 4
        if bias:
            state[prefix + "outputProjection__bias"] = normal(features) / 4
        return state

    def part(state: dict, prefix: str) -> dict:
        return {path[len(prefix):]: value for path, value in state.items() if path.startswith(prefix)}

    for shape in SHAPES:
        time, features = shape[1:]
        add(
            "MultiHeadAttention(3)", lambda x, **s: self_attention(x, 3, **s), normal(*shape), projections(features, 4, 3))
        add(
            "MultiHeadAttention(1, causal, bias: false)", lambda x, **s: self_attention(x, 1, mask=causal(x.shape[1]), **s),
            normal(*shape), projections(features, 12, 1, bias=False))
        add(
            "MultiHeadAttention(6, keyValueHeads: 2, rotary)",
            lambda x, **s: self_attention(x, 6, 2, causal(x.shape[1]), rotated, **s), normal(*shape),
            projections(features, 2, 2))
        add(
            "MultiHeadAttention(3, keyValueHeads: 1, interleaved)",
            lambda x, **s: self_attention(x, 3, 1, turn=lambda r: rotated(r, 100, True), **s), normal(*shape),
            projections(features, 4, 1))
        add(
            "MultiHeadAttention(3, alibi)", lambda x, **s: self_attention(x, 3, mask=alibi(x.shape[1], 3), **s),
            normal(*shape), projections(features, 4, 3))
        add(
            "MultiHeadAttention(2, partly rotary)",
            lambda x, **s: self_attention(x, 2, turn=lambda r: rotated(r, size=4), **s), normal(*shape),
            projections(features, 6, 2))

    def encoder_state(features, size, groups, hidden, kind="gelu", bias=True, norm_bias=True) -> dict:
        state = {}
        for norm in ("norm1", "norm2"):
            state[norm + "__weight"] = 1 + normal(features) / 8
            if norm_bias:
                state[norm + "__bias"] = normal(features) / 8
        state |= projections(features, size, groups, bias, "attention__")
        state["feedForward__0__weight"] = normal(features, 2 * hidden if kind == "swiglu" else hidden) / 4
        state["feedForward__2__weight"] = normal(hidden, features) / 4
        if bias:
            state["feedForward__0__bias"] = normal(hidden) / 4
            state["feedForward__2__bias"] = normal(features) / 4
        return state

    def layer_norm(x, state, place):
        return F.layer_norm(x, x.shape[-1:], state[place + "__weight"], state[place + "__bias"])

    def pre_norm(x, **state):
        mask = causal(x.shape[1])
        h = x + self_attention(layer_norm(x, state, "norm1"), 3, mask=mask, **part(state, "attention__"))
        return h + feed_forward(layer_norm(h, state, "norm2"), "gelu", state)

    def post_norm(x, **state):
        h = layer_norm(x + self_attention(x, 2, **part(state, "attention__")), state, "norm1")
        return layer_norm(h + feed_forward(h, "relu", state), state, "norm2")

    def llama(x, **state):
        def norm(x, place):
            return F.rms_norm(x, x.shape[-1:], state[place + "__weight"])

        h = x + self_attention(norm(x, "norm1"), 6, 3, causal(x.shape[1]), rotated, **part(state, "attention__"))
        return h + feed_forward(norm(h, "norm2"), "swiglu", state)

    # PyTorch's own layers agree with the functions above.
    x, state = normal(2, 5, 12), encoder_state(12, 6, 2, 7, "relu")
    theirs = nn.TransformerEncoderLayer(12, 2, 7, dropout=0, batch_first=True, dtype=torch.float64)
    theirs.load_state_dict({
        "self_attn.in_proj_weight": state["attention__inputProjection__weight"].T,
        "self_attn.in_proj_bias": state["attention__inputProjection__bias"],
        "self_attn.out_proj.weight": state["attention__outputProjection__weight"].T,
        "self_attn.out_proj.bias": state["attention__outputProjection__bias"],
        "linear1.weight": state["feedForward__0__weight"].T, "linear1.bias": state["feedForward__0__bias"],
        "linear2.weight": state["feedForward__2__weight"].T, "linear2.bias": state["feedForward__2__bias"],
        **{f"norm{i}.{kind}": state[f"norm{i}__{kind}"] for i in (1, 2) for kind in ("weight", "bias")},
    })  # fmt: skip
    assert torch.allclose(theirs(x), post_norm(x, **state), atol=1e-12)

    for shape in SHAPES:
        features = shape[2]
        add("TransformerEncoderLayer", pre_norm, normal(*shape), encoder_state(features, 4, 3, 8))
        add(
            "TransformerEncoderLayer(post-norm, relu)", post_norm, normal(*shape),
            encoder_state(features, 6, 2, 7, "relu"))
        add(
            "TransformerEncoderLayer(llama)", llama, normal(*shape),
            encoder_state(features, 2, 3, 5, "swiglu", bias=False, norm_bias=False))
        add("SwiGLU", lambda x: F.silu(x.chunk(2, -1)[0]) * x.chunk(2, -1)[1], normal(*shape), {})
        places = torch.arange(shape[1])[:, None] / 10_000 ** (torch.arange(0, features, 2).double() / features)
        table = torch.stack([places.sin(), places.cos()], -1).flatten(1)
        add("SinusoidalPositions", lambda x, table=table: x + table, normal(*shape), {})
        add(
            "LearnedPositions", lambda x, weight: x + weight[: x.shape[1]], normal(*shape),
            {"weight": normal(shape[1] + 3, features)})
    return result


if __name__ == "__main__":
    sys.exit(main("layers", attention))
