// @ts-check
/** Takes the drawing away: SVG, PNG of any size, the map, or the whole project. */

import { messageOf } from "../api.js";
import { announce } from "../flow/announce.js";
import { fileName, save } from "../flow/downloads.js";
import { countPaths } from "../flow/edits.js";
import { count } from "../flow/words.js";
import { button } from "../ui/button.js";
import { openDialog } from "../ui/dialog.js";
import { h, replace } from "../ui/dom.js";
import { field, numberInput } from "../ui/field.js";
import { menuButton } from "../ui/menu.js";

/**
 * @typedef {import('../types.js').SceneData} SceneData
 * @typedef {{id: string, name: string, scene: SceneData}} Finished a finished drawing, with its project's name
 */

const MOST_PIXELS = 8192;

/**
 * What is taken is what is open when it is chosen: another project may be open before it has come.
 *
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountExport(host, store, { api, canvas, flow, notify }) {
  const menu = menuButton({ label: "Export", icon: "download", items });
  const opener = /** @type {HTMLButtonElement} */ (menu.querySelector("button"));
  replace(host, menu);

  /** @returns {(import('../ui/menu.js').MenuItem | "-")[]} */
  function items() {
    const { sceneFinal, drawn, scene, project, mapEmpty } = store.get();
    const finished = sceneFinal && drawn && scene && project ? { id: drawn.id, name: project.name, scene } : null;
    const item = (
      /** @type {string} */ label,
      /** @type {import('../ui/icons.js').IconName} */ icon,
      /** @type {(drawing: Finished) => void} */ onSelect,
    ) => ({ label, icon, disabled: finished === null, onSelect: () => finished && onSelect(finished) });
    return [
      item("SVG file", "drawing", (drawing) => take(() => svg(drawing))),
      item("Copy SVG", "copy", (drawing) => take(() => copySvg(drawing))),
      item("PNG image…", "photo", (drawing) =>
        pngDialog(drawing.scene, (width) => take(() => png(drawing, width))),
      ),
      "-",
      { label: "Map of what matters", icon: "brush", disabled: finished === null && mapEmpty, onSelect: map },
      { label: "Project file", icon: "folder", disabled: !project?.id, onSelect: projectFile },
    ];
  }

  /**
   * Save what was changed, then fetch; a failure is told, not downloaded.
   *
   * @param {() => Promise<string | void>} task gives what to say when it is done
   */
  async function take(task) {
    opener.setAttribute("aria-busy", "true");
    try {
      await flow.saved();
      const done = await task();
      if (done) announce(done);
    } catch (error) {
      notify({ kind: "error", text: `That could not be exported. ${messageOf(error)}` });
    } finally {
      opener.removeAttribute("aria-busy");
    }
  }

  /** @param {Finished} drawing */
  async function svg({ id, name, scene }) {
    save(await api.file(api.svgUrl(id, { edits: true })), fileName(name, `-${countPaths(scene)}.svg`));
    return "SVG downloaded.";
  }

  /** @param {Finished} drawing */
  async function copySvg({ id }) {
    const file = await api.file(api.svgUrl(id, { edits: true }));
    await navigator.clipboard.writeText(await file.text());
    notify({ kind: "success", text: "The SVG is on the clipboard." });
  }

  /**
   * @param {Finished} drawing
   * @param {number} width
   */
  async function png({ id, name, scene }, width) {
    const picture = await api.file(api.pngUrl(id, { width, edits: true }));
    save(picture, fileName(name, `-${countPaths(scene)}-${width}px.png`));
    return "PNG downloaded.";
  }

  function map() {
    const { drawn, mapEmpty, project } = store.get();
    if (!project) return;
    const painted = mapEmpty ? null : canvas.mapBlob();
    void take(async () => {
      const found = painted ?? (drawn && api.file(api.saliencyUrl(drawn.id)));
      if (!found) return "";
      save(await found, fileName(project.name, "-map.png"));
      return "Map downloaded.";
    });
  }

  function projectFile() {
    const { project } = store.get();
    if (!project) return;
    void take(async () => {
      save(await api.file(api.projectFileUrl(project.id)), fileName(project.name, ".huefold"));
      return "Project downloaded.";
    });
  }

  const show = () => {
    opener.disabled = !store.get().project;
  };
  store.on(["project"], show);
  show();
}

/**
 * @param {SceneData} scene
 * @param {(width: number) => void} onWidth
 */
function pngDialog({ width, height }, onWidth) {
  const most = Math.floor(Math.min(MOST_PIXELS, (MOST_PIXELS * width) / height));
  const limited = (/** @type {number} */ value) => Math.min(most, Math.max(1, Math.round(value)));
  const control = numberInput({ value: limited(width), min: 1, max: most });
  const input = control.element;
  const wide = field({ label: "Width in pixels", control: input });
  const sizes = [1, 2, 4].map((times) =>
    button({
      label: `${times}x`,
      disabled: width * times > most,
      onClick: () => {
        control.set(limited(width * times));
        tell();
      },
    }),
  );
  input.addEventListener("input", tell);
  tell();
  openDialog({
    title: "PNG image",
    body: h(
      "div",
      { class: "png" },
      wide.element,
      h("div", { class: "png-sizes", role: "group", "aria-label": "Multiples of the photo's size" }, sizes),
    ),
    actions: [
      { label: "Cancel" },
      {
        label: "Download",
        kind: "primary",
        onSelect: () => {
          const value = control.get();
          if (!valid(value)) return false;
          return onWidth(value);
        },
      },
    ],
  });
  input.focus();
  input.select();

  /**
   * @param {number | null} value
   * @returns {value is number}
   */
  function valid(value) {
    return value !== null && Number.isInteger(value) && value >= 1 && value <= most;
  }

  function tell() {
    const value = control.get();
    if (!valid(value)) return wide.setError(`A whole number from 1 to ${count(most)}.`);
    wide.setHelp(`${count(value)} by ${count(Math.max(1, Math.round((value * height) / width)))} pixels.`);
  }
}
