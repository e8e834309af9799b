// @ts-check
/**
 * Say something to those who hear the page instead of seeing it.
 *
 * @param {string} text
 */
export function announce(text) {
  const live = document.getElementById("live");
  if (!live) return;
  // The same text twice is only heard when it was gone in between.
  live.textContent = "";
  window.setTimeout(() => {
    live.textContent = text;
  }, 50);
}
