// @ts-check
/**
 * What the server has not got yet, kept in the browser: photos, maps and changes survive a reload and a server
 * that is away. Where the browser offers no storage (private windows), nothing is kept and nothing fails.
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
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} ask
 * @returns {Promise<any>}
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
 * @param {string} key such as "map:<project id>"
 * @returns {Promise<any>} undefined where nothing is kept
 */
export const take = (key) => within("readonly", (store) => store.get(key));

/**
 * @param {string} key
 * @param {any} value
 */
export const keep = (key, value) => within("readwrite", (store) => store.put(value, key));

/** @param {string} key */
export const drop = (key) => within("readwrite", (store) => store.delete(key));

/**
 * Keep something small at once, without waiting: the page may be leaving.
 *
 * @param {string} key
 * @param {any} value
 */
export function keepNow(key, value) {
  try {
    localStorage.setItem(`${NAME}:${key}`, JSON.stringify(value));
  } catch {
    // No storage, or none left.
  }
}

/**
 * @param {string} key
 * @returns {any} what `keepNow` kept, else undefined
 */
export function takeNow(key) {
  try {
    return JSON.parse(localStorage.getItem(`${NAME}:${key}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} key */
export function dropNow(key) {
  try {
    localStorage.removeItem(`${NAME}:${key}`);
  } catch {
    // Nothing was kept either.
  }
}
