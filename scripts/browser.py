"""A browser without a window for the checks of pages: Chromium, driven through its own pipe, so that nothing beside Python's
library is needed.
"""

import base64
import contextlib
import json
import os
import subprocess
import tempfile

WIDTHS = ((1280, 900, "wide"), (390, 844, "narrow"))
SCHEMES = ("light", "dark")


class Browser:
    """Chromium without a window, by the messages of its DevTools, which end in a zero byte."""

    def __init__(self, chromium):
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

    def screenshot(self, file, whole=True):
        picture = self.call("Page.captureScreenshot", {"captureBeyondViewport": whole})["data"]
        file.write_bytes(base64.b64decode(picture))

    def views(self, path):
        """Opens a page on a desk and on a telephone, in light and in dark, and checks that it fits; gives each view's name."""
        for width, height, kind in WIDTHS:
            self.call("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
            for scheme in SCHEMES:
                self.call("Emulation.setEmulatedMedia",
                          {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": scheme}]})
                self.open(path)
                beyond = self.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, f"{path} is {beyond} pixels wider than a screen of {width}"
                back = self.evaluate("getComputedStyle(document.body).backgroundColor")
                assert (back == "rgb(255, 255, 255)") == (scheme == "light"), back
                yield f"{kind}-{scheme}"
                assert not self.faults(), (path, self.faults())

    def close(self):
        os.close(self.outgoing)
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()


@contextlib.contextmanager
def opened(chromium):
    """A browser that is closed at the end, whatever happens."""
    browser = Browser(chromium)
    try:
        yield browser
    finally:
        browser.close()
