"""The measurements of a run, and the ratios derived from them."""

from dataclasses import dataclass, field
from statistics import median

from floors import Machine, floor
from goals import floor_goal, peer_goal
from peers.workloads import WORKLOADS, Bandwidth, Product
from servers import Measurement

# Workloads from which floors follow, which every run includes.
REFERENCES = [
    name for name, workload in WORKLOADS.items()
    if isinstance(workload, Bandwidth) or (isinstance(workload, Product) and workload.operations > 1e9)
]  # fmt: skip


@dataclass
class Row:
    """A workload at a number of workers: the rounds of each framework, and the floor."""

    workload: str
    workers: int
    rounds: dict[str, list[Measurement]]
    floor: float | None = None

    def best(self, framework: str) -> float:
        """The best run of any round, in microseconds."""
        return min(measurement.best for measurement in self.rounds[framework])

    def median(self, framework: str) -> float:
        """The median over the rounds of each round's median, in microseconds."""
        return median(measurement.median for measurement in self.rounds[framework])

    @property
    def peers(self) -> list[str]:
        """The measured frameworks other than Strata."""
        return [name for name in self.rounds if name != "strata"]

    @property
    def fastest_peer(self) -> str | None:
        """The peer with the smallest median."""
        return min(self.peers, key=self.median, default=None)

    @property
    def ratio(self) -> float | None:
        """The ratio of Strata's median to the smallest median of a peer."""
        if "strata" not in self.rounds or not self.peers:
            return None
        return self.median("strata") / min(map(self.median, self.peers))

    @property
    def best_ratio(self) -> float | None:
        """The ratio of Strata's best time to the best of any peer."""
        if "strata" not in self.rounds or not self.peers:
            return None
        return self.best("strata") / min(map(self.best, self.peers))

    @property
    def floor_ratio(self) -> float | None:
        """The ratio of Strata's best time to the floor."""
        return self.best("strata") / self.floor if self.floor and "strata" in self.rounds else None

    @property
    def goal(self) -> float | None:
        """The largest allowed ratio to the fastest peer, if any."""
        return peer_goal(self.workload, self.workers)

    @property
    def misses(self) -> list[str]:
        """The goals that are missed."""
        found = []
        if self.goal and self.ratio and self.ratio > self.goal:
            found.append(f"{self.ratio:.2f} to {self.fastest_peer}, where {self.goal:.2f} is the goal")
        goal = floor_goal(self.workload, self.workers)
        if goal and self.floor_ratio and self.floor_ratio > goal:
            found.append(f"{self.floor_ratio:.2f} to the floor, where {goal:.2f} is the goal")
        return found

    def json(self) -> dict:
        """All of it, as JSON has it."""
        return {
            "workload": self.workload,
            "workers": self.workers,
            "frameworks": {
                name: {
                    "best_us": self.best(name),
                    "median_us": round(self.median(name), 2),
                    "rounds": [vars(measurement) for measurement in rounds],
                }
                for name, rounds in self.rounds.items()
            },
            "fastest_peer": self.fastest_peer,
            "ratio_of_medians": self.ratio,
            "ratio_of_bests": self.best_ratio,
            "floor_us": self.floor,
            "ratio_to_floor": self.floor_ratio,
            "goal": self.goal,
            "floor_goal": floor_goal(self.workload, self.workers),
        }


@dataclass
class Results:
    """A complete run."""

    machine: dict[str, str | int]
    versions: dict[str, str]
    settings: dict[str, str | float]
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # A sentence about the memory of a training step.
    memory: str = ""

    def rates(self, workers: int) -> Machine:
        """The best product rate and bandwidths that any framework reached at this number of workers."""
        rates: dict[str, float] = {}
        for row in self.rows:
            measured = [m.rate for rounds in row.rounds.values() for m in rounds if m.rate]
            if row.workers == workers and measured:
                rates[row.workload] = max(measured)
        return Machine(
            max(rate for name, rate in rates.items() if isinstance(WORKLOADS[name], Product)),
            {workload.megabytes << 20: rates[name] for name, workload in WORKLOADS.items()
             if isinstance(workload, Bandwidth) and name in rates})  # fmt: skip

    def set_floors(self) -> None:
        """Computes each workload's floor from the rates measured with as many workers."""
        for row in self.rows:
            row.floor = floor(WORKLOADS[row.workload], self.rates(row.workers))

    @property
    def worker_counts(self) -> list[int]:
        """The settings measured, most workers first."""
        return sorted({row.workers for row in self.rows}, reverse=True)

    def json(self) -> dict:
        """All of it, as JSON has it."""
        rates = {
            str(workers): {"gflops": self.rates(workers).gflops, "gb_per_s": {
                f"{size >> 20} MiB": rate for size, rate in self.rates(workers).bandwidths.items()}}
            for workers in self.worker_counts
        }  # fmt: skip
        return {
            "machine": self.machine, "versions": self.versions, "settings": self.settings, "rates": rates,
            "memory": self.memory, "failures": self.failures, "rows": [row.json() for row in self.rows],
        }  # fmt: skip
