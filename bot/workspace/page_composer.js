// Where people write: plain words and commands, with completion of commands, people and channels.

import { el, menu, post } from "/page/page_dom.js";

// `room`: {me, channel, thread, place, commands, shortcuts, people, bot, rooms}
export function composer(room) {
  const text = el("textarea", { rows: 1, "aria-label": room.place(), placeholder: room.place(), autocomplete: "off", "aria-autocomplete": "list" });
  const offers = el("div", { class: "offers", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const send = el("button", { class: "send", type: "button", "aria-label": "Send", disabled: true }, "➤");
  const note = el("p", { class: "trouble", role: "alert", hidden: true });
  let list = [], at = 0;

  const grow = () => { text.style.height = "auto"; text.style.height = `${Math.min(text.scrollHeight, 180)}px`; };
  const offer = () => {
    list = suggestions(text.value, text.selectionStart, room);
    at = 0;
    paint();
  };
  const paint = () => {
    offers.hidden = !list.length;
    offers.replaceChildren(...list.map((one, i) => el("button", { class: "offer", type: "button", role: "option", tabindex: "-1", "aria-selected": i === at ? "true" : "false", onmousedown: (event) => { event.preventDefault(); take(i); } },
      el("strong", {}, one.label), el("small", {}, one.detail ?? ""))));
  };
  const take = (i) => {
    const one = list[i], end = text.selectionStart;
    text.value = text.value.slice(0, one.from) + one.insert + text.value.slice(end);
    text.selectionStart = text.selectionEnd = one.from + one.insert.length;
    text.focus();
    changed();
  };
  const changed = () => { send.disabled = !text.value.trim(); grow(); offer(); };
  const go = async () => {
    const said = text.value.trim();
    if (!said) return;
    text.value = "";
    changed();
    room.sent?.();
    const body = { person: room.me(), channel: room.channel(), text: said };
    if (room.thread) body.thread_ts = room.thread;
    const answer = await post(/^\/\S/.test(said) ? "command" : "say", body);
    const failed = answer.ok === false && (!/^\/\S/.test(said) || answer.error === "offline");
    note.textContent = failed ? `⚠ ${answer.shown || answer.error}` : "";
    note.hidden = !failed;
    if (failed && !text.value) { text.value = said; changed(); }
  };
  text.addEventListener("input", changed);
  text.addEventListener("blur", () => { offers.hidden = true; });
  text.addEventListener("keydown", (event) => {
    if (!offers.hidden && list.length) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = (at + (event.key === "ArrowDown" ? 1 : list.length - 1)) % list.length;
        paint();
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !list[at].whole)) { event.preventDefault(); take(at); return; }
      if (event.key === "Escape") { event.stopPropagation(); list = []; paint(); return; }
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); go(); }
  });
  send.addEventListener("click", go);
  return el("div", { class: "compose" }, offers, el("div", { class: "compose-box" }, bolt(room), text, send), note);
}

function bolt(room) {
  const offered = room.shortcuts("global");
  if (!offered.length) return null;
  const node = el("button", { class: "tool", type: "button", "aria-label": "Shortcuts", "aria-haspopup": "menu", "aria-expanded": "false", title: "Shortcuts" }, "⚡");
  node.addEventListener("click", () => menu(node, offered.map((one) => ({
    label: one.name, detail: one.description, value: one.callback_id,
    run: () => post("shortcut", { person: room.me(), callback_id: one.callback_id }),
  })), "Shortcuts"));
  return node;
}

function suggestions(text, caret, room) {
  const head = text.slice(0, caret);
  const slash = head.match(/^\/(\S*)$/);
  if (slash) {
    return room.commands().filter((one) => one.command.startsWith(head)).map((one) => ({
      label: one.command, detail: [one.description, one.usage_hint].filter(Boolean).join(" · "), from: 0, insert: `${one.command} `,
      whole: one.command === head,
    }));
  }
  const word = head.match(/^(\/\S+) (\S*)$/);
  if (word) {
    const known = room.commands().find((one) => one.command === word[1]);
    const hints = (known?.usage_hint ?? "").split("|").map((one) => one.trim()).filter((one) => /^[\w-]+/.test(one));
    return hints.filter((one) => word[2] && one.startsWith(word[2]) && one !== word[2]).map((one) => ({ label: one, detail: `${word[1]} ${one}`, from: word[1].length + 1, insert: `${one.match(/^[\w-]+/)[0]} ` }));
  }
  const at = head.match(/(?:^|\s)([@#])([\w.-]*)$/);
  if (!at) return [];
  const from = caret - at[2].length - 1;
  const pool = at[1] === "@" ? [...room.people(), room.bot()] : room.rooms();
  return pool.filter((one) => one.name.startsWith(at[2])).slice(0, 8).map((one) => ({ label: at[1] + one.name, detail: one.real_name ?? "", from, insert: `${at[1]}${one.name} `, whole: one.name === at[2] }));
}
