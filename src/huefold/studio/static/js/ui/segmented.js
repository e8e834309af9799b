// @ts-check
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { roving } from "./roving.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * A row of which one is chosen (a radio group in the shape of buttons).
 *
 * @template {string} Value
 * @param {object} options
 * @param {string} options.label
 * @param {readonly {value: Value, label: string, icon?: IconName, hint?: string}[]} options.options
 * @param {NoInfer<Value>} options.value
 * @param {boolean} [options.iconOnly]
 * @param {"row" | "column"} [options.direction]
 * @param {(value: Value) => void} options.onChange
 * @returns {{element: HTMLElement, get: () => Value, set: (value: Value) => void,
 *   setDisabled: (disabled: boolean, value?: Value) => void}}
 */
export function segmented({ label, options, value, iconOnly = false, direction = "row", onChange }) {
  let chosen = value;
  const buttons = options.map((option) =>
    h(
      "button",
      {
        type: "button",
        role: "radio",
        class: "segment",
        dataset: { value: option.value },
        title: iconOnly || option.hint ? option.label + (option.hint ? ` (${option.hint})` : "") : null,
        "aria-label": iconOnly ? option.label : null,
        onClick: () => choose(option.value),
      },
      option.icon ? icon(option.icon) : null,
      iconOnly ? null : h("span", { class: "segment-label" }, option.label),
    ),
  );
  const element = h(
    "div",
    { class: `segmented segmented-${direction}`, role: "radiogroup", "aria-label": label },
    buttons,
  );
  const moveTab = roving(element, ".segment", { onMove: (target) => target.click() });

  function show() {
    for (const one of buttons) one.setAttribute("aria-checked", String(one.dataset.value === chosen));
    moveTab(buttons.find((one) => one.dataset.value === chosen) ?? buttons[0]);
  }

  /** @param {Value} next */
  function choose(next) {
    if (next === chosen) return;
    chosen = next;
    show();
    onChange(next);
  }

  show();
  return {
    element,
    get: () => chosen,
    set(next) {
      chosen = next;
      show();
    },
    setDisabled(disabled, only) {
      for (const one of buttons)
        if (only === undefined || one.dataset.value === only) one.disabled = disabled;
    },
  };
}
