// @ts-check
/**
 * What the pointer does: one small machine for each tool. The keyboard drives the same machines: Enter presses and
 * releases where the arrow keys have moved the cursor.
 *
 * @typedef {{x: number, y: number, pressure: number, erase: boolean, add: boolean}} Sample photo pixels; `erase`
 *   is the Alt key, `add` the Shift key
 * @typedef {import('./pictures.js').Layer} Layer
 * @typedef {import('./viewport.js').View} View
 * @typedef {object} Tool
 * @property {(sample: Sample) => void} [down]
 * @property {(samples: Sample[]) => void} [move] while pressed, oldest first
 * @property {(sample: Sample) => void} [up]
 * @property {() => void} [cancel] the press is taken back
 * @property {(sample: Sample | null) => void} [hover] while not pressed; null beside the stage
 * @property {(layer: Layer, view: View) => void} [draw] what is shown while it works
 * @property {() => void} [forget] another photo lies on the stage
 * @property {boolean} [stretches] whether Enter presses first and releases at the second time
 */
import { boxArea, polygonArea, regionArea } from "./areas.js";
import { border, regionAt } from "./labels.js";

/**
 * @typedef {object} Surroundings
 * @property {import('./map.js').SaliencyMap} map
 * @property {import('../store.js').Store} store
 * @property {import('./viewport.js').Viewport} viewport
 * @property {() => {labels: import('./labels.js').Labels, boxes: Map<number, import('./field.js').Rect>} | null} regions
 *   those of this photo, once they are here
 * @property {(x: number, y: number) => string | null} hit the shape there
 * @property {(text: string) => void} announce
 * @property {() => void} redraw asks for `draw`
 */

/**
 * @param {Surroundings} around
 * @returns {Record<import('../types.js').ToolName, Tool>}
 */
export function createTools(around) {
  return {
    brush: brushTool(around, false),
    erase: brushTool(around, true),
    box: boxTool(around),
    lasso: lassoTool(around),
    region: regionTool(around),
    select: selectTool(around),
    pan: {},
  };
}

/**
 * @param {Surroundings} around
 * @param {boolean} always whether it erases without Alt
 * @returns {Tool}
 */
function brushTool({ map, store, viewport }, always) {
  /** @type {import('./field.js').Touch | null} */
  let last = null;
  /** @type {import('./field.js').Touch | null} */
  let end = null;
  let erase = always;

  /** @param {Sample} sample */
  const touch = ({ x, y, pressure }) => {
    const { size, strength } = store.get().brush;
    const radius = Math.max(0.5, ((size / 2) * map.scale) / viewport.get().scale);
    return { x: x * map.scale, y: y * map.scale, radius, strength: strength * pressure };
  };

  /** @param {Sample} sample @param {number} least how far it must have gone, in radii */
  const paintTo = (sample, least) => {
    const next = touch(sample);
    const from = last ?? next;
    // Devices tell of far more places than a wide brush can show: those too close together are passed over.
    if (last !== null && Math.hypot(next.x - from.x, next.y - from.y) < Math.max(0.7, least * next.radius))
      return;
    map.paint(from, next, store.get().brush.hardness, erase);
    last = next;
  };

  return {
    down(sample) {
      erase = always !== sample.erase;
      map.begin();
      // With Shift, a straight line from where the last stroke ended, as wide as the brush is now.
      last = sample.add && end !== null ? { ...touch(sample), x: end.x, y: end.y } : null;
      paintTo(sample, 0);
    },
    move(samples) {
      samples.forEach((sample, index) => paintTo(sample, index === samples.length - 1 ? 0.02 : 0.15));
    },
    up(sample) {
      paintTo(sample, 0);
      end = last;
      map.finish(erase ? "Erase" : "Paint");
    },
    cancel: () => map.abandon(),
    forget() {
      end = null;
    },
  };
}

/**
 * @param {Surroundings} around
 * @returns {Tool}
 */
function boxTool({ map, store, redraw, announce }) {
  /** @type {Sample | null} */
  let start = null;
  /** @type {Sample | null} */
  let end = null;
  return {
    stretches: true,
    down(sample) {
      start = end = sample;
    },
    move(samples) {
      end = samples[samples.length - 1];
      redraw();
    },
    up(sample) {
      const from = start;
      start = end = null;
      redraw();
      if (from === null) return;
      const area = boxArea(
        [from.x * map.scale, from.y * map.scale],
        [sample.x * map.scale, sample.y * map.scale],
      );
      const erase = from.erase || sample.erase;
      map.fill(area, store.get().brush.strength, erase, erase ? "Erase box" : "Fill box");
      announce(erase ? "Box erased" : "Box filled");
    },
    cancel() {
      start = end = null;
      redraw();
    },
    draw(layer, view) {
      if (start === null || end === null) return;
      const [x, y] = [start.x * view.scale + view.x, start.y * view.scale + view.y];
      const path = new Path2D();
      path.rect(x, y, (end.x - start.x) * view.scale, (end.y - start.y) * view.scale);
      marquee(layer, path);
    },
  };
}

/**
 * @param {Surroundings} around
 * @returns {Tool}
 */
function lassoTool({ map, store, redraw, announce }) {
  /** @type {Sample[]} */
  let points = [];
  return {
    stretches: true,
    down(sample) {
      points = [sample];
    },
    move(samples) {
      points.push(...samples);
      redraw();
    },
    up(sample) {
      const outline = [...points, sample];
      points = [];
      redraw();
      if (outline.length < 3) return;
      const area = polygonArea(
        outline.map(({ x, y }) => [x * map.scale, y * map.scale]),
        map.size,
      );
      const erase = outline[0].erase || sample.erase;
      map.fill(area, store.get().brush.strength, erase, erase ? "Erase lasso" : "Fill lasso");
      announce(erase ? "Outline erased" : "Outline filled");
    },
    cancel() {
      points = [];
      redraw();
    },
    draw(layer, view) {
      if (points.length < 2) return;
      const path = new Path2D();
      for (const { x, y } of points) path.lineTo(x * view.scale + view.x, y * view.scale + view.y);
      path.closePath();
      marquee(layer, path);
    },
  };
}

/**
 * @param {Surroundings} around
 * @returns {Tool}
 */
function regionTool({ map, store, viewport, regions, redraw, announce }) {
  /** @type {{id: number, outline: Path2D} | null} */
  let hovered = null;

  /** @param {Sample} sample */
  const find = ({ x, y }) => {
    const known = regions();
    if (known === null) return null;
    const { photoWidth, photoHeight } = viewport.get();
    const id = regionAt(known.labels, x / photoWidth, y / photoHeight);
    const box = id === null ? undefined : known.boxes.get(id);
    return id === null || box === undefined ? null : { id, box, labels: known.labels };
  };

  return {
    hover(sample) {
      const region = sample && find(sample);
      if ((region?.id ?? null) === (hovered?.id ?? null)) return;
      hovered = region ? { id: region.id, outline: border(region.labels, region.id, region.box) } : null;
      redraw();
    },
    down(sample) {
      const region = find(sample);
      if (region === null) {
        announce(
          regions() === null ? "The regions of this photo are not here yet" : "There is no region here",
        );
        return;
      }
      const area = regionArea(region.labels, region.id, region.box, map.size);
      map.fill(area, store.get().brush.strength, sample.erase, sample.erase ? "Clear region" : "Mark region");
      announce(sample.erase ? "Region cleared" : "Region marked");
    },
    draw(layer, view) {
      const known = regions();
      if (hovered === null || known === null) return;
      const context = layer.inPhoto(view);
      context.scale(view.photoWidth / known.labels.width, view.photoHeight / known.labels.height);
      const unit = known.labels.width / view.photoWidth / view.scale;
      for (const [color, width] of /** @type {[string, number][]} */ ([
        ["rgb(0 0 0 / 60%)", 4],
        ["#fff", 2],
      ])) {
        context.strokeStyle = color;
        context.lineWidth = width * unit;
        context.lineCap = "square";
        context.stroke(hovered.outline);
      }
    },
  };
}

/**
 * @param {Surroundings} around
 * @returns {Tool}
 */
function selectTool({ store, hit, announce }) {
  return {
    down({ x, y, add }) {
      const id = hit(x, y);
      const { selection } = store.get();
      if (id === null) {
        if (!add) store.set({ selection: [] });
        return;
      }
      const others = selection.filter((one) => one !== id);
      const chosen = !add ? [id] : others.length < selection.length ? others : [...selection, id];
      store.set({ selection: chosen });
      announce(
        chosen.length === 1 ? `Selected ${nameOf(store, chosen[0])}` : `${chosen.length} shapes selected`,
      );
    },
  };
}

/**
 * @param {import('../store.js').Store} store
 * @param {string} id
 */
function nameOf(store, id) {
  const path = store.get().scene?.paths.find((one) => one.id === id);
  return path?.name || (path?.role === "detail" ? `detail ${id}` : `shape ${id}`);
}

/**
 * Dashes of black on white, which show on any photo.
 *
 * @param {Layer} layer
 * @param {Path2D} path
 */
function marquee(layer, path) {
  const context = layer.inStage();
  context.lineWidth = 1.5;
  context.setLineDash([]);
  context.strokeStyle = "#fff";
  context.stroke(path);
  context.setLineDash([5, 5]);
  context.strokeStyle = "#111";
  context.stroke(path);
  context.setLineDash([]);
}
