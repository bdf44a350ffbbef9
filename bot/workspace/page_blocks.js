// Block Kit, drawn. `room` says what a press does: {act, remember, typed, people, channels}.

import { confirmed, el, menu } from "/page/page_dom.js";
import { link, markdown, richText, words } from "/page/page_mrkdwn.js";

export function blocks(list, room) {
  return (list ?? []).map((block) => {
    const made = (DRAWN[block.type] ?? unknown)(block, room);
    made.dataset.blockId = block.block_id;
    return made;
  });
}

const unknown = (block) => el("div", { class: "b-unknown" }, `(a ${block.type} block)`);

const DRAWN = {
  header: (block) => el("h3", { class: "b-header" }, words(block.text)),
  divider: () => el("hr", { class: "b-divider" }),
  context: (block) => el("div", { class: "b-context" }, block.elements.map((one) =>
    one.type === "image" ? picture(one, "b-icon") : el("span", {}, words(one)))),
  section: (block, room) => el("div", { class: "b-section" },
    el("div", { class: "b-words" },
      block.text ? el("div", { class: "b-text" }, words(block.text)) : null,
      block.fields ? el("div", { class: "b-fields" }, block.fields.map((one) => el("div", { class: "b-field" }, words(one)))) : null),
    block.accessory ? el("div", { class: "b-accessory" }, element(block.accessory, block, room)) : null),
  actions: (block, room) => el("div", { class: "b-actions", role: "group", "aria-label": "Actions" }, block.elements.map((one) => element(one, block, room))),
  image: (block) => el("figure", { class: "b-image" }, block.title ? el("figcaption", {}, words(block.title)) : null, picture(block, "b-picture")),
  rich_text: (block) => el("div", { class: "b-text" }, richText(block)),
  markdown: (block) => el("div", { class: "b-text" }, markdown(block.text)),
  input: (block, room) => input(block, room),
};

function picture(one, kind) {
  const source = one.image_url ?? one.slack_file?.url ?? "";
  if (source.startsWith(location.origin + "/")) return el("img", { class: kind, src: source, alt: one.alt_text, loading: "lazy" });
  return el("span", { class: "b-missing", title: source }, "🖼 ", source ? link(source, one.alt_text) : one.alt_text);
}

function input(block, room) {
  const id = `in-${block.block_id}-${block.element.action_id}`;
  const many = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const control = element(block.element, block, room, id);
  const title = [words(block.label), block.optional ? el("span", { class: "optional" }, " (optional)") : null];
  const error = el("p", { class: "field-error", id: `${id}-error`, role: "alert", hidden: true });
  const hint = block.hint ? el("p", { class: "hint", id: `${id}-hint` }, words(block.hint)) : null;
  if (many) return el("fieldset", { class: "b-input" }, el("legend", {}, title), control, error, hint);
  return el("div", { class: "b-input" }, el("label", { for: id }, title), control, error, hint);
}

function element(one, block, room, id) {
  const draw = ELEMENTS[one.type];
  if (!draw) return el("span", { class: "b-unknown" }, `(a ${one.type})`);
  const known = room.typed?.(block.block_id, one.action_id);
  const spot = { one, block, room, id, known, label: one.accessibility_label ?? one.placeholder?.text ?? one.action_id };
  const node = draw(spot);
  if (one.action_id) node.dataset.actionId = one.action_id;
  return node;
}

async function pressed(spot, node, value) {
  const { one, block, room } = spot;
  room.remember?.(block.block_id, one.action_id, value);
  if (block.type === "input" && !block.dispatch_action) return;
  if (!(await confirmed(one.confirm, words))) { node.dispatchEvent(new Event("refused")); return; }
  node.setAttribute("aria-busy", "true");
  node.classList.add("busy");
  await room.act(one, block, value);
  node.removeAttribute("aria-busy");
  node.classList.remove("busy");
}

const ELEMENTS = {
  image: ({ one }) => picture(one, "b-thumb"),
  button: button,
  overflow: (spot) => {
    const node = el("button", { class: "btn icon", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More" }, "⋯");
    node.addEventListener("click", () => menu(node, spot.one.options.map((option) => ({
      label: words(option.text), detail: option.description ? words(option.description) : null, value: option.value,
      run: () => { if (option.url) open(option.url, "_blank", "noopener"); pressed(spot, node, option.value); },
    })), "More"));
    return node;
  },
  static_select: (spot) => select(spot, groups(spot.one), spot.known ?? spot.one.initial_option?.value),
  users_select: (spot) => select(spot, [{ options: spot.room.people() }], spot.known ?? spot.one.initial_user),
  channels_select: (spot) => select(spot, [{ options: spot.room.channels() }], spot.known ?? spot.one.initial_channel),
  multi_static_select: (spot) => {
    const chosen = spot.known ?? (spot.one.initial_options ?? []).map((option) => option.value);
    const node = select({ ...spot, many: true }, groups(spot.one), null);
    for (const option of node.options) option.selected = chosen.includes(option.value);
    return node;
  },
  radio_buttons: (spot) => ticks(spot, "radio", [spot.known ?? spot.one.initial_option?.value]),
  checkboxes: (spot) => ticks(spot, "checkbox", spot.known ?? (spot.one.initial_options ?? []).map((option) => option.value)),
  datepicker: (spot) => typed(spot, "date", spot.one.initial_date),
  timepicker: (spot) => typed(spot, "time", spot.one.initial_time),
  datetimepicker: (spot) => typed(spot, "datetime-local", spot.one.initial_date_time),
  number_input: (spot) => typed(spot, "text", spot.one.initial_value),
  plain_text_input: (spot) => typed(spot, spot.one.multiline ? "area" : "text", spot.one.initial_value),
};

function button(spot) {
  const { one } = spot;
  const style = { primary: "btn primary", danger: "btn danger" }[one.style] ?? "btn";
  const node = el("button", { class: style, type: "button", "aria-label": one.accessibility_label }, words(one.text));
  node.addEventListener("click", () => {
    if (node.classList.contains("busy")) return;
    if (one.url) open(one.url, "_blank", "noopener");
    pressed(spot, node, null);
  });
  return node;
}

const groups = (one) => one.option_groups
  ? one.option_groups.map((group) => ({ label: words(group.label).map(String).join(""), options: group.options.map(option) }))
  : [{ options: one.options.map(option) }];
const option = (one) => ({ value: one.value, text: words(one.text).map(String).join("") + (one.description ? ` – ${one.description.text}` : "") });

function select(spot, offered, chosen) {
  const { one, many, id } = spot;
  const options = offered.map((group) => {
    const inside = group.options.map((each) => el("option", { value: each.value, selected: each.value === chosen }, each.text));
    return group.label ? el("optgroup", { label: group.label }, inside) : inside;
  }).flat();
  const first = many ? null : el("option", { value: "" }, one.placeholder ? words(one.placeholder).map(String).join("") : "Select an item");
  const node = el("select", { class: many ? "select many" : "select", id, multiple: many, "aria-label": id ? null : spot.label }, first, options);
  let before = node.value;
  node.addEventListener("change", () => {
    const value = many ? [...node.selectedOptions].map((each) => each.value) : node.value;
    pressed(spot, node, value).then(() => { before = node.value; });
  });
  node.addEventListener("refused", () => { node.value = before; });
  return node;
}

function ticks(spot, kind, chosen) {
  const { one, block } = spot;
  const name = `t-${block.block_id}-${one.action_id}-${Math.random().toString(36).slice(2, 7)}`;
  const node = el("div", { class: "ticks", role: kind === "radio" ? "radiogroup" : "group" }, one.options.map((each) => {
    const box = el("input", { type: kind, name, value: each.value });
    box.checked = chosen.includes(each.value);
    return el("label", { class: "tick" }, box, el("span", {}, words(each.text), each.description ? el("small", {}, words(each.description)) : null));
  }));
  node.addEventListener("change", () => {
    const on = [...node.querySelectorAll("input:checked")].map((each) => each.value);
    pressed(spot, node, kind === "radio" ? on[0] ?? "" : on);
  });
  return node;
}

function typed(spot, kind, initial) {
  const { one, id, known, block } = spot;
  const tag = kind === "area" ? "textarea" : "input";
  const numeric = one.type === "number_input" ? { inputmode: one.is_decimal_allowed ? "decimal" : "numeric" } : {};
  const node = el(tag, {
    class: "typed", id, type: tag === "input" ? kind : null, rows: tag === "textarea" ? 4 : null,
    placeholder: one.placeholder?.text, maxlength: one.max_length, "aria-label": id ? null : spot.label, ...numeric,
  });
  const stamp = kind === "datetime-local";
  const value = known ?? initial ?? "";
  node.value = stamp && value !== "" ? local(value) : value;
  const read = () => (stamp && node.value ? Math.floor(new Date(node.value).getTime() / 1000) : node.value);
  node.addEventListener("input", () => spot.room.remember?.(block.block_id, one.action_id, read()));
  if (["date", "time", "datetime-local"].includes(kind)) node.addEventListener("change", () => pressed(spot, node, read()));
  else if (block.dispatch_action) node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && kind !== "area") { event.preventDefault(); event.stopPropagation(); pressed(spot, node, read()); }
  });
  return node;
}

function local(unix) {
  const when = new Date(Number(unix) * 1000);
  return new Date(when.getTime() - when.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
