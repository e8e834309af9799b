// @ts-check
/**
 * One history for everything: paint, edits of layers and colours. The newest thing done is undone first.
 *
 * @typedef {{label: string, undo: () => void, redo: () => void, scope?: string}} HistoryEntry
 * @typedef {{push(entry: HistoryEntry): void, undo(): void, redo(): void, newest(): HistoryEntry | undefined,
 *   forget(scope: string): void, clear(): void}} History
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

  const tell = () => {
    store.set({
      canUndo: done.length > 0,
      canRedo: undone.length > 0,
      undoLabel: done.at(-1)?.label ?? null,
      redoLabel: undone.at(-1)?.label ?? null,
    });
  };

  return {
    push(entry) {
      done.push(entry);
      if (done.length > MOST_ENTRIES) done.shift();
      undone = [];
      tell();
    },
    undo() {
      const entry = done.pop();
      if (!entry) return;
      undone.push(entry);
      entry.undo();
      tell();
    },
    redo() {
      const entry = undone.pop();
      if (!entry) return;
      done.push(entry);
      entry.redo();
      tell();
    },
    newest: () => (undone.length > 0 ? undefined : done.at(-1)),
    /** Drop what can no longer be undone: a new drawing has other paths than the edits spoke of. */
    forget(scope) {
      done = done.filter((entry) => entry.scope !== scope);
      undone = undone.filter((entry) => entry.scope !== scope);
      tell();
    },
    clear() {
      done = [];
      undone = [];
      tell();
    },
  };
}
