#!/usr/bin/env python3
"""Measures Strata and other frameworks in turn on this machine and writes the results.

    make bench
    make bench WORKLOADS='mlp-.*' ROUNDS=5 SECONDS=1 WORKERS=2

It needs nothing but Python 3.10 and Swift: the peers are installed into a separate environment.
"""

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

import environment
import page
import report
from chart import chart
from environment import ROOT, say
from peers.harness import Parser, count, pattern, positive
from peers.workloads import WORKLOADS
from results import REFERENCES, Results, Row
from servers import Server, ServerError

# The pause after each measurement, in which spinning threads go to sleep.
PAUSE = 0.05

# The results of a complete run, which the documentation shows too.
WHOLE = ROOT / "Benchmarks/results"

# A framework that takes this multiple of the median of the fastest is not measured again.
OUT_OF_THE_RACE = 10


def options() -> argparse.Namespace:
    """Returns the settings of the command line; a wrong one ends the program with 64."""
    parser = Parser(description="Measures Strata beside other frameworks.")
    parser.add_argument(
        "--workloads", type=pattern, default=".*", metavar="REGEX", help="workloads whose name matches")  # fmt: skip
    parser.add_argument("--rounds", type=count, default=5, metavar="R", help="rounds per workload (5)")
    parser.add_argument("--seconds", type=positive, default=0.4, metavar="S", help="seconds per measurement (0.4)")
    parser.add_argument(
        "--workers", type=count, nargs="+", metavar="N",
        help="workers of Strata, and threads of the others (all cores, then 1)")  # fmt: skip
    parser.add_argument(
        "--frameworks", type=pattern, default=".*", metavar="REGEX", help="peers whose name matches")  # fmt: skip
    parser.add_argument("--patience", type=positive, default=600, metavar="S", help="seconds to wait per answer (600)")
    parser.add_argument("--python", type=Path, metavar="FILE", help="an interpreter in which the peers are installed")
    parser.add_argument(
        "--output", type=Path, metavar="DIR",
        help="where results go (Benchmarks/results, or .build/bench-results for some of the workloads)")  # fmt: skip
    settings = parser.parse_args()
    if not any(settings.workloads.fullmatch(name) for name in WORKLOADS):
        parser.error(f"no workload is called {settings.workloads.pattern}; there are {' '.join(WORKLOADS)}")
    if settings.python and not settings.python.exists():
        parser.error(f"--python: there is no {settings.python}")
    settings.workers = settings.workers or list(dict.fromkeys([os.cpu_count() or 1, 1]))
    if settings.output is None:
        whole = settings.workloads.pattern == settings.frameworks.pattern == ".*"
        settings.output = WHOLE if whole else ROOT / ".build/bench-results"
    return settings


class Benchmark:
    """A run: its programs, and their measurements so far."""

    def __init__(self, settings: argparse.Namespace) -> None:
        self.settings = settings
        self.strata = environment.build()
        self.interpreter = settings.python or environment.python()
        about = {"workloads": settings.workloads.pattern, "rounds": settings.rounds, "seconds": settings.seconds}
        self.results = Results(environment.machine(), {}, about)
        self.servers: dict[str, Server] = {}
        self.commands: dict[str, list[str]] = {}

    def run(self) -> Results:
        """Measures every workload at each number of workers."""
        chosen = [name for name in WORKLOADS if self.settings.workloads.fullmatch(name) or name in REFERENCES]
        for workers in self.settings.workers:
            commands = environment.commands(self.strata, self.interpreter, workers)
            self.commands = {
                name: command for name, command in commands.items()
                if name == "strata" or self.settings.frameworks.fullmatch(name)
            }  # fmt: skip
            try:
                for name in self.commands:
                    self._start(name)
                self._check_names()
                for number, workload in enumerate(chosen, 1):
                    row = self._measured(workload, workers)
                    self.results.rows.append(row)
                    times = ", ".join(f"{name} {report.microseconds(row.median(name))}" for name in row.rounds)
                    ratio = report.ratio(row.ratio)
                    say(f"{report.threads(workers)}, {number} of {len(chosen)}: {workload}: {times} us; ratio {ratio}")
            finally:
                for server in self.servers.values():
                    server.stop()
                self.servers = {}
        if "mlp-2048" in chosen:
            self.results.memory = environment.memory(self.strata)
        self.results.set_floors()
        return self.results

    def _start(self, name: str) -> None:
        try:
            self.servers[name] = Server(self.commands[name], self.settings.patience)
            self.results.versions[name] = self.servers[name].version
        except ServerError as error:
            self._note(f"{name} {error}")
            if name == "strata":
                sys.exit(1)

    def _check_names(self) -> None:
        """Checks that Strata and its peers have the same workloads."""
        lacking = [name for name in WORKLOADS if name not in self.servers["strata"].workloads]
        if lacking:
            sys.exit(f"bench: strata-bench does not know {' '.join(lacking)} of peers/workloads.py")

    def _measured(self, workload: str, workers: int) -> Row:
        """Measures a workload in rounds, each starting with another framework; one that fails or is slow drops out."""
        rounds: dict[str, list] = {name: [] for name, server in self.servers.items() if workload in server.workloads}
        for number in range(self.settings.rounds):
            fastest = min((times[0].median for times in rounds.values() if times), default=0)
            names = [name for name, times in rounds.items()
                     if name == "strata" or not times or times[0].median <= OUT_OF_THE_RACE * fastest]  # fmt: skip
            first = number % len(names) if names else 0
            for name in names[first:] + names[:first]:
                try:
                    rounds[name].append(self.servers[name].measure(workload, self.settings.seconds))
                except ServerError as error:
                    self._note(f"{name}, {report.threads(workers)}, {workload}: {error}")
                    del rounds[name]
                    if self.servers[name].process.poll() is not None:
                        del self.servers[name]
                        self._start(name)
                time.sleep(PAUSE)
        return Row(workload, workers, rounds)

    def _note(self, failure: str) -> None:
        say(f"NOT MEASURED {failure}")
        if failure not in self.results.failures:
            self.results.failures.append(failure)


def main() -> None:
    """Measures, writes the results, and reports the goals that are missed."""
    settings = options()
    results = Benchmark(settings).run()
    settings.output.mkdir(parents=True, exist_ok=True)
    (settings.output / "results.json").write_text(json.dumps(results.json(), indent=1) + "\n")
    (settings.output / "results.md").write_text(report.markdown(results))
    (settings.output / "results.svg").write_text(chart(results))
    if settings.output == WHOLE:
        page.update(results)
    for workers in results.worker_counts:
        print(f"\n{report.threads(workers)}\n\n{report.table(report.shown(results, workers))}")
    print("", *report.caption(results), sep="\n")
    for row in results.rows:
        for miss in row.misses:
            print(f"missed: {row.workload}, {report.threads(row.workers)}: {miss}")
    print(f"written: {re.sub(f'^{re.escape(str(ROOT))}/', '', str(settings.output))}/results.json, .md and .svg")


if __name__ == "__main__":
    main()
