// @ts-check
/**
 * What the server has not got yet, kept in the browser: photos, maps and changes survive a reload and a server
 * that is away. Where the browser offers no storage (private windows), nothing is kept and nothing fails.
 *
 * What lies under a key depends on its kind: the photo that is on its way, and maps and changes by project. What is
 * kept at once is text, maps are data URLs there; an empty one is no map.
 *
 * @typedef {{photo: Blob, [map: `map:${string}`]: Blob | null, [patch: `patch:${string}`]: ProjectPatch}} Kept
 * @typedef {{[map: `map:${string}`]: string, [patch: `patch:${string}`]: ProjectPatch}} KeptNow
 * @typedef {import('../types.js').ProjectPatch} ProjectPatch
 */

const NAME = "huefold-studio";
const STORE = "unsent";

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T | undefined>}
 */
async function within(mode, ask) {
  try {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const asked = ask(database.transaction(STORE, mode).objectStore(STORE));
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * @template {keyof Kept} Key
 * @param {Key} key such as "map:<project id>"
 * @returns {Promise<Kept[Key] | undefined>} undefined where nothing is kept
 */
export const take = (key) => within("readonly", (store) => store.get(key));

/**
 * @template {keyof Kept} Key
 * @param {Key} key
 * @param {Kept[Key]} value
 */
export const keep = (key, value) => within("readwrite", (store) => store.put(value, key));

/** @param {keyof Kept} key */
export const drop = (key) => within("readwrite", (store) => store.delete(key));

/**
 * Keep something small at once, without waiting: the page may be leaving.
 *
 * @template {keyof KeptNow} Key
 * @param {Key} key
 * @param {KeptNow[Key]} value
 */
export function keepNow(key, value) {
  try {
    localStorage.setItem(`${NAME}:${key}`, JSON.stringify(value));
  } catch {
    // No storage, or none left.
  }
}

/**
 * @template {keyof KeptNow} Key
 * @param {Key} key
 * @returns {KeptNow[Key] | undefined} what `keepNow` kept
 */
export function takeNow(key) {
  try {
    return JSON.parse(localStorage.getItem(`${NAME}:${key}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {keyof KeptNow} key */
export function dropNow(key) {
  try {
    localStorage.removeItem(`${NAME}:${key}`);
  } catch {
    // Nothing was kept either.
  }
}
