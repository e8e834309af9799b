// @ts-check
/** The button that draws; while it draws, the one that stops. */

import { changeSince } from "../flow/options.js";
import { canResume, isActive } from "../flow/running.js";
import { counted, sentence, stageInWords } from "../flow/words.js";
import { button } from "../ui/button.js";
import { h, replace } from "../ui/dom.js";
import { message } from "../ui/message.js";

/** @typedef {import('../types.js').State} State */

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountRun(host, store, context) {
  const run = button({ label: "Run", icon: "play", kind: "primary", onClick: () => context.flow.run() });
  run.id = "run";
  run.setAttribute("aria-keyshortcuts", "Control+Enter");
  const over = button({ label: "Start over", onClick: () => context.flow.run({ resume: false }) });
  const stop = button({ label: "Cancel", icon: "stop", onClick: () => context.flow.cancel() });
  stop.id = "cancel";
  const bar = h("progress", { class: "run-progress", max: 1, "aria-label": "Progress of the drawing" });
  const doing = h("p", { class: "run-stage" });
  const note = h("p", { class: "panel-note" });
  const trouble = h("div", { class: "panel-trouble" });
  replace(
    host,
    h(
      "div",
      { class: "run" },
      trouble,
      h("div", { class: "run-doing" }, doing, bar),
      h("div", { class: "run-buttons" }, run, over, stop),
      note,
    ),
  );

  function show() {
    const state = store.get();
    const active = isActive(state.job);
    const resume = !active && canResume(state);
    const hadFocus = [run, stop].find((one) => one === document.activeElement);
    run.hidden = active;
    over.hidden = !resume;
    stop.hidden = !active;
    if (hadFocus?.hidden) (active ? stop : run).focus();
    run.disabled = !state.project || state.starting;
    over.disabled = state.starting;
    stop.disabled = state.cancelling === state.job?.id;
    label(run, runLabel(state, resume));
    label(stop, stop.disabled ? "Stopping…" : "Cancel");
    showProgress(state);
    note.textContent = noteFor(state, active, resume);
    note.hidden = note.textContent === "";
  }

  /** @param {State} state */
  function showProgress({ job, starting, upload }) {
    const active = isActive(job);
    const shown = active || starting;
    bar.hidden = !shown;
    doing.hidden = !shown;
    if (!shown) return;
    const sending = upload !== null && upload < 1;
    doing.textContent = active ? stageInWords(job) : sending ? "Sending the photo" : "Starting";
    const part = active ? job.overall : upload;
    if (job?.status === "waiting" || part === null) bar.removeAttribute("value");
    else bar.value = part;
  }

  function showTrouble() {
    replace(trouble, messageHere(store.get()));
  }

  /** @type {import('../store.js').Key[]} */
  const shown = ["project", "job", "options", "optionInfos", "guideMode", "mapVersion", "mapEmpty", "drawn", "base"];
  store.on([...shown, "starting", "cancelling", "upload"], show);
  store.on(["message", "job", "base", "drawn"], showTrouble);
  show();
  showTrouble();
}

/**
 * @param {HTMLButtonElement} one
 * @param {string} text
 */
function label(one, text) {
  const span = one.querySelector(".button-label");
  if (span && span.textContent !== text) span.textContent = text;
}

/**
 * @param {State} state
 * @param {boolean} resume
 */
function runLabel(state, resume) {
  if (state.starting) return "Starting…";
  if (!state.drawn) return "Run";
  return resume ? "Continue" : "Run again";
}

/**
 * @param {State} state
 * @param {boolean} active
 * @param {boolean} resume
 */
function noteFor(state, active, resume) {
  if (active || state.starting) return "";
  if (!state.project) return "Open a photo to begin.";
  if (resume) return `Goes on from this drawing${target(state)}.`;
  if (state.drawn && state.sceneFinal && changeSince(state, state.drawn.options) === "nothing") {
    return state.drawn.mapVersion === state.mapVersion ? resultInWords(state.drawn) : "";
  }
  return "";
}

/**
 * Whether the drawing is what was asked for.
 *
 * @param {import('../types.js').Drawn} drawn
 */
function resultInWords({ stopped, report }) {
  if (report?.budget && !report.budget.met) return "The drawing does not reach what was asked for.";
  if (stopped || report?.stopped === "cancelled") return "The drawing was stopped before it was finished.";
  if (report?.stopped) return "The drawing was finished early, at its time limit.";
  return "The drawing is as asked for.";
}

/** @param {State} state */
const target = (state) => (state.options.paths ? ` to ${counted(state.options.paths, "path")}` : "");

/**
 * Messages about a run, and those about fields that no panel shows.
 *
 * @param {State} state
 */
function messageHere({ message: told, job, base, drawn }) {
  if (
    told &&
    !["photo", "guide", "stage"].includes(told.where) &&
    !document.querySelector(`[data-field="${told.where}"]`)
  ) {
    return message(told.kind, told.text);
  }
  if (job?.status === "failed") return message("error", sentence(job.error?.message ?? "The drawing failed"));
  // Who has gone back looks at another drawing than the one that was stopped.
  if (job?.status === "cancelled" && job.has_drawing && drawn && drawn.id !== job.id) return null;
  if (job?.status === "cancelled") return message("info", stoppedInWords(job.has_drawing, base !== null));
  return null;
}

/**
 * @param {boolean} drawn before it was stopped
 * @param {boolean} before whether there is an earlier drawing
 */
function stoppedInWords(drawn, before) {
  if (drawn) return "Stopped; the drawing so far is kept.";
  return before ? "Stopped; this is the drawing before it." : "Stopped before there was a drawing.";
}
