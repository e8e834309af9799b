// @ts-check
/** A slider with a number field beside it, on a linear or logarithmic scale. */
import { h, uid } from "./dom.js";
import { field } from "./field.js";

/**
 * Where on the slider (0..1) a value lies, and back.
 *
 * @param {number} min
 * @param {number} max
 * @param {"linear" | "log"} scale
 * @returns {{toPosition: (value: number) => number, toValue: (position: number) => number}}
 */
export function sliderScale(min, max, scale) {
  if (scale === "linear") {
    return {
      toPosition: (value) => (value - min) / (max - min),
      toValue: (position) => min + position * (max - min),
    };
  }
  const span = Math.log(max / min);
  return {
    toPosition: (value) => Math.log(value / min) / span,
    toValue: (position) => min * Math.exp(position * span),
  };
}

/**
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.min
 * @param {number} options.max
 * @param {number} [options.step]
 * @param {number} options.value
 * @param {"linear" | "log"} [options.scale]
 * @param {readonly number[]} [options.ticks] Values to mark and to reach by a click.
 * @param {(value: number) => string} [options.format] The value in words, for screen readers.
 * @param {string} [options.unit] Shown after the number.
 * @param {number} [options.factor] What the number field shows is the value times this (100 for percent).
 * @param {string} [options.help]
 * @param {string} [options.name]
 * @param {boolean} [options.compact] In one line, for tool bars.
 * @param {(value: number) => void} [options.onInput] While dragging.
 * @param {(value: number) => void} [options.onChange] After it.
 * @returns {{element: HTMLElement, get: () => number, set: (value: number) => void,
 *   setDisabled: (disabled: boolean) => void, setError: (text: string | null) => void}}
 */
export function slider(options) {
  const { label, min, max, step = 1, scale = "linear", ticks = [], unit = "", factor = 1 } = options;
  const { toPosition, toValue } = sliderScale(min, max, scale);
  const format =
    options.format ?? ((value) => `${round(value * factor, step * factor)}${unit ? ` ${unit}` : ""}`);
  let value = options.value;

  const range = h("input", {
    type: "range",
    class: "slider-range",
    min: 0,
    max: 1,
    step: "any",
    id: uid("slider"),
  });
  const number = h("input", {
    type: "number",
    class: "input input-number slider-number",
    min: round(min * factor, step * factor),
    max: round(max * factor, step * factor),
    step: round(step * factor, step * factor),
    "aria-label": unit ? `${label}, ${unit}` : label,
  });

  function show() {
    const position = toPosition(value);
    range.value = String(position);
    range.style.setProperty("--fill", `${position * 100}%`);
    range.setAttribute("aria-valuetext", format(value));
    if (document.activeElement !== number || Number(number.value) !== round(value * factor, step * factor)) {
      number.value = String(round(value * factor, step * factor));
    }
  }

  /** @param {number} next @param {boolean} final */
  function change(next, final) {
    const limited = Math.min(max, Math.max(min, round(next, step)));
    const changed = limited !== value;
    value = limited;
    show();
    if (changed) options.onInput?.(value);
    if (final) options.onChange?.(value);
  }

  range.addEventListener("input", () => change(toValue(Number(range.value)), false));
  range.addEventListener("change", () => options.onChange?.(value));
  range.addEventListener("keydown", (event) => {
    const next = keyStep(event, { value, min, max, step, scale });
    if (next === null) return;
    event.preventDefault();
    change(next, true);
  });
  number.addEventListener("change", () => {
    if (number.value === "" || Number.isNaN(number.valueAsNumber)) show();
    else change(number.valueAsNumber / factor, true);
  });

  const marks = ticks.map((tick) =>
    h(
      "button",
      {
        type: "button",
        class: "slider-tick",
        tabindex: -1,
        "aria-hidden": "true",
        dataset: tick === min ? { end: "first" } : tick === max ? { end: "last" } : {},
        // The middle of the thumb goes from 7 pixels after the start of the track to 7 before its end.
        style: { left: `calc(7px + (100% - 14px) * ${toPosition(tick)})` },
        onClick: () => change(tick, true),
      },
      String(tick),
    ),
  );
  const row = h(
    "div",
    { class: `slider${ticks.length ? " slider-ticked" : ""}` },
    h("div", { class: "slider-track" }, range, marks),
    h("span", { class: "slider-value" }, number, unit ? h("span", { class: "slider-unit" }, unit) : null),
  );
  const outer = field({ label, control: row, help: options.help, name: options.name });
  if (options.compact) outer.element.classList.add("field-compact");
  show();
  return {
    element: outer.element,
    get: () => value,
    set(next) {
      value = Math.min(max, Math.max(min, next));
      show();
    },
    setDisabled(disabled) {
      range.disabled = disabled;
      number.disabled = disabled;
      for (const mark of marks) mark.disabled = disabled;
    },
    setError: outer.setError,
  };
}

/**
 * The nearest multiple of a step, without the dust of binary fractions.
 *
 * @param {number} value
 * @param {number} step
 * @returns {number}
 */
function round(value, step) {
  return Number((Math.round(value / step) * step).toFixed(6));
}

/**
 * What a key makes of the value: arrows go by a step (on a logarithmic scale by about 4 %), pages by ten.
 *
 * @param {KeyboardEvent} event
 * @param {{value: number, min: number, max: number, step: number, scale: "linear" | "log"}} state
 * @returns {number | null}
 */
function keyStep(event, { value, min, max, step, scale }) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const small =
    scale === "log" ? Math.max(step, round(value * 0.04, step)) : step * (event.shiftKey ? 10 : 1);
  const large = scale === "log" ? Math.max(step, round(value * 0.4, step)) : step * 10;
  /** @type {Record<string, number>} */
  const next = {
    ArrowRight: value + small,
    ArrowUp: value + small,
    ArrowLeft: value - small,
    ArrowDown: value - small,
    PageUp: value + large,
    PageDown: value - large,
    Home: min,
    End: max,
  };
  return next[event.key] ?? null;
}
