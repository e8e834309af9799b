// @ts-check
/** What can be set about the tool in use, and how the map is shown. */
import { button } from "../ui/button.js";
import { h, replace } from "../ui/dom.js";
import { menuButton } from "../ui/menu.js";
import { slider } from "../ui/slider.js";

export const SIZES = { min: 2, max: 400 };
const BRUSHES = new Set(["brush", "erase"]);
const PAINTING = new Set(["brush", "erase", "region", "box", "lasso"]);

/** @type {Partial<Record<import("../types.js").ToolName, string>>} */
const HINTS = {
  region: "Click a region to mark it. Alt takes it away.",
  box: "Drag a box to fill it. Alt erases.",
  lasso: "Draw around what matters. Alt erases.",
  select: "Click a shape of the drawing. Shift adds.",
  pan: "Drag to move, wheel or pinch to zoom.",
};

/**
 * @param {HTMLElement} host
 * @param {import("../store.js").Store} store
 * @param {import("../types.js").Context} context
 */
export function mountGuideTools(host, store, { canvas, announce }) {
  /** @param {Partial<import("../types.js").Brush>} patch */
  const setBrush = (patch) => store.set({ brush: { ...store.get().brush, ...patch } });
  const percent = { min: 0, max: 1, step: 0.01, factor: 100, unit: "%", compact: true };
  const { brush, overlay } = store.get();
  const size = slider({
    label: "Size",
    ...SIZES,
    scale: "log",
    unit: "px",
    compact: true,
    value: brush.size,
    onInput: (value) => setBrush({ size: value }),
  });
  const hardness = slider({
    label: "Hardness",
    ...percent,
    value: brush.hardness,
    onInput: (value) => setBrush({ hardness: value }),
  });
  const strength = slider({
    label: "Strength",
    ...percent,
    min: 0.05,
    value: brush.strength,
    onInput: (value) => setBrush({ strength: value }),
  });
  const hint = h("p", { class: "tool-hint" });

  const eye = button({
    label: "Show the map",
    icon: "eye",
    hint: "O",
    kind: "quiet",
    iconOnly: true,
    pressed: overlay.visible,
    onClick: () => store.set({ overlay: { ...store.get().overlay, visible: !store.get().overlay.visible } }),
  });
  const opacity = slider({
    label: "Map opacity",
    ...percent,
    min: 0.1,
    value: overlay.opacity,
    onInput: (value) => store.set({ overlay: { visible: true, opacity: value } }),
  });
  opacity.element.classList.add("opacity-field");

  const actions = menuButton({
    label: "Map",
    icon: "more",
    kind: "quiet",
    items: () => {
      const { mapEmpty } = store.get();
      const step = (
        /** @type {string} */ label,
        /** @type {import("../ui/icons.js").IconName} */ icon,
        /** @type {() => void} */ run,
        off = false,
      ) => ({
        label,
        icon,
        disabled: off,
        onSelect: () => {
          run();
          announce(`${label}: done`);
        },
      });
      return [
        step("Fill all", "fill", canvas.fillMap),
        step("Invert", "invert", canvas.invertMap),
        step("Clear", "clear", canvas.clearMap, mapEmpty),
      ];
    },
  });

  const tooling = h("div", { class: "tool-fields" }, size.element, hardness.element, strength.element, hint);
  const showing = h("div", { class: "tool-fields tool-fields-end" }, eye, opacity.element, actions);
  replace(host, tooling, showing);

  const show = () => {
    const state = store.get();
    const painting = PAINTING.has(state.tool);
    size.element.hidden = hardness.element.hidden = !BRUSHES.has(state.tool);
    strength.element.hidden = !painting;
    hint.textContent = HINTS[state.tool] ?? "";
    hint.hidden = hint.textContent === "";
    size.set(state.brush.size);
    hardness.set(state.brush.hardness);
    strength.set(state.brush.strength);
    opacity.set(state.overlay.opacity);
    eye.setAttribute("aria-pressed", String(state.overlay.visible));
    tooling.hidden = showing.hidden = state.project === null;
  };
  store.on(["tool", "brush", "overlay", "project"], show);
  show();
}
