// @ts-check
import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Something that can be folded away.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {boolean} [options.open]
 * @param {HTMLElement | readonly HTMLElement[]} options.content
 * @param {(open: boolean) => void} [options.onToggle]
 * @returns {HTMLDetailsElement}
 */
export function disclosure({ label, open = false, content, onToggle }) {
  const element = h(
    "details",
    { class: "disclosure", onToggle: () => onToggle?.(element.open) },
    h("summary", { class: "disclosure-label" }, icon("chevron-right"), h("span", null, label)),
    h("div", { class: "disclosure-content" }, content),
  );
  element.open = open;
  return element;
}
