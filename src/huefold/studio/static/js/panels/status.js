// @ts-check
/** The status bar: what the drawing has, and what the job does. */

import { countPaths } from "../flow/edits.js";
import { isActive } from "../flow/running.js";
import { counted, size, stageInWords } from "../flow/words.js";
import { h, replace } from "../ui/dom.js";

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 */
export function mountStatus(host, store) {
  const facts = h("span", { class: "status-facts" });
  const doing = h("span", { class: "status-doing" });
  const bar = h("progress", { class: "status-progress", max: 1, "aria-hidden": "true" });
  replace(host, h("div", { class: "status" }, facts, h("span", { class: "status-job" }, bar, doing)));

  function show() {
    const state = store.get();
    facts.textContent = factsOf(state).join("   ");
    const { job, upload } = state;
    const active = isActive(job);
    doing.textContent = active ? stageInWords(job) : upload === null ? "" : sendingInWords(upload);
    bar.hidden = !active && upload === null;
    if (active && job.status === "waiting") bar.removeAttribute("value");
    else bar.value = active ? job.overall : (upload ?? 0);
  }

  store.on(["project", "scene", "sceneFinal", "drawn", "job", "upload", "edits"], show);
  show();
}

/** @param {number} part */
const sendingInWords = (part) => (part < 1 ? `Sending the photo, ${Math.round(part * 100)} %` : "Reading the photo");

/** @param {import('../types.js').State} state */
function factsOf({ project, scene, sceneFinal, drawn, edits }) {
  if (!project) return [];
  const facts = [`${project.width} × ${project.height} px`];
  if (!scene) return facts;
  facts.push(counted(countPaths(scene), "path"), counted(scene.nodes, "node"));
  const untouched = Object.keys(edits.fills).length + edits.deleted.length + edits.hidden.length === 0 && !edits.order;
  const psnr = drawn?.report?.fidelity?.psnr;
  if (scene.bytes) facts.push(`${untouched ? "" : "about "}${size(scene.bytes)}`);
  if (sceneFinal && untouched && psnr) facts.push(`PSNR ${psnr.toFixed(2)} dB`);
  return facts;
}
