// Windows: the topmost view of the person's stack, with what was typed kept while the app updates it.

import { blocks } from "/page/page_blocks.js";
import { el, post, trap } from "/page/page_dom.js";
import { words } from "/page/page_mrkdwn.js";

const typed = new Map(); // view id -> {block_id: {action_id: value}}
let shown = null; // {id, hash, shade}
let before = null;

export function drawViews(views, room) {
  const top = views[views.length - 1];
  for (const id of [...typed.keys()]) if (!views.some((one) => one.id === id)) typed.delete(id);
  if (!top) { leave(); return; }
  if (shown && shown.id === top.id && shown.hash === top.hash) return;
  const first = !shown;
  if (first) before = document.activeElement;
  const focused = shown?.id === top.id ? document.activeElement?.id : null;
  const shade = draw(top, views.length, room);
  if (shown) shown.shade.replaceWith(shade);
  else document.getElementById("layer").append(shade);
  shown = { id: top.id, hash: top.hash, shade };
  const again = focused && document.getElementById(focused);
  (again || shade.querySelector(".dialog-body input, .dialog-body select, .dialog-body textarea, .dialog-body button") || shade.querySelector(".dialog-foot button:last-child") || shade.querySelector(".dialog")).focus();
}

function leave() {
  if (!shown) return;
  shown.shade.remove();
  shown = null;
  (before?.isConnected ? before : document.getElementById("list")).focus();
}

function draw(view, depth, room) {
  const given = typed.get(view.id) ?? {};
  typed.set(view.id, given);
  const remember = (block, action, value) => { (given[block] ??= {})[action] = value; };
  const alert = el("p", { class: "dialog-alert", role: "alert", hidden: true });
  const told = (answer) => { alert.textContent = answer.shown ?? ""; alert.hidden = !answer.shown; };
  const inside = {
    ...room,
    remember,
    typed: (block, action) => given[block]?.[action],
    act: async (one, block, value) => told(await post("choose", {
      person: room.me(), view_id: view.id, action_id: one.action_id, block_id: block.block_id, value, values: given,
    })),
  };
  const close = (all) => post("close", { person: room.me(), view_id: view.id, all });
  const body = el("div", { class: "dialog-body" }, blocks(view.blocks, inside));
  const submit = view.submit ? el("button", { class: "btn primary", type: "submit", disabled: view.submit_disabled }, words(view.submit)) : null;
  const form = el("form", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "view-title", novalidate: true, tabindex: "-1", data: { viewId: view.id, callbackId: view.callback_id } },
    el("header", { class: "dialog-head" },
      depth > 1 ? el("button", { class: "btn quiet", type: "button", "aria-label": "Back", onclick: () => close(false) }, "‹") : null,
      el("h2", { id: "view-title" }, words(view.title)),
      el("button", { class: "btn quiet", type: "button", "aria-label": "Close", data: { closeView: "all" }, onclick: () => close(true) }, "×")),
    body, alert,
    el("footer", { class: "dialog-foot" },
      el("button", { class: "btn", type: "button", data: { closeView: "one" }, onclick: () => close(false) }, view.close ? words(view.close) : "Close"), submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit || submit.disabled) return;
    submit.disabled = true;
    submit.classList.add("busy");
    const answer = await post("submit", { person: room.me(), view_id: view.id, values: given });
    submit.disabled = false;
    submit.classList.remove("busy");
    told(answer);
    mistakes(form, answer.errors ?? {});
  });
  const shade = el("div", { class: "shade" }, form);
  trap(shade, () => close(false));
  return shade;
}

function mistakes(form, errors) {
  let first = null;
  for (const part of form.querySelectorAll(".b-input")) {
    const said = errors[part.dataset.blockId];
    const line = part.querySelector(".field-error");
    const control = part.querySelector("input, select, textarea");
    line.textContent = said ?? "";
    line.hidden = !said;
    part.classList.toggle("wrong", Boolean(said));
    control?.setAttribute("aria-invalid", said ? "true" : "false");
    if (said) { control?.setAttribute("aria-describedby", line.id); first ??= control; }
  }
  first?.focus();
}
