// @ts-check
/** One flat state for the whole page; parts of the page listen to the keys they show. */

import { NO_EDITS } from "./flow/edits.js";

/**
 * @typedef {import('./types.js').State} State
 * @typedef {keyof State} Key
 * @typedef {(state: State, changed: ReadonlySet<Key>) => void} Listener
 * @typedef {{get: () => State, set: (patch: Partial<State>) => void,
 *   on: (keys: Key | readonly Key[], listener: Listener) => () => void}} Store
 */

/**
 * Make a store. Listeners run in a microtask after a change, once for all changes made until then.
 *
 * @param {State} initial
 * @returns {Store}
 */
export function createStore(initial) {
  /** @type {State} */
  let state = Object.freeze({ ...initial });
  /** @type {Set<{keys: ReadonlySet<Key>, listener: Listener}>} */
  const entries = new Set();
  /** @type {Set<Key> | null} */
  let pending = null;

  function flush() {
    const changed = /** @type {Set<Key>} */ (pending);
    pending = null;
    for (const entry of [...entries]) {
      if (!entries.has(entry) || ![...changed].some((key) => entry.keys.has(key))) continue;
      try {
        entry.listener(state, changed);
      } catch (error) {
        reportError(error); // one broken panel must not silence the others
      }
    }
  }

  return {
    get: () => state,
    set(patch) {
      const changed = /** @type {Key[]} */ (Object.keys(patch)).filter((key) => !Object.is(state[key], patch[key]));
      if (changed.length === 0) return;
      state = Object.freeze({ ...state, ...patch });
      if (pending === null) {
        pending = new Set();
        queueMicrotask(flush);
      }
      for (const key of changed) pending.add(key);
    },
    on(keys, listener) {
      const entry = { keys: new Set(typeof keys === "string" ? [keys] : keys), listener };
      entries.add(entry);
      return () => entries.delete(entry);
    },
  };
}

/**
 * The state of a page on which nothing has been opened.
 *
 * @returns {State}
 */
export function initialState() {
  return {
    status: null,
    online: true,
    optionInfos: [],
    project: null,
    upload: null,
    tool: "brush",
    brush: { size: 48, hardness: 0.6, strength: 1 },
    overlay: { visible: true, opacity: 0.55 },
    mapVersion: 0,
    mapEmpty: true,
    canUndo: false,
    canRedo: false,
    undoLabel: null,
    redoLabel: null,
    options: {},
    guideMode: "paint",
    finding: false,
    foundVersion: null,
    foundBy: null,
    starting: false,
    cancelling: null,
    job: null,
    base: null,
    scene: null,
    sceneFinal: false,
    drawn: null,
    turning: false,
    edits: NO_EDITS,
    selection: [],
    view: "photo",
    level: null,
    zoom: 1,
    theme: "auto",
    panel: "guide",
    message: null,
  };
}
