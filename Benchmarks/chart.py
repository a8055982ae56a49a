"""The ratios to the fastest peer as a chart: bars from a line at 1, to the left if Strata is faster."""

import re
from collections.abc import Callable
from html import escape
from math import ceil, floor, log2
from textwrap import wrap

from report import caption, shown, threads
from results import Results, Row

WIDTH, LEFT, RIGHT, TOP = 900, 230, 130, 92
BAR, GAP, FAMILY_GAP = 10, 6, 12

# One hue for faster and one for slower, also distinct for the colour-blind; paler for fewer workers.
FASTER, SLOWER = ("#0b5cab", "#7fb2e5"), ("#c2500a", "#f0ad78")


def chart(results: Results) -> str:
    """Returns a self-contained SVG."""
    counts = results.worker_counts[:2]
    ratios: dict[str, dict[int, Row]] = {}
    for workers in counts:
        for row in shown(results, workers):
            if row.ratio is not None:
                ratios.setdefault(row.workload, {})[workers] = row
    values = [row.ratio for rows in ratios.values() for row in rows.values() if row.ratio]
    # A logarithmic axis from one power of two to another, with 1 on it.
    low, high = min(-1, floor(log2(min(values, default=1)))), max(1, ceil(log2(max(values, default=1))))

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log2(value) - low) / (high - low)

    parts: list[str] = []
    y, family = float(TOP), None
    for workload, rows in ratios.items():
        kind = re.sub("lstm|gru", "rnn", workload.split("-")[0])
        if family not in (None, kind):
            y += FAMILY_GAP
        family = kind
        thick = BAR * len(counts)
        parts.append(_text(LEFT - 12, y + thick / 2 + 4, workload, "end"))
        for index, workers in enumerate(counts):
            if workers in rows:
                parts += _bar(rows[workers], x, y + index * BAR, index)
        y += thick + GAP
    notes = [line for text in caption(results) for line in wrap(text, 140)]
    height = y + 34 + 16 * len(notes)
    axis = []
    for power in range(low, high + 1):
        place = x(2.0**power)
        style = 'stroke="#333" stroke-width="1.5"' if power == 0 else 'stroke="#ddd"'
        axis.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP - 8}" y2="{y:.1f}" {style}/>')
        axis.append(_text(place, TOP - 14, f"{2.0**power:g}×", "middle", "#555"))
    legend = [
        f'<rect x="{LEFT + 220 * index}" y="48" width="12" height="10" fill="{FASTER[index]}"/>'
        f'<rect x="{LEFT + 220 * index + 14}" y="48" width="12" height="10" fill="{SLOWER[index]}"/>'
        + _text(LEFT + 220 * index + 32, 57, threads(workers), "start")
        for index, workers in enumerate(counts)
    ]
    captions = [_text(20, y + 28 + 16 * index, line, "start", "#555", 11) for index, line in enumerate(notes)]
    title = "Time of Strata over that of the fastest other framework (median): left of the line Strata is faster"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" font-family="system-ui, sans-serif" font-size="12" role="img">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" rx="8" fill="white"/>'
        f'<text x="20" y="30" font-size="15" font-weight="600" fill="#111">{escape(title)}</text>'
    )
    # The lines of the axis are behind the bars, so that they remain visible at the bars' ends.
    return "\n".join([head, *legend, *axis, *parts, *captions, "</svg>"]) + "\n"


def _bar(row: Row, x: Callable[[float], float], y: float, index: int) -> list[str]:
    """Returns a bar from 1 to the ratio, with the ratio and the peer beside its end."""
    assert row.ratio is not None
    colour = (FASTER if row.ratio <= 1 else SLOWER)[index]
    start, end = sorted((x(1.0), x(row.ratio)))
    said = f"{row.workload}, {threads(row.workers)}: {row.ratio:.2f} of {row.fastest_peer}"
    rect = (
        f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(end - start, 1):.1f}" height="{BAR - 1}" fill="{colour}">'
        f"<title>{escape(said)}</title></rect>"
    )
    label = f"{row.ratio:.2f} {row.fastest_peer}"
    # To the right of a bar, so that the labels of all bars to the left form one column.
    return [rect, _text(end + 4, y + 8, label, "start", "#333", 9)]


def _text(x: float, y: float, text: str, anchor: str, fill: str = "#111", size: int | None = None) -> str:
    font = f' font-size="{size}"' if size else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{font}>{escape(text)}</text>'
