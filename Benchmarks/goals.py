"""The goals of Strata: its median relative to the fastest peer, and its best time relative to the floor."""

import re

# With more than one worker; the first pattern that matches a whole name applies.
PEER_GOALS = {
    r"mlp-tiny|gru-small": 0.50,
    r"gpt-tiny": 0.60,
    r"gpt-small|encoder-.*|attention-.*|conv-cifar|resnet.*|mobilenet-block|conv1d-tcn|conv-transpose": 0.85,
    r"decode-.*": 0.33,
    r"mlp-mnist|rnn-small|.*-big|ew-(tanh|sigmoid|exp|softmax)": 0.70,
    r"mlp-mnist-b32": 0.80,
    r"mlp-bn|mlp-deep|lstm-small|conv-small|ew-bn|epoch-mnist": 0.85,
    r"ew-adam10M|infer-b1": 0.95,
    r"mlp-wide|mlp-2048": 1.00,
    r"gemm-.*|ew-relu|infer-b4096": 1.05,
    r"infer-b64": 1.25,
    r"op-(sort|argsort|top-k)": 1.30,
    r"op-.*": 1.00,
}

SINGLE_WORKER_GOALS = {r"gemm-.*": 1.05, r"op-(sort|argsort|top-k)": 1.30, r"(?!bandwidth).*": 1.00}

FLOOR_GOALS = {
    r"mlp-wide|mlp-2048": 1.3,
    r"mlp-bn": 1.4,
    r"mlp-mnist": 1.6,
    r"(rnn|lstm|gru)-.*": 1.8,
}


def _first(goals: dict[str, float], workload: str) -> float | None:
    return next((goal for pattern, goal in goals.items() if re.fullmatch(pattern, workload)), None)


def peer_goal(workload: str, workers: int) -> float | None:
    """Returns the largest allowed ratio to the fastest peer, if any."""
    return _first(SINGLE_WORKER_GOALS if workers == 1 else PEER_GOALS, workload)


def floor_goal(workload: str, workers: int) -> float | None:
    """Returns the largest allowed ratio to the floor, if any."""
    return None if workers == 1 else _first(FLOOR_GOALS, workload)
