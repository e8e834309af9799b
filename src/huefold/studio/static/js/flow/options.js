// @ts-check
/**
 * From what the page holds to the options of a job, and back.
 *
 * @typedef {import('../types.js').OptionInfo} OptionInfo
 * @typedef {import('../types.js').Options} Options
 * @typedef {import('../types.js').State} State
 * @typedef {import('../types.js').GuideMode} GuideMode
 * @typedef {typeof BUDGETS[number]} BudgetKind
 */

const BUDGETS = /** @type {const} */ (["paths", "nodes", "bytes", "psnr"]);
export const FEWEST_PATHS = 8;
export const MOST_PATHS = 2048;

const GUIDANCE = ["saliency", "prompt", "avoid"];

/**
 * @param {Options} options
 * @returns {BudgetKind}
 */
export const budgetKind = (options) => BUDGETS.slice(1).find((name) => options[name] !== undefined) ?? "paths";

/**
 * Options with another budget in place of the one they have.
 *
 * @param {Options} options
 * @param {BudgetKind} kind
 * @param {number} value
 * @returns {Options}
 */
export function withBudget(options, kind, value) {
  const rest = { ...options };
  for (const name of BUDGETS) delete rest[name];
  return { ...rest, [kind]: value };
}

/**
 * @template {string} Name
 * @param {Pick<State, "options" | "optionInfos">} state
 * @param {Name} name
 * @returns {Options[Name] | null} what the user set, else the default; null where there is neither
 */
export const optionValue = ({ options, optionInfos }, name) => options[name] ?? defaultOf(optionInfos, name);

/**
 * @template {string} Name
 * @param {readonly OptionInfo[]} infos
 * @param {Name} name
 * @returns {Options[Name] | null} null too before the server has told of its options
 */
const defaultOf = (infos, name) =>
  /** @type {Options[Name] | null} */ (infos.find((info) => info.name === name)?.default ?? null);

/**
 * How the drawing is guided, in the words of the options.
 *
 * A map that was found and not painted on since stands for what found it, so that names follow through.
 *
 * @param {State} state
 * @returns {Pick<Options, "saliency" | "prompt" | "avoid">}
 */
function guidance(state) {
  const found = state.foundBy === state.guideMode ? state.foundVersion : null;
  const touched = found !== null && state.mapVersion !== found;
  const painted = /** @type {const} */ ({ saliency: state.mapEmpty ? "noise" : "map" });
  const prompt = state.options.prompt ?? [];
  switch (state.guideMode) {
    case "none":
      return { saliency: "noise" };
    case "auto":
      return touched ? painted : { saliency: "auto" };
    case "words":
      if (prompt.length === 0 || touched) return painted;
      // Paint that the words did not find counts beside them.
      return { saliency: found === null ? painted.saliency : "noise", prompt, avoid: state.options.avoid ?? [] };
    default:
      return painted;
  }
}

/**
 * The options to send with a job: what the user set, nothing that is a default.
 *
 * @param {State} state
 * @returns {Options}
 */
export function jobOptions(state) {
  /** @type {Options} */
  const chosen = {};
  for (const [name, value] of Object.entries(state.options)) {
    if (value !== undefined && value !== "" && !GUIDANCE.includes(name)) chosen[name] = value;
  }
  return { ...chosen, ...guidance(state) };
}

/**
 * The options to keep with the project, from which `guideModeOf` tells the chosen guidance again.
 *
 * @param {State} state
 * @returns {Options}
 */
export function draftOptions(state) {
  /** @type {Options} */
  const draft = { ...state.options, saliency: guidance(state).saliency };
  if (state.guideMode !== "words") {
    delete draft.prompt;
    delete draft.avoid;
  }
  return draft;
}

/**
 * @param {Options} options of a project
 * @param {boolean} hasMap
 * @returns {GuideMode}
 */
export function guideModeOf(options, hasMap) {
  if (options.saliency === "auto") return "auto";
  if (options.prompt && options.prompt.length > 0) return "words";
  return options.saliency === "noise" && hasMap ? "none" : "paint";
}

/**
 * What changed since a job was drawn: nothing, only its budget (so that it can go on from there), or more.
 *
 * @param {State} state
 * @param {Options} before options of the job
 * @returns {'nothing' | 'budget' | 'more'}
 */
export function changeSince(state, before) {
  const now = jobOptions(state);
  const differing = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (name) =>
      !same(now[name] ?? defaultOf(state.optionInfos, name), before[name] ?? defaultOf(state.optionInfos, name)),
  );
  const known = new Set(state.optionInfos.map((info) => info.name));
  const real = differing.filter((name) => known.has(name));
  if (real.length === 0) return "nothing";
  return real.every((name) => /** @type {readonly string[]} */ (BUDGETS).includes(name)) ? "budget" : "more";
}

/**
 * @param {unknown} a
 * @param {unknown} b
 */
const same = (a, b) => JSON.stringify(emptyAsNull(a)) === JSON.stringify(emptyAsNull(b));

/** @param {unknown} value */
const emptyAsNull = (value) => (Array.isArray(value) && value.length === 0 ? null : value);
