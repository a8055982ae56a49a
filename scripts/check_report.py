"""Opens the pages of runs in Chromium and checks what a reader meets there.

Usage:  check_report.py CHROMIUM DIRECTORY        DIRECTORY has the pages that report.sh makes; screenshots go there.

Each page must have no error, ask for nothing from a network, fit the width of a desk and of a telephone, show the numbers
of its run, and answer to the pointer and the arrow keys. The browser is driven through its own pipe, so that nothing
beside Python's library is needed.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

chromium, directory = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()


class Browser:
    """Chromium without a window, by the messages of its DevTools, which end in a zero byte."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory()
        to_browser, self.outgoing = os.pipe()
        self.incoming, from_browser = os.pipe()

        # The browser reads its third file and writes its fourth.
        def connect():
            first, second = os.dup(to_browser), os.dup(from_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             "--no-first-run", "--disable-background-networking", "--user-data-dir=" + self.profile.name, "about:blank"],
            preexec_fn=connect, pass_fds=(3, 4), close_fds=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.last, self.events = b"", 0, []
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.incoming, 1 << 16)
            assert part, "the browser has ended"
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def call(self, method, parameters=None):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters or {}}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.outgoing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.last:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def wait(self, method):
        while not any(event["method"] == method for event in self.events):
            self.receive()

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", {"url": path.as_uri()})
        self.wait("Page.loadEventFired")

    def faults(self):
        """What the page has done that it must not do."""
        found = []
        for event in self.events:
            method, parameters = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(parameters["exceptionDetails"])
            elif method == "Runtime.consoleAPICalled":
                found.append(parameters["args"])
            elif method == "Log.entryAdded":
                found.append(parameters["entry"])
            elif method == "Network.requestWillBeSent":
                address = parameters["request"]["url"]
                if not address.startswith(("file://", "data:")):
                    found.append(address)
        return found

    def screenshot(self, name, whole=True):
        picture = self.call("Page.captureScreenshot", {"captureBeyondViewport": whole})["data"]
        (directory / name).write_bytes(base64.b64decode(picture))

    def close(self):
        os.close(self.outgoing)
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()


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
    for width, height, kind in ((1280, 900, "wide"), (390, 844, "narrow")):
        browser.call("Emulation.setDeviceMetricsOverride",
                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        for scheme in ("light", "dark"):
            browser.call("Emulation.setEmulatedMedia",
                         {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            browser.open(path)
            text = browser.evaluate("document.body.innerText")
            for part in expected:
                assert part in text, (name, part, text[:2000])
            assert "undefined" not in text and "nan" not in text, name
            beyond = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert beyond <= 0, f"{name} is {beyond} pixels wider than a screen of {width}"
            assert not overlaps(browser), (name, width, overlaps(browser))
            dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (dark == "rgb(255, 255, 255)") == (scheme == "light"), dark
            if browser.evaluate("document.querySelector('figure.chart') !== null"):
                check_hover(browser)
            browser.evaluate("scrollTo(0, 0)")
            browser.screenshot(f"{name}-{kind}-{scheme}.png")
            assert not browser.faults(), (name, browser.faults())
    browser.call("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    paper = base64.b64decode(browser.call("Page.printToPDF", {"printBackground": True})["data"])
    assert paper.startswith(b"%PDF") and len(paper) > 10_000
    (directory / (name + ".pdf")).write_bytes(paper)
    browser.call("Emulation.setEmulatedMedia", {"media": "", "features": []})
    print(f"report: {name}.html: {path.stat().st_size:,} bytes, right at two widths, in light and dark, on paper")


result = json.loads((directory / "digits.json").read_text())
accuracy = "%.1f" % (100 * result["test_accuracy"]) + " %"
browser = Browser()
try:
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
    browser.screenshot("running-wide.png", whole=False)
    print("report: running.html: shows what is new by itself")
finally:
    browser.close()
