// The page: channels on the left, messages in the middle, a thread on the right. The server's stream keeps it current.

import { el, post } from "/page/page_dom.js";
import { composer } from "/page/page_composer.js";
import { avatar, drawMessage } from "/page/page_message.js";
import { drawViews } from "/page/page_modal.js";
import { dated, naming } from "/page/page_mrkdwn.js";

const $ = (id) => document.getElementById(id);
const world = { team: "", me: localStorage.getItem("person") ?? "", people: [], bot: {}, groups: {}, commands: [], shortcuts: [], channels: [], views: [] };
let open = localStorage.getItem("channel") ?? "";
let thread = "";
let stream = null;

// The channel that is open; before anyone chose, the first in which something was said.
const channel = () =>
  world.channels.find((one) => one.id === open) ?? world.channels.find((one) => one.messages.length) ?? world.channels[0];
const micros = (ts) => { const [a, b] = ts.split("."); return Number(a) * 1e6 + Number(b); };
const person = (id) => world.people.find((one) => one.id === id);

const room = {
  me: () => world.me,
  people: () => world.people.map((one) => ({ value: one.id, text: `${one.real_name} (@${one.name})` })),
  channels: () => world.channels.filter((one) => !one.direct).map((one) => ({ value: one.id, text: `#${one.name}` })),
  shortcuts: (type) => world.shortcuts.filter((one) => one.type === type),
  openThread: (ts) => { thread = ts; drawThread(true); },
  who: (message) => {
    if (message.user === world.bot.id) return { name: world.bot.app, bot: true };
    if (message.user === "USLACKBOT") return { name: "Slackbot", bot: false };
    return { name: person(message.user)?.real_name ?? message.user, bot: false };
  },
};

naming({
  person: (id) => (id === world.bot.id ? world.bot.name : person(id)?.name ?? id),
  channel: (id) => world.channels.find((one) => one.id === id)?.name ?? id,
  group: (id) => world.groups[id] ?? id,
  get me() { return world.me; },
});

// --- what is unread: kept by this browser, for each person and channel

const mark = (id) => `read:${world.me}:${id}`;
const inChannel = (one) => !one.thread_ts || one.thread_ts === one.ts || one.subtype === "thread_broadcast";
const last = (one) => one.messages.filter(inChannel).at(-1)?.ts ?? "0.0";
function read(one) { if (document.visibilityState === "visible") localStorage.setItem(mark(one.id), last(one)); }
function unread(one) {
  const seen = micros(localStorage.getItem(mark(one.id)) ?? "0.0");
  return one.messages.filter((message) => inChannel(message) && message.user !== world.me && micros(message.ts) > seen).length;
}

// --- drawing

function drawSide() {
  const rooms = world.channels.filter((one) => !one.direct);
  const direct = world.channels.find((one) => one.direct);
  const row = (one, label) => {
    const count = one.id === open ? 0 : unread(one);
    return el("button", { class: "row" + (one.id === open ? " on" : "") + (count ? " unread" : ""), type: "button", data: { channel: one.id }, "aria-current": one.id === open ? "page" : null, onclick: () => choose(one.id) },
      label, count ? el("span", { class: "count", "aria-label": `${count} unread` }, count > 99 ? "99+" : String(count)) : null);
  };
  const app = direct ? row(direct, [avatar(world.bot.app ?? "", true), el("span", { class: "label" }, world.bot.app)])
    : el("button", { class: "row", type: "button", data: { channel: "app" }, onclick: home }, avatar(world.bot.app ?? "", true), el("span", { class: "label" }, world.bot.app));
  const held = $("side").contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
  $("side").replaceChildren(
    el("div", { class: "team" }, el("span", { class: "team-mark", "aria-hidden": "true" }, world.team.slice(0, 1).toUpperCase()), el("strong", {}, world.team)),
    el("h2", {}, "Channels"), ...rooms.map((one) => row(one, [el("span", { class: "hash", "aria-hidden": "true" }, "#"), el("span", { class: "label" }, one.name)])),
    el("h2", {}, "App"), app,
    el("div", { class: "spring" }),
    el("h2", { id: "acting" }, "Acting as"),
    el("div", { role: "group", "aria-labelledby": "acting", class: "people" }, world.people.map((one) =>
      el("button", { class: "row person" + (one.id === world.me ? " on" : ""), type: "button", data: { person: one.id }, "aria-pressed": one.id === world.me ? "true" : "false", onclick: () => become(one.id) },
        avatar(one.real_name, false), el("span", { class: "label" }, one.real_name, el("small", {}, one.role))))));
  if (held?.channel) $("side").querySelector(`[data-channel="${held.channel}"]`)?.focus();
  if (held?.person) $("side").querySelector(`[data-person="${held.person}"]`)?.focus();
}

function drawHead() {
  const one = channel();
  if (!one) return;
  $("head").replaceChildren(
    el("button", { class: "tool burger", type: "button", "aria-label": "Channels", onclick: () => drawer(true) }, "☰"),
    el("h1", {}, one.direct ? world.bot.app : [el("span", { class: "hash" }, "# "), one.name]),
    el("span", { class: "as" }, "as ", el("strong", {}, person(world.me)?.real_name ?? "")));
  document.title = `${one.direct ? world.bot.app : "#" + one.name} · ${world.team}`;
}

const near = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;
const down = (list) => { list.scrollTop = list.scrollHeight; };
const jump = () => { $("jump").hidden = near($("list")); };
$("list").addEventListener("scroll", jump);
$("jump").addEventListener("click", () => down($("list")));

// Draws a list of messages, reusing what has not changed, with a line for each day.
function fill(list, messages, place, inThread) {
  const stay = near(list) || !list.childElementCount;
  const old = new Map([...list.children].map((one) => [one.dataset.key, one]));
  const made = [];
  let day = "";
  for (const message of messages) {
    const when = new Date(Number(message.ts.split(".")[0]) * 1000);
    const today = when.toDateString();
    if (today !== day && !inThread) {
      const key = `day ${today}`;
      made.push(old.get(key) ?? el("div", { class: "day", role: "separator", data: { key } }, el("span", {}, dated(when, "{date_pretty}"))));
      day = today;
    }
    const key = `${world.me} ${place} ${JSON.stringify(message)}`;
    const node = old.get(key) ?? drawMessage(message, channel().id, { ...room, inThread });
    node.dataset.key = key;
    made.push(node);
  }
  if (!made.length) made.push(el("p", { class: "empty", data: { key: "empty" } }, "Nothing here yet. Messages appear as they are sent."));
  const held = holding(list);
  const kept = new Set(made);
  [...list.children].forEach((node) => { if (!kept.has(node)) node.remove(); });
  made.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
  if (held && !list.contains(document.activeElement)) held();
  if (stay) down(list);
}

// Where the keyboard is in a list, so that a message drawn anew does not throw it out.
function holding(list) {
  const at = document.activeElement;
  const ts = list.contains(at) && at.closest("[data-ts]")?.dataset.ts;
  if (!ts) return null;
  const action = at.closest("[data-action-id]")?.dataset.actionId;
  return () => {
    const again = list.querySelector(`[data-ts="${ts}"]`);
    const same = action && again?.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
    (same || again?.querySelector("button") || list).focus({ preventScroll: true });
  };
}

function drawList() {
  const one = channel();
  if (!one) return;
  fill($("list"), one.messages.filter(inChannel), one.id, false);
  jump();
  read(one);
}

function drawThread(anew) {
  const root = channel()?.messages.find((one) => one.ts === thread);
  const pane = $("thread");
  pane.hidden = !root;
  document.body.classList.toggle("with-thread", Boolean(root));
  if (!root) { thread = ""; pane.replaceChildren(); return; }
  if (anew || pane.dataset.ts !== thread) {
    pane.dataset.ts = thread;
    pane.replaceChildren(
      el("header", { class: "head" }, el("h2", {}, "Thread", el("small", {}, `#${channel().name}`)),
        el("button", { class: "tool", type: "button", "aria-label": "Close thread", onclick: () => { thread = ""; drawThread(); } }, "×")),
      el("div", { class: "list", id: "thread-list", role: "log", "aria-label": "Replies", tabindex: "0" }),
      composer({ ...words, thread, place: () => "Reply…", sent: () => down($("thread-list")) }));
    pane.querySelector("textarea").focus({ preventScroll: true });
  }
  fill($("thread-list"), channel().messages.filter((one) => one.ts === thread || one.thread_ts === thread), `t${thread}`, true);
}

const words = {
  sent: () => down($("list")),
  me: () => world.me,
  channel: () => channel().id,
  place: () => (channel()?.direct ? `Message ${world.bot.app}` : `Message #${channel()?.name ?? ""}`),
  commands: () => world.commands,
  shortcuts: room.shortcuts,
  people: () => world.people,
  bot: () => ({ name: world.bot.name, real_name: world.bot.app }),
  rooms: () => world.channels.filter((one) => !one.direct),
};

function draw(anew) {
  if (!channel()) return;
  open = channel().id;
  drawHead();
  if (anew) { $("list").replaceChildren(); $("composer").replaceChildren(composer(words)); }
  drawList();
  drawThread(anew);
  drawSide();
  drawViews(world.views, room);
}

// --- what the person does with the page itself

function choose(id) {
  open = id;
  thread = "";
  localStorage.setItem("channel", id);
  drawer(false);
  draw(true);
}

function become(id) {
  localStorage.setItem("person", id);
  world.me = id;
  drawer(false);
  drawViews([], room);
  listen();
}

async function home() {
  const answer = await post("home", { person: world.me });
  await load();
  if (answer.channel) choose(answer.channel);
}

function drawer(on) {
  document.body.classList.toggle("drawer", on);
  $("veil").hidden = !on;
}
$("veil").addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (document.body.classList.contains("drawer")) drawer(false);
  else if (thread) { thread = ""; drawThread(); }
});
// A browser opens only a few connections to one server: a page long out of sight gives its own up until it is seen again.
let idle = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(idle);
  if (document.visibilityState === "hidden") idle = setTimeout(() => { stream?.close(); stream = null; }, 60000);
  else if (!stream) listen();
  if (channel()) { read(channel()); drawSide(); }
});

// --- staying current

async function load() {
  const got = await fetch(`/workspace/state?person=${encodeURIComponent(world.me)}`);
  const before = `${world.me} ${world.team}`;
  Object.assign(world, await got.json());
  draw(`${world.me} ${world.team}` !== before || !$("composer").childElementCount);
}

let loading = false;
const later = [];
const now = (change) => { if (loading) later.push(change); else change(); };

function listen() {
  stream?.close();
  const asked = world.me;
  const mine = stream = new EventSource(`/workspace/stream?person=${encodeURIComponent(world.me)}`);
  const status = (said) => { $("status").textContent = said; $("status").hidden = !said; };
  mine.addEventListener("hello", async () => {
    status("");
    loading = true;
    await load();
    loading = false;
    later.splice(0).forEach((change) => change());
    if (mine !== stream) return;
    if (world.me !== asked) listen();
    else document.body.dataset.live = world.me;
  });
  mine.addEventListener("error", () => { if (mine === stream) { status("Reconnecting…"); delete document.body.dataset.live; } });
  mine.addEventListener("message", (event) => { now(() => changed(JSON.parse(event.data))); });
  mine.addEventListener("gone", (event) => now(() => {
    const { channel: id, ts } = JSON.parse(event.data);
    const one = world.channels.find((each) => each.id === id);
    if (one) one.messages = one.messages.filter((message) => message.ts !== ts);
    draw(false);
  }));
  mine.addEventListener("views", (event) => now(() => { world.views = JSON.parse(event.data).views; drawViews(world.views, room); }));
}

function changed({ channel: id, message }) {
  const one = world.channels.find((each) => each.id === id);
  if (!one) { load(); return; }
  const at = one.messages.findIndex((each) => each.ts === message.ts);
  if (at >= 0) one.messages[at] = message;
  else one.messages = [...one.messages, message].sort((a, b) => micros(a.ts) - micros(b.ts));
  if (id === open) { drawList(); drawThread(false); }
  drawSide();
}

listen();
