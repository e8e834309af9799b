// @ts-check
/** Elements made by calls: no markup in strings, so nothing a file or a server says can become markup. */

const SVG = "http://www.w3.org/2000/svg";
let count = 0;

/**
 * An id that no other element of the page has.
 *
 * @param {string} prefix
 * @returns {string}
 */
export function uid(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {Element} element
 * @param {readonly (Child | readonly Child[])[]} children
 */
function append(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * @typedef {{[Name in keyof HTMLElementEventMap as `on${Capitalize<Name>}`]?:
 *   (event: HTMLElementEventMap[Name]) => void}} Listeners
 * @typedef {string | number | boolean | null | undefined} Attribute
 * @typedef {Record<string, string | undefined>} Named
 * @typedef {Listeners & {style?: Named, dataset?: Named} &
 *   {[name: string]: Attribute | Named | ((event: never) => void)}} Properties
 */

/**
 * @param {HTMLElement | SVGElement} element
 * @param {string} name
 * @param {Properties[string]} value
 */
function setProperty(element, name, value) {
  if (value === null || value === undefined) return;
  if (typeof value === "function") {
    element.addEventListener(name.slice(2).toLowerCase(), /** @type {EventListener} */ (value));
  } else if (typeof value === "object") Object.assign(name === "style" ? element.style : element.dataset, value);
  else if (typeof value === "boolean" && !name.startsWith("aria-")) element.toggleAttribute(name, value);
  else element.setAttribute(name, String(value));
}

/**
 * An HTML element. `on...` properties are listeners, `style` and `dataset` are objects, booleans are bare
 * attributes, anything else is an attribute; null and undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Properties | null} [properties]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) setProperty(element, name, value);
  append(element, children);
  return element;
}

/**
 * An SVG element, with the same rules.
 *
 * @param {string} tag
 * @param {Record<string, Attribute> | null} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {SVGElement}
 */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) setProperty(element, name, value);
  append(element, children);
  return element;
}

/**
 * Put other children into an element.
 *
 * @param {Element} element
 * @param {...(Child | readonly Child[])} children
 */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}
