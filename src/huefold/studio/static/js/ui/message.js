// @ts-check
/** What the page says: beside its cause, for a while in a corner, as a banner, and to screen readers. */
import { button } from "./button.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {"info" | "success" | "warning" | "error"} MessageKind */
/** @typedef {{label: string, onSelect: () => void}} MessageAction */

/** @type {Record<MessageKind, import("./icons.js").IconName>} */
const ICONS = { info: "info", success: "check", warning: "warning", error: "warning" };

/**
 * A message that stays where it is put.
 *
 * @param {MessageKind} kind
 * @param {string} text
 * @param {MessageAction} [action]
 * @returns {HTMLElement}
 */
export function message(kind, text, action) {
  return h(
    "div",
    { class: `message message-${kind}`, role: kind === "error" ? "alert" : null },
    icon(ICONS[kind]),
    h("p", { class: "message-text" }, text),
    action ? button({ label: action.label, kind: "quiet", onClick: action.onSelect }) : null,
  );
}

/**
 * @typedef {{notify: (note: {kind: MessageKind, text: string, action?: MessageAction, seconds?: number}) => () => void,
 *   banner: (text: string | null, action?: MessageAction) => void}} Notifier
 */

/**
 * Messages that come and go. Errors stay until they are closed; others leave after a few seconds.
 *
 * @param {{toasts: HTMLElement, banner: HTMLElement, announce: (text: string) => void}} hosts
 * @returns {Notifier}
 */
export function createNotifier({ toasts, banner, announce }) {
  return {
    notify({ kind, text, action, seconds = kind === "error" ? 0 : 6 }) {
      const toast = message(kind, text, action);
      const close = () => toast.remove();
      toast.classList.add("toast");
      toast.append(button({ label: "Close", icon: "cross", kind: "quiet", iconOnly: true, onClick: close }));
      toasts.append(toast);
      while (toasts.childElementCount > 4) toasts.firstElementChild?.remove();
      if (kind !== "error") announce(text);
      if (seconds > 0) setTimeout(close, seconds * 1000);
      return close;
    },
    banner(text, action) {
      if (text === null) replace(banner);
      else if (banner.textContent !== text) replace(banner, message("warning", text, action));
    },
  };
}
