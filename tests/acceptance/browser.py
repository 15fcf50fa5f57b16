"""A headless Chromium, driven over its DevTools protocol through a pair of pipes: nothing to install but Chromium.

Chromium reads commands from descriptor 3 and answers on 4 (``--remote-debugging-pipe``): JSON, each message
ended by a zero byte.
"""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", "--force-color-profile=srgb",
)  # fmt: skip
KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip
SHIFT = 8
FRAMES = """(async (step) => {
  const began = performance.now();
  let frames = 0;
  while (performance.now() - began < 1000) { step(frames); await new Promise(requestAnimationFrame); frames += 1; }
  return frames / (performance.now() - began) * 1000;
})"""
"""Called with a step: how many of them, each followed by a frame, the page manages in a second."""
WHEEL = "document.querySelector('.stage').dispatchEvent(new WheelEvent('wheel', {%s, bubbles: true, cancelable: true}))"


class Browser:
    """One page in one browser with an empty profile of its own."""

    def __init__(self, profile, size=(1440, 960)):
        program = shutil.which("chromium")
        assert program, "chromium is not installed"
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec 3<"/dev/fd/{to_browser}" 4>"/dev/fd/{from_browser}"; exec "$@"', "-", program,
             *ARGUMENTS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._given = 0
        self._buffer = b""
        self.session = None
        self.console = []
        self.requests = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.size(*size)

    def close(self):
        """End the browser."""
        with contextlib.suppress(AssertionError, OSError):
            self.session = None
            self.call("Browser.close")
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method, timeout=30, **params):
        """Send a command; return its result."""
        self._given += 1
        message = {"id": self._given, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        until = time.monotonic() + timeout
        while True:
            answer = self._next(until)
            if answer.get("id") == self._given:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._happened(answer)

    def _next(self, until):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._read, 1 << 20)
            assert data, "the browser ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _happened(self, event):
        params = event.get("params", {})
        if event.get("method") == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(each.get("value", each.get("description"))) for each in params["args"]))
        elif event.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.console.append(str(details.get("exception", {}).get("description", details.get("text"))))
        elif event.get("method") == "Log.entryAdded":
            self.console.append(params["entry"]["text"])
        elif event.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def size(self, width, height):
        """Set the size of the window's inside."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def colours(self, scheme):
        """Let the system prefer dark or light."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, path):
        """Open a file, and wait until its scripts have put the page together; return the seconds that took."""
        began = time.monotonic()
        self.call("Page.navigate", url=Path(path).absolute().as_uri())
        while not self.run("document.documentElement?.dataset.ready === 'true'"):
            assert time.monotonic() - began < 20, f"the page does not open: {self.console}"
            time.sleep(0.01)
        seconds = time.monotonic() - began
        self.settle()
        return seconds

    def settle(self):
        """Wait until two frames have been drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 1)")

    def run(self, expression, timeout=30):
        """Return what an expression (or its promise) comes to, as JSON."""
        found = self.call(
            "Runtime.evaluate", timeout=timeout, expression=expression, awaitPromise=True, returnByValue=True,
            userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def text(self, selector):
        """Return the text of the first element that a selector finds."""
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def press(self, key, modifiers=0, times=1):
        """Press a key."""
        code = KEYS.get(key, ord(key[0].upper()))
        shown = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        for _ in range(times):
            same = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
            self.call("Input.dispatchKeyEvent", type="keyDown", **same, **shown)
            self.call("Input.dispatchKeyEvent", type="keyUp", **same)
        self.settle()

    def type(self, text):
        """Type a text."""
        self.call("Input.insertText", text=text)
        self.settle()

    def click(self, x, y):
        """Click somewhere in the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def hover(self, x, y):
        """Point somewhere in the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screenshot(self, path, whole=False):
        """Keep a picture of the window, or of the whole page."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(found["data"]))
