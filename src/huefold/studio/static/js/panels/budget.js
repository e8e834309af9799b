// @ts-check
/** How much may be spent: paths (or nodes, bytes, fidelity), how many of them are structure, and the rest. */

import { countPaths, isPath } from "../flow/edits.js";
import { FEWEST_PATHS, MOST_PATHS, budgetKind, optionValue, withBudget } from "../flow/options.js";
import { count, counted, size } from "../flow/words.js";
import { h, replace } from "../ui/dom.js";
import { field, numberInput, select, toggle } from "../ui/field.js";
import { slider } from "../ui/slider.js";
import { mountMore } from "./more.js";
import { section, showErrors } from "./section.js";

/**
 * @typedef {import('../types.js').State} State
 * @typedef {import('../flow/options.js').BudgetKind} BudgetKind
 * @typedef {Exclude<BudgetKind, "paths">} OtherKind
 */

const TICKS = [8, 64, 128, 256, 512, 2048];
// What a path costs before anything was drawn: about the mean of photos at 128 paths.
const USUAL = { nodes: 10.2, bytes: 290 };

/** @type {Record<OtherKind, {label: string, start: number, min: number, max: number, help: string}>} */
const OTHERS = {
  nodes: { label: "Nodes", start: 1000, min: 4, max: 10_000_000, help: "At most so many nodes in all." },
  bytes: { label: "Bytes", start: 20_000, min: 1, max: 1_000_000_000, help: "The file has at most so many bytes." },
  psnr: { label: "PSNR in dB", start: 25, min: 1, max: 100, help: "As few paths as reach this fidelity." },
};

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountBudget(host, store, context) {
  const kind = select({
    options: [
      { value: "paths", label: "Paths" },
      { value: "nodes", label: "Nodes" },
      { value: "bytes", label: "File size" },
      { value: "psnr", label: "Fidelity" },
    ],
    value: "paths",
    onChange: (value) => setBudget(value),
  });
  kind.element.setAttribute("aria-label", "Kind of budget");
  kind.element.classList.add("budget-kind");
  const paths = pathsSlider((value) => setBudget("paths", value));
  const others = {
    nodes: otherBudget("nodes"),
    bytes: otherBudget("bytes"),
    psnr: otherBudget("psnr"),
  };
  const counts = h("dl", { class: "counts" });
  const structure = structurePart(store, context);
  const more = h("div");
  const part = section(
    "Budget",
    paths.element,
    ...Object.values(others).map((one) => one.element),
    counts,
    structure.element,
    more,
  );
  part.querySelector("h2")?.append(kind.element);
  replace(host, part);
  mountMore(more, store, context);

  /** @param {OtherKind} name */
  function otherBudget(name) {
    const { label, start, min, max, help } = OTHERS[name];
    const control = numberInput({
      value: start,
      min,
      max,
      step: name === "psnr" ? "any" : 1,
      // An empty field says nothing: what it held stays.
      onChange: (value) =>
        value === null ? control.set(store.get().options[name] ?? null) : setBudget(name, value),
    });
    return { control, ...field({ label, control: control.element, help, name }) };
  }

  /**
   * @param {BudgetKind} name
   * @param {number} [value]
   */
  function setBudget(name, value) {
    const { options } = store.get();
    const start = name === "paths" ? 128 : OTHERS[name].start;
    context.flow.replaceOptions(withBudget(options, name, value ?? start));
  }

  function show() {
    const state = store.get();
    const chosen = budgetKind(state.options);
    kind.set(chosen);
    paths.element.hidden = chosen !== "paths";
    paths.set(optionValue(state, "paths") ?? 128);
    for (const name of /** @type {OtherKind[]} */ (Object.keys(others))) {
      const { element, control } = others[name];
      element.hidden = chosen !== name;
      if (chosen === name && document.activeElement !== control.element) control.set(state.options[name] ?? null);
    }
    replace(counts, countRows(state, chosen));
  }

  store.on(["options", "optionInfos", "scene", "sceneFinal", "drawn"], show);
  showErrors(store, { paths, ...others });
  show();
}

/** @param {(value: number) => void} onInput */
const pathsSlider = (onInput) =>
  slider({
    label: "Paths",
    name: "paths",
    min: FEWEST_PATHS,
    max: MOST_PATHS,
    value: 128,
    scale: "log",
    ticks: TICKS,
    format: (value) => counted(value, "path"),
    onInput,
  });

/**
 * The drawing that is shown (or on its way) where it is one of this budget, so that its counts are those to tell.
 *
 * @param {State} state
 */
function sceneOfBudget(state) {
  const { drawn, scene, sceneFinal, options } = state;
  if (!sceneFinal || !drawn?.report || budgetKind(options) !== "paths") return scene;
  return drawn.report.paths.asked === optionValue(state, "paths") ? scene : null;
}

/**
 * What the drawing has, or what one with this budget is likely to have.
 *
 * @param {State} state
 * @param {BudgetKind} kind
 */
function countRows(state, kind) {
  const scene = sceneOfBudget(state);
  if (scene) {
    return [
      row("Paths", count(countPaths(scene))),
      row("Nodes", count(scene.nodes)),
      row("File", scene.bytes ? size(scene.bytes) : "–"),
    ];
  }
  const asked = kind === "paths" ? optionValue(state, "paths") : null;
  if (!asked) return [];
  const report = state.drawn?.report;
  const per = report ? { nodes: report.nodes / report.paths.drawn, bytes: report.bytes / report.paths.drawn } : USUAL;
  return [
    row("Paths", count(asked)),
    row("Nodes", `about ${count(roughly(asked * per.nodes))}`),
    row("File", `about ${size(roughly(asked * per.bytes))}`),
  ];
}

/** @param {number} value to two digits */
const roughly = (value) => Number(value.toPrecision(2));

/**
 * @param {string} name
 * @param {string} value
 */
const row = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));

/**
 * The share of merged regions, and a look at them while it is dragged.
 *
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
function structurePart(store, context) {
  const ratio = slider({
    label: "Structure",
    name: "structural_ratio",
    min: 0,
    max: 1,
    step: 0.01,
    factor: 100,
    unit: "%",
    value: 0.4,
    onInput: (value) => context.flow.setOptions({ structural_ratio: value }),
  });
  const note = h("p", { class: "panel-note" });
  const preview = toggle({ label: "Show the regions", onChange: (on) => store.set({ level: on ? regions() : null }) });
  const element = h("div", { class: "panel-group" }, ratio.element, note, preview.element);

  const regions = () => {
    const state = store.get();
    const structural = Math.round(ratioOf(state) * (optionValue(state, "paths") ?? 128));
    return Math.max(1, structural + (optionValue(state, "preset") === "paper" ? 0 : 1)); // one is the background
  };

  function show() {
    const state = store.get();
    const byPaths = budgetKind(state.options) === "paths";
    ratio.set(ratioOf(state));
    preview.set(state.level !== null);
    preview.setDisabled(!state.project?.id || !byPaths);
    note.textContent = structureInWords(state);
    if (state.level !== null && byPaths) store.set({ level: regions() });
    else if (state.level !== null) store.set({ level: null });
  }

  store.on(["options", "optionInfos", "project", "level", "scene", "sceneFinal", "drawn"], show);
  store.on(["level"], () => context.canvas.setLevel(store.get().level));
  showErrors(store, { structural_ratio: ratio });
  show();
  return { element };
}

/**
 * How many merged regions and details the drawing has, which may be others than asked for; before it, those asked for.
 *
 * @param {State} state
 */
function structureInWords(state) {
  const { drawn, sceneFinal, optionInfos } = state;
  const ratio = ratioOf(state);
  const same = !sceneFinal || !drawn || ratioOf({ options: drawn.options, optionInfos }) === ratio;
  const scene = sceneOfBudget(state);
  if (same && scene) {
    const paths = scene.paths.filter(isPath);
    const structural = paths.filter((path) => path.role === "structural").length;
    return `Drawn: ${inWords(structural, paths.length - structural)}`;
  }
  if (budgetKind(state.options) !== "paths") return "Share of the paths that are merged regions.";
  const asked = optionValue(state, "paths") ?? 128;
  const structural = Math.round(ratio * asked);
  return inWords(structural, asked - structural);
}

/** @param {Pick<State, "options" | "optionInfos">} state */
const ratioOf = (state) => optionValue(state, "structural_ratio") ?? 0.4;

/**
 * @param {number} structural
 * @param {number} details
 */
const inWords = (structural, details) =>
  `${counted(structural, "region")} beneath, ${counted(details, "detail")} on top.`;
