// @ts-check
/**
 * What the page can do with a project, for whoever asks: header, canvas, panels, keys.
 *
 * It listens to the store: a changed map, option or edit is saved; a changed scene or edit is shown.
 */

import { messageOf } from "../api.js";
import { announce } from "./announce.js";
import { createConnection } from "./connection.js";
import { editedScene, remove, unlocked } from "./edits.js";
import { createGuiding } from "./guiding.js";
import { createOpening, projectInAddress } from "./opening.js";
import { createRunning } from "./running.js";
import { createSaving } from "./saving.js";

const SAME_EDIT_MS = 1500;

/**
 * @typedef {import('../types.js').Edits} Edits
 * @typedef {import('../types.js').FlowContext} FlowContext
 * @typedef {ReturnType<typeof createFlow>} Flow
 */

/**
 * @param {import('../store.js').Store} store
 * @param {FlowContext} context
 */
export function createFlow(store, context) {
  const { api, history } = context;
  const connection = createConnection(store, api);
  const saving = createSaving(store, context, connection);
  const running = createRunning(store, context, { connection, saving });
  const opening = createOpening(store, context, { saving, running, connection });
  const guiding = createGuiding(store, context, connection, opening.ready);
  /** @type {{key: string, entry: import('./history.js').HistoryEntry, time: number} | null} */
  let newest = null;

  /**
   * Change the edits in a way that can be undone; what goes on under one key is one step (a dragged colour).
   *
   * @param {string} label for people: "Recolour", "Hide"
   * @param {(edits: Edits) => Edits} change
   * @param {{key?: string}} [how]
   */
  function edit(label, change, { key } = {}) {
    const before = store.get().edits;
    const after = change(before);
    if (after === before || !store.get().sceneFinal || store.get().turning) return;
    show(after);
    if (key && newest?.key === key && history.newest() === newest.entry && Date.now() - newest.time < SAME_EDIT_MS) {
      newest.time = Date.now();
      newest.entry.redo = () => show(after);
      return;
    }
    const entry = { label, scope: "edits", undo: () => show(before), redo: () => show(after) };
    history.push(entry);
    newest = key ? { key, entry, time: Date.now() } : null;
  }

  /** @param {Edits} edits */
  function show(edits) {
    store.set({ edits });
    saving.changed("edits");
  }

  function deleteSelection() {
    const { selection, edits } = store.get();
    const ids = unlocked(edits, selection);
    if (ids.length === 0) return;
    edit(ids.length === 1 ? "Delete shape" : `Delete ${ids.length} shapes`, (now) => remove(now, ids));
    store.set({ selection: [] });
    announce(ids.length === 1 ? "Shape deleted." : `${ids.length} shapes deleted.`);
  }

  /** @param {string} name */
  function rename(name) {
    const { project } = store.get();
    const clean = name.trim().slice(0, 80);
    if (!project || clean === "" || clean === project.name) return;
    store.set({ project: { ...project, name: clean } });
    saving.changed("name");
  }

  /**
   * Set options as the user chose them.
   *
   * @param {import('../types.js').OptionsPatch} patch
   */
  function setOptions(patch) {
    const options = { ...store.get().options };
    for (const [name, value] of Object.entries(patch)) {
      if (value === null || value === undefined) delete options[name];
      else options[name] = value;
    }
    const { message } = store.get();
    const answered = message !== null && (message.where in patch || message.where === "run");
    store.set(answered ? { options, message: null } : { options });
    saving.changed("options");
  }

  /** @param {import('../types.js').Options} options all of them */
  function replaceOptions(options) {
    store.set({ options });
    saving.changed("options");
  }

  /** Load what is needed once, then what the address names. */
  async function start() {
    const [status, optionInfos] = await connection.persist(() => Promise.all([api.status(), api.options()]));
    store.set({ status, optionInfos, online: true });
    window.addEventListener("hashchange", () => void openFromAddress());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") saving.leave();
    });
    const id = projectInAddress();
    await (id ? opening.openProject(id) : opening.resumeDraft());
  }

  async function openFromAddress() {
    const id = projectInAddress();
    if (id) await opening.openProject(id);
    else if (store.get().project) await opening.closeProject();
  }

  store.on(["mapVersion"], () => {
    if (store.get().mapVersion === 0) return;
    saving.changed("map");
    saving.changed("options");
  });
  store.on(["base", "edits"], () => {
    const { base, edits } = store.get();
    const scene = base ? editedScene(base, edits) : null;
    store.set({ scene, selection: stillThere(store.get().selection, scene) });
  });
  showErrorImage(store, context);

  return {
    openFile: opening.openFile,
    openSample: opening.openSample,
    openProject: opening.openProject,
    closeProject: opening.closeProject,
    run(/** @type {{resume?: boolean}} */ how = {}) {
      finishTyping();
      return running.run(opening.ready, how);
    },
    cancel: running.cancel,
    saved: saving.flush,
    edit,
    deleteSelection,
    rename,
    setOptions,
    replaceOptions,
    setGuideMode(/** @type {import('../types.js').GuideMode} */ guideMode) {
      store.set({ guideMode });
      saving.changed("options");
    },
    findAutomatically: guiding.findAutomatically,
    findInWords: guiding.findInWords,
    start,
  };
}

/** What is being typed counts, though the field has not been left. */
function finishTyping() {
  const field = document.activeElement;
  if (field instanceof HTMLInputElement && ["text", "number"].includes(field.type)) {
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/**
 * @param {readonly string[]} selection
 * @param {import('../types.js').SceneData | null} scene
 */
function stillThere(selection, scene) {
  if (selection.length === 0) return selection;
  const ids = new Set(scene?.paths.map((path) => path.id));
  const kept = selection.filter((id) => ids.has(id));
  return kept.length === selection.length ? selection : kept;
}

/**
 * Fetch the picture of the errors when somebody looks at it, once for each drawing. With its project it is dropped.
 *
 * @param {import('../store.js').Store} store
 * @param {FlowContext} context
 */
function showErrorImage(store, { api, canvas }) {
  /** @type {string | null} */
  let shown = null;
  store.on(["view", "drawn"], async () => {
    const { view, drawn } = store.get();
    if (!drawn) shown = null;
    if (view !== "error" || !drawn || shown === drawn.id) return;
    shown = drawn.id;
    try {
      const picture = await api.errorImage(drawn.id);
      if (shown === drawn.id) await canvas.setErrorImage(picture);
    } catch (error) {
      if (shown !== drawn.id) return;
      shown = null;
      store.set({ message: { kind: "error", text: messageOf(error), where: "stage" } });
    }
  });
}
