// @ts-check
/**
 * Icons on a grid of 16, drawn with strokes of the text's colour.
 *
 * @typedef {keyof typeof SHAPES} IconName
 */
import { s } from "./dom.js";

/** @satisfies {Record<string, string>} Path data; a leading "f " fills instead of stroking. */
const SHAPES = {
  brush:
    "M13.5 2.5 L7 9 M5.2 9.2 C3.4 9.4 3.6 11.6 2 12.9 C4 13.9 7.4 13.6 7.3 10.9 C7.2 9.8 6.3 9.1 5.2 9.2 Z",
  erase: "M9.5 2.5 L13.5 6.5 L7 13 H4.5 L2.5 11 Z M5.8 6.2 L9.8 10.2 M7 13 H13.5",
  box: "M2.5 5 V2.5 H5 M7 2.5 H9 M11 2.5 H13.5 V5 M13.5 7 V9 M13.5 11 V13.5 H11 M9 13.5 H7 M5 13.5 H2.5 V11 M2.5 9 V7",
  lasso: "M5 11.2 C0 9 2 3 8 3 C14 3 15.5 9 9.5 10.6 C7.5 11 5 10.8 4 11.6 C3 12.5 4.5 14 5.8 13.5",
  region:
    "M2.5 2.5 H13.5 V13.5 H2.5 Z M2.5 8 C5 5.5 6.5 10 9 7.5 C10.5 6 11.5 6.5 13.5 5 M8 8.4 C8.6 10 7.4 11.5 8.4 13.5",
  pan: "M5 8.5 V4.2 C5 3 6.7 3 6.7 4.2 V7 V3 C6.7 1.8 8.5 1.8 8.5 3 V7 V3.6 C8.5 2.4 10.2 2.4 10.2 3.6 V7.5 V5.2 C10.2 4.1 11.8 4.1 11.8 5.2 V10 C11.8 12.8 10.4 14 8.3 14 C6.2 14 5.4 13 4.6 11.4 L2.9 8.6 C2.4 7.6 3.8 6.9 4.4 7.8 Z",
  select: "M3.5 2.5 L12.5 7 L8.5 8.4 L7 12.6 Z M8.8 8.8 L12 12.5",
  plus: "M8 3 V13 M3 8 H13",
  minus: "M3 8 H13",
  fit: "M2.5 5.5 V2.5 H5.5 M10.5 2.5 H13.5 V5.5 M13.5 10.5 V13.5 H10.5 M5.5 13.5 H2.5 V10.5 M6 6 H10 V10 H6 Z",
  undo: "M5.5 3 L2.5 6 L5.5 9 M2.8 6 H9.5 C14.5 6 14.5 13 9.5 13 H6",
  redo: "M10.5 3 L13.5 6 L10.5 9 M13.2 6 H6.5 C1.5 6 1.5 13 6.5 13 H10",
  eye: "M1.5 8 C4.5 2.8 11.5 2.8 14.5 8 C11.5 13.2 4.5 13.2 1.5 8 Z M8 6 A2 2 0 1 1 8 10 A2 2 0 1 1 8 6 Z",
  "eye-off":
    "M3.2 6 C2.5 6.6 2 7.2 1.5 8 C3.9 12 8.6 13 12 10.7 M6 4.3 C9.3 3.4 12.6 4.8 14.5 8 C14.2 8.5 13.9 8.9 13.5 9.3 M2.5 2.5 L13.5 13.5",
  lock: "M3.5 7.5 H12.5 V13.5 H3.5 Z M5.5 7.5 V5 C5.5 1.7 10.5 1.7 10.5 5 V7.5",
  unlock: "M3.5 7.5 H12.5 V13.5 H3.5 Z M5.5 7.5 V5 C5.5 2 9.6 1.7 10.4 4.2",
  trash: "M3 4.5 H13 M6 4.5 V2.5 H10 V4.5 M4.5 4.5 L5.2 13.5 H10.8 L11.5 4.5 M6.8 7 V11 M9.2 7 V11",
  pencil: "M3 13 L3.6 10.2 L11 2.8 L13.2 5 L5.8 12.4 Z M9.5 4.3 L11.7 6.5",
  download: "M8 2.5 V10 M5 7.3 L8 10.3 L11 7.3 M2.5 11 V13.5 H13.5 V11",
  upload: "M8 10.5 V3 M5 5.7 L8 2.7 L11 5.7 M2.5 11 V13.5 H13.5 V11",
  open: "M2.5 12.5 V3.5 H6.5 L8 5 H13.5 V7 M2.5 12.5 L4.5 7 H15 L13 12.5 Z",
  folder: "M2 12.5 V3.5 H6.3 L7.8 5.2 H14 V12.5 Z",
  photo:
    "M2 3 H14 V13 H2 Z M2.5 11.5 L6 8 L8.5 10.3 L10.5 8.5 L13.5 11.3 M10.7 5.2 A0.9 0.9 0 1 1 10.7 7 A0.9 0.9 0 1 1 10.7 5.2 Z",
  drawing: "M2.5 10.5 C5 3.5 9 14.5 13.5 5 M1.5 9.5 H3.5 V11.5 H1.5 Z M12.5 4 H14.5 V6 H12.5 Z",
  compare: "M2 3.5 H14 V12.5 H2 Z M8 1.5 V14.5 M10 6 H12 M10 8 H12 M10 10 H12",
  error:
    "M8 2 C9 5 12.5 6 12.5 9.7 C12.5 12.3 10.5 14 8 14 C5.5 14 3.5 12.3 3.5 9.7 C3.5 8 4.4 6.8 5.5 6 C5.6 7.3 6.2 8 7 8.2 C6.7 6 7 4 8 2 Z",
  structure: "M2.5 2.5 H13.5 V13.5 H2.5 Z M2.5 6.5 H9 M9 2.5 V13.5 M9 9.5 H13.5",
  outlines:
    "M4 4 C8 2.5 10 5.5 12.5 4 C14 8 11 10 12 12.5 C8 14 6.5 11 3.5 12.5 C2.5 9 5 7 4 4 Z M3 3 H5 V5 H3 Z M11.5 3 H13.5 V5 H11.5 Z M11 11.5 H13 V13.5 H11 Z M2.5 11.5 H4.5 V13.5 H2.5 Z",
  layers: "M8 2.5 L14 5.8 L8 9 L2 5.8 Z M2.5 8.5 L8 11.5 L13.5 8.5 M2.5 11 L8 14 L13.5 11",
  palette:
    "M8 2 C4.5 2 2 4.6 2 8 C2 11.4 4.6 14 8 14 C9.5 14 9.6 12.8 9 12 C8.4 11 9 9.8 10.3 9.8 H12 C13.3 9.8 14 9 14 7.7 C14 4.4 11.4 2 8 2 Z M5 7.9 V8.1 M6.6 5 V5.2 M10 5.2 V5.4",
  sliders: "M2.5 5 H8 M11 5 H13.5 M2.5 11 H5 M8 11 H13.5 M8 3.5 H11 V6.5 H8 Z M5 9.5 H8 V12.5 H5 Z",
  play: "f M4.5 2.8 L13 8 L4.5 13.2 Z",
  stop: "f M4 4 H12 V12 H4 Z",
  refresh: "M13 8 A5 5 0 1 1 11.3 4.3 M11.5 1.8 V4.6 H8.7",
  check: "M3 8.5 L6.5 12 L13 4.5",
  cross: "M4 4 L12 12 M12 4 L4 12",
  warning: "M8 2.5 L14.5 13.5 H1.5 Z M8 6.5 V9.5 M8 11.4 V11.6",
  info: "M8 2 A6 6 0 1 1 8 14 A6 6 0 1 1 8 2 Z M8 7.2 V11 M8 5 V5.2",
  help: "M8 2 A6 6 0 1 1 8 14 A6 6 0 1 1 8 2 Z M6.2 6.4 C6.3 4.3 9.8 4.3 9.8 6.5 C9.8 7.9 8 7.9 8 9.3 M8 11.2 V11.4",
  "chevron-down": "M4 6 L8 10 L12 6",
  "chevron-right": "M6 4 L10 8 L6 12",
  up: "M8 13 V3.5 M4 7.5 L8 3.5 L12 7.5",
  down: "M8 3 V12.5 M4 8.5 L8 12.5 L12 8.5",
  sun: "M8 5 A3 3 0 1 1 8 11 A3 3 0 1 1 8 5 Z M8 1.5 V3 M8 13 V14.5 M1.5 8 H3 M13 8 H14.5 M3.4 3.4 L4.4 4.4 M11.6 11.6 L12.6 12.6 M3.4 12.6 L4.4 11.6 M11.6 4.4 L12.6 3.4",
  moon: "M13 9.6 A5.6 5.6 0 1 1 6.4 3 A4.6 4.6 0 0 0 13 9.6 Z",
  auto: "M8 2 A6 6 0 1 1 8 14 A6 6 0 1 1 8 2 Z M8 2 V14 M10 4 H11.8 M8.5 6.5 H13.5 M8.5 9.5 H13.5 M10 12 H11.8",
  keyboard: "M1.5 4 H14.5 V12 H1.5 Z M4 6.5 H4.5 M7 6.5 H7.5 M10 6.5 H10.5 M12 6.5 H12.2 M5 9.5 H11",
  invert: "M2.5 2.5 H13.5 V13.5 H2.5 Z M2.5 13.5 L13.5 2.5 M5 4.5 V7.5 M3.5 6 H6.5 M9.5 11 H12.5",
  fill: "M7.5 2 L13 7.5 L8 12.5 L2.8 7.3 Z M4 7.5 H12.8 M13.8 10.5 C15 12.3 14.5 13.5 13.8 13.5 C13.1 13.5 12.6 12.3 13.8 10.5 Z",
  clear: "M2.5 2.5 H13.5 V13.5 H2.5 Z M5.5 5.5 L10.5 10.5 M10.5 5.5 L5.5 10.5",
  more: "f M3 7 H5 V9 H3 Z M7 7 H9 V9 H7 Z M11 7 H13 V9 H11 Z",
  copy: "M5.5 5.5 H13.5 V13.5 H5.5 Z M10.5 5.5 V2.5 H2.5 V10.5 H5.5",
  link: "M6.5 9.5 L9.5 6.5 M7 5 L9 3 C11.5 1 15 4.5 13 7 L11 9 M9 11 L7 13 C4.5 15 1 11.5 3 9 L5 7",
  text: "M3 4.5 V3 H13 V4.5 M8 3 V13 M6 13 H10",
  sparkle:
    "M7 2.5 C7.5 6 8.5 7 12 7.5 C8.5 8 7.5 9 7 12.5 C6.5 9 5.5 8 2 7.5 C5.5 7 6.5 6 7 2.5 Z M12.5 10.5 V14.5 M10.5 12.5 H14.5",
  none: "M8 2 A6 6 0 1 1 8 14 A6 6 0 1 1 8 2 Z M3.8 12.2 L12.2 3.8",
};

/**
 * An icon by name.
 *
 * @param {IconName} name
 * @param {number} [size] Side in CSS pixels.
 * @returns {SVGElement}
 */
export function icon(name, size = 16) {
  const shape = SHAPES[name];
  const filled = shape.startsWith("f ");
  return s(
    "svg",
    {
      class: "icon",
      width: size,
      height: size,
      viewBox: "0 0 16 16",
      "aria-hidden": "true",
      focusable: "false",
    },
    s("path", {
      d: filled ? shape.slice(2) : shape,
      fill: filled ? "currentColor" : "none",
      stroke: filled ? "none" : "currentColor",
      "stroke-width": 1.25,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}
