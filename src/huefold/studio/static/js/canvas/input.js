// @ts-check
/**
 * Pointers, wheel and keys on the stage, told as presses, moves and gestures.
 *
 * One finger, pen or button works with the tool; two fingers, the middle button or Space held down move the photo.
 *
 * @typedef {import('./tools.js').Sample} Sample
 * @typedef {object} Hear
 * @property {() => import('./tools.js').Tool} tool
 * @property {() => boolean} panning whether the tool itself moves the photo
 * @property {(point: {px: number, py: number} | null, byKey?: boolean) => void} cursor
 * @property {() => void} pressed the stage is worked on
 * @property {(state: 'idle' | 'ready' | 'moving') => void} grab
 */
import { createKeyCursor } from "./key-cursor.js";

/**
 * @param {HTMLElement} surface
 * @param {import('./viewport.js').Viewport} viewport
 * @param {Hear} hear
 * @returns {() => void} stops listening
 */
export function listen(surface, viewport, hear) {
  /** @type {Map<number, {px: number, py: number}>} */
  const fingers = new Map();
  /** @type {'none' | 'tool' | 'pan' | 'pinch'} */
  let mode = "none";
  let active = -1;
  let space = false;
  const off = new AbortController();
  const once = { signal: off.signal };

  /** @param {PointerEvent | WheelEvent} event */
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return { px: event.clientX - box.left, py: event.clientY - box.top };
  };

  /** @param {PointerEvent} event @returns {Sample} */
  const sample = (event) => {
    const { px, py } = place(event);
    const [x, y] = viewport.toPhoto(px, py);
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1;
    return { x, y, pressure, erase: event.altKey || (event.buttons & 32) !== 0, add: event.shiftKey };
  };

  const keys = createKeyCursor(surface, viewport, hear, {
    isSpace: () => space,
    setSpace(down) {
      space = down;
      if (mode !== "pan") hear.grab(down || hear.panning() ? "ready" : "idle");
    },
  });

  /** @param {PointerEvent} event */
  const down = (event) => {
    surface.dataset.by = "pointer";
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    keys.forget();
    fingers.set(event.pointerId, place(event));
    if (fingers.size === 2 && event.pointerType === "touch") {
      if (mode === "tool") hear.tool().cancel?.();
      mode = "pinch";
      return;
    }
    if (fingers.size > 1 || event.button > 1) return;
    event.preventDefault();
    active = event.pointerId;
    if (space || event.button === 1 || hear.panning()) {
      keys.usedSpace();
      mode = "pan";
      hear.grab("moving");
      return;
    }
    mode = "tool";
    hear.cursor(place(event));
    hear.pressed();
    hear.tool().down?.(sample(event));
  };

  /** @param {PointerEvent} event */
  const move = (event) => {
    const before = fingers.get(event.pointerId);
    const now = place(event);
    if (before !== undefined) fingers.set(event.pointerId, now);
    if (mode === "pinch" && before !== undefined) pinch(event.pointerId, before, now);
    else if (mode === "pan" && before !== undefined) viewport.panBy(now.px - before.px, now.py - before.py);
    else if (mode === "tool" && event.pointerId === active) {
      const all = event.getCoalescedEvents?.() ?? [];
      hear.tool().move?.((all.length > 0 ? all : [event]).map(sample));
      hear.cursor(now);
    } else if (mode === "none") {
      hear.cursor(now);
      hear.tool().hover?.(sample(event));
    }
  };

  /** @param {number} id @param {{px: number, py: number}} before @param {{px: number, py: number}} now */
  const pinch = (id, before, now) => {
    const other = [...fingers].find(([key]) => key !== id)?.[1];
    if (other === undefined) return;
    const apart = Math.hypot(before.px - other.px, before.py - other.py);
    const factor = apart > 8 ? Math.hypot(now.px - other.px, now.py - other.py) / apart : 1;
    viewport.panBy((now.px - before.px) / 2, (now.py - before.py) / 2);
    viewport.zoomBy(factor, (now.px + other.px) / 2, (now.py + other.py) / 2);
  };

  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    const ended = mode;
    if (ended === "pinch") {
      if (fingers.size === 0) mode = "none";
      return;
    }
    if (event.pointerId !== active) return;
    mode = "none";
    if (ended === "pan") hear.grab(space || hear.panning() ? "ready" : "idle");
    if (ended !== "tool") return;
    if (event.type === "pointercancel") hear.tool().cancel?.();
    else hear.tool().up?.(sample(event));
  };

  surface.addEventListener("pointerdown", down, once);
  surface.addEventListener("pointermove", move, once);
  surface.addEventListener("pointerup", up, once);
  surface.addEventListener("pointercancel", up, once);
  surface.addEventListener(
    "pointerleave",
    () => mode === "none" && (hear.cursor(null), hear.tool().hover?.(null)),
    once,
  );
  surface.addEventListener("blur", () => delete surface.dataset.by, once);
  surface.addEventListener("auxclick", (event) => event.preventDefault(), once);
  surface.addEventListener("contextmenu", (event) => event.preventDefault(), once);
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      wheel(viewport, event, place(event));
    },
    { ...once, passive: false },
  );
  return () => {
    keys.stop();
    off.abort();
  };
}

/**
 * A wheel of notches zooms; two fingers on a touchpad move the photo and, drawn apart, zoom (a wheel with Ctrl to us).
 *
 * @param {import('./viewport.js').Viewport} viewport
 * @param {WheelEvent} event
 * @param {{px: number, py: number}} at
 */
function wheel(viewport, event, { px, py }) {
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  const notched = event.deltaMode !== 0 || (dx === 0 && Math.abs(dy) >= 80 && Number.isInteger(dy));
  if (event.ctrlKey || event.metaKey) {
    viewport.zoomBy(Math.exp(-Math.max(-60, Math.min(60, dy)) * 0.01), px, py);
  } else if (event.shiftKey) viewport.panBy(-(dx || dy), 0);
  else if (notched) viewport.zoomBy(Math.exp(-Math.max(-240, Math.min(240, dy)) * 0.002), px, py);
  else viewport.panBy(-dx, -dy);
}
