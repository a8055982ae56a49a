"""Opens the pages of runs in Chromium and checks what a reader meets there.

Usage:  check_report.py CHROMIUM DIRECTORY        DIRECTORY has the pages that report.sh makes; screenshots go there.

Each page must have no error, ask for nothing from a network, fit the width of a desk and of a telephone, show the numbers
of its run, and answer to the pointer and the arrow keys.
"""

import base64
import json
import pathlib
import re
import sys
import time

from browser import opened

chromium, directory = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()


def check_hover(browser):
    """The pointer over the first chart shows the values of its data there, and arrow keys move on."""
    place = browser.evaluate("""(() => {
      const svg = document.querySelector("figure.chart svg");
      svg.scrollIntoView({block: "center"});
      const box = svg.getBoundingClientRect();
      return [box.left + box.width * 0.5, box.top + box.height / 2];
    })()""")
    browser.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": place[0], "y": place[1]})
    tip = browser.evaluate("document.querySelector('.tip:not([hidden])').innerText")
    data = json.loads(browser.evaluate("document.querySelector('figure.chart script').textContent"))
    x = int(re.search(r"^\w+ ([\d,]+)", tip).group(1).replace(",", ""))
    at = data["x"].index(x)
    for series in data["series"]:
        shown = re.search(re.escape(series["name"]) + r" (\S+)", tip).group(1)
        assert abs(float(shown) - series["y"][at]) <= 1e-4 * abs(series["y"][at]), (tip, series["y"][at])
    browser.evaluate("document.querySelector('figure.chart svg').focus()")
    browser.call("Input.dispatchKeyEvent", {"type": "keyDown", "key": "ArrowRight", "code": "ArrowRight"})
    moved = browser.evaluate("document.querySelector('.tip:not([hidden])').innerText")
    assert moved.startswith(f"{data['xName']} {data['x'][at + 1]:,}"), moved
    browser.evaluate("document.activeElement.blur()")


def overlaps(browser):
    """The pairs of texts of a chart that lie over each other."""
    return browser.evaluate("""(() => {
      const found = [];
      for (const svg of document.querySelectorAll("figure.chart svg")) {
        const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
        texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
          if (p.left + 1 < q.right && q.left + 1 < p.right && p.top + 3 < q.bottom && q.top + 3 < p.bottom) {
            found.push([svg.querySelector("title").textContent, a, b]);
          }
        }));
      }
      return found;
    })()""")


def check(browser, name, expected):
    path = directory / (name + ".html")
    for view in browser.views(path):
        text = browser.evaluate("document.body.innerText")
        for part in expected:
            assert part in text, (name, part, text[:2000])
        assert "undefined" not in text and "nan" not in text, name
        assert not overlaps(browser), (name, view, overlaps(browser))
        if browser.evaluate("document.querySelector('figure.chart') !== null"):
            check_hover(browser)
        browser.evaluate("scrollTo(0, 0)")
        browser.screenshot(directory / f"{name}-{view}.png")
    browser.call("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    paper = base64.b64decode(browser.call("Page.printToPDF", {"printBackground": True})["data"])
    assert paper.startswith(b"%PDF") and len(paper) > 10_000
    (directory / (name + ".pdf")).write_bytes(paper)
    browser.call("Emulation.setEmulatedMedia", {"media": "", "features": []})
    print(f"report: {name}.html: {path.stat().st_size:,} bytes, right at two widths, in light and dark, on paper")


result = json.loads((directory / "digits.json").read_text())
accuracy = "%.1f" % (100 * result["test_accuracy"]) + " %"
with opened(chromium) as browser:
    check(browser, "digits", [
        "Finished", accuracy, "12", f"{result['parameters']:,}", "Worst mistakes", "taken for", "Linear(64, 256)",
        "Gradient flow", "optimizer", "learning rate"])
    check(browser, "sea-lstm", ["Finished", "Gradient norm", "Recurrent", "Memory"])
    check(browser, "wine", ["Finished", "recall", "precision"])
    check(browser, "failed", ["Failed", "not finite"])
    # The page of a run that goes on shows what is new by itself.
    browser.open(directory / "running.html")
    first = browser.evaluate("document.body.dataset.written")
    end = time.monotonic() + 60
    while browser.evaluate("document.body && document.body.dataset.written") in (first, None):
        assert time.monotonic() < end, "the page of a running program stays as it is"
        time.sleep(0.5)
    assert "Running: epoch" in browser.evaluate("document.body.innerText")
    assert not browser.faults(), browser.faults()
    browser.screenshot(directory / "running-wide.png", whole=False)
    print("report: running.html: shows what is new by itself")
