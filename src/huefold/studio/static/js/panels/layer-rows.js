// @ts-check
/** The rows of the layers panel as elements. */

import { counted } from "../flow/words.js";
import { h, replace } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { backgroundOf } from "./layer-items.js";

/** @typedef {import('./layer-items.js').LayerItem} LayerItem */

/**
 * @param {LayerItem} item
 * @returns {HTMLElement}
 */
export function makeRow(item) {
  return item.kind === "group" ? groupRow() : pathRow();
}

const groupRow = () =>
  h(
    "div",
    { class: "layer layer-group", role: "row", tabindex: -1, "aria-level": 1 },
    h(
      "div",
      { class: "layer-main", role: "gridcell" },
      h("span", { class: "layer-fold" }, icon("chevron-right")),
      h("span", { class: "layer-name" }),
      h("span", { class: "layer-count" }),
    ),
    h("div", { role: "gridcell" }, action("hide")),
    h("div", { role: "gridcell" }, action("lock")),
    h("div", { role: "gridcell" }, h("span", { class: "layer-gap" })),
  );

const pathRow = () =>
  h(
    "div",
    { class: "layer", role: "row", tabindex: -1, "aria-level": 2 },
    h(
      "div",
      { class: "layer-main", role: "gridcell" },
      h("span", { class: "layer-grip", "aria-hidden": "true" }),
      h("span", { class: "swatch" }),
      h("span", { class: "layer-name" }),
    ),
    h("div", { role: "gridcell" }, action("hide")),
    h("div", { role: "gridcell" }, action("lock")),
    h("div", { role: "gridcell" }, action("delete")),
  );

/** @param {LayerAction} name */
const action = (name) =>
  h("button", { type: "button", class: "layer-action", tabindex: -1, dataset: { action: name } });

/**
 * @param {HTMLElement} row
 * @param {LayerItem} item
 * @param {{index: number, focusable: boolean, selected: boolean, editable: boolean, group?: {hidden: boolean, locked: boolean}}} about
 */
export function updateRow(row, item, { index, focusable, selected, editable, group }) {
  row.dataset.key = item.key;
  row.tabIndex = focusable ? 0 : -1;
  row.setAttribute("aria-rowindex", String(index + 1));
  if (item.kind === "group") showGroup(row, item, group ?? { hidden: false, locked: false });
  else showPath(row, item, selected);
  for (const one of /** @type {NodeListOf<HTMLButtonElement>} */ (row.querySelectorAll(".layer-action"))) {
    one.disabled = !editable || (one.dataset.action === "delete" && item.kind === "path" && item.locked);
  }
}

/**
 * @param {HTMLElement} row
 * @param {import('./layer-items.js').GroupItem} item
 * @param {{hidden: boolean, locked: boolean}} all
 */
function showGroup(row, item, all) {
  row.setAttribute("aria-expanded", String(item.open));
  setText(row, ".layer-name", item.label);
  setText(row, ".layer-count", counted(item.count, "shape"));
  showAction(row, "hide", all.hidden, all.hidden ? `Show ${item.label}` : `Hide ${item.label}`);
  showAction(row, "lock", all.locked, all.locked ? `Unlock ${item.label}` : `Lock ${item.label}`);
}

/**
 * @param {HTMLElement} row
 * @param {import('./layer-items.js').PathItem} item
 * @param {boolean} selected
 */
function showPath(row, item, selected) {
  row.setAttribute("aria-selected", String(selected));
  row.classList.toggle("layer-hidden", item.hidden);
  row.classList.toggle("layer-locked", item.locked);
  const swatch = /** @type {HTMLElement} */ (row.querySelector(".swatch"));
  swatch.style.background = backgroundOf(item.path.fill);
  setText(row, ".layer-name", item.label);
  showAction(row, "hide", item.hidden, item.hidden ? `Show ${item.label}` : `Hide ${item.label}`);
  showAction(row, "lock", item.locked, item.locked ? `Unlock ${item.label}` : `Lock ${item.label}`);
  showAction(row, "delete", false, `Delete ${item.label}`);
}

/**
 * @param {HTMLElement} row
 * @param {string} selector
 * @param {string} text
 */
function setText(row, selector, text) {
  const element = row.querySelector(selector);
  // A name that is being typed is an input, not text.
  if (element && element.textContent !== text && !element.querySelector("input")) element.textContent = text;
}

/**
 * @typedef {"hide" | "lock" | "delete"} LayerAction
 * @typedef {import('../ui/icons.js').IconName} IconName
 */

/** @type {Record<LayerAction, [IconName, IconName]>} icons of the two states */
const ICONS = { hide: ["eye", "eye-off"], lock: ["unlock", "lock"], delete: ["trash", "trash"] };

/**
 * @param {HTMLElement} row
 * @param {LayerAction} name
 * @param {boolean} on
 * @param {string} label
 */
function showAction(row, name, on, label) {
  const one = /** @type {HTMLElement} */ (row.querySelector(`[data-action="${name}"]`));
  const drawn = ICONS[name][on ? 1 : 0];
  one.classList.toggle("layer-action-on", on);
  if (one.dataset.icon !== drawn) {
    one.dataset.icon = drawn;
    replace(one, icon(drawn));
  }
  if (one.getAttribute("aria-label") !== label) {
    one.setAttribute("aria-label", label);
    one.title = label;
  }
}

/**
 * Let the user type another name in place of the one shown.
 *
 * @param {HTMLElement} row
 * @param {string} name
 * @param {(name: string) => void} onDone
 */
export function renameInRow(row, name, onDone) {
  const label = /** @type {HTMLElement} */ (row.querySelector(".layer-name"));
  const input = h("input", { class: "input layer-input", type: "text", maxlength: 80, "aria-label": "Name" });
  let over = false;
  input.value = name;
  replace(label, input);
  input.focus();
  input.select();

  /** @param {boolean} keep */
  const end = (keep) => {
    if (over) return;
    over = true;
    const hadFocus = input === document.activeElement;
    replace(label, name);
    if (hadFocus) row.focus();
    if (keep && input.value.trim() !== name) onDone(input.value.trim());
  };
  input.addEventListener("blur", () => end(true));
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") end(false);
  });
  for (const type of ["pointerdown", "dblclick", "click"]) {
    input.addEventListener(type, (event) => event.stopPropagation());
  }
}
