"""A page in headless Chromium, driven by the DevTools protocol over a pair of pipes."""

import fcntl
import json
import os
import subprocess
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

from tests.chromium import chromium

# It reads commands from its descriptor 3 and writes to 4, each message ended by a NUL.
START = 'exec "$0" "$@" 3<&{read} 4>&{write}'
TYPED = """
(element, text) => {
  element.focus();
  const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value").set;
  set.call(element, text);
  element.dispatchEvent(new Event("input", {bubbles: true}));
  element.dispatchEvent(new Event("change", {bubbles: true}));
  element.blur();
}
"""


def _above_4(descriptor: int) -> int:
    """The same open file by a number that Chromium has no use for."""
    found = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return found


class Browser:
    """One page. What its scripts say in its console, and what they ask the network for, is kept."""

    def __init__(self, folder: Path) -> None:
        to_read, self._to = map(_above_4, os.pipe())
        self._from, to_write = map(_above_4, os.pipe())
        self._log = (folder / "chromium.log").open("wb")
        self._process = subprocess.Popen(
            ["bash", "-c", START.format(read=to_read, write=to_write),
             *chromium(folder, "--remote-debugging-pipe", "about:blank")],
            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._numbers, self._buffer = count(1), b""
        self.console: list[str] = []
        self.requests: list[tuple[str, str]] = []
        """The method and the URL of each request."""
        self.answers: list[tuple[int, str]] = []
        """The status and the URL of each answer."""
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._to, self._from):
            os.close(descriptor)
        self._log.close()

    def call(self, method: str, **parameters: Any) -> Any:
        """What a command of the protocol gives. Raises RuntimeError where that is an error."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _next(self) -> Any:
        while b"\0" not in self._buffer:
            piece = os.read(self._from, 65536)
            if not piece:
                raise RuntimeError("Chromium has ended")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event: Any) -> None:
        """Keep what an event tells."""
        what, told = event.get("method"), event.get("params", {})
        if what == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(each.get("value", each.get("description"))) for each in told["args"]))
        elif what == "Runtime.exceptionThrown":
            self.console.append(str(told["exceptionDetails"]))
        elif what == "Log.entryAdded":
            self.console.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif what == "Network.requestWillBeSent":
            self.requests.append((told["request"]["method"], told["request"]["url"]))
        elif what == "Network.responseReceived":
            self.answers.append((told["response"]["status"], told["response"]["url"]))

    def open(self, url: str) -> None:
        """Go to a page."""
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; of a promise what it comes to. Raises RuntimeError if it throws."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def wait_for(self, script: str, seconds: float = 20) -> None:
        """Return as soon as an expression is true. Raises TimeoutError with what the page shows instead."""
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            if time.monotonic() > end:
                shown = self.run("document.body.innerText")
                raise TimeoutError(f"{script} is not so.\n{shown}\n{self.console[-5:]}\n{self.requests[-5:]}")
            time.sleep(0.05)

    def click(self, script: str) -> None:
        """Click on the element that an expression gives, once it is there and not disabled."""
        click = "if (found && !found.disabled) { found.click(); return true; } return false;"
        self.wait_for(f"(() => {{ const found = {script}; {click} }})()")

    def type(self, script: str, text: str) -> None:
        """Put a text into the field that an expression gives, as typing does, until a form keeps it."""
        for _ in range(10):
            self.wait_for(script)
            self.run(f"({TYPED})({script}, {json.dumps(text)})")
            time.sleep(0.2)
            if self.run(f"{script}?.value == {json.dumps(text)}"):
                return
        raise TimeoutError(f"{script} does not keep {text!r}")
