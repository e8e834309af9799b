// @ts-check
/** Runs jobs, follows them, and puts what they draw into the store. */

import { fieldOf, isMissing, isTransient, messageOf } from "../api.js";
import { announce } from "./announce.js";
import { NO_EDITS, completeEdits, isEdited } from "./edits.js";
import { budgetKind, changeSince, jobOptions } from "./options.js";

/**
 * @typedef {import('../types.js').Job} Job
 * @typedef {import('../types.js').Project} Project
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {import('../types.js').Edits} Edits
 * @typedef {import('../types.js').Drawn} Drawn
 * @typedef {{drawn: Drawn, edits: Edits}} Version a drawing, by what the store holds of it, with its edits
 */

/**
 * @param {Job | null} job
 * @returns {job is Job & {status: "waiting" | "running"}}
 */
export const isActive = (job) => job?.status === "waiting" || job?.status === "running";

/**
 * Whether the newest drawing can be gone on with: only the budget is another one, or it was stopped on its way.
 *
 * @param {import('../types.js').State} state
 */
export function canResume(state) {
  const { drawn, base, mapVersion } = state;
  if (!drawn || !base || drawn.mapVersion !== mapVersion) return false;
  // Other budgets choose the number of paths anew.
  if (budgetKind(state.options) !== "paths") return false;
  const change = changeSince(state, drawn.options);
  return change === "budget" || (change === "nothing" && drawn.stopped);
}

/**
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').FlowContext} context
 * @param {{connection: import('./connection.js').Connection, saving: import('./saving.js').Saving}} parts
 */
export function createRunning(store, context, { connection, saving }) {
  const { api, history } = context;
  /** @type {(() => void) | null} */
  let unwatch = null;
  let mapVersionOfRun = 0;
  // The result of the newest job that ended, or a drawing that is gone back to, is on its way until then.
  /** @type {Promise<void>} */
  let finishing = Promise.resolve();
  /** @type {Version | null} the drawing that previews have taken the place of */
  let shelved = null;

  /** Hear no more of the job that is followed. */
  function unfollow() {
    unwatch?.();
    unwatch = null;
  }

  /** Another project is about to be opened. */
  function detach() {
    unfollow();
    shelved = null;
  }

  /** @returns {Version | null} the drawing that is shown */
  function current() {
    const { drawn, edits } = store.get();
    return drawn && { drawn, edits };
  }

  /** @returns {Version | null} the drawing that is shown, or was before the previews */
  const earlier = () => shelved ?? current();

  /**
   * @param {() => Promise<void>} ready sends the photo and all changes first
   * @param {{resume?: boolean}} [how] default: go on where that is possible
   */
  async function run(ready, { resume } = {}) {
    const state = store.get();
    if (!state.project || isActive(state.job) || state.starting) return;
    store.set({ starting: true, message: null, level: null });
    context.canvas.setLevel(null);
    try {
      await finishing; // whether one can go on is known with the result
      if (state.project.id && store.get().project?.id !== state.project.id) return;
      const goOn = resume ?? canResume(store.get());
      await ready();
      await start(goOn);
    } catch (error) {
      const text = messageOf(error);
      store.set({ message: { kind: "error", text, where: fieldOf(error) ?? "run" } });
      announce(`The drawing could not be started. ${text}`);
    } finally {
      store.set({ starting: false });
    }
  }

  /** @param {boolean} resume */
  async function start(resume) {
    const state = store.get();
    // The upload may have been refused, which was told where the photo is.
    if (!state.project?.id) return;
    mapVersionOfRun = state.mapVersion;
    const { id } = state.project;
    const job = await connection.persist(() => api.createJob({ project: id, options: jobOptions(state), resume }));
    if (store.get().project?.id !== id) return;
    store.set({ job, selection: [] });
    announce(job.status === "waiting" && job.position ? "Waiting for other drawings." : "Drawing started.");
    follow(job.id);
  }

  async function cancel() {
    const { job } = store.get();
    if (!isActive(job)) return;
    store.set({ cancelling: job.id });
    try {
      const stopped = await api.cancelJob(job.id);
      if (!isActive(stopped) && store.get().job?.id === stopped.id) onJob(stopped);
    } catch (error) {
      if (isTransient(error)) connection.lost();
      store.set({ cancelling: null });
    }
  }

  /** @param {string} id */
  function follow(id) {
    unfollow();
    unwatch = api.watchJob(id, { onJob, onScene, onLost: () => onLost(id) });
  }

  /** @param {SceneData} scene */
  function onScene(scene) {
    if (!isActive(store.get().job) || store.get().turning) return;
    if (store.get().sceneFinal) shelve();
    store.set({ base: scene, edits: NO_EDITS, sceneFinal: false });
    showDrawing();
  }

  /** Edits speak of the drawing before this one: they are sent, and wait for what comes of it. */
  function shelve() {
    void saving.flush().catch(() => {});
    shelved = earlier();
    history.hold("edits");
  }

  /** A drawing is there to be seen; who compares or looks at outlines goes on doing so. */
  function showDrawing() {
    if (store.get().view === "photo") store.set({ view: "drawing" });
  }

  /** @param {Job} job */
  function onJob(job) {
    const before = store.get().job;
    if (before?.id !== job.id) return;
    store.set({ job });
    if (isActive(job)) return;
    unfollow();
    store.set({ cancelling: null });
    finishing = finishing.then(() => finish(job));
  }

  /** @param {Job} job that has ended */
  async function finish(job) {
    announce(endInWords(job));
    try {
      const project = await connection.persist(() => api.project(job.project));
      const { project: shown, job: newest } = store.get();
      if (shown?.id !== project.id || newest?.id !== job.id) return;
      store.set({ project: { ...project, name: shown.name } });
      if (job.has_drawing) await showResult(project, job, mapVersionOfRun);
      else if (shelved) await bringBack(shelved);
      else if (!store.get().drawn) await showResult(project, null, mapVersionOfRun);
    } catch (error) {
      store.set({ message: { kind: "error", text: messageOf(error), where: "run" } });
    }
  }

  /**
   * A drawing came of it: the one before can be gone back to.
   *
   * @param {Version} before
   */
  function replaced(before) {
    void saving.flush().catch(() => {}); // what was edited until now is of the drawing before
    pushNewDrawing(async () => before);
    if (!isEdited(before.edits)) return;
    context.notify({
      kind: "info",
      text: "Your edits belong to the drawing before this one. Undo brings it back.",
      seconds: 12,
    });
  }

  /**
   * Going back to the drawing before, with its edits, is one step.
   *
   * @param {() => Promise<Version>} before
   */
  function pushNewDrawing(before) {
    /** @type {Version | null} */
    let after = null;
    history.push({
      label: "New drawing",
      scope: "edits",
      undo() {
        after = current();
        return turnTo(before, "This is the drawing before.");
      },
      redo() {
        const newer = after;
        return newer ? turnTo(async () => newer, "This is the newer drawing.") : undefined;
      },
    });
  }

  /**
   * An edited drawing that an earlier visit left behind.
   *
   * @param {string} id
   * @param {Project} project
   * @returns {Promise<Version>}
   */
  async function versionOf(id, project) {
    const ask = () => Promise.all([api.job(id), api.patchProject(project.id, { drawing: id })]);
    const [job, { edits }] = await connection.persist(ask);
    return { drawn: drawnOf(job, store.get().mapVersion), edits: completeEdits(edits) };
  }

  /**
   * Show another drawing of the project; what is edited, exported and gone on from is that one then.
   *
   * @param {() => Promise<Version>} version
   * @param {string} words to be heard
   * @returns {Promise<void>} when it is shown, or told why not
   */
  function turnTo(version, words) {
    void saving.flush().catch(() => {}); // what was edited is sent with the drawing it is of
    store.set({ turning: true });
    finishing = finishing.then(() => turn(version, words));
    return finishing;
  }

  /**
   * @param {() => Promise<Version>} version
   * @param {string} words
   */
  async function turn(version, words) {
    const project = store.get().project?.id;
    try {
      await bringBack(await version());
      if (store.get().project?.id !== project) return;
      saving.changed("drawing");
      saving.changed("edits");
      announce(words);
    } catch (error) {
      if (store.get().project?.id !== project) return;
      // Edits of a drawing that is gone cannot be undone any more.
      history.forget("edits");
      const text = isMissing(error) ? "That drawing is not kept any more." : messageOf(error);
      context.notify({ kind: "error", text });
    }
    store.set({ turning: false });
  }

  /** @param {Version} version of the open project that was shown before */
  async function bringBack({ drawn, edits }) {
    const id = store.get().project?.id;
    const base = await connection.persist(() => api.scene(drawn.id));
    if (store.get().project?.id !== id) return;
    shelved = null;
    history.hold(null);
    store.set({ base, drawn, edits, sceneFinal: true, selection: [] });
    showDrawing();
  }

  /**
   * Show the drawing of a job, or of the project's newest one that has ended.
   *
   * @param {Project} project
   * @param {Job | null} job
   * @param {number} mapVersion with which it was drawn
   */
  async function showResult(project, job, mapVersion) {
    const id = job?.id ?? project.result;
    if (!id) {
      history.hold(null);
      return void store.set({ base: null, drawn: null, sceneFinal: false });
    }
    const [scene, from] = await connection.persist(() => Promise.all([api.scene(id), job ?? api.job(id)]));
    if (store.get().project?.id !== project.id) return;
    const before = earlier();
    shelved = null;
    history.hold(null);
    if (before && before.drawn.id !== id) replaced(before);
    store.set({
      base: scene,
      sceneFinal: true,
      edits: completeEdits(project.edits),
      drawn: drawnOf(from, mapVersion),
    });
    showDrawing();
  }

  /**
   * The page was loaded again, or another project opened: show its drawing, follow its job.
   *
   * @param {Project} project
   */
  async function restore(project) {
    const { job, before } = project;
    const active = isActive(job);
    if (active) mapVersionOfRun = store.get().mapVersion;
    if (!active || project.result) {
      await showResult(project, !active && job?.id === project.result ? job : null, store.get().mapVersion);
    }
    if (store.get().project?.id !== project.id) return;
    // Only now: before its drawing is here there is nothing to come back to.
    if (before) pushNewDrawing(() => versionOf(before, project));
    if (active) follow(job.id);
  }

  /**
   * The stream broke: the server is away, or does not know the job any more.
   *
   * @param {string} id
   */
  async function onLost(id) {
    try {
      onJob(await api.job(id));
    } catch (error) {
      if (isTransient(error)) return connection.lost();
      if (!isMissing(error)) return;
      unfollow();
      const job = store.get().job;
      if (job?.id === id)
        onJob({ ...job, status: "failed", error: { code: "gone", message: "The server no longer has this drawing." } });
    }
  }

  return { run, cancel, detach, restore };
}

/** @typedef {ReturnType<typeof createRunning>} Running */

/**
 * What the store holds of a job whose drawing is shown.
 *
 * @param {Job} job
 * @param {number} mapVersion with which it was drawn
 * @returns {Drawn}
 */
const drawnOf = ({ id, options, report, status }, mapVersion) => ({
  id,
  options,
  report,
  mapVersion,
  stopped: status === "cancelled",
});

/** @param {Job} job */
function endInWords(job) {
  if (job.status === "done") return `Drawing finished with ${job.report?.paths.drawn ?? ""} paths.`;
  if (job.status === "cancelled") return job.has_drawing ? "Stopped; the drawing so far is kept." : "Stopped.";
  return `Drawing failed. ${job.error?.message ?? ""}`;
}
