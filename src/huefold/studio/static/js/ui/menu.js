// @ts-check
import { button } from "./button.js";
import { h, replace, uid } from "./dom.js";
import { icon as drawIcon } from "./icons.js";
import { roving } from "./roving.js";

/**
 * @typedef {{label: string, icon?: import("./icons.js").IconName, hint?: string, disabled?: boolean, checked?: boolean,
 *   onSelect: () => void}} MenuItem
 */

/**
 * A button that opens a menu; items are asked for each time it opens.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {import("./icons.js").IconName} [options.icon]
 * @param {"plain" | "primary" | "quiet" | "danger"} [options.kind]
 * @param {boolean} [options.iconOnly]
 * @param {() => readonly (MenuItem | "-")[]} options.items
 * @returns {HTMLElement}
 */
export function menuButton({ label, icon, kind, iconOnly, items }) {
  const opener = button({
    label,
    icon,
    kind,
    iconOnly,
    onClick: () => (menu.matches(":popover-open") ? close() : open()),
  });
  const menu = h("div", {
    class: "menu",
    role: "menu",
    id: uid("menu"),
    popover: "auto",
    "aria-label": label,
  });
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", menu.id);
  // A press on the opener must not close the menu first, or its click would open it again.
  opener.addEventListener("pointerdown", (event) => menu.matches(":popover-open") && event.preventDefault());
  const moveTab = roving(menu, ".menu-item");

  function open() {
    replace(menu, items().map(entry));
    menu.showPopover();
    place(menu, opener);
    const first = /** @type {HTMLElement | null} */ (menu.querySelector(".menu-item:not(:disabled)"));
    moveTab(first ?? undefined);
    first?.focus();
  }

  function close() {
    menu.hidePopover();
  }

  /** @param {MenuItem | "-"} item */
  function entry(item) {
    if (item === "-") return h("div", { class: "menu-line", role: "separator" });
    return h(
      "button",
      {
        type: "button",
        class: "menu-item",
        role: item.checked === undefined ? "menuitem" : "menuitemcheckbox",
        "aria-checked": item.checked === undefined ? null : String(item.checked),
        disabled: item.disabled ?? false,
        onClick: () => {
          close();
          opener.focus();
          item.onSelect();
        },
      },
      item.checked ? drawIcon("check") : item.icon ? drawIcon(item.icon) : h("span", { class: "icon-gap" }),
      h("span", { class: "menu-text" }, item.label),
      item.hint ? h("kbd", { class: "menu-hint" }, item.hint) : null,
    );
  }

  menu.addEventListener("toggle", () => {
    opener.setAttribute("aria-expanded", String(menu.matches(":popover-open")));
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" && event.key !== "Escape") return;
    event.stopPropagation();
    close();
    opener.focus();
  });
  return h("div", { class: "menu-host" }, opener, menu);
}

/**
 * Put a menu under its opener, inside the window.
 *
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 */
function place(menu, opener) {
  const anchor = opener.getBoundingClientRect();
  const left = Math.min(anchor.left, window.innerWidth - menu.offsetWidth - 8);
  const under = anchor.bottom + 4;
  const fits = under + menu.offsetHeight <= window.innerHeight - 8;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${fits ? under : Math.max(8, anchor.top - menu.offsetHeight - 4)}px`;
}
