// @ts-check
/** Puts the page together: store, stage, flow, panels, keys. */
import * as api from "./api.js";
import { createCanvas } from "./canvas/canvas.js";
import { announce } from "./flow/announce.js";
import { createFlow } from "./flow/flow.js";
import { createHistory } from "./flow/history.js";
import { mountBudget } from "./panels/budget.js";
import { mountExport } from "./panels/export.js";
import { mountGuideTools } from "./panels/guide-tools.js";
import { mountGuide } from "./panels/guide.js";
import { listenToKeys, showKeys } from "./panels/keys.js";
import { mountLayers } from "./panels/layers.js";
import { mountPalette } from "./panels/palette.js";
import { mountProjects } from "./panels/projects.js";
import { mountRun } from "./panels/run.js";
import { mountStart } from "./panels/start.js";
import { mountStatus } from "./panels/status.js";
import { mountTools } from "./panels/tools.js";
import {
  keptTheme,
  mountHistory,
  mountStageMessages,
  mountTheme,
  mountView,
  mountZoom,
} from "./panels/view.js";
import { createStore, initialState } from "./store.js";
import { createNotifier } from "./ui/message.js";
import { tabs } from "./ui/tabs.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const store = createStore({ ...initialState(), theme: keptTheme() });
document.documentElement.dataset.theme = store.get().theme;
const notifier = createNotifier({ toasts: part("toasts"), banner: part("banner"), announce });
const history = createHistory(store);
const alone = { api, history, announce, notify: notifier.notify, showKeys };
const withCanvas = { ...alone, canvas: createCanvas(part("stage"), store, alone) };
/** @type {import('./types.js').Context} */
const context = { ...withCanvas, flow: createFlow(store, withCanvas) };

const mounts = /** @type {const} */ ([
  ["header-project", mountProjects],
  ["header-history", mountHistory],
  ["header-view", mountView],
  ["header-export", mountExport],
  ["header-theme", mountTheme],
  ["rail", mountTools],
  ["toolbar-options", mountGuideTools],
  ["stage", mountStageMessages],
  ["empty", mountStart],
  ["draw-guide", mountGuide],
  ["draw-budget", mountBudget],
  ["draw-run", mountRun],
  ["panel-layers", mountLayers],
  ["panel-palette", mountPalette],
  ["status-main", mountStatus],
  ["status-zoom", mountZoom],
]);
for (const [id, mount] of mounts) mount(part(id), store, context);

const pages = tabs({
  label: "Panels",
  tabs: [
    { value: "guide", label: "Draw", icon: "sliders", page: part("panel-guide") },
    { value: "layers", label: "Layers", icon: "layers", page: part("panel-layers") },
    { value: "palette", label: "Palette", icon: "palette", page: part("panel-palette") },
  ],
  value: store.get().panel,
  onChange: (panel) => store.set({ panel }),
});
part("panel-tabs").append(pages.element);
store.on("panel", () => pages.set(store.get().panel));
store.on("online", () => {
  const lost = store.get().online === false;
  notifier.banner(lost ? "The server does not answer. Your work is kept here; trying again." : null);
});
listenToKeys(store, context);

context.flow.start().catch((/** @type {Error} */ error) => {
  store.set({ message: { kind: "error", text: error.message, where: "photo" } });
});
