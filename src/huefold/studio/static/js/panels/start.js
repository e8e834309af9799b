// @ts-check
/** What is seen before anything is opened; and photos dropped or pasted anywhere. */
import { button } from "../ui/button.js";
import { h, replace } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { message } from "../ui/message.js";

const ACCEPTED = "image/png,image/jpeg,image/webp,image/tiff,image/bmp,image/gif,.huefold";

/**
 * @param {HTMLElement} host
 * @param {import("../store.js").Store} store
 * @param {import("../types.js").Context} context
 */
export function mountStart(host, store, { flow }) {
  const input = h("input", {
    type: "file",
    accept: ACCEPTED,
    class: "visually-hidden",
    id: "photo-file",
    tabindex: -1,
    "aria-label": "Photo or project file",
    onChange: () => {
      const file = input.files?.[0];
      input.value = "";
      if (file) void flow.openFile(file);
    },
  });
  const choose = button({
    label: "Choose a photo",
    icon: "photo",
    kind: "primary",
    onClick: () => input.click(),
  });
  const samples = h("div", { class: "samples", role: "group", "aria-label": "Samples" });
  const note = h("div", { class: "start-note" });
  const drop = h(
    "div",
    { class: "drop-zone" },
    picture(),
    h("h2", { class: "start-title" }, "Turn a photo into shapes you can edit"),
    h(
      "p",
      { class: "start-text" },
      "Drop a photo here, paste one, or choose a file. Then paint what matters.",
    ),
    choose,
    input,
    note,
    samples,
  );
  host.append(drop);

  const show = () => {
    const { project, status, upload, message: told } = store.get();
    host.hidden = project !== null;
    const busy = upload !== null;
    choose.disabled = busy;
    replace(
      note,
      busy ? h("p", { class: "start-text", role: "status" }, "Opening the photo") : null,
      told?.where === "photo" ? message(told.kind, told.text) : null,
    );
    const known = status?.samples ?? [];
    samples.hidden = known.length === 0;
    replace(
      samples,
      h("span", { class: "samples-label" }, "Or try a sample"),
      known.map(({ name, title }) =>
        button({ label: title, icon: "photo", disabled: busy, onClick: () => void flow.openSample(name) }),
      ),
    );
  };
  store.on(["project", "status", "upload", "message"], show);
  show();
  listenForFiles(flow.openFile);
}

/**
 * The drawing of the empty page: a photo that turns into outlines with nodes.
 *
 * @returns {HTMLElement}
 */
function picture() {
  return h(
    "div",
    { class: "start-picture", "aria-hidden": "true" },
    icon("photo", 40),
    icon("chevron-right", 20),
    icon("outlines", 40),
  );
}

/**
 * Files dropped or pasted anywhere on the page.
 *
 * @param {(file: File) => Promise<void>} open
 */
function listenForFiles(open) {
  let depth = 0;
  const veil = h(
    "div",
    { class: "drop-veil", hidden: true },
    icon("upload", 32),
    h("p", null, "Drop to open"),
  );
  document.body.append(veil);

  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) void open(file);
  });
  window.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    void open(file);
  });
}
