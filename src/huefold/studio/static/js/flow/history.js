// @ts-check
/**
 * One history for everything: paint, edits of layers and colours. The newest thing done is undone first.
 *
 * A step that takes its time gives a promise: until it is done, no other is undone or done again.
 *
 * @typedef {() => void | Promise<void>} Step
 * @typedef {{label: string, undo: Step, redo: Step, scope?: string}} HistoryEntry
 * @typedef {{push(entry: HistoryEntry): void, undo(): void, redo(): void, newest(): HistoryEntry | undefined,
 *   hold(scope: string | null): void, forget(scope: string): void, clear(): void}} History
 */

const MOST_ENTRIES = 500;

/**
 * @param {import('../store.js').Store} store told what can be undone: canUndo, canRedo, undoLabel, redoLabel
 * @returns {History}
 */
export function createHistory(store) {
  /** @type {HistoryEntry[]} */
  let done = [];
  /** @type {HistoryEntry[]} */
  let undone = [];
  /** @type {string | null} */
  let held = null;
  /** @type {HistoryEntry | null} */
  let busy = null;

  /** @param {HistoryEntry[]} list */
  const isFree = (list) => busy === null && list.length > 0 && (held === null || list.at(-1)?.scope !== held);

  const tell = () => {
    store.set({
      canUndo: isFree(done),
      canRedo: isFree(undone),
      undoLabel: done.at(-1)?.label ?? null,
      redoLabel: undone.at(-1)?.label ?? null,
    });
  };

  /** @param {"undo" | "redo"} way */
  function move(way) {
    const [from, to] = way === "undo" ? [done, undone] : [undone, done];
    if (!isFree(from)) return;
    const entry = /** @type {HistoryEntry} */ (from.pop());
    to.push(entry);
    const pending = entry[way]();
    if (pending) void wait(pending, entry);
    tell();
  }

  /**
   * @param {Promise<void>} pending
   * @param {HistoryEntry} entry
   */
  async function wait(pending, entry) {
    busy = entry;
    await pending;
    if (busy !== entry) return;
    busy = null;
    tell();
  }

  return {
    push(entry) {
      done.push(entry);
      if (done.length > MOST_ENTRIES) done.shift();
      undone = [];
      tell();
    },
    undo: () => move("undo"),
    redo: () => move("redo"),
    newest: () => (undone.length > 0 ? undefined : done.at(-1)),
    /** Let steps of a scope wait: while previews are shown, edits have no drawing to be undone on. */
    hold(scope) {
      held = scope;
      tell();
    },
    /** Drop what can no longer be undone. */
    forget(scope) {
      done = done.filter((entry) => entry.scope !== scope);
      undone = undone.filter((entry) => entry.scope !== scope);
      tell();
    },
    clear() {
      done = [];
      undone = [];
      held = null;
      busy = null;
      tell();
    },
  };
}
