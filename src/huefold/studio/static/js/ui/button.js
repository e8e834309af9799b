// @ts-check
import { h } from "./dom.js";
import { icon as drawIcon } from "./icons.js";

/**
 * A button.
 *
 * @param {object} options
 * @param {string} options.label What it does; shown, or read out where there is only an icon.
 * @param {import("./icons.js").IconName} [options.icon]
 * @param {"plain" | "primary" | "quiet" | "danger"} [options.kind]
 * @param {boolean} [options.iconOnly]
 * @param {string} [options.hint] Keys that do the same, shown in the tooltip.
 * @param {boolean} [options.pressed] For buttons that stay down: their state at first.
 * @param {boolean} [options.disabled]
 * @param {(event: MouseEvent) => void} [options.onClick]
 * @returns {HTMLButtonElement}
 */
export function button({ label, icon, kind = "plain", iconOnly = false, hint, pressed, disabled, onClick }) {
  const title = hint ? `${label} (${hint})` : iconOnly ? label : null;
  return h(
    "button",
    {
      type: "button",
      class: `button button-${kind}${iconOnly ? " button-icon" : ""}`,
      title,
      "aria-label": iconOnly ? label : null,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      "aria-keyshortcuts": hint ? hint.replaceAll("Ctrl", "Control").replaceAll(" ", "") : null,
      disabled: disabled ?? false,
      onClick,
    },
    icon ? drawIcon(icon) : null,
    iconOnly ? null : h("span", { class: "button-label" }, label),
  );
}
