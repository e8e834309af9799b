// @ts-check
/** What matters in the photo: painted, said in words, found, or left open. */

import { optionValue } from "../flow/options.js";
import { phrases, sentence } from "../flow/words.js";
import { button } from "../ui/button.js";
import { h, replace } from "../ui/dom.js";
import { field, textInput } from "../ui/field.js";
import { message } from "../ui/message.js";
import { segmented } from "../ui/segmented.js";
import { slider } from "../ui/slider.js";
import { section, showErrors } from "./section.js";

/**
 * @typedef {import('../types.js').Context} Context
 * @typedef {import('../types.js').GuideMode} GuideMode
 */

/** @type {readonly {value: GuideMode, label: string}[]} */
const MODES = [
  { value: "paint", label: "Paint" },
  { value: "words", label: "In words" },
  { value: "auto", label: "Automatic" },
  { value: "none", label: "None" },
];

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {Context} context
 */
export function mountGuide(host, store, context) {
  const modes = segmented({ label: "Guidance", options: MODES, value: "paint", onChange: choose });
  modes.element.classList.add("segmented-wide");
  const words = wordsPart(store, context);
  const auto = autoPart(store, context);
  const note = h("p", { class: "panel-note" });
  const trouble = h("div", { class: "panel-trouble" });
  const focus = slider({
    label: "Focus",
    name: "focus",
    min: 0,
    max: 1,
    step: 0.01,
    factor: 100,
    unit: "%",
    value: 0.5,
    help: "Finer where it matters, coarser elsewhere.",
    onInput: (value) => context.flow.setOptions({ focus: value }),
  });
  replace(host, section("What matters", modes.element, note, words.element, auto.element, trouble, focus.element));

  /** @param {GuideMode} mode */
  function choose(mode) {
    context.flow.setGuideMode(mode);
    const { project, foundBy, foundVersion, mapVersion } = store.get();
    const found = foundBy === "auto" && foundVersion === mapVersion;
    if (mode === "auto" && project && !found) void context.flow.findAutomatically();
  }

  function show() {
    const { guideMode, mapEmpty, message: told } = store.get();
    modes.set(guideMode);
    words.element.hidden = guideMode !== "words";
    auto.element.hidden = guideMode !== "auto";
    focus.element.hidden = guideMode === "none";
    focus.set(optionValue(store.get(), "focus") ?? 0.5);
    note.textContent = noteFor(guideMode, mapEmpty);
    note.hidden = note.textContent === "";
    replace(trouble, told?.where === "guide" ? message(told.kind, told.text) : null);
  }

  store.on(["guideMode", "mapEmpty", "options", "optionInfos", "message"], show);
  showErrors(store, { focus });
  show();
}

/**
 * @param {GuideMode} mode
 * @param {boolean} mapEmpty
 */
function noteFor(mode, mapEmpty) {
  if (mode === "none") return "Every part of the photo counts alike.";
  if (mode !== "paint") return "";
  return mapEmpty
    ? "Brush over what matters. Nothing painted: every part counts alike."
    : "Painted parts get finer shapes and truer colours.";
}

/**
 * @param {import('../store.js').Store} store
 * @param {Context} context
 */
function wordsPart(store, context) {
  const prompt = textInput({
    placeholder: "a dog, the red door",
    onChange: (text) => context.flow.setOptions({ prompt: listOrNothing(text) }),
  });
  const avoid = textInput({
    placeholder: "sky, grass",
    onChange: (text) => context.flow.setOptions({ avoid: listOrNothing(text) }),
  });
  const promptField = field({ label: "Look for", control: prompt.element, name: "prompt" });
  const avoidField = field({ label: "Leave out", control: avoid.element, name: "avoid" });
  const find = button({ label: "Find on the photo", icon: "text", onClick: search });
  const missing = h("div", { class: "panel-trouble" });
  const element = h("div", { class: "panel-group" }, missing, promptField.element, avoidField.element, find);

  prompt.element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) search();
  });

  function search() {
    const said = phrases(prompt.get());
    if (said.length === 0) {
      promptField.setError("Say what matters, for example: a dog, the red door.");
      prompt.element.focus();
      return;
    }
    promptField.setError(null);
    context.flow.findInWords(said, phrases(avoid.get()));
  }

  function show() {
    const { status, options, finding, project } = store.get();
    const { available, how } = status?.prompt ?? { available: true, how: "" };
    for (const one of [prompt, avoid]) one.setDisabled(!available);
    find.disabled = !available || finding || !project;
    setBusy(find, finding, "Find on the photo");
    replace(missing, available ? null : message("info", sentence(how)));
    if (document.activeElement !== prompt.element) prompt.set((options.prompt ?? []).join(", "));
    if (document.activeElement !== avoid.element) avoid.set((options.avoid ?? []).join(", "));
  }

  store.on(["status", "options", "finding", "project"], show);
  showErrors(store, { prompt: promptField, avoid: avoidField });
  show();
  return { element };
}

/** @param {string} text */
const listOrNothing = (text) => (phrases(text).length > 0 ? phrases(text) : null);

/**
 * @param {import('../store.js').Store} store
 * @param {Context} context
 */
function autoPart(store, context) {
  const note = h("p", { class: "panel-note" });
  const again = button({ label: "Find again", icon: "auto", onClick: () => context.flow.findAutomatically() });
  const element = h("div", { class: "panel-group" }, note, again);

  function show() {
    const { finding, project, foundBy, foundVersion, mapVersion } = store.get();
    const found = foundBy === "auto" && foundVersion !== null;
    note.textContent = finding
      ? "Looking for what stands out…"
      : found && foundVersion !== mapVersion
        ? "Found, then painted over: the paint counts as it is."
        : "What stands out is marked; brush and eraser can change it.";
    again.disabled = finding || !project;
    setBusy(again, finding, found ? "Find again" : "Find");
  }

  store.on(["finding", "project", "foundBy", "foundVersion", "mapVersion"], show);
  show();
  return { element };
}

/**
 * @param {HTMLButtonElement} one
 * @param {boolean} busy
 * @param {string} label
 */
function setBusy(one, busy, label) {
  one.setAttribute("aria-busy", String(busy));
  const text = one.querySelector(".button-label");
  if (text) text.textContent = busy ? "Looking…" : label;
}
