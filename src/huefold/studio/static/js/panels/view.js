// @ts-check
/** Header and status bar: what the stage shows, undo and redo, zoom, light and dark. */
import { button } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { menuButton } from "../ui/menu.js";
import { segmented } from "../ui/segmented.js";

/**
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../types.js").Context} Context
 * @typedef {import("../types.js").Theme} Theme
 * @typedef {import("../types.js").ViewName} ViewName
 * @typedef {import("../ui/icons.js").IconName} IconName
 */

/** @type {readonly {value: ViewName, label: string, icon: IconName, hint: string}[]} */
const VIEWS = [
  { value: "photo", label: "Photo", icon: "photo", hint: "1" },
  { value: "drawing", label: "Drawing", icon: "drawing", hint: "2" },
  { value: "compare", label: "Compare", icon: "compare", hint: "3" },
  { value: "error", label: "Error", icon: "error", hint: "4" },
  { value: "structure", label: "Structure", icon: "structure", hint: "5" },
  { value: "outlines", label: "Outlines", icon: "outlines", hint: "6" },
];
const THEME_KEY = "huefold-theme";
/** @type {readonly {value: Theme, label: string, icon: IconName}[]} */
const THEMES = [
  { value: "auto", label: "As the system", icon: "auto" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

/** The view that the key with this number chooses. */
export const viewOfKey = (/** @type {string} */ key) => VIEWS.find(({ hint }) => hint === key)?.value;

/**
 * Whether the view has something to show.
 *
 * @param {ViewName} view
 * @param {import("../types.js").State} state
 */
export function isViewReady(view, { scene, sceneFinal, project }) {
  if (view === "photo") return project !== null;
  return view === "error" ? scene !== null && sceneFinal : scene !== null;
}

/**
 * @param {HTMLElement} host
 * @param {Store} store
 */
export function mountView(host, store) {
  const control = segmented({
    label: "View",
    options: VIEWS.map(({ hint, ...view }) => ({ ...view, hint: `Alt+${hint}` })),
    value: store.get().view,
    onChange: (view) => store.set({ view }),
  });
  control.element.classList.add("view-switch");
  host.append(control.element);
  const show = () => {
    const state = store.get();
    for (const { value } of VIEWS) control.setDisabled(!isViewReady(value, state), value);
    control.set(state.view);
  };
  store.on(["view", "scene", "sceneFinal", "project"], show);
  show();
}

/**
 * @param {HTMLElement} host
 * @param {Store} store
 * @param {Context} context
 */
export function mountHistory(host, store, { history }) {
  const quiet = /** @type {const} */ ({ kind: "quiet", iconOnly: true });
  const undo = button({
    label: "Undo",
    icon: "undo",
    hint: "Ctrl+Z",
    ...quiet,
    onClick: () => history.undo(),
  });
  const redo = button({
    label: "Redo",
    icon: "redo",
    hint: "Ctrl+Shift+Z",
    ...quiet,
    onClick: () => history.redo(),
  });
  host.append(undo, redo);
  const show = () => {
    const { canUndo, canRedo, undoLabel, redoLabel } = store.get();
    undo.disabled = !canUndo;
    redo.disabled = !canRedo;
    undo.title = `Undo${undoLabel ? ` ${undoLabel.toLowerCase()}` : ""} (Ctrl+Z)`;
    redo.title = `Redo${redoLabel ? ` ${redoLabel.toLowerCase()}` : ""} (Ctrl+Shift+Z)`;
  };
  store.on(["canUndo", "canRedo", "undoLabel", "redoLabel"], show);
  show();
}

/**
 * @param {HTMLElement} host
 * @param {Store} store
 * @param {Context} context
 */
export function mountZoom(host, store, { canvas }) {
  const quiet = /** @type {const} */ ({ kind: "quiet", iconOnly: true });
  const smaller = button({
    label: "Zoom out",
    icon: "minus",
    hint: "-",
    ...quiet,
    onClick: () => canvas.zoomBy(0.8),
  });
  const larger = button({
    label: "Zoom in",
    icon: "plus",
    hint: "+",
    ...quiet,
    onClick: () => canvas.zoomBy(1.25),
  });
  const fit = button({
    label: "Fit the photo",
    icon: "fit",
    hint: "0",
    ...quiet,
    onClick: () => canvas.fit(),
  });
  const value = button({ label: "100 %", kind: "quiet", onClick: () => canvas.zoomTo(1) });
  value.title = "Zoom to 100 % (1)";
  value.classList.add("zoom-value");
  host.append(smaller, value, larger, fit);
  const show = () => {
    const { zoom, project } = store.get();
    const text = `${zoom < 0.1 ? (zoom * 100).toFixed(1) : Math.round(zoom * 100)} %`;
    /** @type {HTMLElement} */ (value.firstElementChild).textContent = text;
    host.hidden = project === null;
  };
  store.on(["zoom", "project"], show);
  show();
}

/**
 * @param {HTMLElement} host
 * @param {Store} store
 * @param {Context} context
 */
export function mountTheme(host, store, { showKeys }) {
  const menu = menuButton({
    label: "Appearance and help",
    icon: "more",
    kind: "quiet",
    iconOnly: true,
    items: () => [
      ...THEMES.map(({ value, label, icon }) => ({
        label,
        icon,
        checked: store.get().theme === value,
        onSelect: () => store.set({ theme: value }),
      })),
      "-",
      { label: "Keys", icon: "keyboard", hint: "?", onSelect: showKeys },
      {
        label: "Interface for programs",
        icon: "link",
        onSelect: () => void window.open("/docs", "_blank", "noopener"),
      },
    ],
  });
  host.append(menu);
  store.on("theme", () => {
    const { theme } = store.get();
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(THEME_KEY, theme);
    } catch {
      // Storage may be shut off; the choice then lasts as long as the page.
    }
  });
}

/**
 * The theme that was chosen on an earlier visit.
 *
 * @returns {Theme}
 */
export function keptTheme() {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return THEMES.find(({ value }) => value === kept)?.value ?? "auto";
  } catch {
    return "auto";
  }
}

/**
 * Errors about what lies on the stage, at its upper edge.
 *
 * @param {HTMLElement} stage
 * @param {Store} store
 * @param {Context} context
 */
export function mountStageMessages(stage, store, { notify }) {
  const busy = h("p", { class: "stage-note", hidden: true });
  stage.append(busy);
  store.on("message", () => {
    const { message: told, project } = store.get();
    if (told?.where !== "stage" && !(told?.where === "photo" && project !== null)) return;
    notify({ kind: told.kind, text: told.text });
    store.set({ message: null });
  });
  store.on("upload", () => {
    const { upload } = store.get();
    busy.hidden = upload === null;
    const part = upload ?? 0;
    busy.textContent = part > 0.99 ? "Reading the photo" : `Uploading, ${Math.round(part * 100)} %`;
  });
}
