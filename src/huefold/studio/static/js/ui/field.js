// @ts-check
/** Labelled controls: label above, control, help or error in words beneath. */
import { h, replace, uid } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @template [Value=string]
 * @template {HTMLElement} [Field=HTMLElement]
 * @typedef {{element: Field, get: () => Value, set: (value: Value) => void,
 *   setDisabled: (disabled: boolean) => void}} Control
 */

/**
 * The element of a control that takes the focus and carries its descriptions.
 *
 * @param {HTMLElement} element
 * @returns {HTMLElement}
 */
function focusTarget(element) {
  if (element.matches("input, select, textarea, button, [role]")) return element;
  return element.querySelector("input, select, textarea, button, [role]") ?? element;
}

/**
 * A control with its label, its help and a place for its error.
 *
 * @param {object} options
 * @param {string} [options.label] Left out where the control shows its own.
 * @param {HTMLElement} options.control
 * @param {string} [options.help]
 * @param {string} [options.name] The option it sets: errors about that option belong here.
 * @returns {{element: HTMLElement, setError: (text: string | null) => void, setHelp: (text: string) => void}}
 */
export function field({ label = "", control, help = "", name }) {
  const target = focusTarget(control);
  const note = h("p", { class: "field-note", id: uid("note") }, help);
  if (!target.id) target.id = uid("control");
  target.setAttribute("aria-describedby", note.id);
  const labelled = target.matches("input, select, textarea");
  const caption = label ? h(labelled ? "label" : "span", { class: "field-label" }, label) : null;
  if (caption && labelled) caption.setAttribute("for", target.id);
  if (label && !labelled && !target.hasAttribute("aria-label")) target.setAttribute("aria-label", label);
  const element = h("div", { class: "field", dataset: name ? { field: name } : {} }, caption, control, note);
  let text = help;

  /** @param {string | null} error */
  function show(error) {
    element.classList.toggle("field-wrong", error !== null);
    if (error === null) target.removeAttribute("aria-invalid");
    else target.setAttribute("aria-invalid", "true");
    replace(note, error === null ? text : [icon("warning", 14), h("span", null, error)]);
    note.hidden = error === null && text === "";
  }

  show(null);
  return {
    element,
    setError: show,
    setHelp(next) {
      text = next;
      show(null);
    },
  };
}

/**
 * @template {HTMLInputElement | HTMLSelectElement} Field
 * @param {Field} element
 * @returns {Control<string, Field>}
 */
function plainControl(element) {
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

/**
 * A line of text.
 *
 * @param {object} [options]
 * @param {string} [options.value]
 * @param {string} [options.placeholder]
 * @param {(value: string) => void} [options.onChange]
 * @returns {Control<string, HTMLInputElement>}
 */
export function textInput({ value = "", placeholder, onChange } = {}) {
  const element = h("input", {
    class: "input",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    placeholder,
    onChange: () => onChange?.(element.value),
  });
  element.value = value;
  return plainControl(element);
}

/**
 * A number; `get` gives null where the field is empty.
 *
 * @param {object} [options]
 * @param {number | null} [options.value]
 * @param {number | null} [options.min]
 * @param {number | null} [options.max]
 * @param {number | "any"} [options.step]
 * @param {string} [options.placeholder]
 * @param {(value: number | null) => void} [options.onChange]
 * @returns {Control<number | null, HTMLInputElement>}
 */
export function numberInput({ value = null, min, max, step = 1, placeholder, onChange } = {}) {
  const element = h("input", {
    class: "input input-number",
    type: "number",
    inputmode: step === 1 ? "numeric" : "decimal",
    min,
    max,
    step,
    placeholder,
    onChange: () => onChange?.(read()),
  });
  const read = () =>
    element.value === "" || Number.isNaN(element.valueAsNumber) ? null : element.valueAsNumber;
  /** @param {number | null} next */
  const write = (next) => {
    element.value = next === null ? "" : String(next);
  };
  write(value);
  return { ...plainControl(element), get: read, set: write };
}

/**
 * One of several.
 *
 * @template {string} Value
 * @param {object} options
 * @param {readonly {value: Value, label: string}[]} options.options
 * @param {NoInfer<Value>} [options.value]
 * @param {(value: Value) => void} [options.onChange]
 * @returns {Control<Value, HTMLSelectElement>}
 */
export function select({ options, value, onChange }) {
  const read = () => /** @type {Value} */ (element.value);
  const element = h(
    "select",
    { class: "input", onChange: () => onChange?.(read()) },
    options.map((option) => h("option", { value: option.value }, option.label)),
  );
  if (value !== undefined) element.value = value;
  return { ...plainControl(element), get: read };
}

/**
 * A switch with its label to the right.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {boolean} [options.value]
 * @param {(value: boolean) => void} [options.onChange]
 * @returns {Control<boolean>}
 */
export function toggle({ label, value = false, onChange }) {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    class: "toggle-input",
    onChange: () => onChange?.(input.checked),
  });
  input.checked = value;
  const element = h(
    "label",
    { class: "toggle" },
    input,
    h("span", { class: "toggle-track" }),
    h("span", null, label),
  );
  return {
    element,
    get: () => input.checked,
    set(next) {
      input.checked = next;
    },
    setDisabled(disabled) {
      input.disabled = disabled;
    },
  };
}
