// @ts-check
/**
 * Layers of pixels as large as the stage: what they show is drawn anew when the view moves, and left alone while
 * the user paints.
 *
 * @typedef {import('./viewport.js').View} View
 * @typedef {{source: CanvasImageSource & {width: number, height: number}, crisp?: boolean}} Picture
 */
import { h } from "../ui/dom.js";

/**
 * A canvas that covers the stage at the screen's resolution.
 *
 * @param {string} name its class
 */
export function createLayer(name) {
  const element = h("canvas", { class: `stage-layer ${name}`, "aria-hidden": "true" });
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  let ratio = 1;
  return {
    element,
    context,
    get ratio() {
      return ratio;
    },
    /** Empty it, at the stage's size. @param {View} view */
    reset({ width, height }) {
      ratio = window.devicePixelRatio || 1;
      const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
      context.setTransform(1, 0, 0, 1, 0, 0);
      if (element.width !== columns || element.height !== rows) {
        element.width = columns;
        element.height = rows;
      } else context.clearRect(0, 0, columns, rows);
    },
    /** Draw in CSS pixels of the stage. */
    inStage() {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      return context;
    },
    /** Draw in pixels of the photo. @param {View} view */
    inPhoto({ scale, x, y }) {
      context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
      return context;
    },
  };
}

/** @typedef {ReturnType<typeof createLayer>} Layer */

/**
 * Draw a picture over the whole photo. Large sources are drawn from the smallest copy that is large enough.
 *
 * @param {Layer} layer
 * @param {View} view
 * @param {readonly Picture[]} copies largest first
 */
export function drawPicture(layer, view, copies) {
  const wanted = view.photoWidth * view.scale * layer.ratio;
  const { source, crisp } = copies.findLast((copy) => copy.source.width >= wanted) ?? copies[0];
  const context = layer.inPhoto(view);
  context.imageSmoothingEnabled = !crisp && wanted / source.width < 4; // further in, pixels are what one looks for
  context.imageSmoothingQuality = "low"; // anything better makes copies of the whole picture at each draw
  // Only what is in sight, with a pixel around it for the filter.
  const [sx, sy] = [source.width / view.photoWidth, source.height / view.photoHeight];
  const x0 = Math.max(0, Math.floor((-view.x / view.scale) * sx) - 1);
  const y0 = Math.max(0, Math.floor((-view.y / view.scale) * sy) - 1);
  const x1 = Math.min(source.width, Math.ceil(((view.width - view.x) / view.scale) * sx) + 1);
  const y1 = Math.min(source.height, Math.ceil(((view.height - view.y) / view.scale) * sy) + 1);
  if (x1 <= x0 || y1 <= y0) return;
  context.drawImage(source, x0, y0, x1 - x0, y1 - y0, x0 / sx, y0 / sy, (x1 - x0) / sx, (y1 - y0) / sy);
}

/**
 * Copies of a bitmap, each half as large as the one before, so that a large photo moves as easily as a small one.
 *
 * @param {ImageBitmap} bitmap
 * @returns {Picture[]}
 */
export function halvings(bitmap) {
  /** @type {Picture[]} */
  const copies = [{ source: bitmap }];
  let last = /** @type {Picture['source']} */ (bitmap);
  while (last.width > 1024 && last.height > 2) {
    const half = h("canvas", { width: Math.ceil(last.width / 2), height: Math.ceil(last.height / 2) });
    const context = /** @type {CanvasRenderingContext2D} */ (half.getContext("2d"));
    context.imageSmoothingQuality = "low"; // halving is a mean of four
    context.drawImage(last, 0, 0, half.width, half.height);
    copies.push({ source: half });
    last = half;
  }
  return copies;
}

/**
 * Draw a part of the map's picture, and nothing beside it.
 *
 * @param {Layer} layer
 * @param {View} view
 * @param {HTMLCanvasElement} picture
 * @param {import('./field.js').Rect} rect in pixels of the map
 */
export function drawMapPart(layer, view, picture, rect) {
  const [sx, sy] = [view.photoWidth / picture.width, view.photoHeight / picture.height];
  const unit = layer.ratio * view.scale;
  const left = Math.max(0, Math.floor((rect.x0 - 1) * sx * unit + layer.ratio * view.x));
  const top = Math.max(0, Math.floor((rect.y0 - 1) * sy * unit + layer.ratio * view.y));
  const right = Math.min(layer.element.width, Math.ceil((rect.x1 + 1) * sx * unit + layer.ratio * view.x));
  const bottom = Math.min(layer.element.height, Math.ceil((rect.y1 + 1) * sy * unit + layer.ratio * view.y));
  if (right <= left || bottom <= top) return;
  const { context } = layer;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.clearRect(left, top, right - left, bottom - top);
  layer.inPhoto(view);
  context.imageSmoothingEnabled = true;
  // Only the source pixels that show: a browser that scales the rest too would make long strokes slow.
  const [x0, y0] = [Math.max(0, rect.x0 - 3), Math.max(0, rect.y0 - 3)];
  const [x1, y1] = [Math.min(picture.width, rect.x1 + 3), Math.min(picture.height, rect.y1 + 3)];
  context.drawImage(picture, x0, y0, x1 - x0, y1 - y0, x0 * sx, y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy);
  context.restore();
}
