// Slack's mrkdwn, text objects and rich text, drawn as nodes.

import { el } from "/page/page_dom.js";
import { emoji, emojied } from "/page/page_emoji.js";

let names = { person: (id) => id, channel: (id) => id, group: (id) => id, me: "" };

export function naming(found) { names = found; }

const decoded = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const INLINE = /<([^<>\n]+)>|`([^`\n]+)`|(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])|(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])|(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])|:([a-z0-9_+-]+):/g;

export function inline(text) {
  const made = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) made.push(decoded(text.slice(at, found.index)));
    const [whole, angle, code, bold, italic, strike, short] = found;
    if (angle !== undefined) made.push(special(angle));
    else if (code !== undefined) made.push(el("code", {}, decoded(code)));
    else if (bold !== undefined) made.push(el("strong", {}, inline(bold)));
    else if (italic !== undefined) made.push(el("em", {}, inline(italic)));
    else if (strike !== undefined) made.push(el("del", {}, inline(strike)));
    else made.push(emoji(short) ? el("span", { class: "emoji", role: "img", "aria-label": short.replaceAll("_", " ") }, emoji(short)) : whole);
    at = found.index + whole.length;
  }
  if (at < text.length) made.push(decoded(text.slice(at)));
  return made;
}

function special(inside) {
  const [target, ...rest] = inside.split("|");
  const label = rest.join("|");
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return el("span", { class: "mention" }, "#" + (label || names.channel(target.slice(1))));
  if (target.startsWith("!date^")) return moment(target, label);
  if (target.startsWith("!subteam^")) return el("span", { class: "mention" }, "@" + (label.replace(/^@/, "") || names.group(target.slice(9))));
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, "@" + (label || target.slice(1)));
  return link(decoded(target), decoded(label || target));
}

function mention(id) {
  return el("span", { class: id === names.me ? "mention loud" : "mention" }, "@" + names.person(id));
}

export function link(target, ...label) {
  if (!/^(https?:|mailto:)/i.test(target)) return el("span", {}, label);
  return el("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label);
}

function moment(target, fallback) {
  const [, unix, format, url] = target.split("^");
  const when = new Date(Number(unix) * 1000);
  if (!format || Number.isNaN(when.getTime())) return decoded(fallback);
  const said = dated(when, decoded(format));
  const node = el("time", { datetime: when.toISOString(), title: when.toString() }, said);
  return url ? link(url, node) : node;
}

export function dated(when, format) {
  const show = (options) => new Intl.DateTimeFormat("en-GB", options).format(when);
  const day = (one) => new Date(one.getFullYear(), one.getMonth(), one.getDate()).getTime();
  const apart = Math.round((day(when) - day(new Date())) / 86400000);
  const near = { 0: "today", 1: "tomorrow", [-1]: "yesterday" }[apart];
  const kinds = {
    date_num: `${when.getFullYear()}-${String(when.getMonth() + 1).padStart(2, "0")}-${String(when.getDate()).padStart(2, "0")}`,
    date: show({ day: "numeric", month: "long", year: "numeric" }),
    date_short: show({ day: "numeric", month: "short", year: "numeric" }),
    date_long: show({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    time: show({ hour: "2-digit", minute: "2-digit" }),
    time_secs: show({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: ago(when),
  };
  for (const key of ["date", "date_short", "date_long"]) kinds[key + "_pretty"] = near ?? kinds[key];
  return format.replace(/\{(\w+)\}/g, (whole, key) => kinds[key] ?? whole);
}

function ago(when) {
  const minutes = Math.round((when.getTime() - Date.now()) / 60000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  if (Math.abs(minutes) < 1440) return words.format(Math.round(minutes / 60), "hour");
  return words.format(Math.round(minutes / 1440), "day");
}

// A whole mrkdwn text: code blocks, quotes, bullet lines, plain lines.
export function mrkdwn(text) {
  const made = [];
  text.split(/```\n?([\s\S]*?)\n?```/).forEach((part, i) => {
    if (i % 2) made.push(el("pre", {}, el("code", {}, decoded(part.replace(/<([^<>|]+)(\|([^<>]*))?>/g, (_, url, __, label) => label || url)))));
    else if (part.trim()) made.push(...lines(part.replace(/^\n|\n$/g, "")));
  });
  return made;
}

function lines(text) {
  const made = [];
  let quote = null;
  text.split("\n").forEach((line, i, all) => {
    const quoted = line.match(/^(?:>|&gt;) ?(.*)$/);
    const bullet = line.match(/^(\s*)[•◦▪] (.*)$/);
    if (quoted) {
      if (!quote) made.push(quote = el("blockquote", {}));
      else quote.append(el("br"));
      quote.append(...inline(quoted[1]));
      return;
    }
    quote = null;
    if (bullet) made.push(el("div", { class: bullet[1].length > 1 ? "bullet deep" : "bullet" }, inline(bullet[2])));
    else {
      made.push(...inline(line));
      if (i < all.length - 1 && !/^(?:>|&gt;|\s*[•◦▪] )/.test(all[i + 1])) made.push(el("br"));
    }
  });
  return made;
}

// A text object.
export function words(object) {
  if (!object) return [];
  if (typeof object === "string") return mrkdwn(object);
  if (object.type === "plain_text") return [object.emoji === false ? object.text : emojied(object.text)];
  return mrkdwn(object.text);
}

// The `markdown` block: what of Markdown bots really send.
export function markdown(text) {
  const slackish = text
    .replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one])
    .replace(/^&gt; /gm, "> ")
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>")
    .replace(/(?<!\*)\*(?!\s|\*)([^*\n]+?)\*(?!\*)/g, "_$1_")
    .replace(/\*\*([^*\n]+?)\*\*/g, "*$1*")
    .replace(/~~([^~\n]+?)~~/g, "~$1~")
    .replace(/^#{1,6} +(.+)$/gm, "*$1*")
    .replace(/^(\s*)[-*+] /gm, "$1• ");
  return mrkdwn(slackish);
}

export function richText(block) {
  return block.elements.map((part) => {
    if (part.type === "rich_text_list") {
      return el(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((one) => el("li", {}, one.elements.map(leaf))));
    }
    const tag = { rich_text_preformatted: "pre", rich_text_quote: "blockquote" }[part.type] ?? "div";
    return el(tag, {}, part.elements.map(leaf));
  });
}

function leaf(one) {
  const kinds = {
    text: () => one.text,
    link: () => link(one.url, one.text || one.url),
    emoji: () => emoji(one.name) ?? `:${one.name}:`,
    user: () => mention(one.user_id),
    channel: () => el("span", { class: "mention" }, "#" + names.channel(one.channel_id)),
    usergroup: () => el("span", { class: "mention" }, "@" + names.group(one.usergroup_id)),
    broadcast: () => el("span", { class: "mention loud" }, "@" + one.range),
    date: () => dated(new Date(one.timestamp * 1000), one.format ?? "{date_short} {time}"),
    color: () => one.value,
  };
  let node = kinds[one.type]?.() ?? "";
  for (const [style, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "del"], ["code", "code"]]) {
    if (one.style?.[style]) node = el(tag, {}, node);
  }
  return node;
}
