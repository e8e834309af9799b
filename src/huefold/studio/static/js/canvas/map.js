// @ts-check
/**
 * The map that the user paints: the numbers, their steps in the history, and a tinted picture of them.
 *
 * Its long side is at most 2048 pixels however large the photo is. A stroke touches only the pixels under the brush:
 * the picture is kept up to date by the changed rectangle and never read back.
 *
 * @typedef {import('./field.js').Rect} Rect
 * @typedef {import('./field.js').Touch} Touch
 * @typedef {import('./field.js').Area} Area
 */
import {
  clip,
  createField,
  fillArea,
  invert,
  isEmpty,
  isEmptyRect,
  paintSegment,
  rectAround,
  segmentRect,
} from "./field.js";
import { recordStep } from "./tiles.js";

const LONGEST = 2048;
const MOST_BYTES = 64 * 2 ** 20;
const TINT = [224, 36, 156]; // --tint of tokens.css

/**
 * @param {object} hear
 * @param {(rect: Rect) => void} hear.onPixels a part of the picture changed
 * @param {() => void} hear.onEdit the user's change is complete
 * @param {import('../flow/history.js').History} hear.history
 */
export function createMap({ onPixels, onEdit, history }) {
  let field = createField(1, 1);
  let scale = 1;
  const picture = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
  const tints = tintTable();
  let image = new ImageData(1, 1);
  let pixels = new Uint32Array(image.data.buffer);
  /** @type {Rect | null} */
  let dirty = null;
  let frame = 0;
  /** @type {import('./tiles.js').Step | null} */
  let step = null;
  /** @type {{scope: string, bytes: number}[]} */
  let kept = [];
  let steps = 0;

  /** The map in grey. */
  const greyImage = () => {
    const grey = new ImageData(field.width, field.height);
    const bytes = new Uint32Array(grey.data.buffer);
    for (let i = 0; i < bytes.length; i++) bytes[i] = 0xff000000 | (field.values[i] * 0x010101);
    return grey;
  };

  /** @param {Rect} rect */
  const show = (rect) => {
    const part = clip(field, rect);
    if (isEmptyRect(part)) return;
    for (let y = part.y0; y < part.y1; y++) {
      const end = y * field.width + part.x1;
      for (let i = y * field.width + part.x0; i < end; i++) pixels[i] = tints[field.values[i]];
    }
    context.putImageData(image, 0, 0, part.x0, part.y0, part.x1 - part.x0, part.y1 - part.y0);
    onPixels(part);
  };

  /** Show what strokes have changed since the last frame. */
  const flush = () => {
    frame = 0;
    const rect = dirty;
    dirty = null;
    if (rect !== null) show(rect);
  };

  const whole = () => ({ x0: 0, y0: 0, x1: field.width, y1: field.height });

  /** The oldest steps are forgotten when all of them together take too much memory. */
  const trim = () => {
    let sum = kept.reduce((total, one) => total + one.bytes, 0);
    while (sum > MOST_BYTES && kept.length > 1) {
      const oldest = /** @type {{scope: string, bytes: number}} */ (kept.shift());
      history.forget(oldest.scope);
      sum -= oldest.bytes;
    }
  };

  /** @param {string} label */
  const finish = (label) => {
    const done = step;
    step = null;
    if (done === null || !done.finish()) return;
    const owner = field;
    const scope = `paint-${(steps += 1)}`;
    /** @param {() => Rect} restore */
    const replay = (restore) => () => {
      if (owner !== field) return; // another photo lies on the stage by now
      show(restore());
      onEdit();
    };
    kept.push({ scope, bytes: done.bytes });
    history.push({ label, scope, undo: replay(done.undo), redo: replay(done.redo) });
    trim();
    onEdit();
  };

  /** @param {Rect} rect @param {() => void} change @param {string} label */
  const edit = (rect, change, label) => {
    step = recordStep(field);
    step.touch(clip(field, rect));
    change();
    show(rect);
    finish(label);
  };

  return {
    picture,
    get scale() {
      return scale;
    },
    get size() {
      return { width: field.width, height: field.height };
    },
    get painting() {
      return step !== null;
    },
    empty: () => isEmpty(field),

    /** Start an empty map for a photo. @param {number} width @param {number} height */
    reset(width, height) {
      scale = Math.min(1, LONGEST / Math.max(width, height, 1));
      field = createField(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
      step = null;
      kept = [];
      picture.width = field.width;
      picture.height = field.height;
      image = new ImageData(field.width, field.height);
      pixels = new Uint32Array(image.data.buffer);
      dirty = null;
      onPixels(whole());
    },

    begin() {
      step = recordStep(field);
    },
    /** @param {Touch} from @param {Touch} to @param {number} hardness @param {boolean} erase */
    paint(from, to, hardness, erase) {
      const rect = segmentRect(field, from, to);
      if (step === null || isEmptyRect(rect)) return;
      step.touch(rect);
      const changed = paintSegment(field, from, to, hardness, erase);
      if (isEmptyRect(changed)) return;
      dirty = rectAround(dirty, changed);
      if (frame === 0) frame = requestAnimationFrame(flush);
    },
    finish,
    /** Take back the stroke that is being painted. */
    abandon() {
      if (step?.finish()) show(step.undo());
      step = null;
    },

    /** @param {Area} area @param {number} strength @param {boolean} erase @param {string} label */
    fill: (area, strength, erase, label) =>
      edit(area.rect, () => fillArea(field, area, strength, erase), label),
    /** @param {number} strength */
    fillAll: (strength) => edit(whole(), () => field.values.fill(Math.round(strength * 255)), "Fill all"),
    invert: () => edit(whole(), () => invert(field), "Invert map"),
    clear: () => edit(whole(), () => field.values.fill(0), "Clear map"),

    /**
     * Put a grey picture in the place of the map.
     *
     * @param {ImageBitmap | null} bitmap null is an empty map
     * @param {{undoable?: boolean, label?: string}} [how]
     */
    load(bitmap, { undoable = false, label = "New map" } = {}) {
      const values =
        bitmap === null ? new Uint8Array(field.values.length) : greys(bitmap, field.width, field.height);
      if (undoable) edit(whole(), () => field.values.set(values), label);
      else {
        field.values.set(values);
        show(whole());
      }
    },

    /** @returns {Promise<Blob>} a grey PNG */
    blob() {
      const canvas = new OffscreenCanvas(field.width, field.height);
      const grey = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      grey.putImageData(greyImage(), 0, 0);
      return canvas.convertToBlob({ type: "image/png" });
    },

    /** @returns {string} the same as a data URL, made at once */
    url() {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [field.width, field.height];
      const grey = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      grey.putImageData(greyImage(), 0, 0);
      return canvas.toDataURL("image/png");
    },
  };
}

/** @typedef {ReturnType<typeof createMap>} SaliencyMap */

/** @returns {Uint32Array} the tint at each strength, as the bytes of a pixel */
function tintTable() {
  const [r, g, b] = TINT;
  return Uint32Array.from({ length: 256 }, (_, value) => ((value << 24) | (b << 16) | (g << 8) | r) >>> 0);
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array} its red channel at another size
 */
function greys(bitmap, width, height) {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = data[4 * i];
  return values;
}
