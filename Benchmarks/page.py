"""The documentation page on speed: its figures, which a complete run updates, and its chart."""

import re
from pathlib import Path

import report
from chart import chart
from results import Results, Row

DOCUMENTATION = Path(__file__).resolve().parent.parent / "Sources/Strata/Strata.docc"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)", re.DOTALL)


def update(results: Results) -> None:
    """Replaces the figures and the chart with those of this run."""
    page = DOCUMENTATION / "HowItIsFast.md"
    page.write_text(FIGURES.sub(lambda _: figures(results), page.read_text()))
    (DOCUMENTATION / "Resources").mkdir(exist_ok=True)
    (DOCUMENTATION / "Resources/benchmark.svg").write_text(chart(results))


def figures(results: Results) -> str:
    """Returns a table of Strata and the fastest peer for each number of workers, and the environment."""
    parts = []
    for workers in results.worker_counts:
        title = report.threads(workers)
        parts.append(f"### {title[0].upper()}{title[1:]}")
        lines = ["| workload | Strata | fastest peer | its time | ratio | to the floor |", "|---|--:|---|--:|--:|--:|"]
        parts.append("\n".join(lines + [line(row) for row in report.shown(results, workers) if row.fastest_peer]))
    parts += ["### The machine and the versions", "\n".join(f"- {fact}" for fact in report.caption(results))]
    return "\n" + "\n\n".join(parts) + "\n\n"


def line(row: Row) -> str:
    """Returns a row of the table."""
    def time(name: str) -> str:
        return f"{report.microseconds(row.best(name))} / {report.microseconds(row.median(name))}"

    peer = row.fastest_peer or ""
    ratios = f"{report.ratio(row.ratio)} | {report.ratio(row.floor_ratio)}"
    return f"| {row.workload} | {time('strata')} | {peer} | {time(peer)} | {ratios} |"
