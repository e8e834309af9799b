// @ts-check
import { button } from "./button.js";
import { h, uid } from "./dom.js";
import { field, textInput } from "./field.js";

/**
 * @typedef {{label: string, kind?: "plain" | "primary" | "quiet" | "danger",
 *   onSelect?: () => void | false | Promise<void | false>}} DialogAction
 */

/**
 * A modal dialog. An action closes it unless it returns false; Esc closes it too.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {Node | string} options.body
 * @param {readonly DialogAction[]} [options.actions]
 * @param {() => void} [options.onClose]
 * @param {boolean} [options.wide]
 * @returns {{element: HTMLDialogElement, close: () => void}}
 */
export function openDialog({ title, body, actions = [], onClose, wide = false }) {
  const opener = document.activeElement;
  const heading = h("h2", { class: "dialog-title", id: uid("dialog") }, title);
  const element = h(
    "dialog",
    { class: `dialog${wide ? " dialog-wide" : ""}`, "aria-labelledby": heading.id },
    h(
      "div",
      { class: "dialog-head" },
      heading,
      button({
        label: "Close",
        icon: "cross",
        kind: "quiet",
        iconOnly: true,
        onClick: () => element.close(),
      }),
    ),
    h("div", { class: "dialog-body" }, body),
    actions.length
      ? h(
          "div",
          { class: "dialog-actions" },
          actions.map((action) =>
            button({
              label: action.label,
              kind: action.kind,
              onClick: async () => {
                if ((await action.onSelect?.()) !== false) element.close();
              },
            }),
          ),
        )
      : null,
  );
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close(); // the backdrop
  });
  element.addEventListener("keydown", (event) => event.stopPropagation()); // the page's shortcuts rest meanwhile
  element.addEventListener("close", () => {
    element.remove();
    onClose?.();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  });
  document.body.append(element);
  element.showModal();
  return { element, close: () => element.close() };
}

/**
 * Ask before something that cannot be undone.
 *
 * @param {{title: string, text: string, confirm: string, danger?: boolean}} options
 * @returns {Promise<boolean>}
 */
export function confirmDialog({ title, text, confirm, danger = false }) {
  return new Promise((resolve) => {
    let answer = false;
    openDialog({
      title,
      body: h("p", null, text),
      actions: [
        { label: "Cancel" },
        {
          label: confirm,
          kind: danger ? "danger" : "primary",
          onSelect: () => {
            answer = true;
          },
        },
      ],
      onClose: () => resolve(answer),
    });
  });
}

/**
 * Ask for a line of text; null where the dialog was closed without an answer.
 *
 * @param {{title: string, label: string, value?: string, confirm: string}} options
 * @returns {Promise<string | null>}
 */
export function promptDialog({ title, label, value = "", confirm }) {
  return new Promise((resolve) => {
    /** @type {string | null} */
    let answer = null;
    const input = textInput({ value });
    const accept = () => {
      answer = input.get().trim() || null;
    };
    const dialog = openDialog({
      title,
      body: field({ label, control: input.element }).element,
      actions: [{ label: "Cancel" }, { label: confirm, kind: "primary", onSelect: accept }],
      onClose: () => resolve(answer),
    });
    const { element } = input;
    element.focus();
    element.select();
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      accept();
      dialog.close();
    });
  });
}
