"""Times PyTorch with torch.compile, which needs a C++ compiler on a CPU."""

from collections.abc import Callable

from peers import harness

settings = harness.options("PyTorch with torch.compile")

import torch  # noqa: E402

from peers.torch_peer import Torch  # noqa: E402


class Compiled(Torch):
    """Forward, loss and backward compiled, and the optimizer fused."""

    name = "torch-compile"

    def compiled(self, function: Callable) -> Callable:
        # The last batch of an epoch is smaller: two programs, each for its size, rather than one for any.
        return torch.compile(function, dynamic=False)


harness.run(Compiled(settings.threads, fused=True), settings)
