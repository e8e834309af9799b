// @ts-check
/**
 * Path data as the server sends it: M, C and Z with absolute coordinates.
 *
 * @typedef {{nodes: [number, number][]}} Outline on-curve points
 */

/**
 * The on-curve points of a path. A contour's last point is its first again and is left out.
 *
 * @param {string} d
 * @returns {[number, number][]}
 */
export function nodesOf(d) {
  /** @type {[number, number][]} */
  const nodes = [];
  for (const part of d.split(/(?=[Mm])/)) {
    const first = nodes.length;
    for (const [, command, text] of part.matchAll(/([MC])([^MCZ]*)/g)) {
      const numbers = (text.match(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
      const size = command === "M" ? 2 : 6;
      for (let i = size - 2; i < numbers.length; i += size) nodes.push([numbers[i], numbers[i + 1]]);
    }
    if (nodes.length > first + 1 && near(nodes[first], nodes[nodes.length - 1])) nodes.pop();
  }
  return nodes;
}

/**
 * @param {[number, number]} a
 * @param {[number, number]} b
 */
function near(a, b) {
  return Math.abs(a[0] - b[0]) < 1e-6 && Math.abs(a[1] - b[1]) < 1e-6;
}
