"""A visitor of a studio that runs: Debian's Chromium on its page, with hands, eyes and an ear for complaints."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60.0

DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""

# Looks at the drawing in each frame while a job runs, and tells how many different ones it saw.
PREVIEWS = """([most, patience]) => new Promise((resolve) => {
  const [seen, end] = [new Set(), performance.now() + patience];
  const look = () => {
    const paths = [...document.querySelectorAll('.stage-drawing path:not(.background)')];
    const running = !document.querySelector('#cancel').hidden;
    if (running && paths.length) seen.add(paths.map((path) => path.getAttribute('d')).join());
    if (seen.size >= most || performance.now() > end) resolve(seen.size);
    else requestAnimationFrame(look);
  };
  look();
})"""

NEXT_FRAME = "async () => { for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame); }"

# Two frames later, when nothing moves or changes its colour any more (but what does so for ever).
AT_REST = """async () => {
  for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame);
  const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations < Infinity);
  await Promise.all(passing.map((one) => one.finished.catch(() => {})));
}"""

# Where the focus is: a name for people, whether it can be seen there, and whether it shows.
FOCUS = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const rings = (element) => {
    const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && !/, 0\\)$/.test(outlineColor);
  };
  const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
  const label = one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent || one.id;
  return {
    tag: one.tagName,
    name: label.trim().replace(/\\s+/g, ' ').slice(0, 60),
    visible: box.width > 1 && box.height > 1 && inside,
    ringed: [one, one.parentElement, one.nextElementSibling].some((element) => element && rings(element)),
  };
}"""


@contextmanager
def launched() -> Iterator[Any]:
    """Chromium, or a skip that says what is missing."""
    driver = pytest.importorskip("playwright.sync_api", reason="the page's tests need playwright")
    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    if program is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(CHROMIUM)})")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A page of a studio; `troubles` are the errors that the browser found, violations of the policy among them."""

    def __init__(
        self, browser: Any, url: str, *, size: tuple[int, int] = (1280, 720), **context: Any
    ) -> None:
        viewport = {"width": size[0], "height": size[1]}
        self.context = browser.new_context(viewport=viewport, accept_downloads=True, **context)
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page = self.context.new_page()
        self.url = url
        self.troubles: list[str] = []
        self.forgiven: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, text: Any) -> None:
        # Chromium advises those who often read pixels of a canvas, as the tests do.
        advice = "willReadFrequently" in text.text
        if text.type in ("error", "warning") and not advice:
            self.troubles.append(f"{text.text} ({text.location.get('url', '')})")

    def unforgiven(self) -> list[str]:
        """The troubles that no test expected."""
        return [text for text in self.troubles if not any(part in text for part in self.forgiven)]

    def until(self, check: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Wait until `check` gives something, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := check():
                return found
            self.page.wait_for_timeout(25)
        raise AssertionError(f"waited {seconds:.0f} s in vain until {what}")

    # --- coming and going ---

    def arrive(self) -> Any:
        """Open the empty page."""
        self.page.goto(self.url)
        self.button("Choose a photo").wait_for()
        self.page.locator(".samples button").first.wait_for()
        return self.page

    def open(self, project: str) -> Any:
        """Open a project by its address."""
        self.page.goto(f"{self.url}/#p={project}")
        return self.opened()

    def opened(self) -> Any:
        """Wait until a photo is on the stage and the server has it."""
        self.until(lambda: "#p=" in self.page.url and self.picture((0.5, 0.5))[3] == 255, "a photo is shown")
        return self.page

    def reload(self) -> Any:
        """Load the page again, with the project it shows."""
        self.page.reload()
        return self.opened()

    @property
    def project(self) -> str:
        """Id of the project that is open."""
        return str(self.page.url.partition("#p=")[2])

    # --- looking ---

    def button(self, name: str) -> Any:
        """The button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def picture(self, place: tuple[float, float], layer: str = "stage-picture") -> list[int]:
        """Red, green, blue and alpha of a layer, at a place of the stage in shares of its size."""
        script = """([name, u, v]) => {
          const canvas = document.querySelector(`.${name}`);
          if (!canvas || !canvas.width) return [0, 0, 0, 0];
          const [x, y] = [Math.floor(u * canvas.width), Math.floor(v * canvas.height)];
          return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
        }"""
        return list(self.page.evaluate(script, [layer, *place]))

    def fills(self) -> list[str]:
        """Colours of the shapes of the drawing that is shown, bottom first."""
        paths = "[...document.querySelectorAll('.stage-drawing path:not(.background)')]"
        return list(self.page.evaluate(f"() => {paths}.map((one) => one.getAttribute('fill'))"))

    def background(self) -> str | None:
        """The colour of the background that is shown, if any."""
        find = "document.querySelector('.stage-drawing path.background')"
        color: str | None = self.page.evaluate(f"() => {find}?.getAttribute('fill') ?? null")
        return color

    def wait_text(self, selector: str, text: str) -> None:
        """Wait until some part of the page says this."""
        self.page.locator(selector).get_by_text(text).first.wait_for()

    def at(self, photo: tuple[int, int], u: float, v: float) -> tuple[float, float]:
        """Where a place of the photo (in shares of its size) lies in the window, as the page fits it."""
        box = self.page.locator("#stage").bounding_box()
        scale = min((box["width"] - 48) / photo[0], (box["height"] - 48) / photo[1])
        left = box["x"] + (box["width"] - photo[0] * scale) / 2
        top = box["y"] + (box["height"] - photo[1] * scale) / 2
        return left + u * photo[0] * scale, top + v * photo[1] * scale

    # --- doing ---

    def drop(self, name: str, content: bytes, kind: str = "image/png") -> None:
        """Drop a file somewhere on the page."""
        self.page.evaluate(DROP, [name, kind, base64.b64encode(content).decode()])

    def choose(self, name: str, content: bytes, kind: str = "image/png") -> None:
        """Open a file by the button of the empty page."""
        with self.page.expect_file_chooser() as chooser:
            self.button("Choose a photo").click()
        chooser.value.set_files({"name": name, "mimeType": kind, "buffer": content})

    def stroke(self, *places: tuple[float, float]) -> None:
        """Drag the tool over places of the window."""
        mouse = self.page.mouse
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place, steps=5)
        mouse.up()

    def run(self) -> None:
        """Press the button that draws, and see it turn into the one that stops."""
        self.page.locator("#run").click()
        self.page.locator("#cancel").wait_for()

    def ended(self) -> None:
        """Wait until no job of this page runs; its drawing may be on its way still."""
        self.page.locator("#cancel").wait_for(state="hidden")
        self.page.locator("#run:enabled").wait_for()

    def drawn(self) -> None:
        """Draw, and wait for the end."""
        before = self.page.locator(".status-facts").inner_text()
        self.page.locator("#run").click()
        self.until(lambda: "PSNR" in self.facts() and self.facts() != before, "the drawing is there")
        self.ended()
        self.page.evaluate(NEXT_FRAME)  # the stage draws in the frame after the words

    def facts(self) -> str:
        """What the status bar says about the drawing."""
        return str(self.page.locator(".status-facts").inner_text())

    def panel(self, name: str) -> Any:
        """Show a tab of the panel, and return its page."""
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel", name=name)

    def take(self, item: str, then: str | None = None) -> tuple[str, bytes]:
        """Download by an item of the Export menu (and a button of its dialog); return name and content."""
        with self.page.expect_download() as download:
            self.button("Export").click()
            self.page.get_by_role("menuitem", name=item).click()
            if then:
                self.button(then).click()
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    def previews(self, most: int) -> int:
        """Wait until so many different drawings were shown while a job runs, and return how many there were."""
        return int(self.page.evaluate(PREVIEWS, [most, PATIENCE * 1000]))

    def focus(self) -> dict[str, Any]:
        """Where the focus is, and whether one sees it."""
        return dict(self.page.evaluate(FOCUS))

    def tab_to(self, name: str, most: int = 80) -> None:
        """Press Tab until the focus is on what has this name; wherever it passes, it must show."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            seen = self.focus()
            if seen["tag"] == "BODY":
                continue  # between the end of the page and its start
            assert seen["visible"] and seen["ringed"], seen
            if seen["name"] == name:
                return
        raise AssertionError(f"the Tab key does not reach {name!r}")

    def shot(self, selector: str = "#stage") -> np.ndarray:
        """Pixels of a part of the page, (height, width, 3) uint8."""
        taken = self.page.locator(selector).screenshot()
        return np.asarray(Image.open(io.BytesIO(taken)).convert("RGB"))

    def findings(self) -> list[str]:
        """What axe-core finds that is serious or worse, one line each."""
        pytest.importorskip("axe_playwright_python", reason="axe-core is in axe-playwright-python")
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        self.page.evaluate(AT_REST)
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
