// @ts-check
/**
 * Something of the server's that the stage needs now and then: asked for when it is first needed, and again when
 * what it depends on has changed.
 *
 * @template T
 * @param {object} how
 * @param {() => string} how.key what it depends on; empty where it cannot be asked for
 * @param {() => Promise<T>} how.load
 * @param {() => void} how.onReady
 * @param {(error: Error) => void} how.onFailed
 * @returns {{get: () => T | null, ask: () => void, forget: () => void}} `get` gives the newest that came
 */
export function createFetched({ key, load, onReady, onFailed }) {
  let asked = "";
  /** @type {T | null} */
  let value = null;
  return {
    get: () => value,
    ask() {
      const now = key();
      if (now === "" || now === asked) return;
      asked = now;
      load().then(
        (found) => {
          if (asked !== now) return; // another photo, or a newer question
          value = found;
          onReady();
        },
        (error) => {
          if (asked !== now) return;
          asked = "";
          onFailed(error);
        },
      );
    },
    forget() {
      asked = "";
      value = null;
    },
  };
}
