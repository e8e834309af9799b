// @ts-check
/** Label pictures: a region's number in each pixel, as red + 256 green + 65536 blue. */

/**
 * @typedef {{width: number, height: number, ids: Uint32Array}} Labels
 * @typedef {import('./field.js').Rect} Rect
 */

/**
 * @param {Blob} blob a PNG
 * @returns {Promise<Labels>}
 */
export async function readLabels(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  return { width, height, ids: pixels.map((pixel) => pixel & 0xffffff) };
}

/**
 * @param {Labels} labels
 * @param {number} u across the photo, in [0, 1)
 * @param {number} v down the photo, in [0, 1)
 * @returns {number | null} the region there; null beside the photo
 */
export function regionAt({ width, height, ids }, u, v) {
  if (!(u >= 0 && u < 1 && v >= 0 && v < 1)) return null;
  return ids[Math.floor(v * height) * width + Math.floor(u * width)];
}

/**
 * The smallest rectangle of each region.
 *
 * @param {Labels} labels
 * @returns {Map<number, Rect>}
 */
export function boxes({ width, height, ids }) {
  /** @type {Map<number, Rect>} */
  const found = new Map();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const box = found.get(ids[i]);
      if (box === undefined) found.set(ids[i], { x0: x, y0: y, x1: x + 1, y1: y + 1 });
      else {
        if (x < box.x0) box.x0 = x;
        if (x >= box.x1) box.x1 = x + 1;
        box.y1 = y + 1;
      }
    }
  }
  return found;
}

/**
 * The border of a region as lines along pixel edges, in pixels of the labels.
 *
 * @param {Labels} labels
 * @param {number} id
 * @param {Rect} box
 * @returns {Path2D}
 */
export function border({ width, height, ids }, id, { x0, y0, x1, y1 }) {
  const path = new Path2D();
  /** @param {number} x @param {number} y */
  const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && ids[y * width + x] === id;
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const here = inside(x, y);
      if (here !== inside(x, y - 1)) lineTo(path, x, y, x + 1, y);
      if (here !== inside(x - 1, y)) lineTo(path, x, y, x, y + 1);
    }
  }
  return path;
}

/**
 * @param {Path2D} path
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 */
function lineTo(path, ax, ay, bx, by) {
  path.moveTo(ax, ay);
  path.lineTo(bx, by);
}
