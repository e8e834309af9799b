// @ts-check
/**
 * Sends what the user changes to the server a moment later, and keeps it in the browser until it is there.
 *
 * Two things are saved: the map (an image) and the rest (name, options, edits, which drawing is shown: one patch).
 */

import { fieldOf, messageOf } from "../api.js";
import { draftOptions } from "./options.js";
import * as outbox from "./outbox.js";

const PAUSE_MS = 500;
const DRAFT = "draft";

/**
 * @typedef {import('../types.js').ProjectPatch} ProjectPatch
 * @typedef {'name' | 'options' | 'edits' | 'drawing' | 'map'} Item what can be changed
 * @typedef {{patch: ProjectPatch | undefined, map: Blob | null | undefined}} Changes undefined: nothing changed;
 *   null: there is no map any more
 */

/**
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').FlowContext} context
 * @param {import('./connection.js').Connection} connection
 */
export function createSaving(store, context, connection) {
  const { api } = context;
  /** @type {Set<Item>} */
  let dirty = new Set();
  /** @type {Set<Item>} changed, and not yet kept anywhere but on this page */
  const atRisk = new Set();
  /** @type {number | undefined} */
  let timer;
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  /** @type {Promise<Changes | void>} */
  let captured = last;
  let captures = 0;

  /** @param {Item} what */
  function changed(what) {
    if (!store.get().project) return;
    dirty.add(what);
    atRisk.add(what);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void flush().catch(() => {}), PAUSE_MS);
  }

  /** @returns {Promise<void>} when all changes so far are with the server */
  function flush() {
    window.clearTimeout(timer);
    const project = store.get().project;
    if (!project || dirty.size === 0) return last;
    const mine = capture(project.id, dirty);
    captured = mine;
    dirty = new Set();
    const [before, number] = [last, ++captures];
    last = before.catch(() => {}).then(async () => send(project.id, await mine, number));
    return last;
  }

  /**
   * What is to be sent, as it is now: another project may be open when its turn comes.
   *
   * @param {string} id empty while the photo is still on its way
   * @param {ReadonlySet<Item>} items
   * @returns {Promise<Changes>}
   */
  async function capture(id, items) {
    const patch = patchOf(items);
    const map = items.has("map") ? await mapNow() : undefined;
    await remember(id, patch, map);
    for (const item of items) if (!dirty.has(item)) atRisk.delete(item);
    return { patch, map };
  }

  /**
   * @param {string} id
   * @param {Changes} changes
   * @param {number} number of the capture
   */
  async function send(id, { patch, map }, number) {
    if (id === "") return;
    try {
      if (patch) await connection.persist(() => api.patchProject(id, patch));
      if (map !== undefined) await connection.persist(() => (map ? api.putMap(id, map) : api.deleteMap(id)));
    } catch (error) {
      store.set({ message: { kind: "error", text: messageOf(error), where: fieldOf(error) ?? "save" } });
      throw error;
    } finally {
      // A refusal is told once and not sent again after a reload; newer changes stay kept until they are sent.
      if (number === captures) await forget(id);
    }
  }

  /** @param {ReadonlySet<Item>} items */
  function patchOf(items) {
    const state = store.get();
    /** @type {ProjectPatch} */
    const patch = {};
    if (items.has("name") && state.project) patch.name = state.project.name;
    if (items.has("options")) patch.options = draftOptions(state);
    // Edits are of the drawing that is shown: another page may have made a newer one, of other shapes by the same ids.
    if (items.has("edits") && state.sceneFinal && state.drawn) {
      patch.edits = state.edits;
      patch.result = state.drawn.id;
    }
    if (items.has("drawing") && state.drawn) patch.drawing = state.drawn.id;
    return Object.keys(patch).length > 0 ? patch : undefined;
  }

  /** @returns {Promise<Blob | null>} */
  const mapNow = async () => (store.get().mapEmpty ? null : context.canvas.mapBlob());

  /**
   * The photo has an id now: what was changed meanwhile belongs to it.
   *
   * @param {string} id
   */
  async function adopt(id) {
    const { patch, map } = await unsent("");
    await forget("");
    await remember(id, patch, map);
    if (patch) changed("options");
    if (map !== undefined) changed("map");
  }

  /** The page may be going: what nobody else has is kept at once, as nothing that takes time may come to its end. */
  function leave() {
    const project = store.get().project;
    if (!project) return;
    const key = project.id || DRAFT;
    const patch = patchOf(atRisk);
    if (patch) outbox.keepNow(`patch:${key}`, patch);
    if (atRisk.has("map")) outbox.keepNow(`map:${key}`, store.get().mapEmpty ? "" : context.canvas.mapUrl());
    void flush().catch(() => {});
  }

  /** Before the canvas shows something else: what was changed on it is read, if not sent. */
  async function captureAll() {
    void flush().catch(() => {});
    await captured.catch(() => {});
  }

  return { changed, flush, captureAll, adopt, leave };
}

/** @typedef {ReturnType<typeof createSaving>} Saving */

/**
 * @param {string} id
 * @param {ProjectPatch | undefined} patch
 * @param {Blob | null | undefined} map
 */
async function remember(id, patch, map) {
  const key = id || DRAFT;
  if (patch) await outbox.keep(`patch:${key}`, { ...(await outbox.take(`patch:${key}`)), ...patch });
  if (map !== undefined) await outbox.keep(`map:${key}`, map);
}

/** @param {string} id */
async function forget(id) {
  const key = id || DRAFT;
  outbox.dropNow(`patch:${key}`);
  outbox.dropNow(`map:${key}`);
  await Promise.all([outbox.drop(`patch:${key}`), outbox.drop(`map:${key}`)]);
}

/**
 * What an earlier visit could not send.
 *
 * @param {string} id empty for a photo that has no project yet
 * @returns {Promise<Changes>}
 */
export async function unsent(id) {
  const key = id || DRAFT;
  const [patch, map] = await Promise.all([outbox.take(`patch:${key}`), outbox.take(`map:${key}`)]);
  const newer = { patch: outbox.takeNow(`patch:${key}`), map: outbox.takeNow(`map:${key}`) };
  return {
    patch: patch || newer.patch ? { ...patch, ...newer.patch } : undefined,
    map: newer.map === undefined ? map : newer.map === "" ? null : pictureOf(newer.map),
  };
}

/**
 * @param {string} url "data:image/png;base64,..."
 * @returns {Blob}
 */
function pictureOf(url) {
  const bytes = Uint8Array.from(atob(url.split(",")[1]), (one) => one.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}

/** @param {Blob} photo that is on its way */
export const keepPhoto = (photo) => outbox.keep("photo", photo);
/** @returns {Promise<Blob | undefined>} */
export const unsentPhoto = () => outbox.take("photo");
/** @returns {Promise<void>} */
export async function forgetPhoto() {
  await outbox.drop("photo");
}
