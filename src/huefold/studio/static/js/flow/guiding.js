// @ts-check
/** Finds what matters, by itself or by words, and puts it on the canvas as paint. */

import { messageOf } from "../api.js";
import { announce } from "./announce.js";

/**
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').FlowContext} context
 * @param {import('./connection.js').Connection} connection
 * @param {() => Promise<void>} ready waits until the photo has a project
 */
export function createGuiding(store, { api, canvas }, connection, ready) {
  /**
   * @param {import('../types.js').SaliencyRequest} how
   * @param {string} label of the step in the history
   * @param {'auto' | 'words'} by
   */
  async function find(how, label, by) {
    if (store.get().finding) return;
    store.set({ finding: true, message: null });
    try {
      await ready();
      const { project } = store.get();
      if (!project?.id) return;
      const found = await connection.persist(() => api.saliency(project.id, how));
      if (store.get().project?.id === project.id) await paint(found, label, by);
    } catch (error) {
      const text = messageOf(error);
      store.set({ message: { kind: "error", text, where: "guide" } });
      announce(text);
    } finally {
      store.set({ finding: false });
    }
  }

  /**
   * @param {Blob} found
   * @param {string} label of the step in the history
   * @param {"auto" | "words"} by
   */
  async function paint(found, label, by) {
    canvas.setMap(await createImageBitmap(found), { undoable: true, label });
    const { mapVersion } = store.get();
    store.set({ foundVersion: mapVersion, foundBy: by });
    announce("What matters is marked on the photo.");
  }

  return {
    findAutomatically: () => find({ source: "auto" }, "Find what matters", "auto"),
    /**
     * @param {string[]} prompt
     * @param {string[]} avoid
     */
    findInWords: (prompt, avoid) => find({ source: "prompt", prompt, avoid }, "Find in words", "words"),
  };
}
