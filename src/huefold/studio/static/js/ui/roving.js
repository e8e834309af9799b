// @ts-check
/**
 * One stop of the Tab key for a group; arrow keys, Home and End move inside it.
 *
 * @param {HTMLElement} group
 * @param {string} selector Which descendants take part.
 * @param {{onMove?: (target: HTMLElement) => void}} [options]
 * @returns {(target: HTMLElement | undefined) => void} Says which of them the Tab key reaches.
 */
export function roving(group, selector, { onMove } = {}) {
  const all = () => /** @type {HTMLElement[]} */ ([...group.querySelectorAll(selector)]);

  /** @param {HTMLElement | undefined} target */
  function moveTab(target) {
    for (const item of all()) item.tabIndex = item === target ? 0 : -1;
  }

  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const items = all().filter(
      (item) => !(/** @type {HTMLButtonElement} */ (item).disabled) && item.offsetParent,
    );
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    const last = items.length - 1;
    /** @type {Record<string, number>} */
    const next = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowDown: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      ArrowUp: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const target = items[next[event.key] ?? -1];
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    moveTab(target);
    target.focus();
    onMove?.(target);
  });
  return moveTab;
}
