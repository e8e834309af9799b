// @ts-check
/**
 * The layers panel by keyboard: arrows go from row to row (Shift selects a range, Ctrl only moves), Right goes to
 * the buttons of a row and Left back, Alt and an arrow move the shapes, F2 renames, Delete deletes. On a button of a row,
 * Enter and Space press it; all else is meant for the row.
 *
 * @typedef {import('./layer-items.js').LayerItem} LayerItem
 * @typedef {import('./layer-items.js').Role} Role
 * @typedef {import('./virtual.js').VirtualList<LayerItem>} LayerList
 * @typedef {object} LayerPanel what can be done in the panel
 * @property {() => readonly LayerItem[]} items
 * @property {(key: string, how?: {extend?: boolean, toggle?: boolean}) => void} choose
 * @property {(ids: readonly string[]) => void} select
 * @property {(key: string) => boolean} isSelected
 * @property {(item: LayerItem) => readonly string[]} meant what an action on a row is about
 * @property {(key: string) => void} focusRow
 * @property {(role: Role) => void} fold
 * @property {(key: string) => void} startRename
 * @property {(up: boolean) => void} moveSelection
 * @property {(ids: readonly string[]) => void} deleteRows
 */

/**
 * @param {LayerList} list
 * @param {LayerPanel} panel
 */
export function listenToKeys(list, panel) {
  list.inner.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".layer"));
    const at = panel.items().findIndex((item) => item.key === row?.dataset.key);
    if (!row || at < 0) return;
    const done = target === row ? onRow(event, panel, list, at) : onPart(event, panel, list, { row, target, at });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/**
 * @param {KeyboardEvent} event
 * @param {LayerPanel} panel
 * @param {LayerList} list
 * @param {number} at
 * @returns {boolean} whether the key was meant for the row
 */
function onRow(event, panel, list, at) {
  const items = panel.items();
  const item = items[at];
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    if (item.kind === "path" && !panel.isSelected(item.key)) panel.choose(item.key);
    panel.moveSelection(event.key === "ArrowUp");
    return true;
  }
  const page = Math.max(1, Math.floor(list.element.clientHeight / list.rowHeight) - 1);
  /** @type {Record<string, number>} */
  const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -at, End: items.length - 1 - at };
  if (event.key in steps && !event.altKey) {
    const next = items[Math.min(items.length - 1, Math.max(0, at + steps[event.key]))];
    if (!event.ctrlKey && !event.metaKey) panel.choose(next.key, { extend: event.shiftKey });
    panel.focusRow(next.key);
    return true;
  }
  if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    panel.select(items.flatMap((one) => (one.kind === "path" ? [one.key] : [])));
    return true;
  }
  return item.kind === "group" ? onGroup(event, panel, item, list) : onPath(event, panel, item, list);
}

/**
 * @param {KeyboardEvent} event
 * @param {LayerPanel} panel
 * @param {import('./layer-items.js').GroupItem} item
 * @param {LayerList} list
 */
function onGroup(event, panel, item, list) {
  const opens = event.key === "ArrowRight" && !item.open;
  const closes = event.key === "ArrowLeft" && item.open;
  if (opens || closes || event.key === "Enter" || event.key === " ") {
    panel.fold(item.role);
    return true;
  }
  return event.key === "ArrowRight" && enterRow(list.rowOf(item.key));
}

/**
 * @param {KeyboardEvent} event
 * @param {LayerPanel} panel
 * @param {import('./layer-items.js').PathItem} item
 * @param {LayerList} list
 */
function onPath(event, panel, item, list) {
  switch (event.key) {
    case "ArrowRight":
      return enterRow(list.rowOf(item.key));
    case "ArrowLeft":
      panel.focusRow(`group:${item.role}`);
      return true;
    case " ":
      panel.choose(item.key, { toggle: true });
      return true;
    case "Enter":
      if (event.ctrlKey || event.metaKey) return false;
      panel.startRename(item.key);
      return true;
    case "F2":
      panel.startRename(item.key);
      return true;
    case "Delete":
    case "Backspace":
      panel.deleteRows(panel.meant(item));
      return true;
    default:
      return false;
  }
}

/**
 * @param {KeyboardEvent} event
 * @param {LayerPanel} panel
 * @param {LayerList} list
 * @param {{row: HTMLElement, target: HTMLElement, at: number}} where a part of a row has the focus
 */
function onPart(event, panel, list, { row, target, at }) {
  if (!target.matches(".layer-action")) return false;
  if (event.key === "Enter" || event.key === " ") return false;
  return onButton(event, row, target) || onRow(event, panel, list, at);
}

/** @param {HTMLElement | undefined} row */
function enterRow(row) {
  const first = /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".layer-action:not(:disabled)"));
  first?.focus();
  return Boolean(first);
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} row
 * @param {HTMLElement} target
 */
function onButton(event, row, target) {
  const all = /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".layer-action:not(:disabled)")]);
  const at = all.indexOf(target);
  if (at < 0) return false;
  if (event.key === "Escape" || (event.key === "ArrowLeft" && at === 0)) {
    row.focus();
    return true;
  }
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    all[Math.min(all.length - 1, at + (event.key === "ArrowRight" ? 1 : -1))].focus();
    return true;
  }
  return false;
}
