// @ts-check
import { h, uid } from "./dom.js";
import { icon as drawIcon } from "./icons.js";
import { roving } from "./roving.js";

/**
 * Tabs over pages that exist already.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {readonly {value: string, label: string, icon?: string, page: HTMLElement}[]} options.tabs
 * @param {string} options.value
 * @param {(value: string) => void} options.onChange
 * @returns {{element: HTMLElement, set: (value: string) => void}}
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
  const moveTab = roving(element, ".tab", { onMove: (target) => choose(target.dataset.value ?? "") });

  /** @param {string} chosen */
  function show(chosen) {
    entries.forEach(({ value: name, page }, index) => {
      page.hidden = name !== chosen;
      buttons[index].setAttribute("aria-selected", String(name === chosen));
    });
    moveTab(buttons.find((one) => one.dataset.value === chosen));
  }

  /** @param {string} next */
  function choose(next) {
    show(next);
    onChange(next);
  }

  show(value);
  return { element, set: show };
}
