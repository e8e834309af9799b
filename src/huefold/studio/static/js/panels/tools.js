// @ts-check
/** The rail of tools: one of them is always in use. */
import { button } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { roving } from "../ui/roving.js";

/**
 * @typedef {import("../types.js").ToolName} ToolName
 * @typedef {{value: ToolName, label: string, icon: import("../ui/icons.js").IconName, key: string}} ToolInfo
 */

/** @type {readonly (ToolInfo | "-")[]} */
export const TOOLS = [
  { value: "brush", label: "Brush", icon: "brush", key: "B" },
  { value: "erase", label: "Erase", icon: "erase", key: "E" },
  "-",
  { value: "region", label: "Mark a region", icon: "region", key: "R" },
  { value: "box", label: "Box", icon: "box", key: "M" },
  { value: "lasso", label: "Lasso", icon: "lasso", key: "L" },
  "-",
  { value: "select", label: "Select shapes", icon: "select", key: "V" },
  { value: "pan", label: "Move the photo", icon: "pan", key: "H" },
];

/**
 * @param {HTMLElement} host
 * @param {import("../store.js").Store} store
 */
export function mountTools(host, store) {
  /** @type {Map<ToolName, HTMLButtonElement>} */
  const buttons = new Map();
  const rows = TOOLS.map((tool) => {
    if (tool === "-") return h("hr", { class: "rail-line" });
    const { value, label, icon, key } = tool;
    const one = button({
      label,
      icon,
      hint: key,
      kind: "quiet",
      iconOnly: true,
      pressed: false,
      onClick: () => store.set({ tool: value }),
    });
    one.classList.add("tool");
    buttons.set(value, one);
    return one;
  });
  host.append(
    h(
      "div",
      { class: "rail-tools", role: "toolbar", "aria-label": "Tools", "aria-orientation": "vertical" },
      rows,
    ),
  );
  const moveTab = roving(host, ".tool");

  const show = () => {
    const { tool, project } = store.get();
    for (const [name, one] of buttons) {
      one.setAttribute("aria-pressed", String(name === tool));
      one.disabled = project === null;
    }
    moveTab(buttons.get(tool));
  };
  store.on(["tool", "project"], show);
  show();
}
