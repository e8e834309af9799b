// @ts-check
/** Knows whether the server answers; the page works on without it and says so quietly. */

import { isTransient } from "../api.js";

const ASK_AGAIN_MS = 2000;

/**
 * @param {import('../store.js').Store} store its key `online` tells everybody
 * @param {Pick<import('../types.js').Api, 'status'>} api
 */
export function createConnection(store, api) {
  let asking = false;

  async function ask() {
    try {
      store.set({ status: await api.status(), online: true });
      asking = false;
    } catch {
      window.setTimeout(ask, ASK_AGAIN_MS);
    }
  }

  /** Something had no answer: ask until there is one. */
  function lost() {
    if (asking) return;
    asking = true;
    store.set({ online: false });
    window.setTimeout(ask, ASK_AGAIN_MS);
  }

  /** @returns {Promise<void>} when the server answers again, at once if it does */
  const back = () =>
    new Promise((resolve) => {
      if (!asking) return resolve();
      const off = store.on(["online"], (state) => {
        if (!state.online) return;
        off();
        resolve();
      });
    });

  /**
   * Do something that needs the server, again and again until it answers.
   *
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async function persist(task) {
    for (;;) {
      try {
        return await task();
      } catch (error) {
        if (!isTransient(error)) throw error;
        lost();
        await back();
      }
    }
  }

  return { lost, back, persist };
}

/** @typedef {ReturnType<typeof createConnection>} Connection */
