// @ts-check
/** The name of the open project, and the dialog with all of them. */

import { messageOf } from "../api.js";
import { announce } from "../flow/announce.js";
import { size, when } from "../flow/words.js";
import { button } from "../ui/button.js";
import { confirmDialog, openDialog, promptDialog } from "../ui/dialog.js";
import { h, replace } from "../ui/dom.js";
import { message } from "../ui/message.js";

/**
 * @typedef {import('../types.js').Project} Project
 * @typedef {import('../types.js').Context} Context
 */

/**
 * @param {HTMLElement} host
 * @param {import('../store.js').Store} store
 * @param {Context} context
 */
export function mountProjects(host, store, context) {
  const open = button({
    label: "Projects",
    icon: "folder",
    kind: "quiet",
    onClick: () => projectsDialog(store, context),
  });
  const name = h("button", {
    type: "button",
    class: "button button-quiet project-name",
    title: "Rename",
    onClick: askName,
  });
  replace(host, open, name);

  async function askName() {
    const { project } = store.get();
    if (!project) return;
    const answer = await promptDialog({
      title: "Rename project",
      label: "Name",
      value: project.name,
      confirm: "Rename",
    });
    if (answer) context.flow.rename(answer);
  }

  function show() {
    const { project } = store.get();
    name.hidden = !project;
    name.textContent = project?.name ?? "";
    name.setAttribute("aria-label", `Rename project ${project?.name ?? ""}`);
    document.title = project ? `${project.name} - huefold studio` : "huefold studio";
  }

  store.on(["project"], show);
  show();
}

/**
 * @param {import('../store.js').Store} store
 * @param {Context} context
 */
function projectsDialog(store, context) {
  const trouble = h("div");
  const grid = h("ul", { class: "projects", "aria-label": "Projects" });
  const disk = h("p", { class: "panel-note" });
  const input = h("input", { type: "file", accept: "image/*,.huefold", hidden: true, onChange: choose });
  const samples = (store.get().status?.samples ?? []).map((one) =>
    button({ label: one.title, kind: "quiet", onClick: () => leave(() => context.flow.openSample(one.name)) }),
  );
  const body = h(
    "div",
    { class: "projects-body" },
    h(
      "div",
      { class: "projects-head" },
      button({ label: "Open a photo or project file…", icon: "open", onClick: () => input.click() }),
      samples.length > 0
        ? h("span", { class: "projects-samples" }, h("span", { class: "field-label" }, "Samples"), samples)
        : null,
      input,
    ),
    trouble,
    grid,
    disk,
  );
  const dialog = openDialog({ title: "Projects", body, wide: true });
  void load();

  /** @param {() => void} task */
  function leave(task) {
    dialog.close();
    task();
  }

  function choose() {
    const file = input.files?.[0];
    if (file) leave(() => context.flow.openFile(file));
  }

  async function load() {
    try {
      const [all, status] = await Promise.all([context.api.projects(), context.api.status()]);
      store.set({ status });
      disk.textContent = `${size(status.disk.used)} of ${size(status.disk.limit)} used. When it is full, the oldest work that is done leaves first.`;
      replace(
        grid,
        all.length > 0
          ? all.map(card)
          : h("li", { class: "panel-empty" }, "What you open is kept here."),
      );
    } catch (error) {
      tell(error);
    }
  }

  /** @param {unknown} error */
  const tell = (error) => replace(trouble, message("error", messageOf(error)));

  /** @param {Project} project */
  function card(project) {
    const current = store.get().project?.id === project.id;
    const label = h("span", { class: "project-title" }, project.name);
    const item = h(
      "li",
      { class: `project${current ? " project-current" : ""}` },
      h(
        "button",
        {
          type: "button",
          class: "project-open",
          "aria-current": current ? "true" : null,
          onClick: () => leave(() => context.flow.openProject(project.id)),
        },
        h("img", { src: context.api.thumbnailUrl(project.id), alt: "", loading: "lazy", class: "project-picture" }),
        label,
        h("span", { class: "project-about" }, about(project)),
      ),
      h(
        "div",
        { class: "project-actions" },
        button({ label: `Rename ${project.name}`, icon: "pencil", kind: "quiet", iconOnly: true, onClick: rename }),
        button({ label: `Delete ${project.name}`, icon: "trash", kind: "quiet", iconOnly: true, onClick: remove }),
      ),
    );

    async function rename() {
      const answer = await promptDialog({
        title: "Rename project",
        label: "Name",
        value: project.name,
        confirm: "Rename",
      });
      if (!answer || answer === project.name) return;
      try {
        if (store.get().project?.id === project.id) context.flow.rename(answer);
        else await context.api.patchProject(project.id, { name: answer });
        project.name = answer;
        label.textContent = answer;
      } catch (error) {
        tell(error);
      }
    }

    async function remove() {
      const text = `“${project.name}”, its drawings and its map will be gone.`;
      const sure = await confirmDialog({ title: "Delete this project?", text, confirm: "Delete", danger: true });
      if (!sure) return;
      try {
        if (store.get().project?.id === project.id) await context.flow.closeProject();
        await context.api.deleteProject(project.id);
        announce("Project deleted.");
        await load();
      } catch (error) {
        tell(error);
      }
    }

    return item;
  }
}

/** @param {Project} project */
function about(project) {
  const parts = [`${project.width} × ${project.height}`, when(project.opened ?? project.created)];
  if (project.job?.status === "running" || project.job?.status === "waiting") parts.push("drawing");
  return parts.filter((part) => part !== "").join(" · ");
}
