// One message: who, when, its words or blocks, its attachments, files, reactions and thread.

import { blocks } from "/page/page_blocks.js";
import { el, menu, post } from "/page/page_dom.js";
import { emoji } from "/page/page_emoji.js";
import { dated, mrkdwn, words } from "/page/page_mrkdwn.js";

export function avatar(name, bot) {
  const tint = [...name].reduce((sum, one) => (sum * 31 + one.codePointAt(0)) % 6, 0);
  return el("span", { class: bot ? "avatar bot" : `avatar tint${tint}`, "aria-hidden": "true" }, name.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 1).toUpperCase() || "?");
}

// `room`: {me, who(message), openThread(ts), people, channels, shortcuts, inThread}
export function drawMessage(message, channel, room) {
  const who = room.who(message);
  const when = new Date(Number(message.ts.split(".")[0]) * 1000);
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const inside = {
    ...room,
    act: async (one, block, value) => {
      const answer = await post("press", { person: room.me(), channel, ts: message.ts, action_id: one.action_id, block_id: block.block_id, value });
      const said = answer.shown || (answer.ok ? "" : answer.error);
      trouble.textContent = said ? `⚠ ${said}` : "";
      trouble.hidden = !said;
    },
  };
  const node = el("article", { class: message.is_ephemeral ? "message whisper" : "message", data: { ts: message.ts, channel, thread: message.thread_ts } },
    avatar(who.name, who.bot),
    el("div", { class: "message-body" },
      message.is_ephemeral ? el("p", { class: "only" }, "👁 Only visible to you") : null,
      message.subtype === "thread_broadcast" && !room.inThread ? el("button", { class: "reply-of", type: "button", onclick: () => room.openThread(message.thread_ts) }, "replied to a thread") : null,
      el("header", { class: "message-head" },
        el("strong", { class: "name" }, who.name), who.bot ? el("span", { class: "badge" }, "APP") : null,
        el("time", { datetime: when.toISOString(), title: when.toString() }, dated(when, "{time}"))),
      el("div", { class: "content" }, content(message, inside), message.edited && !message.blocks?.length ? edited() : null),
      message.edited && message.blocks?.length ? edited() : null,
      trouble,
      (message.files ?? []).map((one) => el("a", { class: "file", href: one.url_private, target: "_blank", rel: "noopener" }, `📄 ${one.title}`)),
      reactions(message),
      replies(message, room),
      message.is_ephemeral ? el("button", { class: "dismiss", type: "button", data: { dismiss: message.ts }, onclick: () => post("dismiss", { person: room.me(), channel, ts: message.ts }) }, "Dismiss message") : null),
    message.is_ephemeral ? null : tools(message, channel, room, trouble));
  return node;
}

const edited = () => el("span", { class: "edited" }, " (edited)");

function content(message, room) {
  const made = [];
  if (message.blocks?.length) made.push(...blocks(message.blocks, room));
  else if (message.text) made.push(el("div", { class: "b-text" }, mrkdwn(message.text)));
  for (const one of message.attachments ?? []) made.push(attachment(one, room));
  return made;
}

function attachment(one, room) {
  const bar = el("div", { class: "bar", data: { color: one.color } });
  if (/^[0-9a-f]{3,6}$/i.test(one.color ?? "")) bar.style.backgroundColor = `#${one.color}`;
  const inside = one.blocks ? blocks(one.blocks, room) : [
    one.pretext ? el("div", {}, mrkdwn(one.pretext)) : null,
    one.author_name ? el("small", {}, one.author_name) : null,
    one.title ? el("strong", {}, one.title) : null,
    one.text ? el("div", { class: "b-text" }, mrkdwn(one.text)) : null,
    one.fields ? el("div", { class: "b-fields" }, one.fields.map((field) => el("div", { class: "b-field" }, el("strong", {}, field.title), el("br"), mrkdwn(field.value ?? "")))) : null,
    one.footer ? el("small", { class: "footer" }, words({ type: "plain_text", text: one.footer })) : null,
  ];
  return el("div", { class: "attachment" }, bar, el("div", { class: "attachment-body" }, inside.filter(Boolean)));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return el("div", { class: "reactions" }, message.reactions.map((one) => el("span", { class: "reaction" }, `${emoji(one.name) ?? `:${one.name}:`} ${one.count}`)));
}

function replies(message, room) {
  if (room.inThread || !message.reply_count) return null;
  const last = new Date(Number(message.latest_reply.split(".")[0]) * 1000);
  return el("button", { class: "replies", type: "button", data: { openThread: message.ts }, onclick: () => room.openThread(message.ts) },
    el("strong", {}, message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`),
    el("span", {}, `Last reply ${dated(last, "{date_short_pretty} {time}")}`));
}

function tools(message, channel, room, trouble) {
  const buttons = [];
  if (!room.inThread) buttons.push(el("button", { class: "tool", type: "button", "aria-label": "Reply in thread", title: "Reply in thread", onclick: () => room.openThread(message.thread_ts ?? message.ts) }, "💬"));
  const offered = room.shortcuts("message");
  if (offered.length) {
    const more = el("button", { class: "tool", type: "button", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false", title: "More actions" }, "⋮");
    more.addEventListener("click", () => menu(more, offered.map((one) => ({
      label: one.name, detail: one.description, value: one.callback_id,
      run: async () => {
        const answer = await post("shortcut", { person: room.me(), callback_id: one.callback_id, channel, ts: message.ts });
        trouble.textContent = answer.shown ? `⚠ ${answer.shown}` : "";
        trouble.hidden = !answer.shown;
      },
    })), "More actions"));
    buttons.push(more);
  }
  return buttons.length ? el("div", { class: "tools" }, buttons) : null;
}
