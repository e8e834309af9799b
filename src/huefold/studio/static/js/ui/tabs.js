// @ts-check
import { h, uid } from "./dom.js";
import { icon as drawIcon } from "./icons.js";
import { roving } from "./roving.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * Tabs over pages that exist already.
 *
 * @template {string} Value
 * @param {object} options
 * @param {string} options.label
 * @param {readonly {value: Value, label: string, icon?: IconName, page: HTMLElement}[]} options.tabs
 * @param {NoInfer<Value>} options.value
 * @param {(value: Value) => void} options.onChange
 * @returns {{element: HTMLElement, set: (value: Value) => void}}
 */
export function tabs({ label, tabs: entries, value, onChange }) {
  const buttons = entries.map(({ value: name, label: text, icon, page }) => {
    const id = uid("tab");
    page.id ||= uid("page");
    page.setAttribute("role", "tabpanel");
    page.setAttribute("aria-labelledby", id);
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "tab",
        id,
        dataset: { value: name },
        "aria-controls": page.id,
        onClick: () => choose(name),
      },
      icon ? drawIcon(icon) : null,
      text,
    );
  });
  const element = h("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons);
  const moveTab = roving(element, ".tab", { onMove: (target) => target.click() });

  /** @param {Value} chosen */
  function show(chosen) {
    entries.forEach(({ value: name, page }, index) => {
      page.hidden = name !== chosen;
      buttons[index].setAttribute("aria-selected", String(name === chosen));
    });
    moveTab(buttons.find((one) => one.dataset.value === chosen));
  }

  /** @param {Value} next */
  function choose(next) {
    show(next);
    onChange(next);
  }

  show(value);
  return { element, set: show };
}
