// @ts-check
/**
 * What the user did to a drawing, as data: pure functions from edits to edits, and from a scene to what is shown.
 *
 * @typedef {import('../types.js').Edits} Edits
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {import('../types.js').ScenePath} ScenePath
 */

/** @type {Readonly<Edits>} */
export const NO_EDITS = Object.freeze({ order: null, hidden: [], deleted: [], locked: [], fills: {}, names: {} });

/**
 * @param {Partial<Edits> | null | undefined} edits as stored; anything may be missing
 * @returns {Edits}
 */
export const completeEdits = (edits) => ({ ...NO_EDITS, ...edits });

/**
 * Whether anything is edited.
 *
 * @param {Edits} edits
 */
export const isEdited = ({ order, hidden, deleted, locked, fills, names }) =>
  order !== null || [hidden, deleted, locked, Object.keys(fills), Object.keys(names)].some((one) => one.length > 0);

/** The id under which the background is edited as if it were a shape. */
const BACKGROUND = "background";

/**
 * The background as a shape beneath all others; it is not one of the drawing's paths.
 *
 * @param {SceneData} scene
 * @returns {ScenePath[]}
 */
function backgroundOf({ width, height, background }) {
  if (background === null) return [];
  const corners = [[width, 0], [width, height], [0, height], [0, 0]];
  let d = "M0 0";
  let [x, y] = [0, 0];
  for (const [right, down] of corners) {
    d += `C${x} ${y} ${right} ${down} ${right} ${down}`;
    [x, y] = [right, down];
  }
  return [
    {
      id: BACKGROUND,
      role: "background",
      name: "Background",
      d: `${d}Z`,
      rule: "nonzero",
      opacity: 1,
      fill: background,
      nodes: 0,
    },
  ];
}

/**
 * Whether a shape is a path of the file, or its row is that of one: the background is none.
 *
 * @param {{role: ScenePath["role"]}} shape
 */
export const isPath = (shape) => shape.role !== "background";

/**
 * How many paths the file has.
 *
 * @param {SceneData} scene
 */
export const countPaths = (scene) => scene.paths.filter(isPath).length;

/**
 * All shapes that are not deleted, bottom first, with their edited names and fills; hidden ones and the background too.
 *
 * @param {SceneData} scene as drawn
 * @param {Edits} edits
 * @returns {ScenePath[]}
 */
export function editedPaths(scene, edits) {
  const deleted = new Set(edits.deleted);
  return [...backgroundOf(scene), ...inOrder(scene.paths, edits.order)]
    .filter((path) => !deleted.has(path.id))
    .map((path) => {
      const fill = edits.fills[path.id];
      const name = edits.names[path.id];
      if (fill === undefined && name === undefined) return path;
      return { ...path, fill: fill ?? path.fill, name: name ?? path.name };
    });
}

/**
 * Paths that the order does not speak of stay above the one they were above.
 *
 * @param {ScenePath[]} paths
 * @param {string[] | null} order
 */
function inOrder(paths, order) {
  if (order === null) return paths;
  const byId = new Map(paths.map((path) => [path.id, path]));
  const sorted = /** @type {ScenePath[]} */ (order.map((id) => byId.get(id)).filter((path) => path !== undefined));
  if (sorted.length === paths.length) return sorted;
  const known = new Set(order);
  paths.forEach((path, index) => {
    if (!known.has(path.id)) {
      const below = index > 0 ? sorted.findIndex((other) => other.id === paths[index - 1].id) : -1;
      sorted.splice(below + 1, 0, path);
    }
  });
  return sorted;
}

/**
 * The scene that is shown: neither deleted nor hidden shapes, of which the background is one.
 *
 * @param {SceneData} scene as drawn
 * @param {Edits} edits
 * @returns {SceneData}
 */
export function editedScene(scene, edits) {
  const hidden = new Set(edits.hidden);
  const paths = editedPaths(scene, edits).filter((path) => !hidden.has(path.id));
  return { ...scene, background: null, paths, nodes: paths.reduce((sum, path) => sum + path.nodes, 0) };
}

/**
 * @param {string[]} list
 * @param {Iterable<string>} ids
 * @param {boolean} on
 */
function withIds(list, ids, on) {
  const set = new Set(list);
  for (const id of ids) {
    if (on) set.add(id);
    else set.delete(id);
  }
  return [...set];
}

/**
 * @param {Edits} edits
 * @param {Iterable<string>} ids
 * @param {boolean} hidden
 * @returns {Edits}
 */
export const setHidden = (edits, ids, hidden) => ({ ...edits, hidden: withIds(edits.hidden, ids, hidden) });

/**
 * @param {Edits} edits
 * @param {Iterable<string>} ids
 * @param {boolean} locked
 * @returns {Edits}
 */
export const setLocked = (edits, ids, locked) => ({ ...edits, locked: withIds(edits.locked, ids, locked) });

/**
 * Delete paths; locked ones stay.
 *
 * @param {Edits} edits
 * @param {Iterable<string>} ids
 * @returns {Edits}
 */
export function remove(edits, ids) {
  return { ...edits, deleted: withIds(edits.deleted, unlocked(edits, ids), true) };
}

/**
 * @param {Edits} edits
 * @param {Iterable<string>} ids
 */
export function unlocked(edits, ids) {
  const locked = new Set(edits.locked);
  return [...ids].filter((id) => !locked.has(id));
}

/**
 * Give paths one plain colour; locked ones keep theirs.
 *
 * @param {Edits} edits
 * @param {Iterable<string>} ids
 * @param {string} color "#rrggbb"
 * @returns {Edits}
 */
export function recolor(edits, ids, color) {
  const fills = { ...edits.fills };
  for (const id of unlocked(edits, ids)) fills[id] = color;
  return { ...edits, fills };
}

/**
 * @param {Edits} edits
 * @param {string} id
 * @param {string} name empty: the name it was drawn with
 * @returns {Edits}
 */
export function rename(edits, id, name) {
  const names = { ...edits.names };
  if (name === "") delete names[id];
  else names[id] = name;
  return { ...edits, names };
}

/**
 * Move paths as one block, just above or just below another of the same role.
 *
 * Details stay above the structure, as they are two groups in the file.
 *
 * @param {Edits} edits
 * @param {SceneData} scene as drawn
 * @param {Iterable<string>} ids
 * @param {{id: string, above: boolean}} target not one of `ids`
 * @returns {Edits}
 */
export function moveTo(edits, scene, ids, target) {
  const paths = inOrder(scene.paths, edits.order);
  const role = paths.find((path) => path.id === target.id)?.role;
  const wanted = new Set(unlocked(edits, ids));
  wanted.delete(target.id);
  const moving = paths.filter((path) => wanted.has(path.id) && path.role === role).map((path) => path.id);
  if (role === undefined || moving.length === 0) return edits;
  const moved = new Set(moving);
  const rest = paths.map((path) => path.id).filter((id) => !moved.has(id));
  rest.splice(rest.indexOf(target.id) + (target.above ? 1 : 0), 0, ...moving);
  return { ...edits, order: rest };
}

/**
 * Move paths one step up or down among those of their role; a block keeps its shape.
 *
 * @param {Edits} edits
 * @param {SceneData} scene as drawn
 * @param {Iterable<string>} ids
 * @param {boolean} up towards the viewer
 * @returns {Edits}
 */
export function step(edits, scene, ids, up) {
  const visible = editedPaths(scene, edits);
  const moving = new Set(unlocked(edits, ids));
  const first = visible.find((path) => moving.has(path.id));
  if (!first) return edits;
  const group = visible.filter((path) => path.role === first.role);
  const places = group.flatMap((path, index) => (moving.has(path.id) ? [index] : []));
  const next = group[up ? places[places.length - 1] + 1 : places[0] - 1];
  if (next === undefined) return edits;
  return moveTo(edits, scene, moving, { id: next.id, above: up });
}
