// @ts-check
/**
 * The drawing as SVG elements made from scene JSON. Between previews of one job elements are kept by id and only
 * what changed about them is set, so that several previews a second cost little.
 *
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {import('../types.js').ScenePath} ScenePath
 * @typedef {import('../types.js').Fill} Fill
 * @typedef {{element: SVGElement, path: Partial<ScenePath>, gradient: SVGElement | null}} Shown
 *   `path` is what the element shows already
 */
import { replace, s, uid } from "../ui/dom.js";

export function createDrawing() {
  const definitions = s("defs", null);
  const background = s("rect", { x: 0, y: 0 });
  const paths = s("g", null);
  const frame = s("svg", { overflow: "hidden" }, definitions, background, paths);
  const placed = s("g", null, frame);
  const element = s("svg", { class: "stage-layer stage-drawing", "aria-hidden": "true" }, placed);
  /** @type {Map<string, Shown>} */
  const shown = new Map();
  /** @type {SceneData | null} */
  let scene = null;

  /** @param {ScenePath} path */
  const make = (path) => {
    /** @type {Shown} */
    const entry = { element: s("path", null), path: {}, gradient: null };
    shown.set(path.id, entry);
    return entry;
  };

  /** @param {Shown} entry @param {ScenePath} path */
  const update = (entry, path) => {
    const old = entry.path;
    if (old.d !== path.d) entry.element.setAttribute("d", path.d);
    if (old.rule !== path.rule) entry.element.setAttribute("fill-rule", path.rule);
    if (old.opacity !== path.opacity) entry.element.setAttribute("fill-opacity", String(path.opacity));
    if (old.role !== path.role) entry.element.setAttribute("class", path.role);
    if (old.fill !== path.fill) paint(entry, path.fill);
    entry.path = path;
  };

  /** @param {Shown} entry @param {Fill} fill */
  const paint = (entry, fill) => {
    entry.gradient?.remove();
    entry.gradient = typeof fill === "string" ? null : gradient(fill);
    if (entry.gradient) definitions.append(entry.gradient);
    entry.element.setAttribute("fill", entry.gradient ? `url(#${entry.gradient.id})` : String(fill));
  };

  const clear = () => {
    shown.clear();
    replace(paths);
    replace(definitions);
  };

  return {
    element,
    get scene() {
      return scene;
    },
    /** @param {SceneData | null} next */
    set(next) {
      if (next === scene) return;
      scene = next;
      if (next === null) {
        clear();
        return;
      }
      frame.setAttribute("width", String(next.width));
      frame.setAttribute("height", String(next.height));
      background.setAttribute("width", String(next.width));
      background.setAttribute("height", String(next.height));
      background.setAttribute("fill", next.background ?? "none");
      const present = new Set(next.paths.map((path) => path.id));
      for (const [id, entry] of shown) {
        if (present.has(id)) continue;
        entry.element.remove();
        entry.gradient?.remove();
        shown.delete(id);
      }
      /** @type {Element | null} */
      let above = paths.firstElementChild;
      for (const path of next.paths) {
        const entry = shown.get(path.id) ?? make(path);
        update(entry, path);
        if (entry.element === above) above = above.nextElementSibling;
        else paths.insertBefore(entry.element, above);
      }
    },
    /** @param {import('./viewport.js').View} view */
    place({ scale, x, y }) {
      placed.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    },
  };
}

/**
 * @param {Exclude<Fill, string>} fill
 * @returns {SVGElement}
 */
function gradient(fill) {
  const { kind, stops, ...geometry } = fill;
  return s(
    `${kind}Gradient`,
    { id: uid("fill"), gradientUnits: "userSpaceOnUse", ...geometry },
    stops.map(([offset, color, opacity]) =>
      s("stop", { offset, "stop-color": color, "stop-opacity": opacity }),
    ),
  );
}
