// @ts-check
/**
 * How the photo lies on the stage: screen = scale * photo + offset, in CSS pixels.
 *
 * @typedef {{scale: number, x: number, y: number, width: number, height: number, photoWidth: number,
 *   photoHeight: number}} View width and height are the stage's
 */

const LARGEST = 32;
const MARGIN = 24;
const KEPT = 48; // this much of the photo stays in sight however far it is moved

/**
 * @param {() => void} onChange called after each change of the view
 */
export function createViewport(onChange) {
  /** @type {View} */
  let view = { scale: 1, x: 0, y: 0, width: 1, height: 1, photoWidth: 0, photoHeight: 0 };
  let fitted = true;

  const fitScale = () => {
    const across = (view.width - 2 * MARGIN) / view.photoWidth;
    const down = (view.height - 2 * MARGIN) / view.photoHeight;
    return Math.min(LARGEST, Math.max(0.01, Math.min(across, down)));
  };

  /** @param {Partial<View>} patch */
  const change = (patch) => {
    view = { ...view, ...patch };
    const right = view.photoWidth * view.scale;
    const bottom = view.photoHeight * view.scale;
    view.x = Math.min(view.width - KEPT, Math.max(KEPT - right, view.x));
    view.y = Math.min(view.height - KEPT, Math.max(KEPT - bottom, view.y));
    onChange();
  };

  const fit = () => {
    if (view.photoWidth === 0) return;
    const scale = fitScale();
    fitted = true;
    change({
      scale,
      x: (view.width - view.photoWidth * scale) / 2,
      y: (view.height - view.photoHeight * scale) / 2,
    });
  };

  /**
   * @param {number} scale
   * @param {number} [px] the point of the stage that stays where it is; the middle where not given
   * @param {number} [py]
   */
  const zoomTo = (scale, px = view.width / 2, py = view.height / 2) => {
    const smallest = Math.min(1, fitScale()) / 4;
    const next = Math.min(LARGEST, Math.max(smallest, scale));
    const factor = next / view.scale;
    fitted = false;
    change({ scale: next, x: px - (px - view.x) * factor, y: py - (py - view.y) * factor });
  };

  return {
    get: () => view,
    fit,
    zoomTo,
    /** @param {number} factor @param {number} [px] @param {number} [py] */
    zoomBy: (factor, px, py) => zoomTo(view.scale * factor, px, py),
    /** @param {number} dx @param {number} dy */
    panBy: (dx, dy) => {
      fitted = false;
      change({ x: view.x + dx, y: view.y + dy });
    },
    /** @param {number} width @param {number} height of the stage */
    resize: (width, height) => {
      const [dx, dy] = [(width - view.width) / 2, (height - view.height) / 2];
      view = { ...view, width: Math.max(1, width), height: Math.max(1, height) };
      if (fitted && view.photoWidth > 0) fit();
      else change({ x: view.x + dx, y: view.y + dy });
    },
    /** @param {number} width @param {number} height of the photo; 0 where there is none */
    setPhoto: (width, height) => {
      view = { ...view, photoWidth: width, photoHeight: height };
      fit();
    },
    /** @param {number} px @param {number} py @returns {[number, number]} */
    toPhoto: (px, py) => [(px - view.x) / view.scale, (py - view.y) / view.scale],
    /** @param {number} x @param {number} y @returns {[number, number]} */
    toScreen: (x, y) => [x * view.scale + view.x, y * view.scale + view.y],
  };
}

/** @typedef {ReturnType<typeof createViewport>} Viewport */
