// @ts-check
/**
 * The colours of a drawing: which shapes have them, how much of the picture they cover, which are nearly equal.
 *
 * @typedef {import('../types.js').ScenePath} ScenePath
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {{key: string, color: string, members: string[], ids: string[], share: number}} PaletteEntry
 *   `color` stands for all `members`; `share` of the picture, in [0, 1]
 * @typedef {"area" | "hue" | "count"} PaletteSort
 */

// Long side of the picture in which areas are counted: shares to about a thousandth.
const MEASURED = 448;

/**
 * @param {string} hex "#rrggbb"
 * @returns {[number, number, number]} 0 to 255
 */
export function rgbOf(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * Ottosson's Oklab, in which equal distances look about equally far.
 *
 * @param {string} hex
 * @returns {[number, number, number]} lightness in [0, 1], a, b
 */
export function oklab(hex) {
  const [r, g, b] = rgbOf(hex).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/**
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/**
 * The distance of two colours: 0 equal, about 2 just told apart side by side, 100 black and white.
 *
 * @param {string} one
 * @param {string} other
 */
export const difference = (one, other) => 100 * distance(oklab(one), oklab(other));

/**
 * @param {ScenePath[]} paths
 * @returns {{plain: Map<string, string[]>, gradients: string[]}} ids by colour, and of those with gradients
 */
export function colorsOf(paths) {
  /** @type {Map<string, string[]>} */
  const plain = new Map();
  /** @type {string[]} */
  const gradients = [];
  for (const path of paths) {
    if (typeof path.fill !== "string") {
      gradients.push(path.id);
      continue;
    }
    const color = path.fill.toLowerCase();
    const ids = plain.get(color);
    if (ids) ids.push(path.id);
    else plain.set(color, [path.id]);
  }
  return { plain, gradients };
}

/**
 * Join colours that are nearly equal, each to the most used one within the tolerance.
 *
 * @param {Map<string, string[]>} plain ids by colour
 * @param {Map<string, number>} shares of the picture by colour
 * @param {number} tolerance as `difference`; 0 joins nothing
 * @returns {PaletteEntry[]} by share, largest first
 */
export function group(plain, shares, tolerance) {
  const share = (/** @type {string} */ color) => shares.get(color) ?? 0;
  const colors = [...plain.keys()].sort((a, b) => share(b) - share(a) || (a < b ? -1 : 1));
  /** @type {(PaletteEntry & {lab: number[]})[]} */
  const entries = [];
  for (const color of colors) {
    const lab = oklab(color);
    const ids = plain.get(color) ?? [];
    const near = tolerance > 0 ? nearest(entries, lab) : null;
    if (near && 100 * distance(near.lab, lab) <= tolerance) {
      near.members.push(color);
      near.ids.push(...ids);
      near.share += share(color);
    } else {
      entries.push({ key: color, color, members: [color], ids: [...ids], share: share(color), lab });
    }
  }
  return entries.map(({ lab: _lab, ...entry }) => entry);
}

/**
 * @param {(PaletteEntry & {lab: number[]})[]} entries
 * @param {readonly number[]} lab
 */
function nearest(entries, lab) {
  let best = null;
  let least = Infinity;
  for (const entry of entries) {
    const far = distance(entry.lab, lab);
    if (far < least) [best, least] = [entry, far];
  }
  return best;
}

/**
 * @param {PaletteEntry[]} entries
 * @param {PaletteSort} by
 * @returns {PaletteEntry[]}
 */
export function sorted(entries, by) {
  if (by === "count") return [...entries].sort((a, b) => b.ids.length - a.ids.length || b.share - a.share);
  if (by === "area") return [...entries].sort((a, b) => b.share - a.share);
  return [...entries].sort((a, b) => hueRank(a.color) - hueRank(b.color));
}

/** @param {string} color greys first by lightness, then round the circle of hues */
function hueRank(color) {
  const [lightness, a, b] = oklab(color);
  if (Math.hypot(a, b) < 0.02) return lightness - 2;
  return (Math.atan2(b, a) + 2 * Math.PI) % (2 * Math.PI);
}

/**
 * The colours of other entries that are closest to one.
 *
 * @param {PaletteEntry[]} entries
 * @param {PaletteEntry} entry
 * @param {number} most
 */
export function neighbours(entries, entry, most) {
  return entries
    .filter((other) => other.key !== entry.key)
    .map((other) => ({ other, far: difference(other.color, entry.color) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ other }) => other);
}

/**
 * How much of the picture each plain colour covers, in sight: the scene is drawn small with a code for each colour.
 *
 * @param {SceneData} scene
 * @returns {Map<string, number>}
 */
export function measureShares(scene) {
  const scale = MEASURED / Math.max(scene.width, scene.height);
  const [width, height] = [scene.width, scene.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) return new Map();
  const colors = [
    ...new Set(scene.paths.flatMap(({ fill }) => (typeof fill === "string" ? [fill.toLowerCase()] : []))),
  ];
  const codes = new Map(colors.map((color, index) => [color, code(index + 1)]));
  context.fillStyle = "#000000";
  context.fillRect(0, 0, width, height);
  context.setTransform(width / scene.width, 0, 0, height / scene.height, 0, 0);
  for (const path of scene.paths) {
    context.fillStyle = typeof path.fill === "string" ? (codes.get(path.fill.toLowerCase()) ?? "#000000") : "#000000";
    context.fill(new Path2D(path.d), path.rule);
  }
  return countCodes(context.getImageData(0, 0, width, height).data, codes);
}

/**
 * A colour that mixtures at edges do not hit by chance: multiples of an odd number spread over all 2^24.
 *
 * @param {number} index
 */
const code = (index) => `#${((index * 10_368_889) & 0xffffff).toString(16).padStart(6, "0")}`;

/**
 * @param {Uint8ClampedArray} data RGBA
 * @param {Map<string, string>} codes by colour
 */
function countCodes(data, codes) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const value = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const pure = [...codes].map(([color, one]) => ({
    color,
    pixels: counts.get(Number.parseInt(one.slice(1), 16)) ?? 0,
  }));
  return new Map(pure.map(({ color, pixels }) => [color, pixels / (data.length / 4)]));
}
