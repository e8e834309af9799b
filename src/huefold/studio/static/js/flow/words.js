// @ts-check
/** Numbers and stages as people say them. */

const NUMBERS = new Intl.NumberFormat("en");

/** @param {number} value */
export const count = (value) => NUMBERS.format(Math.round(value));

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {number} part of 1 */
export const percent = (part) => `${Math.round(part * 100)} %`;

/** @param {number} part of 1; small parts are not nothing */
export const share = (part) => (part > 0 && part < 0.001 ? "< 0.1 %" : `${(part * 100).toFixed(1)} %`);

/** @type {Record<string, string>} */
const STAGES = {
  load: "Reading the photo",
  segment: "Finding regions",
  saliency: "Finding what matters",
  recolor: "Merging regions",
  trace: "Tracing outlines",
  refine: "Refining details",
  write: "Writing the file",
};

/**
 * @param {import('../types.js').Job} job
 * @returns {string} what it is doing, "Refining details, 62 %"
 */
export function stageInWords(job) {
  if (job.status === "waiting") {
    return job.position ? `Waiting, ${count(job.position)} before this one` : "Waiting to start";
  }
  const stage = STAGES[job.stage] ?? "Starting";
  return job.stage in STAGES ? `${stage}, ${percent(job.fraction)}` : stage;
}

/**
 * @param {number | string | null | undefined} time seconds since 1970, or ISO
 * @returns {string}
 */
export function when(time) {
  const date = typeof time === "number" ? new Date(time * 1000) : new Date(time ?? NaN);
  if (Number.isNaN(date.getTime())) return "";
  const today = new Date().toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/**
 * @param {string} text phrases with commas between
 * @returns {string[]}
 */
export const phrases = (text) =>
  text
    .split(",")
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== "");

/**
 * @param {string} text such as an error, which begins small and ends without a stop
 * @returns {string}
 */
export const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?)]$/.test(text) ? "" : "."}`;
