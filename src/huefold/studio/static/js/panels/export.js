// @ts-check
/** Takes the drawing away: SVG, PNG of any size, the map, or the whole project. */

import { announce } from "../flow/announce.js";
import { fileName, save } from "../flow/downloads.js";
import { countPaths } from "../flow/edits.js";
import { count } from "../flow/words.js";
import { button } from "../ui/button.js";
import { openDialog } from "../ui/dialog.js";
import { h, replace } from "../ui/dom.js";
import { field, numberInput } from "../ui/field.js";
import { menuButton } from "../ui/menu.js";

const MOST_PIXELS = 8192;

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {any} context
 */
export function mountExport(host, store, context) {
  const menu = menuButton({ label: "Export", icon: "download", items });
  const opener = /** @type {HTMLButtonElement} */ (menu.querySelector("button"));
  replace(host, menu);

  function items() {
    const { sceneFinal, drawn, project, mapEmpty } = store.get();
    const none = !sceneFinal || !drawn;
    return [
      { label: "SVG file", icon: "drawing", disabled: none, onSelect: () => take(svg) },
      { label: "Copy SVG", icon: "copy", disabled: none, onSelect: () => take(copySvg) },
      {
        label: "PNG image…",
        icon: "photo",
        disabled: none,
        onSelect: () => pngDialog(store, (width) => take(() => png(width))),
      },
      /** @type {"-"} */ ("-"),
      { label: "Map of what matters", icon: "brush", disabled: none && mapEmpty, onSelect: () => take(map) },
      { label: "Project file", icon: "folder", disabled: !project?.id, onSelect: () => take(projectFile) },
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
      await context.flow.saved();
      const done = await task();
      if (done) announce(done);
    } catch (error) {
      const text = `That could not be exported. ${/** @type {Error} */ (error).message}`;
      context.notify({ kind: "error", text });
    } finally {
      opener.removeAttribute("aria-busy");
    }
  }

  const nameOf = (/** @type {string} */ rest) => fileName(store.get().project.name, rest);
  const paths = () => countPaths(store.get().scene);

  async function svg() {
    save(await context.api.file(context.api.svgUrl(store.get().drawn.id, { edits: true })), nameOf(`-${paths()}.svg`));
    return "SVG downloaded.";
  }

  async function copySvg() {
    const file = await context.api.file(context.api.svgUrl(store.get().drawn.id, { edits: true }));
    await navigator.clipboard.writeText(await file.text());
    context.notify({ kind: "success", text: "The SVG is on the clipboard." });
  }

  async function map() {
    const { drawn, mapEmpty } = store.get();
    const blob = mapEmpty ? await context.api.file(context.api.saliencyUrl(drawn.id)) : await context.canvas.mapBlob();
    save(blob, nameOf("-map.png"));
    return "Map downloaded.";
  }

  async function projectFile() {
    save(await context.api.file(context.api.projectFileUrl(store.get().project.id)), nameOf(".huefold"));
    return "Project downloaded.";
  }

  /** @param {number} width */
  async function png(width) {
    const url = context.api.pngUrl(store.get().drawn.id, { width, edits: true });
    save(await context.api.file(url), nameOf(`-${paths()}-${width}px.png`));
    return "PNG downloaded.";
  }

  const show = () => {
    opener.disabled = !store.get().project;
  };
  store.on(["project"], show);
  show();
}

/**
 * @param {import('../store.js').Store} store
 * @param {(width: number) => void} onWidth
 */
function pngDialog(store, onWidth) {
  const { width, height } = store.get().scene;
  const most = Math.floor(Math.min(MOST_PIXELS, (MOST_PIXELS * width) / height));
  const limited = (/** @type {number} */ value) => Math.min(most, Math.max(1, Math.round(value)));
  const control = numberInput({ value: limited(width), min: 1, max: most });
  const input = /** @type {HTMLInputElement} */ (control.element);
  const wide = field({ label: "Width in pixels", control: input });
  const sizes = [1, 2, 4].map((times) =>
    button({
      label: `${times}x`,
      disabled: width * times > most,
      onClick: () => {
        control.set(String(limited(width * times)));
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
          onWidth(value);
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
