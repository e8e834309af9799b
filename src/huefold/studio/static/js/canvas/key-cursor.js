// @ts-check
/**
 * The tools by keyboard: arrows move a cursor over the stage, Enter works with the tool where it is. Space held down
 * with the pointer moves the photo; Space alone is Enter.
 *
 * @param {HTMLElement} surface
 * @param {import('./viewport.js').Viewport} viewport
 * @param {import('./input.js').Hear} hear
 * @param {{isSpace: () => boolean, setSpace: (down: boolean) => void}} space
 */
export function createKeyCursor(surface, viewport, hear, space) {
  /** @type {{px: number, py: number} | null} */
  let at = null;
  let stretching = false;
  let spaceUsed = false;
  const off = new AbortController();

  /** @param {KeyboardEvent} event @returns {import('./tools.js').Sample} */
  const sample = (event) => {
    const [x, y] = viewport.toPhoto(at?.px ?? 0, at?.py ?? 0);
    return { x, y, pressure: 1, erase: event.altKey, add: event.shiftKey };
  };

  const forget = () => {
    if (stretching) hear.tool().cancel?.();
    stretching = false;
    at = null;
  };

  /** @param {number} dx @param {number} dy @param {KeyboardEvent} event */
  const step = (dx, dy, event) => {
    const length = event.shiftKey ? 48 : 12;
    if (hear.panning()) {
      viewport.panBy(-dx * length * 3, -dy * length * 3);
      return;
    }
    const { width, height } = viewport.get();
    at ??= { px: width / 2, py: height / 2 };
    at = {
      px: Math.min(width - 1, Math.max(0, at.px + dx * length)),
      py: Math.min(height - 1, Math.max(0, at.py + dy * length)),
    };
    hear.cursor(at, true);
    if (stretching) hear.tool().move?.([sample(event)]);
    else hear.tool().hover?.(sample(event));
  };

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const { width, height } = viewport.get();
    at ??= { px: width / 2, py: height / 2 };
    hear.cursor(at, true);
    hear.pressed();
    const tool = hear.tool();
    if (!stretching) tool.down?.(sample(event));
    if (stretching || !tool.stretches) tool.up?.(sample(event));
    stretching = Boolean(tool.stretches) && !stretching;
  };

  /** @type {Record<string, [number, number]>} */
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  surface.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey) return;
      const arrow = arrows[event.key];
      if (arrow) step(...arrow, event);
      else if (event.key === "Enter") press(event);
      else if (event.key === " ") {
        if (!event.repeat) spaceUsed = false;
        space.setSpace(true);
      } else if (event.key === "Escape" && stretching) forget();
      else return;
      delete surface.dataset.by; // the ring of the focus is for those who work by keys
      event.preventDefault();
      event.stopPropagation();
    },
    { signal: off.signal },
  );
  // Space moves the photo wherever the focus is, as long as it is not in something that Space works.
  window.addEventListener(
    "keydown",
    (event) => {
      const inControl =
        event.target instanceof Element &&
        event.target.closest("button, input, select, textarea, a, summary, dialog, [role]");
      if (event.key === " " && !inControl && !event.ctrlKey) {
        event.preventDefault();
        space.setSpace(true);
      }
    },
    { signal: off.signal },
  );
  window.addEventListener(
    "keyup",
    (event) => {
      if (event.key !== " " || !space.isSpace()) return;
      space.setSpace(false);
      if (!spaceUsed && document.activeElement === surface) press(event);
    },
    { signal: off.signal },
  );
  window.addEventListener("blur", () => space.setSpace(false), { signal: off.signal });

  return {
    forget,
    /** The pointer moved the photo while Space was down: its release is no press. */
    usedSpace: () => {
      spaceUsed = true;
    },
    stop: () => off.abort(),
  };
}
