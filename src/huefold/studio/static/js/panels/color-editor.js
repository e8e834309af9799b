// @ts-check
/** The editor of one colour of the palette: a picker, its code, and near colours to join it with. */

import { neighbours } from "../flow/palette.js";
import { counted } from "../flow/words.js";
import { h, replace } from "../ui/dom.js";
import { field, textInput } from "../ui/field.js";

const OFFERED = 5;

/** @typedef {import('../flow/palette.js').PaletteEntry} PaletteEntry */

/**
 * @param {object} hear
 * @param {(color: string, ids: string[]) => void} hear.onColor also while a colour is dragged
 * @param {(entry: PaletteEntry, other: PaletteEntry) => void} hear.onJoin
 */
export function createColorEditor({ onColor, onJoin }) {
  /** @type {PaletteEntry | null} */
  let entry = null;
  /** @type {string[] | null} the shapes whose colour is being dragged: it may pass other colours on its way */
  let held = null;
  /** What the code's field was last given: other text in it is being typed, and a list measured anew leaves it. */
  let written = "";
  const picker = h("input", { type: "color", class: "input input-color", "aria-label": "Pick a colour" });
  const code = textInput({ onChange: typed });
  const codeField = field({ label: "Colour", control: code.element });
  const near = h("div", { class: "near", role: "group", "aria-label": "Join with a near colour" });
  const nearPart = h("div", { class: "near-part" }, h("span", { class: "field-label" }, "Join with"), near);
  const element = h(
    "div",
    { class: "color-editor" },
    h("div", { class: "color-editor-row" }, picker, codeField.element),
    nearPart,
  );
  code.element.setAttribute("maxlength", "7");

  picker.addEventListener("input", () => {
    held ??= entry?.ids ?? null;
    if (held) onColor(picker.value, held);
  });
  picker.addEventListener("change", () => {
    held = null;
  });

  /** @param {string} text */
  function typed(text) {
    const color = parse(text);
    codeField.setError(color ? null : "Write a colour as #rrggbb or #rgb.");
    if (color) written = code.get();
    if (color && entry && color !== entry.color) onColor(color, entry.ids);
  }

  /**
   * @param {PaletteEntry | null} next
   * @param {PaletteEntry[]} entries
   */
  function show(next, entries) {
    entry = next;
    element.hidden = next === null;
    if (next === null) return;
    if (picker.value !== next.color) picker.value = next.color;
    if (document.activeElement !== code.element || code.get() === written) {
      code.set(next.color);
      written = code.get();
    }
    if (held) return;
    const others = neighbours(entries, next, OFFERED);
    nearPart.hidden = others.length === 0;
    replace(
      near,
      others.map((other) => nearButton(next, other)),
    );
  }

  /**
   * @param {PaletteEntry} from
   * @param {PaletteEntry} other
   */
  function nearButton(from, other) {
    const text = `Join with ${other.color}, ${counted(other.ids.length, "shape")}`;
    return h("button", {
      type: "button",
      class: "near-color",
      "aria-label": text,
      title: text,
      style: { background: other.color },
      onClick: () => onJoin(from, other),
    });
  }

  return {
    element,
    show,
    /** Another colour was chosen: nothing is being dragged or typed any more. */
    reset() {
      held = null;
      codeField.setError(null);
    },
  };
}

/**
 * @param {string} text
 * @returns {string | null} "#rrggbb"
 */
function parse(text) {
  const digits = text.trim().toLowerCase().replace(/^#/, "");
  if (/^[0-9a-f]{6}$/.test(digits)) return `#${digits}`;
  if (/^[0-9a-f]{3}$/.test(digits)) return `#${[...digits].map((one) => one + one).join("")}`;
  return null;
}
