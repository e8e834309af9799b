// @ts-check
/** Files that the user takes away. */

/**
 * @param {string} name of the project
 * @param {string} rest such as "-128.svg"
 */
export function fileName(name, rest) {
  const clean = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ._()-]+/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[ .]+|[ .]+$/g, "");
  return `${clean || "drawing"}${rest}`;
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the blob after the click; a minute is plenty.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
