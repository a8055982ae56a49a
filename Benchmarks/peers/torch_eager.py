"""Times PyTorch without compilation; `--fused` takes the optimizers that run in one kernel."""

from peers import harness

settings = harness.options("PyTorch eager", "--fused")

from peers.torch_peer import Torch  # noqa: E402
from peers.workloads import AdamStep, Epoch, Training, Workload  # noqa: E402


class Eager(Torch):
    """As PyTorch runs when nothing more is asked of it."""

    name = "torch-fused" if settings.fused else "torch-eager"

    def supports(self, workload: Workload) -> bool:
        return not self.fused or isinstance(workload, Training | AdamStep | Epoch)


harness.run(Eager(settings.threads, settings.fused), settings)
