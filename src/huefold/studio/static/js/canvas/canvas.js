// @ts-check
/**
 * The stage: photo, drawing, map and the tools that work on them, in layers over each other.
 *
 * It follows the store by itself for tool, brush, overlay, view, scene, level, selection and edits.
 *
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {import('./pictures.js').Picture} Picture
 */
import { isPath } from "../flow/edits.js";
import { h } from "../ui/dom.js";
import { createDivider } from "./divider.js";
import { createDrawing } from "./drawing.js";
import { createFetched } from "./fetched.js";
import { listen } from "./input.js";
import { boxes, readLabels } from "./labels.js";
import { paintCut } from "./levels.js";
import { createMap } from "./map.js";
import { createOutlines } from "./outlines.js";
import { createLayer, drawMapPart, drawPicture, halvings } from "./pictures.js";
import { createTools } from "./tools.js";
import { createViewport } from "./viewport.js";

const PAINTING = new Set(["brush", "erase", "box", "lasso", "region"]);
const WITH_DRAWING = new Set(["drawing", "compare", "structure", "outlines"]);
const LINGER = 1200; // ms for which paint stays in sight after a stroke over the drawing

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').CanvasContext} context
 */
export function createCanvas(host, store, context) {
  const picture = createLayer("stage-picture");
  const overlay = createLayer("stage-overlay");
  const lines = createLayer("stage-lines");
  const sketch = createLayer("stage-sketch");
  const drawing = createDrawing();
  const outlines = createOutlines();
  const ring = h("div", { class: "stage-ring", hidden: true });
  const cross = h("div", { class: "stage-crosshair", hidden: true });
  const surface = h("div", {
    class: "stage-surface",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "canvas",
    "aria-label": "Photo. Arrow keys move the brush, Enter paints, question mark lists all keys.",
  });
  const viewport = createViewport(() => schedule("all"));
  const divider = createDivider(() => schedule("all"));
  const map = createMap({
    history: context.history,
    onPixels: (rect) => {
      if (!pending.has("all")) drawMapPart(overlay, viewport.get(), map.picture, rect);
    },
    onEdit: () => {
      linger();
      store.set({ mapVersion: store.get().mapVersion + 1, mapEmpty: map.empty() });
    },
  });

  /** @type {Picture[] | null} */
  let photo = null;
  /** @type {Picture | null} */
  let errorPicture = null;
  /** @type {Picture | null} */
  let cutPicture = null;
  /** @type {number | null} */
  let shownLevel = null;
  let lingering = 0;

  const projectId = () => store.get().project?.id ?? ""; // empty too while the photo is on its way
  /** @param {string} what @returns {(error: Error) => void} */
  const failed = (what) => (error) =>
    context.notify({
      kind: "error",
      text: `The ${what} of this photo could not be fetched. ${error.message}`,
    });
  const regions = createFetched({
    key: projectId,
    load: async () => {
      const labels = await readLabels(await context.api.regions(projectId()));
      return { labels, boxes: boxes(labels) };
    },
    onReady: () => schedule("sketch"),
    onFailed: failed("regions"),
  });
  const levels = createFetched({
    // What the regions merge into depends on the map, and a run may know better than what was asked before it.
    key: () => projectId() && [projectId(), store.get().mapVersion, store.get().job?.id].join(" "),
    load: async () => {
      const id = projectId();
      const [hierarchy, blob] = await Promise.all([context.api.levels(id), context.api.levelLabels(id)]);
      return { hierarchy, labels: await readLabels(blob) };
    },
    onReady: () => {
      shownLevel = null;
      if (store.get().level !== null) setLevel(store.get().level);
    },
    onFailed: (error) => {
      store.set({ level: null });
      failed("levels")(error);
    },
  });

  /** @type {Set<'all' | 'lines' | 'sketch'>} */
  const pending = new Set();
  let frame = 0;

  /** @param {'all' | 'lines' | 'sketch'} what */
  function schedule(what) {
    pending.add(what);
    if (frame === 0) frame = requestAnimationFrame(redraw);
  }

  function redraw() {
    frame = 0;
    const asked = new Set(pending);
    pending.clear();
    if (asked.has("all")) drawAll();
    if (asked.has("all") || asked.has("lines")) drawLines();
    drawSketch();
  }

  function drawAll() {
    const view = viewport.get();
    store.set({ zoom: view.scale });
    picture.reset(view);
    overlay.reset(view);
    drawing.place(view);
    showLayers();
    if (photo === null) return;
    drawPicture(picture, view, photo);
    const name = store.get().view;
    if (cutPicture) drawPicture(picture, view, [cutPicture]);
    else if (name === "error" && errorPicture) drawPicture(picture, view, [errorPicture]);
    drawMapPart(overlay, view, map.picture, { x0: 0, y0: 0, x1: map.picture.width, y1: map.picture.height });
    sizeRing();
  }

  /** Which layers are in sight, and how much of them. */
  function showLayers() {
    const { view, overlay: look, scene } = store.get();
    const drawn = scene !== null && !cutPicture && WITH_DRAWING.has(view);
    const comparing = drawn && view === "compare";
    drawing.element.style.display = drawn ? "" : "none";
    drawing.element.classList.toggle("only-structure", view === "structure");
    drawing.element.classList.toggle("faint", view === "outlines");
    drawing.element.style.clipPath = comparing ? `inset(0 0 0 ${divider.share * 100}%)` : "";
    const covered = drawn && !comparing;
    picture.element.style.visibility = covered ? "hidden" : "";
    divider.element.hidden = !comparing;
    const inSight =
      look.visible && !cutPicture && (view === "photo" || comparing || !drawn || lingering !== 0);
    overlay.element.style.opacity = inSight && view !== "error" ? String(look.opacity) : "0";
    overlay.element.style.clipPath =
      comparing && lingering === 0 ? `inset(0 ${100 - divider.share * 100}% 0 0)` : "";
    host.dataset.view = view;
  }

  function drawLines() {
    const view = viewport.get();
    const { scene, selection, view: name } = store.get();
    // An empty layer is one that the browser need not blend.
    lines.element.hidden = scene === null || (selection.length === 0 && name !== "outlines");
    if (scene === null || lines.element.hidden) return;
    lines.reset(view);
    if (name === "outlines" && !cutPicture) {
      const style = getComputedStyle(host);
      outlines.draw(lines, view, scene.paths.filter(isPath), {
        color: style.getPropertyValue("--outline"),
        halo: style.getPropertyValue("--outline-halo"),
        withNodes: true,
      });
    }
    if (selection.length === 0) return;
    const chosen = new Set(selection);
    const paths = scene.paths.filter((path) => chosen.has(path.id));
    outlines.draw(lines, view, paths, {
      color: getComputedStyle(host).getPropertyValue("--selected"),
      halo: "#fff",
      width: 1.5,
      withNodes: paths.length === 1,
    });
  }

  function drawSketch() {
    const view = viewport.get();
    const { draw } = tool();
    sketch.element.hidden = draw === undefined;
    if (draw === undefined) return;
    sketch.reset(view);
    draw(sketch, view);
  }

  /** Keep paint in sight for a moment where the view would hide it. */
  function linger() {
    clearTimeout(lingering);
    lingering = window.setTimeout(() => {
      lingering = 0;
      if (map.painting) linger();
      else showLayers();
    }, LINGER);
    showLayers();
  }

  const tools = createTools({
    map,
    store,
    viewport,
    regions: regions.get,
    hit: (x, y) => {
      const { scene, edits } = store.get();
      const shut = new Set([...edits.locked, ...edits.hidden]);
      return scene === null ? null : outlines.hit(scene, x, y, (path) => !shut.has(path.id));
    },
    announce: context.announce,
    redraw: () => schedule("sketch"),
  });
  const tool = () => (photo === null ? {} : tools[store.get().tool]);

  const stopListening = listen(surface, viewport, {
    tool,
    panning: () => store.get().tool === "pan",
    pressed() {
      if (PAINTING.has(store.get().tool)) linger();
    },
    cursor: showCursor,
    grab: (state) => {
      surface.dataset.grab = state;
    },
  });

  /**
   * The brush's ring, or a cross where the keyboard has moved another tool.
   *
   * @param {{px: number, py: number} | null} point
   * @param {boolean} [byKey]
   */
  function showCursor(point, byKey = false) {
    const brushing = point !== null && photo !== null && ["brush", "erase"].includes(store.get().tool);
    ring.hidden = !brushing;
    cross.hidden = brushing || !byKey || photo === null;
    if (point) cross.style.translate = ring.style.translate = `${point.px}px ${point.py}px`;
  }

  function sizeRing() {
    const { size } = store.get().brush;
    ring.style.width = ring.style.height = `${size}px`;
  }

  function showTool() {
    const name = store.get().tool;
    surface.dataset.tool = name;
    surface.dataset.grab = name === "pan" ? "ready" : "idle";
    if (!["brush", "erase"].includes(name)) ring.hidden = true;
    for (const one of Object.values(tools)) one.hover?.(null);
    if (name === "region") regions.ask();
  }

  /** @param {number | null} count */
  function setLevel(count) {
    store.set({ level: count });
    if (count === null) {
      if (cutPicture) schedule("all");
      cutPicture = shownLevel = null;
      return;
    }
    levels.ask();
    const known = levels.get();
    if (known === null || count === shownLevel) return;
    const image = paintCut(known.hierarchy, known.labels, count);
    const source = h("canvas", { width: image.width, height: image.height });
    /** @type {CanvasRenderingContext2D} */ (source.getContext("2d")).putImageData(image, 0, 0);
    cutPicture = { source, crisp: true };
    shownLevel = count;
    schedule("all");
  }

  /**
   * Lay a photo on the stage, with an empty map.
   *
   * @param {ImageBitmap | null} bitmap
   * @param {number} [width] of the photo itself, in pixels
   * @param {number} [height]
   */
  function setPhoto(bitmap, width = 0, height = 0) {
    forgetPhoto();
    photo = bitmap === null ? null : halvings(bitmap);
    map.reset(width, height);
    store.set({ mapEmpty: true, level: null });
    viewport.setPhoto(width, height);
    schedule("all");
  }

  function forgetPhoto() {
    for (const one of Object.values(tools)) one.forget?.();
    regions.forget();
    levels.forget();
    cutPicture = shownLevel = errorPicture = null;
  }

  /** @param {SceneData | null} scene */
  function setScene(scene) {
    store.set({ scene });
    if (drawing.scene === scene) return;
    const before = drawing.scene === null;
    drawing.set(scene);
    schedule(before || scene === null ? "all" : "lines");
  }

  host.append(
    picture.element,
    drawing.element,
    overlay.element,
    lines.element,
    sketch.element,
    ring,
    cross,
    surface,
    divider.element,
  );
  divider.set(0.5);
  const sizes = new ResizeObserver(() => viewport.resize(host.clientWidth, host.clientHeight));
  sizes.observe(host);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const onScheme = () => schedule("lines"); // outlines are drawn in colours of the theme
  scheme.addEventListener("change", onScheme);
  const offs = [
    store.on("tool", showTool),
    store.on("brush", sizeRing),
    store.on("overlay", showLayers),
    store.on(["view", "theme"], () => schedule("all")),
    store.on("scene", () => setScene(store.get().scene)),
    store.on("level", () => setLevel(store.get().level)),
    store.on("selection", () => schedule("lines")),
    store.on("project", ({ project, tool: name }) => {
      if (project === null) setPhoto(null);
      else if (name === "region") regions.ask();
    }),
  ];
  showTool();
  sizeRing();

  return {
    setPhoto,
    /**
     * Put a grey picture in the place of the map.
     *
     * @param {ImageBitmap | null} bitmap
     * @param {{undoable?: boolean, label?: string}} [how]
     */
    setMap(bitmap, how) {
      map.load(bitmap, how);
      store.set({ mapEmpty: map.empty() });
    },
    mapBlob: () => map.blob(),
    mapUrl: () => map.url(),
    clearMap: () => map.clear(),
    fillMap: () => map.fillAll(store.get().brush.strength),
    invertMap: () => map.invert(),
    fit: () => viewport.fit(),
    /** @param {number} scale */
    zoomTo: (scale) => viewport.zoomTo(scale),
    /** @param {number} factor */
    zoomBy: (factor) => viewport.zoomBy(factor),
    setScene,
    setLevel,
    /** @param {Blob | null} blob */
    async setErrorImage(blob) {
      errorPicture = blob === null ? null : { source: await createImageBitmap(blob) };
      schedule("all");
    },
    /** Take back what is being drawn. */
    cancel: () => tool().cancel?.(),
    focus: () => surface.focus(),
    undo: () => context.history.undo(),
    redo: () => context.history.redo(),
    destroy() {
      for (const off of offs) off();
      stopListening();
      sizes.disconnect();
      scheme.removeEventListener("change", onScheme);
      cancelAnimationFrame(frame);
      host.replaceChildren();
    },
  };
}

/** @typedef {ReturnType<typeof createCanvas>} Canvas */
