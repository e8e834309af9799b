// @ts-check
/**
 * All that the page asks of the server: one function for each route, errors as `ApiError`.
 *
 * @typedef {import('./types.js').Project} Project
 * @typedef {import('./types.js').Job} Job
 * @typedef {import('./types.js').SceneData} SceneData
 * @typedef {import('./types.js').Status} Status
 * @typedef {import('./types.js').OptionInfo} OptionInfo
 * @typedef {import('./types.js').Levels} Levels
 * @typedef {import('./types.js').Options} Options
 */

import { sentence } from "./flow/words.js";

const JSON_TYPE = "application/json";

/** What the server refused, or that it could not be reached (`status` 0, code "offline"). */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message one plain line
   * @param {number} status
   * @param {string | null} field the option that the error is about
   */
  constructor(code, message, status, field = null) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.field = field;
  }

  /** Whether trying again later may help: there was no answer, or the server was starting or full. */
  get transient() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** @param {unknown} error whatever was thrown */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * @param {unknown} error
 * @returns {string | null} the option that it is about
 */
export const fieldOf = (error) => (error instanceof ApiError ? error.field : null);

/**
 * @param {unknown} error
 * @returns {boolean} whether it may be gone when tried again
 */
export const isTransient = (error) => error instanceof ApiError && error.transient;

/**
 * @param {unknown} error
 * @returns {boolean} whether what was asked for is not there (any more)
 */
export const isMissing = (error) => error instanceof ApiError && error.status === 404;

const offline = () => new ApiError("offline", "The server does not answer.", 0);

/**
 * @param {number} status
 * @param {string} text body of the answer
 */
function errorFrom(status, text) {
  try {
    const { code, message, field } = JSON.parse(text).error;
    if (typeof message === "string") return new ApiError(String(code), sentence(message), status, field ?? null);
  } catch {
    // Not one of our answers: a proxy's page, or none at all.
  }
  return new ApiError("http", `The server answered with status ${status}.`, status);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function request(path, init = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offline();
  }
  if (!answer.ok) throw errorFrom(answer.status, await answer.text().catch(() => ""));
  return answer;
}

/**
 * @template T
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<T>} as the server's schema says; it is not checked again
 */
const json = async (path, init) => (await request(path, init)).json();

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
const blob = async (path, init) => (await request(path, init)).blob();

/**
 * @param {string} method
 * @param {unknown} body
 * @returns {RequestInit}
 */
const sending = (method, body) => ({
  method,
  headers: { "Content-Type": JSON_TYPE },
  body: JSON.stringify(body),
});

/** @param {string} id */
const projectPath = (id) => `/api/projects/${encodeURIComponent(id)}`;
/** @param {string} id */
const jobPath = (id) => `/api/jobs/${encodeURIComponent(id)}`;

/** @returns {Promise<Status>} */
export const status = () => json("/api/status");
/** @returns {Promise<OptionInfo[]>} */
export const options = () => json("/api/options");

/** @returns {Promise<Project[]>} newest first */
export const projects = () => json("/api/projects");
/**
 * @param {string} id
 * @returns {Promise<Project>}
 */
export const project = (id) => json(projectPath(id));
/**
 * @param {string} id
 * @param {import('./types.js').ProjectPatch} patch
 * @returns {Promise<Project>}
 */
export const patchProject = (id, patch) => json(projectPath(id), sending("PATCH", patch));
/** @param {string} id */
export const deleteProject = async (id) => void (await request(projectPath(id), { method: "DELETE" }));

/**
 * Make a project of a photo, a sample or a project file, and say how much of it was sent.
 *
 * @param {import('./types.js').NewProject & {onProgress?: (fraction: number) => void,
 *   signal?: AbortSignal}} what
 * @returns {Promise<Project>}
 */
export function createProject({ photo, sample, project: file, name, onProgress, signal }) {
  const form = new FormData();
  if (name !== undefined) form.append("name", name);
  if (sample !== undefined) form.append("sample", sample);
  if (photo) form.append("photo", photo, nameOf(photo) ?? "photo");
  if (file) form.append("project", file, nameOf(file) ?? "project.huefold");
  return upload("/api/projects", form, onProgress, signal);
}

/**
 * @param {Blob} file
 * @returns {string | undefined}
 */
const nameOf = (file) => (file instanceof File ? file.name : undefined);

/**
 * `fetch` cannot say how far an upload has come; XMLHttpRequest can.
 *
 * @param {string} path
 * @param {FormData} form
 * @param {((fraction: number) => void)} [onProgress]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Project>}
 */
function upload(path, form, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", path);
    call.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress?.(event.loaded / event.total);
    };
    call.onerror = () => reject(offline());
    call.onabort = () => reject(new DOMException("stopped", "AbortError"));
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText));
      else reject(errorFrom(call.status, call.responseText));
    };
    signal?.addEventListener("abort", () => call.abort(), { once: true });
    call.send(form);
  });
}

/**
 * @param {string} id
 * @param {number} [size] most pixels of the long side
 */
const photoUrl = (id, size) => `${projectPath(id)}/photo${size ? `?size=${size}` : ""}`;
/** @param {string} id */
export const thumbnailUrl = (id) => `${projectPath(id)}/thumbnail`;
/** @param {string} id */
export const projectFileUrl = (id) => `${projectPath(id)}/project.huefold`;

/**
 * @param {string} id
 * @param {number} [size]
 */
export const photo = (id, size) => blob(photoUrl(id, size));

/**
 * @param {string} id
 * @returns {Promise<Blob | null>} null where the project has no map
 */
export async function getMap(id) {
  try {
    return await blob(`${projectPath(id)}/map`, { cache: "no-store" });
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * @param {string} id
 * @param {Blob} map PNG
 */
export async function putMap(id, map) {
  await request(`${projectPath(id)}/map`, { method: "PUT", headers: { "Content-Type": "image/png" }, body: map });
}

/** @param {string} id */
export const deleteMap = async (id) => void (await request(`${projectPath(id)}/map`, { method: "DELETE" }));

/**
 * @param {string} id
 * @param {number} [count] about so many regions
 */
export const regions = (id, count) => blob(`${projectPath(id)}/regions${count ? `?count=${count}` : ""}`);

/**
 * @param {string} id
 * @param {import('./types.js').SaliencyRequest} how
 */
export const saliency = (id, how) => blob(`${projectPath(id)}/saliency`, sending("POST", how));

/**
 * @param {string} id
 * @returns {Promise<Levels>}
 */
export const levels = (id) => json(`${projectPath(id)}/levels`);
/** @param {string} id */
export const levelLabels = (id) => blob(`${projectPath(id)}/levels.png`);

/**
 * @param {{project: string, options: Options, resume?: boolean}} what
 * @returns {Promise<Job>}
 */
export function createJob({ project: id, options: chosen, resume = false }) {
  const form = new FormData();
  form.append("project", id);
  form.append("options", JSON.stringify(chosen));
  if (resume) form.append("resume", "true");
  return json("/api/jobs", { method: "POST", body: form });
}

/** @returns {Promise<Job[]>} */
export const jobs = () => json("/api/jobs");
/**
 * @param {string} id
 * @returns {Promise<Job>}
 */
export const job = (id) => json(jobPath(id));
/**
 * @param {string} id
 * @returns {Promise<Job>}
 */
export const cancelJob = (id) => json(`${jobPath(id)}/cancel`, { method: "POST" });

/**
 * @param {string} id
 * @param {{edits?: boolean}} [how]
 * @returns {Promise<SceneData>}
 */
export const scene = (id, { edits = false } = {}) => json(`${jobPath(id)}/scene${edits ? "?edits=1" : ""}`);
/** @param {string} id */
export const errorImage = (id) => blob(`${jobPath(id)}/error.png`);
/** @param {string} id */
export const saliencyUrl = (id) => `${jobPath(id)}/saliency.png`;

/**
 * @param {string} id
 * @param {{edits?: boolean}} [how]
 */
export const svgUrl = (id, { edits = false } = {}) => `${jobPath(id)}/drawing.svg${edits ? "?edits=1" : ""}`;

/**
 * @param {string} id
 * @param {{width: number, edits?: boolean}} how
 */
export const pngUrl = (id, { width, edits = false }) =>
  `${jobPath(id)}/drawing.png?width=${width}${edits ? "&edits=1" : ""}`;

/**
 * Fetch a file that the user asked for, so that a failure can be told instead of downloaded.
 *
 * @param {string} url
 */
export const file = (url) => blob(url, { cache: "no-store" });

const FINAL = new Set(["done", "failed", "cancelled"]);

/** @param {{status: string} | null | undefined} one */
export const isFinal = (one) => one !== null && one !== undefined && FINAL.has(one.status);

/**
 * Follow a job until it ends. Each time the stream breaks `onLost` is told, and it is opened again.
 *
 * @param {string} id
 * @param {{onJob: (job: Job) => void, onScene: (scene: SceneData) => void, onLost: () => void}} hear
 * @returns {() => void} stops following
 */
export function watchJob(id, { onJob, onScene, onLost }) {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let again;
  let closed = false;
  const close = () => {
    closed = true;
    window.clearTimeout(again);
    source?.close();
  };
  const open = () => {
    source = new EventSource(`${jobPath(id)}/events`);
    source.addEventListener("job", (event) => {
      if (closed) return;
      const one = JSON.parse(/** @type {MessageEvent} */ (event).data);
      // A stream that ends is opened again by the browser: close it before it tries.
      if (isFinal(one)) close();
      onJob(one);
    });
    source.addEventListener("scene", (event) => {
      if (!closed) onScene(JSON.parse(/** @type {MessageEvent} */ (event).data));
    });
    source.onerror = () => {
      if (closed) return;
      onLost();
      // After a refusal the browser gives up for good; a server that starts again deserves another try.
      if (source?.readyState === EventSource.CLOSED) again = window.setTimeout(open, 1500);
    };
  };
  open();
  return close;
}
