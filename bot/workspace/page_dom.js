// Small tools: elements are built from text nodes alone, never from markup.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "data") for (const [name, one] of Object.entries(value)) { if (one !== undefined) node.dataset[name] = one; }
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

export async function post(act, body) {
  try {
    const got = await fetch(`/workspace/${act}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await got.json();
  } catch {
    return { ok: false, error: "offline", shown: "The workspace cannot be reached.", errors: {} };
  }
}

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled])";

// Keeps Tab inside a dialog and gives Escape to `leave`.
export function trap(node, leave) {
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (event.key === "Tab") {
      const inside = [...node.querySelectorAll(FOCUSABLE)].filter((one) => one.offsetParent !== null);
      if (!inside.length) return;
      const first = inside[0], last = inside[inside.length - 1];
      if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
      else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
    }
  });
}

// A question before a dangerous press; resolves to true or false.
export function confirmed(confirm, words) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const before = document.activeElement;
    const done = (answer) => { shade.remove(); before?.focus?.(); resolve(answer); };
    const danger = confirm.style === "danger";
    const yes = el("button", { class: danger ? "btn danger-fill" : "btn primary", type: "button", data: { confirm: "yes" }, onclick: () => done(true) }, words(confirm.confirm));
    const no = el("button", { class: "btn", type: "button", data: { confirm: "no" }, onclick: () => done(false) }, words(confirm.deny));
    const box = el("div", { class: "dialog small", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      el("header", { class: "dialog-head" }, el("h2", { id: "confirm-title" }, words(confirm.title))),
      el("div", { class: "dialog-body", id: "confirm-text" }, words(confirm.text)),
      el("footer", { class: "dialog-foot" }, no, yes));
    const shade = el("div", { class: "shade top", onclick: (event) => { if (event.target === shade) done(false); } }, box);
    trap(shade, () => done(false));
    document.getElementById("layer").append(shade);
    yes.focus();
  });
}

// A list that drops down from a button: items are {label, detail, run}.
export function menu(button, items, label) {
  document.querySelector(".menu")?.remove();
  const close = () => { box.remove(); document.removeEventListener("pointerdown", outside, true); button.setAttribute("aria-expanded", "false"); };
  const outside = (event) => { if (!box.contains(event.target)) close(); };
  const box = el("div", { class: "menu", role: "menu", "aria-label": label }, items.map((item) =>
    el("button", { class: "menu-item", role: "menuitem", type: "button", data: { value: item.value }, onclick: () => { close(); button.focus(); item.run(); } },
      el("span", {}, item.label), item.detail ? el("small", {}, item.detail) : null)));
  box.addEventListener("keydown", (event) => {
    const all = [...box.children], at = all.indexOf(document.activeElement);
    if (event.key === "Escape") { event.stopPropagation(); close(); button.focus(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); all[(at + 1) % all.length].focus(); }
    else if (event.key === "ArrowUp") { event.preventDefault(); all[(at - 1 + all.length) % all.length].focus(); }
    else if (event.key === "Tab") close();
  });
  document.getElementById("layer").append(box);
  const place = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(place.left, window.innerWidth - box.offsetWidth - 8));
  const below = place.bottom + 4 + box.offsetHeight < window.innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${below ? place.bottom + 4 : Math.max(8, place.top - 4 - box.offsetHeight)}px`;
  button.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  box.firstElementChild?.focus();
}
