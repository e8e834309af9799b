// @ts-check
/** All shapes of the drawing, topmost first: select, show, lock, name, move, delete. */

import { announce } from "../flow/announce.js";
import { isPath, moveTo, rename, setHidden, setLocked, step } from "../flow/edits.js";
import { counted } from "../flow/words.js";
import { h, replace } from "../ui/dom.js";
import { makeDraggable } from "./layer-drag.js";
import { layerItems } from "./layer-items.js";
import { listenToKeys } from "./layer-keys.js";
import { makeRow, renameInRow, updateRow } from "./layer-rows.js";
import { createVirtualList } from "./virtual.js";

/**
 * @typedef {import('./layer-items.js').LayerItem} LayerItem
 * @typedef {import('./layer-items.js').Role} Role
 * @typedef {import('./layer-rows.js').LayerAction} LayerAction
 * @typedef {import('../types.js').State} State
 */

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountLayers(host, store, context) {
  /** @type {Set<Role>} */
  const closed = new Set();
  /** @type {LayerItem[]} */
  let items = [];
  let focusKey = "";
  let anchor = "";
  /** @type {ReadonlySet<string>} */
  let selected = new Set();
  /** @type {readonly string[] | null} the selection that this panel made */
  let ownSelection = null;

  const list = createVirtualList({
    rowHeight: window.matchMedia("(pointer: coarse)").matches ? 44 : 28,
    key: (/** @type {LayerItem} */ item) => item.key,
    kind: (item) => item.kind,
    make: makeRow,
    pinned: () => focusKey,
    update: (row, item, index) => updateRow(row, item, about(item, index)),
    inner: { class: "layers", role: "treegrid", "aria-label": "Shapes", "aria-multiselectable": "true" },
  });
  const nothing = h("p", { class: "panel-empty" }, "Shapes are listed here once there is a drawing.");
  const summary = h("p", { class: "panel-foot" });
  replace(host, h("div", { class: "panel-fill" }, nothing, list.element, summary));

  /**
   * @param {LayerItem} item
   * @param {number} index
   */
  function about(item, index) {
    const { edits, sceneFinal } = store.get();
    const own = item.kind === "group" ? idsOf(item.role) : [];
    const all = (/** @type {string[]} */ ids) => {
      const set = new Set(ids);
      return own.length > 0 && own.every((id) => set.has(id));
    };
    const group = item.kind === "group" ? { hidden: all(edits.hidden), locked: all(edits.locked) } : undefined;
    return { index, focusable: item.key === focusKey, selected: selected.has(item.key), editable: sceneFinal, group };
  }

  /**
   * @param {Role} role
   * @returns {string[]}
   */
  function idsOf(role) {
    const { base, edits } = store.get();
    if (!base) return [];
    const deleted = new Set(edits.deleted);
    return base.paths.flatMap((path) =>
      path.role === role && !deleted.has(path.id) ? [path.id] : [],
    );
  }

  function show() {
    const state = store.get();
    if (state.panel !== "layers" && state.base && items.length > 0) return;
    items = layerItems(state, closed);
    // Until a row was chosen, the Tab key reaches the first one.
    if (anchor === "" || !items.some((item) => item.key === focusKey)) focusKey = items[0]?.key ?? "";
    nothing.hidden = items.length > 0;
    list.element.hidden = items.length === 0;
    list.inner.setAttribute("aria-rowcount", String(items.length));
    summary.hidden = items.length === 0;
    list.setItems(items);
    showSelection();
  }

  function showSelection() {
    const state = store.get();
    selected = new Set(state.selection);
    summary.textContent = inShort(state);
    list.refresh();
  }

  /** A shape was clicked on the canvas: its row comes into view. */
  function follow() {
    const { selection, panel } = store.get();
    if (panel !== "layers" || selection === ownSelection || selection.length === 0) return;
    const path = store.get().base?.paths.find((one) => one.id === selection.at(-1));
    if (path && closed.delete(path.role)) show();
    const index = items.findIndex((item) => item.key === path?.id);
    if (index < 0) return;
    anchor = focusKey = items[index].key;
    list.reveal(index);
    list.refresh();
  }

  /** @param {readonly string[]} selection */
  function select(selection) {
    ownSelection = selection;
    store.set({ selection });
  }

  /**
   * @param {string} key
   * @param {{extend?: boolean, toggle?: boolean}} [how]
   */
  function choose(key, { extend = false, toggle = false } = {}) {
    const { selection } = store.get();
    const item = items.find((one) => one.key === key);
    if (!item) return;
    focusKey = key;
    if (item.kind === "group") return list.refresh();
    if (extend) return select(between(anchor || key, key));
    anchor = key;
    if (!toggle) return select([key]);
    select(selection.includes(key) ? selection.filter((id) => id !== key) : [...selection, key]);
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  function between(from, to) {
    const [a, b] = [from, to].map((key) => items.findIndex((item) => item.key === key)).sort((x, y) => x - y);
    return items.slice(Math.max(0, a), b + 1).flatMap((item) => (item.kind === "path" ? [item.key] : []));
  }

  /** @param {Role} role */
  function fold(role) {
    if (!closed.delete(role)) closed.add(role);
    show();
  }

  /**
   * @param {string} key
   * @param {boolean} [keepFocus]
   */
  function focusRow(key, keepFocus = true) {
    const index = items.findIndex((item) => item.key === key);
    if (index < 0) return;
    focusKey = key;
    list.reveal(index);
    list.refresh();
    if (keepFocus) list.rowOf(key)?.focus({ preventScroll: true });
  }

  /**
   * What an action on a row is about: the whole selection where the row is part of it.
   *
   * @param {LayerItem} item
   */
  const meant = (item) => {
    if (item.kind === "group") return idsOf(item.role);
    const { selection } = store.get();
    return selection.includes(item.key) ? selection : [item.key];
  };

  /**
   * @param {LayerAction} name
   * @param {LayerItem} item
   */
  function act(name, item) {
    const ids = meant(item);
    const what = ids.length === 1 ? "shape" : counted(ids.length, "shape");
    const { edits } = store.get();
    if (name === "hide") {
      const hide = !ids.every((id) => edits.hidden.includes(id));
      context.flow.edit(`${hide ? "Hide" : "Show"} ${what}`, (now) => setHidden(now, ids, hide));
    } else if (name === "lock") {
      const lock = !ids.every((id) => edits.locked.includes(id));
      context.flow.edit(`${lock ? "Lock" : "Unlock"} ${what}`, (now) => setLocked(now, ids, lock));
    } else {
      deleteRows(ids);
    }
  }

  /** @param {readonly string[]} ids */
  function deleteRows(ids) {
    const gone = new Set(ids);
    const at = items.findIndex((item) => gone.has(item.key));
    const next = items.slice(at).find((item) => !gone.has(item.key)) ?? items[at - 1];
    select(ids);
    context.flow.deleteSelection();
    if (next) {
      show();
      focusRow(next.key, list.element.contains(document.activeElement) || document.activeElement === document.body);
    }
  }

  /** @param {string} key */
  function startRename(key) {
    const item = items.find((one) => one.key === key);
    const row = list.rowOf(key);
    if (item?.kind !== "path" || !isPath(item) || !row || !store.get().sceneFinal) return;
    renameInRow(row, item.label, (name) => {
      context.flow.edit("Rename shape", (now) => rename(now, key, name));
    });
  }

  /** @param {boolean} up */
  function moveSelection(up) {
    const { base, selection } = store.get();
    if (!base || selection.length === 0) return;
    context.flow.edit(up ? "Move up" : "Move down", (now) => step(now, base, selection, up));
    show();
    focusRow(focusKey);
    const place = items.filter((item) => item.kind === "path").findIndex((item) => item.key === focusKey);
    announce(`Moved ${up ? "up" : "down"}, now ${place + 1} from the top.`);
  }

  listenToClicks(list, { items: () => items, choose, fold, act, startRename });
  listenToKeys(list, {
    items: () => items,
    choose,
    fold,
    focusRow,
    select,
    meant,
    isSelected: (key) => selected.has(key),
    deleteRows,
    startRename,
    moveSelection,
  });
  makeDraggable(list, {
    items: () => items,
    canDrag(key) {
      if (!store.get().sceneFinal) return false;
      if (!store.get().selection.includes(key)) choose(key);
      return true;
    },
    onDrop(target) {
      const { base, selection } = store.get();
      if (!base) return;
      /** @param {import('../types.js').Edits} now */
      const change = (now) => moveTo(now, base, selection, target);
      context.flow.edit(selection.length === 1 ? "Move shape" : `Move ${selection.length} shapes`, change);
    },
  });
  store.on(["base", "edits", "sceneFinal", "panel"], show);
  store.on(["selection"], showSelection);
  store.on(["selection", "panel"], follow);
  show();
}

/**
 * @param {import('./virtual.js').VirtualList<LayerItem>} list
 * @param {Pick<import('./layer-keys.js').LayerPanel, "items" | "choose" | "fold" | "startRename"> &
 *   {act: (name: LayerAction, item: LayerItem) => void}} panel
 */
function listenToClicks(list, { items, choose, fold, act, startRename }) {
  /** @param {Event} event */
  const itemOf = (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest(".layer"));
    return items().find((item) => item.key === row?.dataset.key);
  };
  list.inner.addEventListener("click", (event) => {
    const item = itemOf(event);
    const action = /** @type {HTMLElement | null} */ (
      /** @type {HTMLElement} */ (event.target).closest(".layer-action")
    );
    if (!item) return;
    if (action) act(/** @type {LayerAction} */ (action.dataset.action), item);
    else if (item.kind === "group") fold(item.role);
    else choose(item.key, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  });
  list.inner.addEventListener("dblclick", (event) => {
    const item = itemOf(event);
    const onAction = /** @type {HTMLElement} */ (event.target).closest(".layer-action");
    if (item?.kind === "path" && !onAction) startRename(item.key);
  });
}

/** @param {State} state */
function inShort({ base, edits, selection, sceneFinal }) {
  if (!base) return "";
  if (!sceneFinal) return "Drawing: shapes can be changed when it is done.";
  const said = [counted(base.paths.length - edits.deleted.length, "shape")];
  if (edits.hidden.length > 0) said.push(`${edits.hidden.length} hidden`);
  if (edits.deleted.length > 0) said.push(`${edits.deleted.length} deleted`);
  if (selection.length > 0) said.push(`${selection.length} selected`);
  return said.join(", ");
}
