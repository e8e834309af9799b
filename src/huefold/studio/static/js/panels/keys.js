// @ts-check
/** The keys of the page, and the list of them. */
import { openDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { SIZES } from "./guide-tools.js";
import { TOOLS } from "./tools.js";
import { isViewReady, viewOfKey } from "./view.js";

/** @type {readonly {title: string, keys: readonly [string, string][]}[]} */
const LIST = [
  {
    title: "Tools",
    keys: TOOLS.flatMap((tool) =>
      tool === "-" ? [] : [/** @type {[string, string]} */ ([tool.key, tool.label])],
    ),
  },
  {
    title: "Brush",
    keys: [
      ["[ ]", "Smaller, larger"],
      ["Shift+[ ]", "Softer, harder"],
      ["Shift+click", "Straight line from the last place"],
      ["Alt", "Erase while it is held"],
      ["O", "Show or hide the map"],
    ],
  },
  {
    title: "Canvas",
    keys: [
      ["Arrows", "Move the cursor (Shift: further)"],
      ["Enter, Space", "Paint, mark or select there"],
      ["Space+drag", "Move the photo"],
      ["+ -", "Zoom in, out"],
      ["0", "Fit the photo"],
      ["1", "Zoom to 100 %"],
      ["Alt+1 to 6", "Photo, drawing, compare, error, structure, outlines"],
    ],
  },
  {
    title: "Work",
    keys: [
      ["Ctrl+Enter", "Run"],
      ["Ctrl+Z", "Undo"],
      ["Ctrl+Shift+Z", "Redo"],
      ["Delete", "Delete the selected shapes"],
      ["Esc", "Let go of the selection"],
      ["?", "This list"],
    ],
  },
];

export function showKeys() {
  const columns = LIST.map(({ title, keys }) =>
    h(
      "section",
      { class: "keys-group" },
      h("h3", { class: "keys-title" }, title),
      h(
        "dl",
        { class: "keys-list" },
        keys.flatMap(([key, what]) => [h("dt", null, h("kbd", null, key)), h("dd", null, what)]),
      ),
    ),
  );
  openDialog({ title: "Keys", body: h("div", { class: "keys" }, columns), wide: true });
}

/**
 * Listen to the page's keys. They rest in fields that take text, and where a control has used the key.
 *
 * @param {import("../store.js").Store} store
 * @param {import("../types.js").Context} context
 */
export function listenToKeys(store, { canvas, flow, history }) {
  /** @param {Partial<import("../types.js").Brush>} patch */
  const brush = (patch) => store.set({ brush: { ...store.get().brush, ...patch } });
  /** @param {number} factor */
  const resize = (factor) => {
    const { size } = store.get().brush;
    const next = factor > 1 ? Math.max(size + 1, size * factor) : Math.min(size - 1, size * factor);
    brush({ size: Math.round(Math.min(SIZES.max, Math.max(SIZES.min, next))) });
  };
  /** @param {number} by */
  const harden = (by) =>
    brush({ hardness: Math.min(1, Math.max(0, Math.round((store.get().brush.hardness + by) * 10) / 10)) });

  /** @type {Record<string, () => void>} */
  const plain = {
    "[": () => resize(0.8),
    "]": () => resize(1.25),
    "{": () => harden(-0.1),
    "}": () => harden(0.1),
    "+": () => canvas.zoomBy(1.25),
    "=": () => canvas.zoomBy(1.25),
    "-": () => canvas.zoomBy(0.8),
    0: () => canvas.fit(),
    1: () => canvas.zoomTo(1),
    o: () => store.set({ overlay: { ...store.get().overlay, visible: !store.get().overlay.visible } }),
    Delete: () => flow.deleteSelection(),
    Backspace: () => flow.deleteSelection(),
    Escape: () => {
      canvas.cancel();
      store.set({ selection: [] });
    },
  };
  for (const tool of TOOLS)
    if (tool !== "-") plain[tool.key.toLowerCase()] = () => store.set({ tool: tool.value });

  window.addEventListener("keydown", (event) => {
    const { project } = store.get();
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const view = event.altKey ? viewOfKey(event.code.replace("Digit", "")) : undefined;
    if (command && key === "Enter" && project) void flow.run();
    else if (isTyping(event.target)) return;
    else if (event.key === "?") showKeys();
    else if (!project) return;
    else if (command && (key === "y" || (key === "z" && event.shiftKey))) history.redo();
    else if (command && key === "z") history.undo();
    else if (command && (key === "0" || key === "=" || key === "-")) return;
    else if (view) {
      if (isViewReady(view, store.get())) store.set({ view });
    } else if (!command && !event.altKey && Object.hasOwn(plain, key)) plain[key]();
    else return;
    event.preventDefault();
  });
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether keys belong to a field there
 */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target.matches("textarea, select")) return true;
  return (
    target instanceof HTMLInputElement && !["checkbox", "radio", "range", "button", "file"].includes(target.type)
  );
}
