#!/usr/bin/env python3
"""Trains models whose results are published, five seeds each, and writes them beside the published figures.

    make tables
    make tables ROWS='MNIST-1D.*' SEEDS=1

It needs Python 3.10 and Swift. data_sets.py fetches series and tables from packages. Rows whose data are not on the machine
are left out and keep the results that they had. Results of fewer than five seeds are printed and not kept.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from data_sets import SERIES, TABLES, fetch_series, fetch_tables
from environment import ROOT, say
from page import DOCUMENTATION, FIGURES
from peers.harness import Parser, count, pattern

RESULTS = ROOT / "Benchmarks/results/tables.json"
PAGE = DOCUMENTATION / "PublishedResults.md"

# Debian's package dataset-fashion-mnist; the variable names another place.
FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))

MNIST1D = "Greydanus and Kobak, [Scaling Down Deep Learning with MNIST-1D](https://arxiv.org/abs/2011.14439), table 1"
SCIKIT = (
    "a support vector machine, trained on half of the 1797 images: scikit-learn, "
    "[Recognizing hand-written digits](https://scikit-learn.org/stable/auto_examples/classification/plot_digits_classification.html)"
)
INCEPTION_TIME = (
    "InceptionTime, the mean answer of five networks, on the archive's split: the results in "
    "[aeon](https://www.aeon-toolkit.org) 1.6"
)
STATLOG = "Michie, Spiegelhalter and Taylor, Machine Learning, Neural and Statistical Classification, 1994"
NEIGHBOURS = f"k nearest neighbours, the best of StatLog's 24 methods, whose perceptron has 86.1: {STATLOG}"
ALLOC80 = f"ALLOC80 (kernel densities), the best of StatLog's 24 methods, whose perceptron has 67.3: {STATLOG}"
VOWELS = (
    "a perceptron of 88 units, where the nearest neighbour has 56: Robinson, Dynamic Error Propagation Networks, 1989"
)
LSTM_PAPER = (
    "sums within 0.04, after 74,000 new sequences: Hochreiter and Schmidhuber, Long Short-Term Memory, 1997, table 7"
)
FASHION_README = "[README of Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist#benchmark)"


@dataclass(frozen=True)
class Entry:
    """A model on a data set, the test accuracy in percent that is published, and the command that trains it here."""

    data: str
    model: str
    published: float
    source: str
    command: tuple[str, ...]
    needs: Path | None = None

    @property
    def name(self) -> str:
        return f"{self.data}: {self.model}"


def mnist1d(shuffled: bool, **published: float) -> list[Entry]:
    data = "MNIST-1D, shuffled" if shuffled else "MNIST-1D"
    options = ("--shuffled",) if shuffled else ()
    titles = {"logistic": "logistic regression", "mlp": "MLP", "cnn": "CNN", "gru": "GRU"}
    return [
        Entry(data, titles[model], figure, MNIST1D, ("mnist-1d", "--model", model, *options))
        for model, figure in published.items()
    ]


def fashion(model: str, published: float, *command: str) -> Entry:
    return Entry("Fashion-MNIST", model, published, FASHION_README, (*command, "--data", str(FASHION)), FASHION)


def series(name: str, published: float, *options: str) -> Entry:
    command = ("series-classifier", "--data", str(SERIES / name), *options)
    return Entry(name, "one Inception network", published, INCEPTION_TIME, command, SERIES)


def columns(data: str, name: str, target: str, published: float, source: str, *options: str) -> Entry:
    files = ("--data", str(TABLES / f"{name}-train.csv"), "--test-data", str(TABLES / f"{name}-test.csv"))
    return Entry(data, "perceptron", published, source, ("tabular", *files, "--target", target, *options), TABLES)


ENTRIES = [
    *mnist1d(False, logistic=32, mlp=68, cnn=94, gru=91),
    *mnist1d(True, logistic=32, mlp=68, cnn=56, gru=57),
    Entry("bundled digits", "MLP of 256 units", 97, SCIKIT, ("mnist",)),
    Entry("bundled digits", "two convolutions", 97, SCIKIT, ("conv-digits",)),
    Entry("bundled digits", "residual network", 97, SCIKIT, ("image-classifier",)),
    Entry("bundled digits", "LSTM by rows", 97, SCIKIT, ("row-digits",)),
    Entry(
        "adding problem, 100 steps", "LSTM", 99.96, LSTM_PAPER,
        ("adding-problem", "--examples", "20000", "--epochs", "20")),  # fmt: skip
    Entry("cylinder, bell, funnel", "one Inception network", 99.89, INCEPTION_TIME, ("series-classifier",)),
    series("GunPoint", 100, "--epochs", "150"),
    series("ArrowHead", 86.29, "--epochs", "400"),
    series("ItalyPowerDemand", 96.6, "--epochs", "100"),
    series("OSULeaf", 92.15, "--epochs", "100"),
    columns("satellite", "satellite", "classes", 90.6, NEIGHBOURS, "--hidden", "128", "--epochs", "60"),
    columns("letter recognition", "letters", "lettr", 93.6, ALLOC80, "--hidden", "256", "--epochs", "60"),
    columns("vowel, unseen speakers", "vowel", "Class", 51, VOWELS, "--hidden", "88", "--epochs", "150"),
    fashion("MLP of 256, 128 and 100 units", 88.33, "mnist", "--hidden", "256,128,100", "--epochs", "10"),
    fashion("two convolutions with pooling", 91.6, "conv-digits", "--channels", "32,64", "--epochs", "10"),
    fashion("residual network", 93.4, "image-classifier", "--flip", "--epochs", "15", "--batch", "128"),
]


def options() -> argparse.Namespace:
    """Returns the settings of the command line; a wrong one ends the program with 64."""
    parser = Parser(description="Trains models whose results are published.")
    parser.add_argument("--rows", type=pattern, default=".*", metavar="REGEX", help="rows whose name matches")
    parser.add_argument("--seeds", type=count, default=5, metavar="N", help="seeds of each (5)")
    parser.add_argument("--within", type=float, metavar="POINTS", help="exit with 1 where a mean is further below")
    parser.add_argument("--list", action="store_true", help="print the names of all rows")
    settings = parser.parse_args()
    if not any(settings.rows.fullmatch(entry.name) for entry in ENTRIES):
        parser.error(f"no row is called {settings.rows.pattern}; --list shows them")
    return settings


def build() -> Path:
    """Builds everything in release and returns the directory of the programs."""
    command = [os.environ.get("SWIFT", "swift"), "build", "-c", "release", *os.environ.get("SWIFTFLAGS", "").split()]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run([*command, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip())


def trained(entry: Entry, seeds: int, programs: Path) -> dict[str, list[float]]:
    """Returns test accuracies in percent and seconds of training, one of each for every seed."""
    result: dict[str, list[float]] = {"accuracies": [], "seconds": []}
    for seed in range(1, seeds + 1):
        command = [str(programs / entry.command[0]), *entry.command[1:], "--seed", str(seed), "--quiet", "--json"]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        figures = json.loads(run.stdout.splitlines()[-1])
        result["accuracies"].append(100 * figures["test_accuracy"])
        result["seconds"].append(figures["train_seconds"])
        say(f"{entry.name}, seed {seed}: {result['accuracies'][-1]:.2f} % in {result['seconds'][-1]:.1f} s")
    return result


def line(entry: Entry, result: dict[str, list[float]]) -> str:
    """Returns a row of the table."""
    accuracies = result["accuracies"]
    deviation = f" ± {stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    return (
        f"| {entry.data} | {entry.model} | {mean(accuracies):.2f}{deviation} | {entry.published:g} | "
        f"{mean(result['seconds']):.0f} s | `{' '.join(entry.command)}` | {entry.source} |"
    )


def falls_short(entry: Entry, result: dict[str, list[float]], points: float) -> bool:
    """Returns whether the mean is more than `points` below the published accuracy."""
    return mean(result["accuracies"]) < entry.published - points


def table(results: dict[str, dict[str, list[float]]]) -> str:
    """Returns the table of all rows that have results."""
    head = [
        "| data | model | ours in % | published in % | training | command | source |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    return "\n".join(head + [line(entry, results[entry.name]) for entry in ENTRIES if entry.name in results])


def main() -> None:
    settings = options()
    if settings.list:
        return print("\n".join(entry.name for entry in ENTRIES))
    programs = build()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    new = {}
    entries = [entry for entry in ENTRIES if settings.rows.fullmatch(entry.name)]
    for directory, fetch in ((SERIES, fetch_series), (TABLES, fetch_tables)):
        if not (ROOT / directory).exists() and any(entry.needs == directory for entry in entries):
            fetch()
    for entry in entries:
        if entry.needs and not (ROOT / entry.needs).exists():
            say(f"{entry.name}: left out, there is no {entry.needs}")
            continue
        new[entry.name] = trained(entry, settings.seeds, programs)
    print(table(new))
    if settings.seeds >= 5:
        results |= new
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(FIGURES.sub(lambda _: f"\n{table(results)}\n\n", PAGE.read_text()))
    if settings.within is not None:
        measured = [entry for entry in entries if entry.name in new]
        short = [entry.name for entry in measured if falls_short(entry, new[entry.name], settings.within)]
        if short:
            sys.exit(f"more than {settings.within:g} points below what is published: {', '.join(short)}")


if __name__ == "__main__":
    main()
