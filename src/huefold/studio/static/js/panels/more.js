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
 * @typedef {import('../ui/field.js').Control} Control
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
 * @param {any} context
 */
export function mountMore(host, store, context) {
  /** @type {Map<string, {control: Control, info: OptionInfo}>} */
  const controls = new Map();
  const reset = button({ label: "Back to defaults", kind: "quiet", icon: "refresh", onClick: toDefaults });

  function build() {
    const infos = ordered(store.get().optionInfos ?? []);
    controls.clear();
    /** @type {Record<string, any>} */
    const fields = {};
    for (const info of infos) {
      const control = controlFor(info, (value) => context.flow.setOptions({ [info.name]: value }));
      controls.set(info.name, { control, info });
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
    for (const [name, { control, info }] of controls) {
      if (control.element.contains(document.activeElement)) continue;
      control.set(shown(options[name] ?? null, info));
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

/** @param {OptionInfo[]} infos */
function ordered(infos) {
  const rank = (/** @type {OptionInfo} */ info) =>
    FIRST.includes(info.name) ? FIRST.indexOf(info.name) : FIRST.length;
  return infos.filter((info) => !ELSEWHERE.has(info.name)).sort((a, b) => rank(a) - rank(b));
}

/**
 * @param {any} value that the user set, or null
 * @param {OptionInfo} info
 */
function shown(value, info) {
  const given = value ?? info.default;
  if (info.kind === "texts") return (given ?? []).join(", ");
  if (info.kind === "color") return hex(given);
  // Numbers that are worked out by default are empty; others show their default as a placeholder.
  if (info.kind === "integer" || info.kind === "number") return value ?? "";
  return given;
}

/** @param {any} color "#rrggbb", a name, or sRGB values in [0, 1] */
function hex(color) {
  if (Array.isArray(color)) {
    return `#${color
      .map((part) =>
        Math.round(part * 255)
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")}`;
  }
  /** @type {Record<string, string>} */
  const names = { white: "#ffffff", black: "#000000", grey: "#808080", gray: "#808080" };
  return names[color] ?? color ?? "#ffffff";
}

/**
 * @param {OptionInfo} info
 * @param {(value: any) => void} onChange null: the default
 * @returns {Control}
 */
function controlFor(info, onChange) {
  switch (info.kind) {
    case "integer":
    case "number":
      return numberInput({
        min: info.minimum,
        max: info.maximum,
        step: info.kind === "integer" ? 1 : "any",
        placeholder: info.default === null ? (UNSET[info.name] ?? "automatic") : String(info.default),
        onChange,
      });
    case "choice":
      return select({
        options: (info.choices ?? []).map((value) => ({ value, label: capital(value) })),
        value: info.default,
        onChange: (value) => onChange(value === info.default ? null : value),
      });
    case "switch":
      return toggle({ label: info.label, value: info.default, onChange });
    case "color":
      return colorControl(onChange);
    case "texts":
      return textInput({ onChange: (text) => onChange(phrases(text).length > 0 ? phrases(text) : null) });
    default:
      return textInput({ placeholder: info.default ?? "", onChange: (text) => onChange(text.trim() || null) });
  }
}

/** @param {string} word */
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * @param {(value: string) => void} onChange
 * @returns {Control}
 */
function colorControl(onChange) {
  const element = h("input", { type: "color", class: "input input-color", onChange: () => onChange(element.value) });
  return {
    element,
    get: () => element.value,
    set(value) {
      element.value = value;
    },
    setDisabled(disabled) {
      element.disabled = disabled;
    },
  };
}
