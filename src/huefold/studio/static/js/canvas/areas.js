// @ts-check
/**
 * Areas to fill: a box, a polygon, a region of a label picture; all in pixels of the map.
 *
 * @typedef {import('./field.js').Area} Area
 * @typedef {import('./field.js').Rect} Rect
 * @typedef {[number, number]} Point
 */

/**
 * @param {Point} a one corner
 * @param {Point} b the opposite one
 * @returns {Area}
 */
export function boxArea(a, b) {
  const rect = {
    x0: Math.round(Math.min(a[0], b[0])),
    y0: Math.round(Math.min(a[1], b[1])),
    x1: Math.round(Math.max(a[0], b[0])),
    y1: Math.round(Math.max(a[1], b[1])),
  };
  return { rect, fill: () => 255 };
}

/**
 * The inside of a polygon, with soft edges. Only its own rectangle is drawn and read.
 *
 * @param {readonly Point[]} points
 * @param {{width: number, height: number}} size of the map
 * @returns {Area}
 */
export function polygonArea(points, { width, height }) {
  const [across, down] = [points.map((point) => point[0]), points.map((point) => point[1])];
  const rect = {
    x0: Math.max(0, Math.floor(Math.min(...across))),
    y0: Math.max(0, Math.floor(Math.min(...down))),
    x1: Math.min(width, Math.ceil(Math.max(...across))),
    y1: Math.min(height, Math.ceil(Math.max(...down))),
  };
  const columns = rect.x1 - rect.x0;
  if (columns < 1 || rect.y1 <= rect.y0) return { rect: { x0: 0, y0: 0, x1: 0, y1: 0 }, fill: () => 0 };
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(columns, rect.y1 - rect.y0).getContext("2d", { willReadFrequently: true })
  );
  context.translate(-rect.x0, -rect.y0);
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.fill();
  const { data } = context.getImageData(0, 0, columns, rect.y1 - rect.y0);
  return { rect, fill: (x, y) => data[4 * ((y - rect.y0) * columns + x - rect.x0) + 3] };
}

/**
 * A region of a label picture that may have another size than the map.
 *
 * @param {import('./labels.js').Labels} labels
 * @param {number} id
 * @param {Rect} box the region's rectangle in the label picture
 * @param {{width: number, height: number}} size of the map
 * @returns {Area}
 */
export function regionArea(labels, id, box, { width, height }) {
  const [sx, sy] = [width / labels.width, height / labels.height];
  const rect = {
    x0: Math.floor(box.x0 * sx),
    y0: Math.floor(box.y0 * sy),
    x1: Math.ceil(box.x1 * sx),
    y1: Math.ceil(box.y1 * sy),
  };
  const fill = (/** @type {number} */ x, /** @type {number} */ y) => {
    const column = Math.min(labels.width - 1, Math.floor((x + 0.5) / sx));
    const row = Math.min(labels.height - 1, Math.floor((y + 0.5) / sy));
    return labels.ids[row * labels.width + column] === id ? 255 : 0;
  };
  return { rect, fill };
}
