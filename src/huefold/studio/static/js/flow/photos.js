// @ts-check
/** From files to bitmaps that the canvas can show, no larger than it needs. */

const LONGEST = 4096;

/**
 * Decode a photo as it should be seen (EXIF turned), its long side at most 4096 pixels.
 *
 * @param {Blob} file
 * @returns {Promise<{bitmap: ImageBitmap, width: number, height: number} | null>} with the size of the photo
 *   itself; null where the browser cannot read it (the server may)
 */
export async function decodePhoto(file) {
  let full;
  try {
    full = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const { width, height } = full;
  const scale = LONGEST / Math.max(width, height);
  if (scale >= 1) return { bitmap: full, width, height };
  const bitmap = await createImageBitmap(full, {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "medium",
  });
  full.close();
  return { bitmap, width, height };
}

/**
 * @param {File | Blob} file
 * @returns {boolean}
 */
export const isProjectFile = (file) => file instanceof File && file.name.toLowerCase().endsWith(".huefold");

/**
 * @param {File | Blob} file
 * @returns {string} its name without the ending
 */
export function titleOf(file) {
  const name = file instanceof File ? file.name.replace(/\.[^.]+$/, "") : "";
  return name.trim().slice(0, 80) || "Photo";
}

/** @param {number} bytes */
export const inMebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
