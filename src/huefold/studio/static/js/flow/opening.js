// @ts-check
/** Opens photos, samples, project files and projects, and leaves the store and the canvas as they need. */

import { isMissing, messageOf } from "../api.js";
import { NO_EDITS, completeEdits } from "./edits.js";
import { guideModeOf } from "./options.js";
import { decodePhoto, inMebibytes, isProjectFile, titleOf } from "./photos.js";
import { forgetPhoto, keepPhoto, unsent, unsentPhoto } from "./saving.js";

/**
 * @typedef {import('../types.js').Project} Project
 * @typedef {import('../types.js').State} State
 */

/** @type {import('../types.js').ProjectPatch} */
const NO_CHANGES = {};

/** @type {Partial<State>} what the store holds about a project when none is open */
const CLOSED = Object.freeze({
  project: null,
  options: {},
  guideMode: "paint",
  foundVersion: null,
  foundBy: null,
  job: null,
  base: null,
  drawn: null,
  scene: null,
  sceneFinal: false,
  edits: NO_EDITS,
  selection: [],
  turning: false,
  level: null,
  upload: null,
});

/**
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').FlowContext} context
 * @param {{saving: import('./saving.js').Saving, running: import('./running.js').Running,
 *   connection: import('./connection.js').Connection}} parts
 */
export function createOpening(store, context, { saving, running, connection }) {
  const { api, canvas, history } = context;
  // Each opening has a number; what belongs to an earlier one is let go when its answer comes.
  let turn = 0;
  /** @type {AbortController | null} */
  let upload = null;
  /** @type {Promise<void>} */
  let uploaded = Promise.resolve();

  /** @param {Partial<State>} patch of the store, over that of no project */
  async function begin(patch) {
    const mine = ++turn;
    upload?.abort();
    running.detach();
    await saving.captureAll();
    if (mine !== turn) return mine;
    history.clear();
    canvas.setScene(null);
    void canvas.setErrorImage(null);
    canvas.setLevel(null);
    store.set({ ...CLOSED, view: "photo", message: null, mapVersion: 0, mapEmpty: true, ...patch });
    return mine;
  }

  async function closeProject() {
    await begin({});
    canvas.setPhoto(null);
    setHash(null);
  }

  /**
   * @param {File | Blob} file a photo or a project file
   * @param {Blob | null} [paint] a map that an earlier visit could not send
   */
  async function openFile(file, paint = null) {
    const limit = store.get().status?.limits.bytes;
    if (limit && file.size > limit) {
      return refuse(`The file has ${inMebibytes(file.size)}; at most ${inMebibytes(limit)} can be opened.`);
    }
    if (isProjectFile(file)) return create({ project: file });
    const shown = await decodePhoto(file);
    if (shown) await showAtOnce(file, shown, paint ? await createImageBitmap(paint) : null);
    else await begin({});
    void keepPhoto(file);
    return create({ photo: file, name: titleOf(file) }, shown !== null);
  }

  /**
   * @param {File | Blob} file
   * @param {{bitmap: ImageBitmap, width: number, height: number}} shown
   * @param {ImageBitmap | null} paint
   */
  async function showAtOnce(file, { bitmap, width, height }, paint) {
    await begin({ project: provisional(titleOf(file), width, height), upload: 0 });
    canvas.setPhoto(bitmap, width, height);
    if (!paint) return;
    canvas.setMap(paint);
    store.set({ mapVersion: 1 }); // so that it is saved
  }

  /** @param {string} name */
  const openSample = (name) => create({ sample: name });

  /**
   * Make a project on the server; the photo may be on the canvas already.
   *
   * @param {import('../types.js').NewProject} what
   * @param {boolean} [shown]
   */
  async function create(what, shown = false) {
    const mine = shown ? turn : await begin({});
    upload = new AbortController();
    const { signal } = upload;
    store.set({ upload: 0 });
    const made = connection.persist(() =>
      api.createProject({
        ...what,
        signal,
        onProgress(part) {
          if (mine === turn) store.set({ upload: part });
        },
      }),
    );
    uploaded = made.then(
      (project) => arrived(project, mine, shown),
      (error) => failed(error, mine),
    );
    return uploaded;
  }

  /**
   * @param {Project} project
   * @param {number} mine
   * @param {boolean} shown
   */
  async function arrived(project, mine, shown) {
    void forgetPhoto();
    if (mine !== turn) return;
    if (!shown) return show(project, mine);
    const name = store.get().project?.name ?? project.name;
    store.set({ project: { ...project, name }, upload: null });
    setHash(project.id);
    await saving.adopt(project.id);
  }

  /**
   * @param {unknown} error
   * @param {number} mine
   */
  async function failed(error, mine) {
    void forgetPhoto();
    if (mine !== turn || (error instanceof DOMException && error.name === "AbortError")) return;
    await closeProject();
    refuse(messageOf(error));
  }

  /** @param {string} text */
  const refuse = (text) => store.set({ message: { kind: "error", text, where: "photo" } });

  /** @param {string} id */
  async function openProject(id) {
    if (store.get().project?.id === id) return;
    const mine = await begin({});
    try {
      const project = await connection.persist(() => api.project(id));
      if (mine === turn) await show(project, mine);
    } catch (error) {
      if (mine !== turn) return;
      await closeProject();
      refuse(isMissing(error) ? "This project is not here any more." : messageOf(error));
    }
  }

  /**
   * @param {Project} project
   * @param {number} mine
   */
  async function show(project, mine) {
    const kept = await unsent(project.id);
    const { result, edits, drawing, ...others } = kept.patch ?? NO_CHANGES;
    const current = drawing ? await wentBack(project, drawing) : project;
    const patch = edits && result === current.result ? { ...others, edits } : others;
    const merged = { ...current, ...patch };
    const [photo, map] = await Promise.all([
      connection.persist(() => api.photo(project.id, 4096)).then(decodePhoto),
      kept.map !== undefined ? kept.map : connection.persist(() => mapOf(merged)),
    ]);
    const paint = map ? await createImageBitmap(map) : null;
    if (mine !== turn) return;
    if (!photo) throw new Error("The browser cannot show this photo.");
    store.set(stateOf(merged, Boolean(paint)));
    canvas.setPhoto(photo.bitmap, project.width, project.height);
    canvas.setMap(paint);
    setHash(project.id);
    for (const what of /** @type {(keyof typeof patch)[]} */ (Object.keys(patch))) saving.changed(what);
    if (drawing) saving.changed("drawing");
    if (kept.map !== undefined) saving.changed("map");
    await running.restore(merged);
  }

  /**
   * The project with the drawing that an earlier visit went back to, if that is there still.
   *
   * @param {Project} project
   * @param {string} drawing
   * @returns {Promise<Project>}
   */
  const wentBack = (project, drawing) =>
    connection.persist(() => api.patchProject(project.id, { drawing })).catch(() => project);

  /** @param {Project} project */
  const mapOf = (project) => (project.has_map ? api.getMap(project.id) : Promise.resolve(null));

  /** Wait until the photo that is shown has a project, and send what was changed. */
  async function ready() {
    await uploaded;
    await saving.flush();
  }

  /** A photo that an earlier visit could not send is opened again, with its paint. */
  async function resumeDraft() {
    const photo = await unsentPhoto();
    if (!photo) return;
    const { map } = await unsent("");
    await openFile(photo, map);
  }

  return { openFile, openSample, openProject, closeProject, ready, resumeDraft };
}

/**
 * @param {string} name
 * @param {number} width
 * @param {number} height
 * @returns {Project}
 */
const provisional = (name, width, height) => ({
  id: "",
  name,
  width,
  height,
  created: 0,
  opened: 0,
  options: {},
  edits: null,
  has_map: false,
  map_version: 0,
  job: null,
  result: null,
  before: null,
});

/**
 * @param {Project} project
 * @param {boolean} hasMap
 * @returns {Partial<State>}
 */
function stateOf(project, hasMap) {
  const { saliency, ...options } = project.options;
  const guideMode = guideModeOf(project.options, hasMap);
  // -1 is no version: the map was painted on since it was found.
  const found = hasMap && guideMode !== "paint" ? (saliency === "map" ? -1 : 0) : null;
  return {
    project,
    options,
    guideMode,
    foundVersion: found,
    foundBy: found === null ? null : guideMode,
    edits: completeEdits(project.edits),
    job: project.job,
    upload: null,
    mapEmpty: !hasMap,
  };
}

/** @param {string | null} id */
function setHash(id) {
  const wanted = id ? `#p=${id}` : window.location.pathname;
  if (window.location.hash !== (id ? wanted : "")) window.history.replaceState(null, "", wanted);
}

/** @returns {string | null} the project that the address names */
export function projectInAddress() {
  const found = /^#p=([0-9a-f]{16})$/.exec(window.location.hash);
  return found ? found[1] : null;
}
