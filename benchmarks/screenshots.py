"""Pictures of the studio's states: as small files, for the documentation and to look at.

python -m benchmarks.studio --screenshots FOLDER
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from PIL import Image

__all__ = ["take_screenshots"]

DESKTOP, TABLET = (1280, 720), (820, 1180)
QUALITY = 76

AT_REST = """async () => {
  for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
  const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations < Infinity);
  await Promise.all(passing.map((one) => one.finished.catch(() => {})));
}"""


def take_screenshots(chromium: Any, url: str, folder: Path) -> None:
    """Write ``studio-STATE.jpg`` for all states of the page.

    Parameters
    ----------
    chromium : playwright.sync_api.Browser
    url : str
        Of a studio that runs.
    folder : Path
        Where the pictures go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with opened(chromium, url) as page:
        light(page, folder)
        address = page.url
        for name in ("painting", "result", "layers"):
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            state(page, name)
            save(page, folder, f"{name}-dark")
    with opened(chromium, url, TABLET) as page:
        page.goto(address)
        page.reload()
        page.locator(".stage-drawing path").first.wait_for()
        save(page, folder, "tablet")
    with opened(chromium, url) as page:
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        save(page, folder, "empty-dark")


def light(page: Any, folder: Path) -> None:
    """Walk from the empty page to the palette."""
    save(page, folder, "empty")
    page.get_by_role("button", name="Cat").click()
    page.wait_for_url("**/#p=*")
    paint(page)
    save(page, folder, "painting")
    run(page, 512)
    page.wait_for_function("() => document.querySelectorAll('.stage-drawing path').length > 60")
    save(page, folder, "running")
    page.locator(".status-facts", has_text="PSNR").wait_for(timeout=120_000)
    for name in ("result", "layers", "palette", "compare", "error"):
        state(page, name)
        save(page, folder, name)
    page.get_by_role("tab", name="Draw").click()


def paint(page: Any) -> None:
    """Brush over the face of the cat."""
    place = stage(page)
    size = page.locator("#toolbar-options").get_by_role("spinbutton", name="Size")
    size.fill("110")
    size.press("Enter")
    page.mouse.move(*place(0.36, 0.30))
    page.mouse.down()
    for u, v in ((0.62, 0.32), (0.66, 0.5), (0.58, 0.64), (0.40, 0.62), (0.36, 0.45), (0.5, 0.5)):
        page.mouse.move(*place(u, v), steps=8)
    page.mouse.up()
    page.mouse.move(*place(0.72, 0.25))


def run(page: Any, paths: int) -> None:
    """Draw with so many paths."""
    number = page.locator("#draw-budget").get_by_role("spinbutton", name="Paths")
    number.fill(str(paths))
    number.press("Enter")
    page.locator("#run").click()


def stage(page: Any) -> Any:
    """Return a function from shares of the stage to the window."""
    box = page.locator("#stage").bounding_box()
    return lambda u, v: (box["x"] + u * box["width"], box["y"] + v * box["height"])


def state(page: Any, name: str) -> None:
    """Bring a page with a finished drawing into a state."""
    view = {"painting": "Photo", "compare": "Compare", "error": "Error"}.get(name, "Drawing")
    page.keyboard.press("Escape")  # nothing is selected
    with page.expect_response("**/error.png") if name == "error" else nullcontext():
        page.get_by_role("radio", name=view).click()
    page.get_by_role("tab", name={"layers": "Layers", "palette": "Palette"}.get(name, "Draw")).click()
    if name == "layers":
        page.get_by_role("treegrid").locator(".layer:not(.layer-group)").nth(4).click()
    if name == "palette":
        # Areas are measured a moment later, and the colours sorted by them.
        page.locator(".color-share", has_text="%").first.wait_for()
        page.locator(".color[aria-posinset='3']").click()
    page.mouse.move(1060, 24)


@contextmanager
def opened(chromium: Any, url: str, size: tuple[int, int] = DESKTOP) -> Iterator[Any]:
    """Open the page in a window of its own, light and at rest."""
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(url)
    page.locator(".samples button").first.wait_for()
    yield page
    context.close()


def save(page: Any, folder: Path, name: str) -> None:
    """Write a picture of the window."""
    page.evaluate(AT_REST)
    page.wait_for_timeout(150)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(
            folder / f"studio-{name}.jpg", quality=QUALITY, optimize=True, progressive=True
        )
