// @ts-check
/**
 * The map as numbers: one byte a pixel, 0 matters not, 255 matters most. Nothing here knows of the page.
 *
 * Painting raises values to the brush's strength and erasing lowers them to what strength leaves; neither goes
 * further however often a place is passed, so that a stroke never builds up.
 *
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Rect half-open, in pixels of the map
 * @typedef {{x: number, y: number, radius: number, strength: number}} Touch where the brush is; strength in [0, 1]
 * @typedef {{fill: (x: number, y: number) => number, rect: Rect}} Area how much of a pixel lies inside, 0..255
 */

/**
 * @param {number} width
 * @param {number} height
 */
export function createField(width, height) {
  return { width, height, values: new Uint8Array(width * height) };
}

/** @typedef {ReturnType<typeof createField>} Field */

/**
 * The part of a rectangle that lies on the field, in whole pixels.
 *
 * @param {Field} field
 * @param {Rect} rect
 * @returns {Rect}
 */
export function clip(field, { x0, y0, x1, y1 }) {
  return {
    x0: Math.max(0, Math.floor(x0)),
    y0: Math.max(0, Math.floor(y0)),
    x1: Math.min(field.width, Math.ceil(x1)),
    y1: Math.min(field.height, Math.ceil(y1)),
  };
}

/** @param {Rect} rect */
export const isEmptyRect = (rect) => rect.x1 <= rect.x0 || rect.y1 <= rect.y0;

/**
 * @param {Rect | null} a
 * @param {Rect} b
 * @returns {Rect} the smallest around both
 */
export function rectAround(a, b) {
  if (a === null) return b;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}

/**
 * What a line between two touches of the brush can change.
 *
 * @param {Field} field
 * @param {Touch} from
 * @param {Touch} to
 * @returns {Rect}
 */
export function segmentRect(field, from, to) {
  const reach = Math.max(from.radius, to.radius) + 1;
  return clip(field, {
    x0: Math.min(from.x, to.x) - reach,
    y0: Math.min(from.y, to.y) - reach,
    x1: Math.max(from.x, to.x) + reach,
    y1: Math.max(from.y, to.y) + reach,
  });
}

/**
 * Draw the brush along a line: all that infinitely many stamps would do, in one pass over the pixels.
 *
 * @param {Field} field
 * @param {Touch} from
 * @param {Touch} to
 * @param {number} hardness share of the radius that is filled evenly; beyond it the brush fades out
 * @param {boolean} erase
 * @returns {Rect} what changed; empty where nothing did
 */
export function paintSegment(field, from, to, hardness, erase) {
  const { values, width } = field;
  const rect = segmentRect(field, from, to);
  const changed = { x0: rect.x1, y0: rect.y1, x1: rect.x0, y1: rect.y0 };
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  const inverse = length > 0 ? 1 / (length * length) : 0;
  const [growth, gain] = [to.radius - from.radius, to.strength - from.strength];
  const most = Math.round(Math.max(from.strength, to.strength) * 255);
  // A circle around the middle of the line that holds all of it: most corners of the rectangle lie outside.
  const [mx, my] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const reach = Math.max(from.radius, to.radius) + 1 + length / 2;
  for (let y = rect.y0; y < rect.y1; y++) {
    const py = y + 0.5 - from.y;
    const half = Math.sqrt(Math.max(0, reach * reach - (y + 0.5 - my) * (y + 0.5 - my)));
    const start = Math.max(rect.x0, Math.floor(mx - half));
    const end = Math.min(rect.x1, Math.ceil(mx + half));
    for (let x = start, i = y * width + start; x < end; x++, i++) {
      const old = values[i];
      if (erase ? old <= 255 - most : old >= most) continue; // nothing on this line can change it
      const px = x + 0.5 - from.x;
      let t = (px * dx + py * dy) * inverse;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      const radius = from.radius + t * growth;
      const ex = px - t * dx;
      const ey = py - t * dy;
      const squared = ex * ex + ey * ey;
      if (squared >= (radius + 0.5) * (radius + 0.5)) continue;
      const inner = (radius - 0.5) * hardness; // below it the falloff is 1, whatever the rim: no root needed
      const share = squared <= inner * inner ? 1 : falloff(Math.sqrt(squared), radius, hardness);
      const value = (share * (from.strength + t * gain) * 255 + 0.5) | 0;
      const next = erase ? 255 - value : value;
      if (erase ? next >= old : next <= old) continue;
      values[i] = next;
      if (x < changed.x0) changed.x0 = x;
      if (x >= changed.x1) changed.x1 = x + 1;
      if (y < changed.y0) changed.y0 = y;
      changed.y1 = y + 1;
    }
  }
  return changed;
}

/**
 * @param {number} distance from the middle of the brush
 * @param {number} radius
 * @param {number} hardness
 * @returns {number} how much of the brush's strength arrives there; the rim is at least a pixel wide
 */
export function falloff(distance, radius, hardness) {
  const inner = Math.min(radius * hardness, radius - 0.5);
  const rim = Math.max(radius, inner + 1) - inner;
  const t = (distance - inner) / rim;
  if (t <= 0) return 1;
  if (t >= 1) return 0;
  return 1 - t * t * (3 - 2 * t);
}

/**
 * Fill an area evenly.
 *
 * @param {Field} field
 * @param {Area} area
 * @param {number} strength in [0, 1]
 * @param {boolean} erase
 */
export function fillArea(field, area, strength, erase) {
  const { values, width } = field;
  const { x0, y0, x1, y1 } = clip(field, area.rect);
  for (let y = y0; y < y1; y++) {
    for (let x = x0, i = y * width + x0; x < x1; x++, i++) {
      const value = Math.round(area.fill(x, y) * strength);
      if (erase) values[i] = Math.min(values[i], 255 - value);
      else values[i] = Math.max(values[i], value);
    }
  }
}

/** @param {Field} field */
export function invert({ values }) {
  for (let i = 0; i < values.length; i++) values[i] = 255 - values[i];
}

/**
 * @param {Field} field
 * @returns {boolean} whether nothing is painted
 */
export function isEmpty({ values }) {
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) return false;
  return true;
}
