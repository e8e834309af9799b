// @ts-check
/** Finds what matters, by itself or by words, and puts it on the canvas as paint. */

import { announce } from './announce.js';

/**
 * @param {import('../store.js').Store} store
 * @param {any} context api, canvas, history
 * @param {{persist: <T>(task: () => Promise<T>) => Promise<T>}} connection
 * @param {() => Promise<void>} ready waits until the photo has a project
 */
export function createGuiding(store, { api, canvas, history }, connection, ready) {
  /**
   * @param {object} how for `api.saliency`
   * @param {string} label of the step in the history
   */
  async function find(how, label) {
    if (store.get().finding) return;
    store.set({ finding: true, message: null });
    try {
      await ready();
      const { project } = store.get();
      if (!project?.id) return;
      const found = await connection.persist(() => api.saliency(project.id, how));
      if (store.get().project?.id === project.id) await paint(found, label);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      store.set({ message: { kind: 'error', text: message, where: 'guide' } });
      announce(message);
    } finally {
      store.set({ finding: false });
    }
  }

  /**
   * @param {Blob} found
   * @param {string} label
   */
  async function paint(found, label) {
    const { mapEmpty, foundVersion } = store.get();
    const before = mapEmpty ? null : await canvas.mapBlob();
    await put(found, true, null);
    history.push({
      label,
      undo: () => void put(before, false, foundVersion),
      redo: () => void put(found, true, null),
    });
    announce('What matters is marked on the photo.');
  }

  /**
   * @param {Blob | null} map
   * @param {boolean} isFound untouched since it was found
   * @param {number | null} foundVersion otherwise
   */
  async function put(map, isFound, foundVersion) {
    canvas.setMap(map ? await createImageBitmap(map) : null);
    const mapVersion = store.get().mapVersion + 1;
    store.set({ mapVersion, mapEmpty: map === null, foundVersion: isFound ? mapVersion : foundVersion });
  }

  return {
    findAutomatically: () => find({ source: 'auto' }, 'Find what matters'),
    /**
     * @param {string[]} prompt
     * @param {string[]} avoid
     */
    findInWords: (prompt, avoid) => find({ source: 'prompt', prompt, avoid }, 'Find in words'),
  };
}
