// @ts-check
/**
 * Cuts of the merge hierarchy: which colour each first region has when so many regions are left.
 *
 * @typedef {{finest: number, merges: [number, number][], colors: [number, number, number][]}} Hierarchy
 * @typedef {import('./labels.js').Labels} Labels
 */

/**
 * The node that each first region belongs to in the cut with so many regions.
 *
 * @param {Hierarchy} hierarchy
 * @param {number} regions
 * @returns {Uint32Array}
 */
export function cut({ finest, merges }, regions) {
  const applied = Math.min(merges.length, Math.max(0, finest - Math.round(regions)));
  const parents = new Uint32Array(finest + applied);
  for (let node = 0; node < parents.length; node++) parents[node] = node;
  for (let k = 0; k < applied; k++) for (const child of merges[k]) parents[child] = finest + k;
  // Parents have larger numbers than their children: from the top down one look is enough.
  for (let node = parents.length - 1; node >= 0; node--) parents[node] = parents[parents[node]];
  return parents.slice(0, finest);
}

/**
 * The cut as a picture: one look-up a pixel.
 *
 * @param {Hierarchy} hierarchy
 * @param {Labels} labels of the first regions, from 0
 * @param {number} regions
 * @returns {ImageData}
 */
export function paintCut(hierarchy, labels, regions) {
  const colors = new Uint32Array(hierarchy.finest);
  const nodes = cut(hierarchy, regions);
  for (let leaf = 0; leaf < colors.length; leaf++) {
    const [r, g, b] = hierarchy.colors[nodes[leaf]];
    colors[leaf] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  const image = new ImageData(labels.width, labels.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colors[labels.ids[i]];
  return image;
}
