// @ts-check
/** The rows of the layers panel as data: groups, topmost shape first. */

import { editedPaths } from "../flow/edits.js";

/**
 * @typedef {import('../types.js').ScenePath} ScenePath
 * @typedef {ScenePath["role"]} Role
 * @typedef {{kind: "group", key: string, role: Role, label: string, count: number, open: boolean}} GroupItem
 * @typedef {{kind: "path", key: string, role: Role, path: ScenePath, label: string, hidden: boolean,
 *   locked: boolean}} PathItem
 * @typedef {GroupItem | PathItem} LayerItem
 */

/** @type {{role: Role, label: string, one: string}[]} top first */
const GROUPS = [
  { role: "detail", label: "Details", one: "Detail" },
  { role: "structural", label: "Structure", one: "Region" },
  { role: "background", label: "Canvas", one: "Background" },
];

/**
 * @param {Pick<import('../types.js').State, "base" | "edits">} state
 * @param {ReadonlySet<Role>} closed groups that are folded
 * @returns {LayerItem[]}
 */
export function layerItems({ base, edits }, closed) {
  if (!base) return [];
  const numbers = numbered(base.paths);
  const [hidden, locked] = [edits.hidden, edits.locked].map((ids) => new Set(ids));
  const paths = editedPaths(base, edits).reverse();
  return GROUPS.flatMap(({ role, label, one }) => {
    const own = paths.filter((path) => path.role === role);
    if (own.length === 0) return [];
    const open = !closed.has(role);
    /** @type {GroupItem} */
    const group = { kind: "group", key: `group:${role}`, role, label, count: own.length, open };
    if (!open) return [group];
    return [
      group,
      ...own.map((path) => ({
        kind: /** @type {const} */ ("path"),
        key: path.id,
        role,
        path,
        label: path.name || `${one} ${numbers.get(path.id)}`,
        hidden: hidden.has(path.id),
        locked: locked.has(path.id),
      })),
    ];
  });
}

/**
 * The number of each path among those of its role, as drawn: it stays when paths are moved.
 *
 * @param {ScenePath[]} paths bottom first
 */
function numbered(paths) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  /** @type {Record<string, number>} */
  const last = {};
  for (const path of paths) {
    last[path.role] = (last[path.role] ?? 0) + 1;
    numbers.set(path.id, last[path.role]);
  }
  return numbers;
}

/**
 * @param {import('../types.js').Fill} fill
 * @returns {string} a CSS background
 */
export function backgroundOf(fill) {
  if (typeof fill === "string") return fill;
  const withOpacity = (/** @type {string} */ color, /** @type {number} */ opacity) =>
    color + Math.round(opacity * 255).toString(16).padStart(2, "0");
  const stops = fill.stops
    .map(([offset, color, opacity]) => `${withOpacity(color, opacity)} ${Math.round(offset * 100)}%`)
    .join(", ");
  return fill.kind === "radial" ? `radial-gradient(${stops})` : `linear-gradient(135deg, ${stops})`;
}
