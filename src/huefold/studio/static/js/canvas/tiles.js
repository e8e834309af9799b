// @ts-check
/**
 * What a step changed, as tiles of the map before and after it: undo costs memory by what was touched, not by
 * the size of the map. A tile of one value is kept as that value.
 *
 * @typedef {import('./field.js').Field} Field
 * @typedef {import('./field.js').Rect} Rect
 * @typedef {Uint8Array | number} Tile
 */

export const TILE = 64;

/**
 * @param {Field} field
 * @param {number} column
 * @param {number} row
 * @returns {Rect}
 */
function tileRect(field, column, row) {
  return {
    x0: column * TILE,
    y0: row * TILE,
    x1: Math.min(field.width, (column + 1) * TILE),
    y1: Math.min(field.height, (row + 1) * TILE),
  };
}

/**
 * @param {Field} field
 * @param {Rect} rect
 * @returns {Tile}
 */
function copyTile({ values, width }, { x0, y0, x1, y1 }) {
  const copy = new Uint8Array((x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y++)
    copy.set(values.subarray(y * width + x0, y * width + x1), (y - y0) * (x1 - x0));
  return isUniform(copy) ? copy[0] : copy;
}

/** @param {Uint8Array} bytes */
function isUniform(bytes) {
  for (let i = 1; i < bytes.length; i++) if (bytes[i] !== bytes[0]) return false;
  return true;
}

/**
 * @param {Field} field
 * @param {Rect} rect
 * @param {Tile} tile
 */
function writeTile({ values, width }, { x0, y0, x1, y1 }, tile) {
  for (let y = y0; y < y1; y++) {
    if (typeof tile === "number") values.fill(tile, y * width + x0, y * width + x1);
    else values.set(tile.subarray((y - y0) * (x1 - x0), (y - y0 + 1) * (x1 - x0)), y * width + x0);
  }
}

/** @param {Tile | undefined} tile */
const bytesOf = (tile) => (tile instanceof Uint8Array ? tile.byteLength : 8);

/**
 * A recorder of one step: tell it what is about to change, then ask for the change.
 *
 * @param {Field} field
 */
export function recordStep(field) {
  /** @type {Map<number, Tile>} */
  const before = new Map();
  /** @type {Map<number, Tile>} */
  const after = new Map();
  const columns = Math.ceil(field.width / TILE);

  /** @param {number} key */
  const rectOf = (key) => tileRect(field, key % columns, Math.floor(key / columns));

  /** @param {Map<number, Tile>} tiles @returns {Rect} what was written */
  const restore = (tiles) => {
    const all = { x0: field.width, y0: field.height, x1: 0, y1: 0 };
    for (const [key, tile] of tiles) {
      const rect = rectOf(key);
      writeTile(field, rect, tile);
      all.x0 = Math.min(all.x0, rect.x0);
      all.y0 = Math.min(all.y0, rect.y0);
      all.x1 = Math.max(all.x1, rect.x1);
      all.y1 = Math.max(all.y1, rect.y1);
    }
    return all;
  };

  return {
    /** @param {Rect} rect a part of the field that is about to change */
    touch({ x0, y0, x1, y1 }) {
      if (x1 <= x0 || y1 <= y0) return;
      for (let row = Math.floor(y0 / TILE); row * TILE < y1; row++) {
        for (let column = Math.floor(x0 / TILE); column * TILE < x1; column++) {
          const key = row * columns + column;
          if (!before.has(key)) before.set(key, copyTile(field, tileRect(field, column, row)));
        }
      }
    },
    /** @returns {boolean} whether anything changed at all */
    finish() {
      for (const [key, old] of before) {
        const now = copyTile(field, rectOf(key));
        if (sameTile(old, now)) before.delete(key);
        else after.set(key, now);
      }
      return before.size > 0;
    },
    undo: () => restore(before),
    redo: () => restore(after),
    get bytes() {
      let sum = 0;
      for (const [key, tile] of before) sum += bytesOf(tile) + bytesOf(after.get(key));
      return sum;
    },
  };
}

/** @typedef {ReturnType<typeof recordStep>} Step */

/**
 * @param {Tile} a
 * @param {Tile} b
 * @returns {boolean}
 */
function sameTile(a, b) {
  if (typeof a === "number" || typeof b === "number") return a === b;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
