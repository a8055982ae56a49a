"""The results as a Markdown table, also printed on the terminal, with a caption that describes the measurement."""

import re

from results import Results, Row

NONE = "–"


def shown(results: Results, workers: int) -> list[Row]:
    """Returns the requested rows, without those from which floors follow, which are in the caption."""
    pattern = str(results.settings["workloads"])
    return [row for row in results.rows if row.workers == workers and re.fullmatch(pattern, row.workload)
            and not row.workload.startswith("bandwidth")]  # fmt: skip


def threads(workers: int) -> str:
    """Returns the setting in words."""
    return "1 worker against 1 thread" if workers == 1 else f"{workers} workers against {workers} threads"


def caption(results: Results) -> list[str]:
    """Returns sentences about the machine, the versions and the rates from which the floors follow."""
    facts, settings = results.machine, results.settings
    peers = [version for name, version in results.versions.items() if name != "strata"]
    lines = [
        f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}, {facts['date']}, commit {facts['commit']}.",
        f"Strata: {results.versions['strata']}; {facts['swift']}.",
        f"Against {', '.join(dict.fromkeys(peers))}; Python {facts['python']}.",
        f"{settings['rounds']} interleaved rounds of {settings['seconds']} s a workload and framework.",
    ]
    for workers in results.worker_counts:
        rates = results.rates(workers)
        bandwidths = ", ".join(f"{rate:.0f} in {size >> 20} MiB" for size, rate in sorted(rates.bandwidths.items()))
        lines.append(f"Best rates, {threads(workers)}: {rates.gflops:.0f} GFLOP/s; y += x, GB/s: {bandwidths}.")
    if results.memory:
        lines.append(results.memory)
    return lines


def microseconds(value: float) -> str:
    """Returns at least three significant digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value: float | None) -> str:
    """Returns two decimals, or a dash for none."""
    return NONE if value is None else f"{value:.2f}"


def table(rows: list[Row]) -> str:
    """Returns a Markdown table with aligned columns."""
    frameworks = list(dict.fromkeys(name for row in rows for name in row.rounds))
    lines = [["workload", *frameworks, "medians", "bests", "fastest", "floor", "to floor", "goal"]]
    for row in rows:
        cells = [
            f"{microseconds(row.best(name))} / {microseconds(row.median(name))}" if name in row.rounds else NONE
            for name in frameworks
        ]
        kept = NONE if row.goal is None else f"{row.goal:.2f}" + (" missed" if row.misses else "")
        floor = NONE if row.floor is None else microseconds(row.floor)
        ratios = [ratio(row.ratio), ratio(row.best_ratio), row.fastest_peer or NONE, floor, ratio(row.floor_ratio)]
        lines.append([row.workload, *cells, *ratios, kept])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    text = []
    for name, *cells in (lines[0], rule, *lines[1:]):
        aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        text.append("| " + " | ".join([name.ljust(widths[0]), *aligned]) + " |")
    return "\n".join(text)


def markdown(results: Results) -> str:
    """Returns the complete report."""
    parts = [
        "# Strata against other frameworks",
        "A cell is the best and the median time in microseconds. `medians` and `bests` are Strata's time over that of "
        "the fastest of the others, which `fastest` names by its median; below 1 Strata is faster. `to floor` is "
        "Strata's best over the least time that the machine allows.",
        "![Strata's time over that of the fastest other framework](results.svg)",
    ]
    for workers in results.worker_counts:
        parts += [f"## {threads(workers)[0].upper()}{threads(workers)[1:]}", table(shown(results, workers))]
    parts += ["## Machine and versions", "\n".join(f"- {line}" for line in caption(results))]
    if results.failures:
        parts += ["## Not measured", "\n".join(f"- {line}" for line in results.failures)]
    return "\n\n".join(parts) + "\n"
