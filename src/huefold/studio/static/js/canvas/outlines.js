// @ts-check
/**
 * Outlines and nodes over the drawing, with strokes of the same width at every zoom; and which shape lies where.
 *
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {import('../types.js').ScenePath} ScenePath
 * @typedef {import('./viewport.js').View} View
 */
import { nodesOf } from "./pathdata.js";

const NODE = 5;
const SMALLEST_FOR_NODES = 0.35; // screen pixels of a photo pixel below which nodes would cover the drawing

export function createOutlines() {
  /** @type {WeakMap<ScenePath, {shape: Path2D, nodes: [number, number][] | null}>} */
  const cache = new WeakMap();
  const probe = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));

  /** @param {ScenePath} path */
  const partsOf = (path) => {
    let parts = cache.get(path);
    if (parts === undefined) {
      parts = { shape: new Path2D(path.d), nodes: null };
      cache.set(path, parts);
    }
    return parts;
  };

  /** @param {ScenePath} path */
  const nodes = (path) => (partsOf(path).nodes ??= nodesOf(path.d));

  /**
   * @param {import('./pictures.js').Layer} layer
   * @param {View} view
   * @param {readonly ScenePath[]} paths
   * @param {{color: string, halo?: string, width?: number, withNodes?: boolean}} look
   */
  const draw = (layer, view, paths, { color, halo, width = 1, withNodes = false }) => {
    const context = layer.inPhoto(view);
    context.lineJoin = "round";
    for (const [style, extra] of halo
      ? [
          [halo, 2],
          [color, 0],
        ]
      : [[color, 0]]) {
      context.strokeStyle = /** @type {string} */ (style);
      context.lineWidth = (width + Number(extra)) / view.scale;
      for (const path of paths) context.stroke(partsOf(path).shape);
    }
    if (!withNodes || view.scale < SMALLEST_FOR_NODES) return;
    layer.inStage();
    context.fillStyle = halo ?? "#fff";
    context.strokeStyle = color;
    context.lineWidth = 1;
    for (const path of paths) {
      for (const [x, y] of nodes(path)) {
        const [px, py] = [x * view.scale + view.x, y * view.scale + view.y];
        if (px < -NODE || py < -NODE || px > view.width + NODE || py > view.height + NODE) continue;
        const [left, top] = [Math.round(px - NODE / 2) + 0.5, Math.round(py - NODE / 2) + 0.5];
        context.fillRect(left, top, NODE - 1, NODE - 1);
        context.strokeRect(left, top, NODE - 1, NODE - 1);
      }
    }
  };

  /**
   * The topmost shape at a point of the photo.
   *
   * @param {SceneData} scene
   * @param {number} x
   * @param {number} y
   * @param {(path: ScenePath) => boolean} allowed
   * @returns {string | null} its id
   */
  const hit = (scene, x, y, allowed) => {
    const found = scene.paths.findLast(
      (path) => allowed(path) && probe.isPointInPath(partsOf(path).shape, x, y, path.rule),
    );
    return found?.id ?? null;
  };

  return { draw, hit };
}
