// @ts-check
/**
 * A list of which only the rows in sight are elements, so that thousands scroll smoothly.
 *
 * Rows have one height. The row that the Tab key reaches is an element wherever the list is scrolled to.
 */

import { h } from "../ui/dom.js";

const BEYOND = 6;

/**
 * @template T
 * @typedef {object} VirtualList
 * @property {HTMLElement} element scrolls
 * @property {HTMLElement} inner holds the rows
 * @property {(items: readonly T[]) => void} setItems shows them; rows of the same key are kept
 * @property {() => void} refresh shows the same items, which look otherwise now
 * @property {(index: number) => void} reveal scrolls as little as needed
 * @property {(key: string) => HTMLElement | undefined} rowOf
 * @property {number} rowHeight
 */

/**
 * @template T
 * @param {object} options
 * @param {number} options.rowHeight CSS pixels
 * @param {(item: T) => string} options.key
 * @param {(item: T) => string} [options.kind] rows of one kind are used again for other items
 * @param {(item: T) => HTMLElement} options.make
 * @param {(row: HTMLElement, item: T, index: number) => void} options.update
 * @param {() => string} options.pinned key of the row that the Tab key reaches
 * @param {Record<string, string>} [options.inner] properties of the element around the rows
 * @returns {VirtualList<T>}
 */
export function createVirtualList({ rowHeight, key, kind = () => "", make, update, pinned, inner: properties = {} }) {
  const inner = h("div", { ...properties, class: `virtual-inner ${properties.class ?? ""}` });
  const element = h("div", { class: "virtual" }, inner);
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();
  /** @type {Map<string, HTMLElement[]>} rows that went out of sight, by kind */
  const unused = new Map();
  /** @type {readonly T[]} */
  let items = [];
  let drawnItems = items;
  let [first, last] = [0, -1];

  function range() {
    const top = Math.floor(element.scrollTop / rowHeight) - BEYOND;
    const bottom = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + BEYOND;
    return [Math.max(0, top), Math.min(items.length, bottom) - 1];
  }

  function draw() {
    const [from, to] = range();
    if (from === first && to === last && drawnItems === items) return;
    [first, last, drawnItems] = [from, to, items];
    const wanted = new Set();
    for (let index = from; index <= to; index += 1) wanted.add(key(items[index]));
    const beyond = items.findIndex((item) => key(item) === pinned());
    if (beyond >= 0) wanted.add(pinned());
    for (const [name, row] of rows) if (!wanted.has(name)) putAway(name, row);
    for (let index = from; index <= to; index += 1) place(items[index], index);
    if (beyond >= 0 && (beyond < from || beyond > to)) place(items[beyond], beyond);
    for (const kept of unused.values()) for (const row of kept) row.hidden = true;
  }

  /**
   * @param {string} name
   * @param {HTMLElement} row
   */
  function putAway(name, row) {
    rows.delete(name);
    const kept = unused.get(row.dataset.kind ?? "") ?? [];
    kept.push(row);
    unused.set(row.dataset.kind ?? "", kept);
  }

  /**
   * @param {T} item
   * @returns {HTMLElement}
   */
  function takeRow(item) {
    const row = unused.get(kind(item))?.pop();
    if (row) {
      row.hidden = false;
      return row;
    }
    const made = make(item);
    made.dataset.kind = kind(item);
    inner.append(made);
    return made;
  }

  /**
   * @param {T} item
   * @param {number} index
   */
  function place(item, index) {
    const name = key(item);
    let row = rows.get(name);
    if (!row) {
      row = takeRow(item);
      rows.set(name, row);
    }
    row.style.transform = `translateY(${index * rowHeight}px)`;
    update(row, item, index);
  }

  element.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(element);

  return {
    element,
    inner,
    rowHeight,
    setItems(next) {
      items = next;
      inner.style.height = `${items.length * rowHeight}px`;
      draw();
    },
    refresh() {
      drawnItems = [];
      draw();
    },
    reveal(index) {
      const top = index * rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + rowHeight - element.clientHeight;
      }
      draw();
    },
    rowOf: (name) => rows.get(name),
  };
}
