// @ts-check
/** All colours of the drawing; a change of one recolours all shapes that share it. */

import { announce } from "../flow/announce.js";
import { recolor } from "../flow/edits.js";
import { colorsOf, group, measureShares, sorted } from "../flow/palette.js";
import { counted, share } from "../flow/words.js";
import { button } from "../ui/button.js";
import { h, replace } from "../ui/dom.js";
import { select } from "../ui/field.js";
import { slider } from "../ui/slider.js";
import { createColorEditor } from "./color-editor.js";
import { createVirtualList } from "./virtual.js";

/** @typedef {import('../flow/palette.js').PaletteEntry} PaletteEntry */

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountPalette(host, store, context) {
  /** @type {PaletteEntry[]} */
  let entries = [];
  /** @type {Map<string, number>} */
  let shares = new Map();
  /** @type {import("../types.js").SceneData | null} */
  let measured = null;
  let chosen = "";
  let focused = "";
  /** @type {readonly string[] | null} the selection that this panel made */
  let ownSelection = null;

  const sort = select({
    options: [
      { value: "area", label: "By area" },
      { value: "hue", label: "By hue" },
      { value: "count", label: "By shapes" },
    ],
    onChange: show,
  });
  sort.element.setAttribute("aria-label", "Order of the colours");
  const tolerance = slider({
    label: "Treat as equal",
    min: 0,
    max: 20,
    step: 0.5,
    value: 0,
    help: "Colours closer than this count as one; 2 is hardly seen.",
    onInput: show,
  });
  const join = button({ label: "Join equal colours", icon: "check", onClick: joinAll });
  const list = createVirtualList({
    rowHeight: window.matchMedia("(pointer: coarse)").matches ? 44 : 32,
    key: (/** @type {PaletteEntry} */ entry) => entry.key,
    make: makeRow,
    pinned: () => focused,
    update: (row, entry, index) => {
      updateRow(row, entry, index, { chosen, focused, total: entries.length, sized: shares.size > 0 });
    },
    inner: { class: "colors", role: "listbox", "aria-label": "Colours" },
  });
  const editor = createColorEditor({ onColor: recolorChosen, onJoin: joinWith });
  const gradients = button({ label: "", kind: "quiet", onClick: selectGradients });
  const summary = h("p", { class: "panel-foot" });
  const nothing = h("p", { class: "panel-empty" }, "Colours are listed here once there is a drawing.");
  const head = h(
    "div",
    { class: "palette-head" },
    h("div", { class: "palette-row" }, sort.element, join),
    tolerance.element,
  );
  replace(host, h("div", { class: "panel-fill" }, nothing, head, list.element, gradients, editor.element, summary));

  /** @returns {string[]} */
  const gradientIds = () => colorsOf(store.get().scene?.paths ?? []).gradients;

  function selectGradients() {
    chosen = "";
    selectShapes(gradientIds());
    show();
  }

  /** @param {string[]} selection */
  function selectShapes(selection) {
    ownSelection = selection;
    store.set({ selection });
  }

  function show() {
    const { scene, sceneFinal, panel } = store.get();
    if (panel !== "palette") return;
    const { plain, gradients: others } = colorsOf(scene?.paths ?? []);
    entries = sorted(group(plain, shares, tolerance.get()), sort.get());
    const entry = entries.find((one) => one.key === chosen || one.members.includes(chosen)) ?? ofOwnSelection();
    chosen = entry?.key ?? "";
    if (!entries.some((one) => one.key === focused)) focused = chosen || (entries[0]?.key ?? "");
    const colored = plain.size + others.length > 0;
    nothing.hidden = colored;
    for (const part of [head, list.element, summary]) part.hidden = !colored;
    gradients.hidden = others.length === 0;
    replace(
      gradients,
      h("span", { class: "button-label" }, `Select ${counted(others.length, "shape")} with gradients`),
    );
    join.disabled = !sceneFinal || entries.length === plain.size;
    summary.textContent = inShort(entries.length, plain.size);
    list.setItems([...entries]);
    editor.show(entry && sceneFinal ? entry : null, entries);
    measureLater();
  }

  /** After undo the chosen colour is another one, of the same shapes. */
  function ofOwnSelection() {
    const { selection } = store.get();
    if (selection.length === 0 || selection !== ownSelection) return undefined;
    return entries.find((one) => one.ids.includes(selection[0]));
  }

  /** Areas are measured when nothing else is to be done: the list need not wait for them. */
  function measureLater() {
    const { scene, sceneFinal } = store.get();
    if (!scene || scene === measured || (!sceneFinal && shares.size > 0)) return;
    measured = scene;
    window.setTimeout(() => {
      if (store.get().scene !== scene) return;
      shares = measureShares(scene);
      show();
      revealChosen();
    }, 60);
  }

  /** @param {string} key */
  function choose(key) {
    const entry = entries.find((one) => one.key === key);
    if (!entry) return;
    [chosen, focused] = [key, key];
    editor.reset();
    selectShapes(entry.ids);
    show();
  }

  /**
   * @param {string} color
   * @param {string[]} ids
   */
  function recolorChosen(color, ids) {
    context.flow.edit("Recolour", (edits) => recolor(edits, ids, color), {
      key: `colour ${ids[0]}`,
    });
    [chosen, focused] = [color, color];
  }

  /**
   * @param {PaletteEntry} entry
   * @param {PaletteEntry} other
   */
  function joinWith(entry, other) {
    context.flow.edit("Join colours", (edits) => recolor(edits, entry.ids, other.color));
    [chosen, focused] = [other.key, other.key];
    announce(`${counted(entry.ids.length, "shape")} recoloured.`);
  }

  function joinAll() {
    const several = entries.filter((entry) => entry.members.length > 1);
    context.flow.edit("Join equal colours", (edits) =>
      several.reduce((now, entry) => recolor(now, entry.ids, entry.color), edits),
    );
    announce(`${counted(entries.length, "colour")} left.`);
  }

  /** A shape was selected elsewhere: its colour is the one that is edited. */
  function follow() {
    const { selection, scene } = store.get();
    if (selection === ownSelection) return;
    if (selection.length === 0) {
      chosen = "";
      return show();
    }
    const fill = scene?.paths.find((path) => path.id === selection.at(-1))?.fill;
    if (typeof fill !== "string") return;
    [chosen, focused] = [fill.toLowerCase(), fill.toLowerCase()];
    editor.reset();
    show();
    revealChosen();
  }

  function revealChosen() {
    const index = entries.findIndex((entry) => entry.key === chosen);
    if (index >= 0) list.reveal(index);
  }

  list.inner.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest(".color"));
    if (row) choose(row.dataset.key ?? "");
  });
  list.inner.addEventListener("keydown", (event) => {
    const at = entries.findIndex((entry) => entry.key === focused);
    const next = keyTarget(event, at, entries.length);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    choose(entries[next].key);
    list.reveal(next);
    list.rowOf(entries[next].key)?.focus({ preventScroll: true });
  });
  store.on(["scene", "sceneFinal", "panel"], show);
  store.on(["selection", "panel"], follow);
  show();
}

/**
 * @param {KeyboardEvent} event
 * @param {number} at
 * @param {number} total
 * @returns {number | null}
 */
function keyTarget(event, at, total) {
  if (event.ctrlKey || event.metaKey || event.altKey || total === 0) return null;
  /** @type {Record<string, number>} */
  const targets = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + 8,
    PageUp: at - 8,
    Home: 0,
    End: total - 1,
    Enter: at,
    " ": at,
  };
  if (!(event.key in targets)) return null;
  return Math.min(total - 1, Math.max(0, targets[event.key]));
}

const makeRow = () =>
  h(
    "div",
    { class: "color", role: "option", tabindex: -1 },
    h("span", { class: "swatch swatch-large" }),
    h("span", { class: "color-name" }),
    h("span", { class: "color-count" }),
    h("span", { class: "color-share" }),
  );

/**
 * @param {HTMLElement} row
 * @param {PaletteEntry} entry
 * @param {number} index
 * @param {{chosen: string, focused: string, total: number, sized: boolean}} about
 */
function updateRow(row, entry, index, { chosen, focused, total, sized }) {
  row.dataset.key = entry.key;
  row.tabIndex = entry.key === focused ? 0 : -1;
  row.setAttribute("aria-selected", String(entry.key === chosen));
  row.setAttribute("aria-posinset", String(index + 1));
  row.setAttribute("aria-setsize", String(total));
  const [swatch, name, shapes, area] = /** @type {HTMLElement[]} */ ([...row.children]);
  swatch.style.background = entry.members.length > 1 ? stripes(entry.members) : entry.color;
  name.textContent = entry.members.length > 1 ? `${entry.color} +${entry.members.length - 1}` : entry.color;
  shapes.textContent = counted(entry.ids.length, "shape");
  area.textContent = sized ? share(entry.share) : "";
}

/** @param {string[]} colors shown side by side, at most six */
function stripes(colors) {
  const shown = colors.slice(0, 6);
  const part = 100 / shown.length;
  const stops = shown.map((color, index) => `${color} ${index * part}% ${(index + 1) * part}%`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/**
 * @param {number} shown
 * @param {number} colors
 */
const inShort = (shown, colors) =>
  shown === colors ? counted(colors, "colour") : `${counted(shown, "group")} of ${counted(colors, "colour")}`;
