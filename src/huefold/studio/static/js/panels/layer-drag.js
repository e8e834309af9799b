// @ts-check
/** Dragging rows of the layers panel to another place in the order. */

import { h } from "../ui/dom.js";

const FAR_ENOUGH = 4;
const EDGE = 24;

/** @typedef {import('./layer-items.js').LayerItem} LayerItem */

/**
 * @param {import('./virtual.js').VirtualList<LayerItem>} list
 * @param {object} hear
 * @param {() => readonly LayerItem[]} hear.items
 * @param {(key: string) => boolean} hear.canDrag called when a drag begins: selects what will be moved
 * @param {(target: {id: string, above: boolean}, key: string) => void} hear.onDrop
 */
export function makeDraggable(list, { items, canDrag, onDrop }) {
  const line = h("div", { class: "layer-line", hidden: true });
  list.inner.append(line);
  /** @type {{key: string, y: number, pointer: number, active: boolean, target: {id: string, above: boolean} | null} | null} */
  let drag = null;

  list.inner.addEventListener("pointerdown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".layer:not(.layer-group)"));
    if (!row || event.button !== 0 || target.closest(".layer-action, input")) return;
    // Fingers scroll the list; they drag by the grip.
    if (event.pointerType !== "mouse" && !target.closest(".layer-grip")) return;
    drag = { key: row.dataset.key ?? "", y: event.clientY, pointer: event.pointerId, active: false, target: null };
  });

  list.inner.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (!drag.active) {
      if (Math.abs(event.clientY - drag.y) < FAR_ENOUGH) return;
      if (!canDrag(drag.key)) return end();
      drag.active = true;
      list.inner.setPointerCapture(event.pointerId);
      list.inner.classList.add("layers-dragging");
    }
    scrollAtEdges(event.clientY);
    drag.target = targetAt(event.clientY, drag.key);
  });

  list.inner.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { active, target, key } = drag;
    end();
    if (active && target) onDrop(target, key);
  });
  list.inner.addEventListener("pointercancel", end);
  list.inner.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag?.active) {
      event.stopPropagation();
      end();
    }
  });
  // The click that ends a drag selects nothing.
  list.inner.addEventListener("click", (event) => event.detail > 0 && moved && event.stopImmediatePropagation(), true);
  let moved = false;

  function end() {
    moved = drag?.active ?? false;
    window.setTimeout(() => {
      moved = false;
    });
    drag = null;
    line.hidden = true;
    list.inner.classList.remove("layers-dragging");
  }

  /** @param {number} y */
  function scrollAtEdges(y) {
    const box = list.element.getBoundingClientRect();
    if (y < box.top + EDGE) list.element.scrollTop -= list.rowHeight / 2;
    if (y > box.bottom - EDGE) list.element.scrollTop += list.rowHeight / 2;
  }

  /**
   * @param {number} y
   * @param {string} key of the row that is dragged
   * @returns {{id: string, above: boolean} | null} null where it may not be put
   */
  function targetAt(y, key) {
    const all = items();
    const gap = Math.round((y - list.inner.getBoundingClientRect().top) / list.rowHeight);
    const role = all.find((item) => item.key === key)?.role;
    const [over, under] = [all[gap - 1], all[gap]];
    const fits = (/** @type {LayerItem | undefined} */ item) => item?.kind === "path" && item.role === role;
    line.hidden = !fits(over) && !fits(under);
    line.style.transform = `translateY(${gap * list.rowHeight - 1}px)`;
    if (fits(under)) return { id: under.key, above: true };
    return fits(over) ? { id: over.key, above: false } : null;
  }
}
