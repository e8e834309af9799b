// @ts-check
/** All other options, made from what the server says about them. */

import { phrases } from "../flow/words.js";
import { button } from "../ui/button.js";
import { disclosure } from "../ui/disclosure.js";
import { h, replace } from "../ui/dom.js";
import { field, numberInput, select, textInput, toggle } from "../ui/field.js";
import { showErrors } from "./section.js";

/**
 * @typedef {import('../types.js').OptionInfo} OptionInfo
 * @typedef {import('../types.js').OptionValue} OptionValue
 * @typedef {{element: HTMLElement, show: (value: OptionValue | undefined) => void}} OptionControl
 *   it shows what the user set, or the default
 */

// These have controls of their own.
const ELSEWHERE = new Set([
  "paths",
  "nodes",
  "bytes",
  "psnr",
  "structural_ratio",
  "saliency",
  "prompt",
  "avoid",
  "focus",
]);
// What a designer reaches for first.
const FIRST = ["preset", "fills", "contained", "background", "seed", "time_limit"];

/** @type {Record<string, string>} what an empty field means, where it is not worked out */
const UNSET = { time_limit: "none" };

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {import('../types.js').Context} context
 */
export function mountMore(host, store, context) {
  /** @type {Map<string, OptionControl>} */
  const controls = new Map();
  const reset = button({ label: "Back to defaults", kind: "quiet", icon: "refresh", onClick: toDefaults });

  function build() {
    const infos = ordered(store.get().optionInfos);
    controls.clear();
    /** @type {Record<string, ReturnType<typeof field>>} */
    const fields = {};
    for (const info of infos) {
      const control = controlFor(info, (value) => context.flow.setOptions({ [info.name]: value }));
      controls.set(info.name, control);
      fields[info.name] = field({
        label: info.kind === "switch" ? "" : info.label,
        control: control.element,
        help: info.help,
        name: info.name,
      });
    }
    const list = h(
      "div",
      { class: "more" },
      Object.values(fields).map((one) => one.element),
      reset,
    );
    const details = disclosure({ label: "More", content: list });
    replace(host, infos.length > 0 ? details : null);
    showErrors(store, fields, () => {
      details.open = true;
    });
    show();
  }

  function show() {
    const { options } = store.get();
    for (const [name, control] of controls) {
      if (!control.element.contains(document.activeElement)) control.show(options[name]);
    }
    reset.hidden = ![...controls.keys()].some((name) => name in options);
  }

  function toDefaults() {
    context.flow.setOptions(Object.fromEntries([...controls.keys()].map((name) => [name, null])));
  }

  store.on(["optionInfos"], build);
  store.on(["options"], show);
  build();
}

/** @param {readonly OptionInfo[]} infos */
function ordered(infos) {
  const rank = (/** @type {OptionInfo} */ info) =>
    FIRST.includes(info.name) ? FIRST.indexOf(info.name) : FIRST.length;
  return infos.filter((info) => !ELSEWHERE.has(info.name)).sort((a, b) => rank(a) - rank(b));
}

/**
 * @param {OptionInfo} info
 * @param {(value: OptionValue | null) => void} onChange null: the default
 * @returns {OptionControl}
 */
function controlFor(info, onChange) {
  switch (info.kind) {
    case "integer":
    case "number":
      return numberControl(info, onChange);
    case "choice": {
      const control = select({
        options: (info.choices ?? []).map((value) => ({ value, label: capital(value) })),
        value: info.default,
        onChange: (value) => onChange(value === info.default ? null : value),
      });
      return { element: control.element, show: (value) => control.set(String(value ?? info.default)) };
    }
    case "switch": {
      const control = toggle({ label: info.label, value: info.default, onChange });
      return { element: control.element, show: (value) => control.set(Boolean(value ?? info.default)) };
    }
    case "color":
      return colorControl(info.default, onChange);
    case "texts": {
      const control = textInput({ onChange: (text) => onChange(phrases(text).length > 0 ? phrases(text) : null) });
      return { element: control.element, show: (value) => control.set([value ?? info.default].flat().join(", ")) };
    }
    default: {
      const control = textInput({ placeholder: info.default ?? "", onChange: (text) => onChange(text.trim() || null) });
      return { element: control.element, show: (value) => control.set(String(value ?? info.default ?? "")) };
    }
  }
}

/**
 * A number that is worked out by default is empty; another shows its default as a placeholder.
 *
 * @param {Extract<OptionInfo, {kind: "integer" | "number"}>} info
 * @param {(value: number | null) => void} onChange
 * @returns {OptionControl}
 */
function numberControl({ name, kind, default: usual, minimum, maximum }, onChange) {
  const control = numberInput({
    min: minimum,
    max: maximum,
    step: kind === "integer" ? 1 : "any",
    placeholder: usual === null ? (UNSET[name] ?? "automatic") : String(usual),
    onChange,
  });
  return { element: control.element, show: (value) => control.set(typeof value === "number" ? value : null) };
}

/** @param {string} word */
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * @param {string} usual "#rrggbb"
 * @param {(value: string) => void} onChange
 * @returns {OptionControl}
 */
function colorControl(usual, onChange) {
  const element = h("input", { type: "color", class: "input input-color", onChange: () => onChange(element.value) });
  return {
    element,
    show(value) {
      element.value = String(value ?? usual);
    },
  };
}
