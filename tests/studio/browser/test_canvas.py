"""The studio's stage in a real browser: painting, undo, areas, views, keys, touch. The API is made up."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.studio.browser.page import JOB, PROJECT, World, blocks, levels, photo, png, read_grey, scene, serve


class Studio:
    """A page with the studio in it."""

    def __init__(self, browser: Any, world: World, **context: Any) -> None:
        self.world = world
        self.server = serve(world)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.context = browser.new_context(viewport={"width": 1280, "height": 720}, **context)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda text: text.type == "error" and self.troubles.append(text.text))

    def open(self) -> Any:
        """The page with the project on its stage."""
        self.page.goto(f"{self.url}#p={PROJECT}")
        self.page.locator("#status-zoom").wait_for(state="visible")
        self.until(lambda: self.alpha("stage-picture", 0.5, 0.5) == 255)
        return self.page

    def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Wait until something holds, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := holds():
                return result
            self.page.wait_for_timeout(30)
        raise AssertionError("it did not happen in time")

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Where a place of the photo (in shares of its size) lies in the window, as the page was opened."""
        box = self.page.locator("#stage").bounding_box()
        scale = min((box["width"] - 48) / self.world.width, (box["height"] - 48) / self.world.height)
        left = box["x"] + (box["width"] - self.world.width * scale) / 2
        top = box["y"] + (box["height"] - self.world.height * scale) / 2
        return left + u * self.world.width * scale, top + v * self.world.height * scale

    def drag(self, *places: tuple[float, float]) -> None:
        """Press at the first place, move over the others, release."""
        mouse = self.page.mouse
        mouse.move(*self.at(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(*place), steps=6)
        mouse.up()

    def alpha(self, layer: str, u: float, v: float) -> int:
        """How opaque a layer is somewhere on the photo."""
        x, y = self.at(u, v)
        box = self.page.locator("#stage").bounding_box()
        script = """([name, x, y]) => {
          const context = document.querySelector(`.${name}`).getContext('2d');
          return context.getImageData(x, y, 1, 1).data[3];
        }"""
        return int(self.page.evaluate(script, [layer, round(x - box["x"]), round(y - box["y"])]))

    def saved(self, fits: Callable[[np.ndarray], Any] = lambda _: True) -> np.ndarray:
        """The newest map that the page sent, once it is as asked for."""

        def newest() -> np.ndarray | None:
            grey = read_grey(self.world.maps[-1]) if self.world.maps else None
            return grey if grey is not None and fits(grey) else None

        end = time.monotonic() + 10
        while time.monotonic() < end:
            if (found := newest()) is not None:
                return found
            self.page.wait_for_timeout(50)
        raise AssertionError("no such map was sent")

    def set_slider(self, label: str, value: float) -> None:
        """Type a number beside a slider of the tool bar."""
        field = self.page.locator("#toolbar-options").get_by_role("spinbutton", name=label)
        field.fill(str(value))
        field.press("Enter")

    def close(self) -> None:
        """Let go of the page and its server."""
        self.context.close()
        self.server.shutdown()
        self.server.server_close()

    def module(self, name: str, body: str, argument: Any = None) -> Any:
        """Run a function body in the page with one of its modules as `m` and the argument as `a`."""
        return self.page.evaluate(
            f"async (a) => {{ const m = await import('/static/js/{name}.js'); {body} }}", argument
        )


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Studio]]:
    """Make studios; afterwards none of their pages may have complained."""
    made: list[Studio] = []

    def make(world: World | None = None, **context: Any) -> Studio:
        made.append(Studio(chromium, world or World(), **context))
        return made[-1]

    yield make
    for one in made:
        one.close()
    assert [one.troubles for one in made if one.troubles] == []


@pytest.fixture
def studio(opened: Callable[..., Studio]) -> Studio:
    return opened()


@pytest.fixture(scope="module")
def modules(chromium: Any) -> Iterator[Studio]:
    """A page whose modules are called by themselves."""
    one = Studio(chromium, World())
    one.page.goto(one.url)
    yield one
    one.close()


def middle(grey: np.ndarray, u: float, v: float) -> int:
    return int(grey[int(v * grey.shape[0]), int(u * grey.shape[1])])


# --- numbers -------------------------------------------------------------------------------------------------


def stamped(
    size: int, a: list[float], b: list[float], radius: float, hardness: float, strength: float
) -> np.ndarray:
    """The twin of a painted line: a thousand stamps, each pixel keeps the most."""
    y, x = np.mgrid[0:size, 0:size] + 0.5
    most = np.zeros((size, size))
    inner = min(radius * hardness, radius - 0.5)
    rim = max(radius, inner + 1) - inner
    for t in np.linspace(0, 1, 1000):
        distance = np.hypot(x - a[0] - t * (b[0] - a[0]), y - a[1] - t * (b[1] - a[1]))
        s = np.clip((distance - inner) / rim, 0, 1)
        most = np.maximum(most, 1 - s * s * (3 - 2 * s))
    return most * strength * 255


@pytest.mark.parametrize(
    ("radius", "hardness", "strength"), [(9.0, 0.5, 1.0), (14.0, 0.0, 0.6), (6.0, 1.0, 0.3), (0.6, 1.0, 1.0)]
)
def test_a_line_is_what_many_stamps_are(
    modules: Studio, radius: float, hardness: float, strength: float
) -> None:
    a, b = [20.3, 17.8], [41.0, 44.6]
    body = """
      const field = m.createField(64, 64);
      const touch = ([x, y]) => ({x, y, radius: a.radius, strength: a.strength});
      const changed = m.paintSegment(field, touch(a.a), touch(a.b), a.hardness, false);
      return {values: [...field.values], changed};
    """
    given = {"a": a, "b": b, "radius": radius, "hardness": hardness, "strength": strength}
    got = modules.module("canvas/field", body, given)
    values = np.array(got["values"]).reshape(64, 64)
    assert np.abs(values - stamped(64, a, b, radius, hardness, strength)).max() <= 1.5
    rows, columns = np.nonzero(values)
    box = {"x0": columns.min(), "y0": rows.min(), "x1": columns.max() + 1, "y1": rows.max() + 1}
    assert got["changed"] == box


def test_erasing_a_full_map_is_painting_an_empty_one_upside_down(modules: Studio) -> None:
    body = """
      const [full, empty] = [m.createField(50, 40), m.createField(50, 40)];
      full.values.fill(255);
      const [from, to] = [{x: 8, y: 9, radius: 7, strength: 0.7}, {x: 45, y: 33, radius: 11, strength: 0.4}];
      m.paintSegment(full, from, to, 0.4, true);
      m.paintSegment(empty, from, to, 0.4, false);
      const mirrored = full.values.every((value, i) => value === 255 - empty.values[i]);
      return mirrored && empty.values.some((value) => value > 100);
    """
    assert modules.module("canvas/field", body)


def test_undo_brings_back_every_byte(modules: Studio) -> None:
    body = """
      const field = await import('/static/js/canvas/field.js');
      const one = field.createField(200, 150);
      let state = 7;
      const noise = () => (state = (state * 75 + 74) % 65537) & 255;
      for (let i = 0; i < one.values.length; i++) one.values[i] = i < 9000 ? noise() : 0;
      const before = one.values.slice();
      const step = m.recordStep(one);
      for (let k = 0; k < 12; k++) {
        const from = {x: 16 * k, y: 9 * k, radius: 20, strength: 1};
        const to = {x: 16 * k + 12, y: 70, radius: 8, strength: 0.5};
        step.touch(field.segmentRect(one, from, to));
        field.paintSegment(one, from, to, 0.5, k % 2 === 1);
      }
      const changed = step.finish();
      const after = one.values.slice();
      const same = (a, b) => a.every((value, i) => value === b[i]);
      step.undo();
      const undone = same(one.values, before);
      step.redo();
      const nothing = m.recordStep(one);
      nothing.touch({x0: 0, y0: 0, x1: 200, y1: 150});
      const [redone, moved] = [same(one.values, after), !same(before, after)];
      return {changed, undone, redone, moved, idle: nothing.finish()};
    """
    assert modules.module("canvas/tiles", body) == {
        "changed": True,
        "undone": True,
        "redone": True,
        "moved": True,
        "idle": False,
    }


def test_steps_of_the_history_have_a_limit_in_bytes(modules: Studio) -> None:
    body = """
      const kept = new Set();
      const history = {push: (entry) => kept.add(entry.scope), forget: (scope) => kept.delete(scope)};
      const map = m.createMap({history, onPixels() {}, onEdit() {}});
      map.reset(2048, 1024);
      const noise = new ImageData(2048, 1024);
      let most = 0;
      for (let k = 0; k < 40; k++) {
        for (let i = 0; i < noise.data.length; i += 4) {
          noise.data[i] = (i * 31 + k * 77 + (i >> 7)) & 255;
          noise.data[i + 3] = 255;
        }
        map.load(await createImageBitmap(noise), {undoable: true});
        most = Math.max(most, kept.size);
      }
      return most;
    """
    # Each step holds 2 MiB before and as much after it: 64 MiB are 16 of them.
    assert modules.module("canvas/map", body) == 16


def cut_by_hand(hierarchy: dict[str, Any], regions: int) -> list[int]:
    """The twin of a cut: join sets of leaves until so many are left."""
    parts = {leaf: {leaf} for leaf in range(hierarchy["finest"])}
    for k, (a, b) in enumerate(hierarchy["merges"]):
        if len(parts) <= regions:
            break
        parts[hierarchy["finest"] + k] = parts.pop(a) | parts.pop(b)
    return [
        next(node for node, leaves in parts.items() if leaf in leaves) for leaf in range(hierarchy["finest"])
    ]


@pytest.mark.parametrize("regions", [1, 2, 17, 63, 64, 999])
def test_cuts_join_what_the_merges_say(modules: Studio, regions: int) -> None:
    hierarchy = levels(8, 8)
    got = modules.module(
        "canvas/levels",
        "return [...m.cut(a.hierarchy, a.regions)];",
        {"hierarchy": hierarchy, "regions": regions},
    )
    assert got == cut_by_hand(hierarchy, regions)


def test_swatches_of_gradients_fade_as_they_do(modules: Studio) -> None:
    stops = [[0, "#336699", 1], [0.25, "#ffcc66", 0.5], [1, "#000000", 0]]
    fills = ["#123456", {"kind": "linear", "stops": stops}, {"kind": "radial", "stops": stops}]
    found = modules.module("panels/layer-items", "return a.map(m.backgroundOf);", fills)
    shades = "#336699ff 0%, #ffcc6680 25%, #00000000 100%"
    assert found == ["#123456", f"linear-gradient(135deg, {shades})", f"radial-gradient({shades})"]


def test_nodes_are_the_ends_of_segments(modules: Studio) -> None:
    d = "M1 2C3 4 5 6 7-8C.5.5 1e1 2 1 2ZM10 10 C11 11 12 12 13 13 14 14 15 15 16 16 Z"
    assert modules.module("canvas/pathdata", "return m.nodesOf(a);", d) == [
        [1, 2],
        [7, -8],
        [10, 10],
        [13, 13],
        [16, 16],
    ]


def test_zooming_keeps_the_point_under_the_pointer(modules: Studio) -> None:
    body = """
      const view = m.createViewport(() => {});
      view.resize(900, 600);
      view.setPhoto(4000, 3000);
      const before = view.toPhoto(300, 200);
      view.zoomBy(5, 300, 200);
      const after = view.toPhoto(300, 200);
      view.panBy(1e6, 1e6);
      const {x, y, width, height} = view.get();
      return {moved: Math.hypot(after[0] - before[0], after[1] - before[1]), reachable: x < width && y < height};
    """
    got = modules.module("canvas/viewport", body)
    assert got["moved"] < 1e-6
    assert got["reachable"]


# --- painting ------------------------------------------------------------------------------------------------


def test_a_stroke_shows_at_once_and_is_saved(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("Alt+1")
    assert studio.alpha("stage-overlay", 0.5, 0.5) == 0
    studio.drag((0.3, 0.5), (0.7, 0.5))
    page.wait_for_timeout(50)
    assert studio.alpha("stage-overlay", 0.5, 0.5) == 255
    grey = studio.saved()
    assert grey.shape == (512, 768)
    assert middle(grey, 0.5, 0.5) == 255
    assert middle(grey, 0.5, 0.8) == 0


def test_strokes_never_build_up_beyond_the_strength(studio: Studio) -> None:
    page = studio.open()
    studio.set_slider("Strength", 40)
    for _ in range(3):
        studio.drag((0.3, 0.5), (0.7, 0.5), (0.3, 0.5), (0.7, 0.5))
    assert studio.saved().max() == 102
    page.keyboard.press("e")
    studio.set_slider("Strength", 80)
    studio.drag((0.3, 0.5), (0.7, 0.5))
    grey = studio.saved(lambda grey: middle(grey, 0.5, 0.5) < 102)
    assert middle(grey, 0.5, 0.5) == 255 - 204


def test_shift_draws_a_straight_line_from_the_last_place(studio: Studio) -> None:
    page = studio.open()
    studio.drag((0.2, 0.2), (0.22, 0.2))
    page.keyboard.down("Shift")
    page.mouse.click(*studio.at(0.7, 0.8))
    page.keyboard.up("Shift")
    grey = studio.saved(lambda grey: middle(grey, 0.7, 0.8) == 255)
    assert all(middle(grey, 0.22 + 0.48 * t, 0.2 + 0.6 * t) == 255 for t in np.linspace(0, 1, 40))
    page.mouse.click(*studio.at(0.2, 0.8))
    grey = studio.saved(lambda grey: middle(grey, 0.2, 0.8) == 255)
    assert middle(grey, 0.45, 0.8) == 0


def test_undo_and_redo_by_keys(studio: Studio) -> None:
    page = studio.open()
    studio.drag((0.2, 0.3), (0.4, 0.3))
    first = studio.saved(lambda grey: middle(grey, 0.3, 0.3) == 255)
    studio.drag((0.6, 0.7), (0.8, 0.7))
    second = studio.saved(lambda grey: middle(grey, 0.7, 0.7) == 255)
    page.keyboard.press("Control+z")
    assert np.array_equal(studio.saved(lambda grey: middle(grey, 0.7, 0.7) == 0), first)
    page.keyboard.press("Control+Shift+Z")
    assert np.array_equal(studio.saved(lambda grey: middle(grey, 0.7, 0.7) == 255), second)
    assert page.get_by_role("button", name="Redo").is_disabled()


def test_a_region_is_marked_whole_and_cleared_again(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("r")
    studio.until(lambda: any("/regions" in line for line in studio.world.asked))
    page.wait_for_timeout(300)
    where = studio.at(0.45, 0.4)
    page.mouse.move(*where)
    studio.until(lambda: page.locator(".stage-sketch").is_visible())
    page.mouse.click(*where)
    labels = blocks(768, 512, 8, 6)
    inside = labels == labels[int(0.4 * 512), int(0.45 * 768)]
    assert np.array_equal(studio.saved(), np.where(inside, 255, 0))
    page.keyboard.down("Alt")
    page.mouse.click(*where)
    page.keyboard.up("Alt")
    studio.until(lambda: f"DELETE /api/projects/{PROJECT}/map" in studio.world.asked)
    assert studio.alpha("stage-overlay", 0.45, 0.4) == 0
    assert sum("/regions" in line for line in studio.world.asked) == 1


def test_boxes_and_lassos_fill_their_inside(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("m")
    studio.drag((0.1, 0.1), (0.4, 0.5))
    grey = studio.saved(lambda grey: middle(grey, 0.2, 0.2) == 255)
    rows, columns = np.nonzero(grey)
    assert np.allclose(
        [columns.min() / 768, columns.max() / 768, rows.min() / 512, rows.max() / 512],
        [0.1, 0.4, 0.1, 0.5],
        atol=0.005,
    )
    assert (grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == 255).all()
    page.keyboard.press("l")
    studio.drag((0.6, 0.6), (0.9, 0.6), (0.6, 0.9))
    grey = studio.saved(lambda grey: middle(grey, 0.65, 0.65) == 255)
    assert abs((grey[:, 400:] > 127).sum() / grey.size - 0.5 * 0.3 * 0.3) < 0.002
    assert middle(grey, 0.85, 0.85) == 0


def test_fill_invert_clear(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("m")
    studio.drag((0.25, 0.25), (0.75, 0.75))
    studio.saved(lambda grey: middle(grey, 0.5, 0.5) == 255)
    menu = page.locator("#toolbar-options").get_by_role("button", name="Map", exact=True)
    menu.click()
    page.get_by_role("menuitem", name="Invert").click()
    assert middle(studio.saved(lambda grey: middle(grey, 0.1, 0.1) == 255), 0.5, 0.5) == 0
    menu.click()
    page.get_by_role("menuitem", name="Fill all").click()
    assert studio.saved(lambda grey: grey.min() == 255).min() == 255
    menu.click()
    page.get_by_role("menuitem", name="Clear").click()
    page.wait_for_timeout(100)
    assert studio.alpha("stage-overlay", 0.5, 0.5) == 0
    menu.click()
    assert page.get_by_role("menuitem", name="Clear").is_disabled()


def test_a_stroke_on_twelve_megapixels_reads_nothing_back_and_writes_little(
    opened: Callable[..., Studio],
) -> None:
    studio = opened(World(4000, 3000, drawn=False))
    studio.page.add_init_script(
        """
        window.work = {written: [], read: 0};
        const context = CanvasRenderingContext2D.prototype;
        const put = context.putImageData;
        context.putImageData = function (image, x, y, ...part) {
          work.written.push(part.length ? part[2] * part[3] : image.width * image.height);
          return put.call(this, image, x, y, ...part);
        };
        const get = context.getImageData;
        context.getImageData = function (...box) { work.read += 1; return get.apply(this, box); };
        """
    )
    page = studio.open()
    page.evaluate("() => Object.assign(work, {written: [], read: 0})")
    studio.drag((0.2, 0.2), (0.8, 0.3), (0.3, 0.8))
    page.wait_for_timeout(60)
    work = page.evaluate("() => work")
    assert work["read"] == 0
    assert len(work["written"]) >= 3
    assert max(work["written"]) < 0.25 * 2048 * 1536
    assert studio.saved().shape == (1536, 2048)


def test_painting_begins_while_the_photo_is_still_on_its_way(studio: Studio, tmp_path: Any) -> None:
    file = tmp_path / "waves.png"
    file.write_bytes(png(photo(768, 512)))
    studio.world.drawn = False
    slow = studio.world.answer

    def answer(method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        if (method, path) == ("POST", "/api/projects"):
            time.sleep(2.0)
        return slow(method, path, body)

    studio.world.answer = answer  # type: ignore[method-assign]
    page = studio.page
    page.goto(studio.url)
    page.locator("#photo-file").set_input_files(file)
    studio.until(
        lambda: page.locator("#status-zoom").is_visible() and studio.alpha("stage-picture", 0.5, 0.5) == 255
    )
    studio.drag((0.3, 0.5), (0.7, 0.5))
    assert f"/#p={PROJECT}" not in page.url
    assert middle(studio.saved(), 0.5, 0.5) == 255
    assert page.url.endswith(f"#p={PROJECT}")


def test_a_photo_dropped_anywhere_is_opened(studio: Studio) -> None:
    page = studio.page
    page.goto(studio.url)
    page.get_by_role("button", name="Choose a photo").wait_for()
    data = "data:image/png;base64," + base64.b64encode(png(photo(60, 40))).decode()
    page.evaluate(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data.split(',')[1]), (one) => one.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], 'waves.png', {type: 'image/png'}));
          const tell = (kind) => document.querySelector('#panel').dispatchEvent(
            new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
          tell('dragenter');
          if (document.querySelector('.drop-veil').hidden) throw new Error('nothing invites to drop');
          tell('drop');
        }""",
        data,
    )
    page.locator("#status-zoom").wait_for(state="visible")
    assert not page.locator(".drop-veil").is_visible()
    assert not page.locator("#empty").is_visible()
    studio.until(lambda: "POST /api/projects" in studio.world.asked)


# --- keys and fingers ----------------------------------------------------------------------------------------


def test_painting_by_keyboard_alone(studio: Studio) -> None:
    page = studio.open()
    page.locator(".stage-surface").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    grey = studio.saved()
    box = page.locator("#stage").bounding_box()
    left = studio.at(0, 0)[0]
    u = (box["x"] + box["width"] / 2 + 4 * 48 - left) / (studio.at(1, 0)[0] - left)
    assert middle(grey, u, 0.5) == 255
    assert middle(grey, 0.5, 0.5) == 0
    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    studio.saved(lambda now: (now > 0).sum() > (grey > 0).sum() + 500)


def test_letters_typed_in_fields_choose_no_tools(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("h")
    field = page.locator("#toolbar-options").get_by_role("spinbutton").first
    page.keyboard.press("b")
    field.focus()
    page.keyboard.press("e")
    tools = page.get_by_role("toolbar", name="Tools")
    assert tools.get_by_role("button", name="Brush").get_attribute("aria-pressed") == "true"
    page.locator(".stage-surface").focus()
    page.keyboard.press("]")
    assert float(field.input_value()) == 60


def test_two_fingers_zoom_and_take_back_the_stroke_of_the_first(opened: Callable[..., Studio]) -> None:
    studio = opened(has_touch=True)
    page = studio.open()
    before = page.locator(".zoom-value").inner_text()
    link = studio.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(places)]
        link.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = studio.at(0.5, 0.5)
    touch("touchStart", (x - 20, y))
    touch("touchMove", (x - 30, y))
    touch("touchStart", (x - 30, y), (x + 20, y))
    for step in range(1, 8):
        touch("touchMove", (x - 30 - 10 * step, y), (x + 20 + 10 * step, y))
    touch("touchEnd")
    page.wait_for_timeout(100)
    grown = int(page.locator(".zoom-value").inner_text().split()[0]) / int(before.split()[0])
    assert 3 < grown < 4.5
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.keyboard.press("0")
    touch("touchStart", studio.at(0.4, 0.4))
    touch("touchMove", studio.at(0.6, 0.4))
    touch("touchEnd")
    assert middle(studio.saved(), 0.5, 0.4) == 255


def test_wheel_zooms_and_space_moves(studio: Studio) -> None:
    page = studio.open()
    page.mouse.move(*studio.at(0.5, 0.5))
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(80)
    assert int(page.locator(".zoom-value").inner_text().split()[0]) > 130
    page.locator(".stage-surface").focus()
    page.keyboard.down("Space")
    studio.drag((0.5, 0.5), (0.6, 0.6))
    page.keyboard.up("Space")
    assert page.get_by_role("button", name="Undo").is_disabled()


# --- views ---------------------------------------------------------------------------------------------------


def test_views_show_what_they_say(studio: Studio) -> None:
    page = studio.open()
    drawing = page.locator(".stage-drawing")
    studio.until(drawing.is_visible)
    assert drawing.locator("path:not(.background)").count() == studio.world.shapes
    page.get_by_role("radio", name="Structure").click()
    page.wait_for_timeout(60)
    assert drawing.locator("path:not(.background):visible").count() == studio.world.shapes // 3
    page.get_by_role("radio", name="Outlines").click()
    page.wait_for_timeout(120)
    assert page.evaluate(
        """() => {
          const context = document.querySelector('.stage-lines').getContext('2d');
          return context.getImageData(0, 0, 900, 500).data.some((value) => value > 0);
        }"""
    )
    page.get_by_role("radio", name="Error").click()
    studio.until(lambda: any(f"/api/jobs/{JOB}/error.png" in line for line in studio.world.asked))
    page.get_by_role("radio", name="Photo").click()
    page.wait_for_timeout(60)
    assert not drawing.is_visible()


def test_the_divider_moves_by_keys_and_pointer(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("Alt+3")
    divider = page.get_by_role("slider", name="Divider between photo and drawing")
    divider.focus()
    page.keyboard.press("Shift+ArrowLeft")
    assert divider.get_attribute("aria-valuenow") == "40"
    page.wait_for_timeout(60)
    assert "40%" in page.locator(".stage-drawing").evaluate("(one) => one.style.clipPath")
    box = divider.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 300, steps=4)
    page.mouse.up()
    assert int(divider.get_attribute("aria-valuenow")) > 60


def test_a_click_selects_the_topmost_shape(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("v")
    drawn = scene(768, 512, studio.world.shapes)
    body = """
      const outlines = m.createOutlines();
      const open = outlines.hit(a, 384, 256, () => true);
      const beneath = outlines.hit(a, 384, 256, (path) => path.id !== open);
      return {open, beneath, beside: outlines.hit(a, -900, 0, () => true)};
    """
    hit = studio.module("canvas/outlines", body, drawn)
    at_point = """([d, x, y]) => {
      const context = new OffscreenCanvas(1, 1).getContext('2d');
      return context.isPointInPath(new Path2D(d), x, y);
    }"""
    under = [path["id"] for path in drawn["paths"] if page.evaluate(at_point, [path["d"], 384, 256])]
    assert hit == {"open": under[-1], "beneath": under[-2], "beside": None}
    page.mouse.click(*studio.at(0.5, 0.5))
    page.wait_for_timeout(80)
    assert page.locator(".stage-lines").is_visible()
    assert page.locator("#live").inner_text().startswith("Selected")
    page.keyboard.press("Escape")
    page.wait_for_timeout(80)
    assert not page.locator(".stage-lines").is_visible()


def test_previews_reuse_the_elements_of_the_one_before(modules: Studio) -> None:
    changed = scene(768, 512, 40)
    changed["paths"][7] = {**changed["paths"][7], "d": "M0 0C1 1 2 2 3 3Z", "fill": "#010203"}
    changed["paths"] = [
        *changed["paths"][:3],
        *changed["paths"][4:20],
        changed["paths"][3],
        *changed["paths"][20:39],
    ]
    body = """
      const drawing = m.createDrawing();
      drawing.set(a.before);
      const first = [...drawing.element.querySelectorAll('path')];
      const old = new Map(first.map((one, i) => [a.before.paths[i].id, one]));
      drawing.set(a.after);
      const now = [...drawing.element.querySelectorAll('path')];
      const kept = now.every((one, i) => one === old.get(a.after.paths[i].id));
      const right = now.every((one, i) => one.getAttribute('d') === a.after.paths[i].d);
      const gradients = drawing.element.querySelectorAll('defs > *').length;
      drawing.set(null);
      const left = drawing.element.querySelectorAll('path, defs > *').length;
      return {kept, right, gradients, count: now.length, left};
    """
    got = modules.module("canvas/drawing", body, {"before": scene(768, 512, 40), "after": changed})
    assert got == {"kept": True, "right": True, "gradients": 2, "count": 39, "left": 0}


def test_the_level_shows_at_once_while_it_is_dragged(studio: Studio) -> None:
    page = studio.open()
    page.keyboard.press("Alt+1")
    toggle = page.get_by_role("switch", name="Show the regions")
    toggle.evaluate("(one) => one.click()")
    colors = """() => {
      const context = document.querySelector('.stage-picture').getContext('2d');
      return new Set(new Uint32Array(context.getImageData(48, 30, 816, 540).data.buffer)).size;
    }"""
    studio.until(lambda: page.evaluate(colors) <= 52)
    assert page.evaluate(colors) >= 40
