// @ts-check
/**
 * From what the page holds to the options of a job, and back.
 *
 * @typedef {import('../types.js').OptionInfo} OptionInfo
 * @typedef {import('../types.js').Job} Job
 * @typedef {'paths' | 'nodes' | 'bytes' | 'psnr'} BudgetKind
 * @typedef {'paint' | 'words' | 'auto' | 'none'} GuideMode
 */

/** @type {BudgetKind[]} */
export const BUDGETS = ["paths", "nodes", "bytes", "psnr"];
export const FEWEST_PATHS = 8;
export const MOST_PATHS = 2048;

const GUIDANCE = ["saliency", "prompt", "avoid"];

/**
 * @param {Record<string, any>} options
 * @returns {BudgetKind}
 */
export const budgetKind = (options) => BUDGETS.slice(1).find((name) => options[name] != null) ?? "paths";

/**
 * Options with another budget in place of the one they have.
 *
 * @param {Record<string, any>} options
 * @param {BudgetKind} kind
 * @param {number} value
 */
export function withBudget(options, kind, value) {
  const rest = { ...options };
  for (const name of BUDGETS) delete rest[name];
  return { ...rest, [kind]: value };
}

/**
 * @param {Record<string, any>} state the store's
 * @param {string} name
 * @returns {any} what the user set, else the default
 */
export function optionValue(state, name) {
  const set = state.options?.[name];
  if (set !== undefined && set !== null) return set;
  return defaultOf(state.optionInfos, name);
}

/**
 * @param {OptionInfo[] | null | undefined} infos
 * @param {string} name
 * @returns {any}
 */
export const defaultOf = (infos, name) => infos?.find((info) => info.name === name)?.default ?? null;

/**
 * How the drawing is guided, in the words of the options.
 *
 * A map that was found and not painted on since stands for what found it, so that names follow through.
 *
 * @param {Record<string, any>} state the store's
 * @returns {Record<string, any>}
 */
function guidance(state) {
  const found = state.foundBy === state.guideMode ? state.foundVersion : null;
  const touched = found !== null && state.mapVersion !== found;
  const painted = { saliency: state.mapEmpty ? "noise" : "map" };
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
 * @param {Record<string, any>} state the store's
 * @returns {Record<string, any>}
 */
export function jobOptions(state) {
  /** @type {Record<string, any>} */
  const chosen = {};
  for (const [name, value] of Object.entries(state.options)) {
    if (value !== null && value !== undefined && value !== "" && !GUIDANCE.includes(name)) chosen[name] = value;
  }
  return { ...chosen, ...guidance(state) };
}

/**
 * The options to keep with the project, from which `guideModeOf` tells the chosen guidance again.
 *
 * @param {Record<string, any>} state the store's
 */
export function draftOptions(state) {
  const draft = { ...state.options, saliency: guidance(state).saliency };
  if (state.guideMode !== "words") {
    delete draft.prompt;
    delete draft.avoid;
  }
  return draft;
}

/**
 * @param {Record<string, any>} options of a project
 * @param {boolean} hasMap
 * @returns {GuideMode}
 */
export function guideModeOf(options, hasMap) {
  if (options.saliency === "auto") return "auto";
  if (options.prompt?.length > 0) return "words";
  return options.saliency === "noise" && hasMap ? "none" : "paint";
}

/**
 * What changed since a job was drawn: nothing, only its budget (so that it can go on from there), or more.
 *
 * @param {Record<string, any>} state the store's
 * @param {Record<string, any>} before options of the job
 * @returns {'nothing' | 'budget' | 'more'}
 */
export function changeSince(state, before) {
  const now = jobOptions(state);
  const differing = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (name) =>
      !same(now[name] ?? defaultOf(state.optionInfos, name), before[name] ?? defaultOf(state.optionInfos, name)),
  );
  const known = new Set((state.optionInfos ?? []).map((/** @type {OptionInfo} */ info) => info.name));
  const real = differing.filter((name) => known.has(name));
  if (real.length === 0) return "nothing";
  return real.every((name) => /** @type {string[]} */ (BUDGETS).includes(name)) ? "budget" : "more";
}

/**
 * @param {any} a
 * @param {any} b
 */
const same = (a, b) => JSON.stringify(emptyAsNull(a)) === JSON.stringify(emptyAsNull(b));

/** @param {any} value */
const emptyAsNull = (value) => (Array.isArray(value) && value.length === 0 ? null : value);
