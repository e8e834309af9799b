// @ts-check
/** One flat state for the whole page; parts of the page listen to the keys they show. */

/**
 * @typedef {Readonly<Record<string, any>>} State
 * @typedef {(state: State, changed: ReadonlySet<string>) => void} Listener
 * @typedef {{get: () => State, set: (patch: Record<string, any>) => void,
 *   on: (keys: string | readonly string[], listener: Listener) => () => void}} Store
 */

/**
 * Make a store. Listeners run in a microtask after a change, once for all changes made until then.
 *
 * @param {Record<string, any>} initial
 * @returns {Store}
 */
export function createStore(initial) {
  /** @type {State} */
  let state = Object.freeze({ ...initial });
  /** @type {Set<{keys: Set<string>, listener: Listener}>} */
  const entries = new Set();
  /** @type {Set<string> | null} */
  let pending = null;

  function flush() {
    const changed = /** @type {Set<string>} */ (pending);
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
      const changed = Object.keys(patch).filter((key) => !Object.is(state[key], patch[key]));
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
 * @returns {Record<string, any>}
 */
export function initialState() {
  return {
    status: null,
    optionInfos: [],
    project: null,
    tool: "brush",
    brush: { size: 48, hardness: 0.6, strength: 1 },
    overlay: { visible: true, opacity: 0.55 },
    mapVersion: 0,
    mapEmpty: true,
    canUndo: false,
    canRedo: false,
    options: {},
    guideMode: "paint",
    job: null,
    scene: null,
    sceneFinal: false,
    turning: false, // another drawing of the project is about to be shown
    edits: { order: null, hidden: [], deleted: [], locked: [], fills: {}, names: {} },
    selection: [],
    view: "photo",
    level: null,
    zoom: 1,
    theme: "auto",
    panel: "guide",
    message: null,
    photo: null, // {width, height} of what lies on the stage, before the server knows it
  };
}
