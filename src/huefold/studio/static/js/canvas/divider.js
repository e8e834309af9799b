// @ts-check
/** The line between photo and drawing: dragged, or moved by keys. */
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

/**
 * @param {(share: number) => void} onMove how much of the stage lies left of it, 0..1
 */
export function createDivider(onMove) {
  let share = 0.5;
  const element = h(
    "div",
    {
      class: "stage-divider",
      role: "slider",
      tabindex: 0,
      "aria-label": "Divider between photo and drawing",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-orientation": "horizontal",
      hidden: true,
    },
    h("span", { class: "stage-divider-grip" }, icon("compare")),
  );

  /** @param {number} next */
  const set = (next) => {
    share = Math.min(1, Math.max(0, next));
    const percent = Math.round(share * 100);
    element.style.left = `${share * 100}%`;
    element.setAttribute("aria-valuenow", String(percent));
    element.setAttribute("aria-valuetext", `${percent} % photo`);
    onMove(share);
  };

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const box = /** @type {HTMLElement} */ (element.parentElement).getBoundingClientRect();
    set((event.clientX - box.left) / box.width);
  });
  element.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 0.1 : 0.01;
    /** @type {Record<string, number>} */
    const next = {
      ArrowLeft: share - by,
      ArrowDown: share - by,
      ArrowRight: share + by,
      ArrowUp: share + by,
      PageDown: share - 0.1,
      PageUp: share + 0.1,
      Home: 0,
      End: 1,
    };
    if (next[event.key] === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(next[event.key]);
  });

  return {
    element,
    get share() {
      return share;
    },
    set,
  };
}
