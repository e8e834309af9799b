// @ts-check
/** A titled part of a panel, and errors put beside the fields they speak of. */

import { h, uid } from "../ui/dom.js";

/**
 * @param {string} title
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function section(title, ...children) {
  const id = uid("section");
  return h(
    "section",
    { class: "panel-section", "aria-labelledby": id },
    h("h2", { class: "panel-heading", id }, title),
    ...children,
  );
}

/**
 * Show the message about an option at the field that sets it, and nowhere else.
 *
 * @param {import('../store.js').Store} store
 * @param {Record<string, {setError: (text: string | null) => void}>} fields by name of the option
 * @param {(name: string) => void} [onError] the field may be folded away
 */
export function showErrors(store, fields, onError) {
  /** @type {string | null} */
  let shown = null;
  store.on(["message"], () => {
    const { message } = store.get();
    if (shown !== null) fields[shown].setError(null);
    shown = null;
    if (message?.kind !== "error" || !Object.hasOwn(fields, message.where)) return;
    shown = message.where;
    fields[shown].setError(message.text);
    onError?.(shown);
  });
}
