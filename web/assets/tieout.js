// The whole script of Tieout. Every page works without it; it adds three things:
//   <section id="x" data-live="books connections">  is fetched again when one of these has changed
//   <form data-swap="x">  is sent in place, and the element x of the answer swapped in
//   keys: "?" shows them. <a data-key="g h">, <button data-key="u">, rows in [data-rows], each with an id or a link
"use strict";
const frame = document.documentElement;
const header = "X-Fragment";

// reach lets keys scroll a table that is wider than its place and has nothing in it
// to go to.
const reach = () => {
  for (const e of document.querySelectorAll(".scroll")) {
    const wide = e.scrollWidth > e.clientWidth && !e.querySelector("a, button, input");
    for (const [name, text] of [["tabindex", "0"], ["role", "region"], ["aria-label", e.querySelector("caption")?.textContent || "Table"]])
      if (wide) e.setAttribute(name, text); else e.removeAttribute(name);
  }
};
addEventListener("resize", reach);
addEventListener("toggle", reach, true);
reach();

// stops are what the focus goes to; rows are what j and k go through.
const stops = e => [...e.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
const rows = within => [...within.querySelectorAll("[data-rows] > *")].filter(r => r.querySelector("a, button"));
// called tells a row from others: by its id, or by where it leads.
const called = row => row?.id || row?.querySelector("a[href]")?.getAttribute("href");
// typed are the fields that somebody has changed, by what they are called.
const typed = e => [...e.querySelectorAll("input, textarea, select")].filter(f => !/^(hidden|checkbox|radio|password)$/.test(f.type));
const given = f => f.defaultValue ?? ([...f.options].find(o => o.defaultSelected) || f.options[0])?.value;
const field = f => [f.id, f.name, called(f.closest("[data-rows] > *")), f.form?.getAttribute("action"), f.form?.elements.id?.value].join(" ");
let place = -1; // where the row was that has gone, so that j goes on from there

// carry takes what somebody is doing from an element to the one that comes in its
// place: the focus, the row, what is typed, ticked, open and scrolled to. After
// an answer of the person's own the next row has its turn.
const carry = (old, now, answered) => {
  const open = [...old.querySelectorAll("details[open][id]")].map(d => d.id);
  const ticked = [...old.querySelectorAll("input[type=checkbox]:checked")].map(i => i.name + " " + i.value);
  const words = new Map(typed(old).filter(f => f.value !== given(f)).map(f => [field(f), f.value]));
  const across = [...old.querySelectorAll(".scroll")].map(e => e.scrollLeft);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const row = focused?.closest("[data-rows] > *") || old.querySelector("[data-rows] > [aria-current=true]");
  const at = rows(old).indexOf(row), within = focused && stops(row?.contains(focused) ? row : old).indexOf(focused);
  return () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const box of now.querySelectorAll("input[type=checkbox]")) box.checked ||= ticked.includes(box.name + " " + box.value);
    if (!answered) for (const f of typed(now)) if (words.has(field(f))) f.value = words.get(field(f));
    now.querySelectorAll(".scroll").forEach((e, i) => { e.scrollLeft = across[i] || 0; });
    const all = rows(now), mark = called(row), same = mark && all.find(r => called(r) === mark), next = all[Math.min(at, all.length - 1)];
    if (row && !same) place = at;
    if (row?.getAttribute("aria-current") === "true") (same || (answered && next))?.setAttribute("aria-current", "true");
    if (!focused) return;
    // Never another row's button: who presses Enter means the row that was there.
    const to = (focused.id && document.getElementById(focused.id)) || (row ? (same ? stops(same)[within] : next?.querySelector("a[href]")) : stops(now)[within]);
    if (!to) now.tabIndex = -1;
    (to || now).focus({ preventScroll: !answered });
  };
};

// swap puts an element's new text in place of the old one.
const shown = new Map();
const swap = (id, html, answered) => {
  const old = document.getElementById(id);
  if (!old) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild, text = fresh?.outerHTML;
  if (!fresh || (shown.get(id) || old.outerHTML) === text) return;
  shown.set(id, text);
  const now = document.importNode(fresh, true), back = carry(old, now, answered);
  old.replaceWith(now);
  back();
  now.classList.add("renewed");
  reach();
};

// load fetches one element of a page.
const load = async (url, id, options = {}) => {
  const answer = await fetch(url, { ...options, headers: { ...options.headers, [header]: id }, credentials: "same-origin" });
  if (answer.status === 401) { location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search)); return; }
  if (answer.headers.get(header) === id) swap(id, await answer.text(), !!options.method);
  else if (options.method && !answer.redirected) throw new Error(answer.status); // it was refused: the browser asks again and shows why
  else location.assign(answer.url); // another page, or an error: show it whole
};

// ---- Live: the server says "this changed, version n"; we fetch what differs.
const kept = { connections: frame.dataset.connections, books: frame.dataset.books };
const stale = new Set();
let timer = 0, loading = false;
const renew = async () => {
  timer = 0;
  if (loading) return;
  loading = true;
  try {
    for (const id of [...stale]) {
      const element = document.getElementById(id);
      // What somebody is filling in is not taken away.
      if (element?.querySelector("input:focus, textarea:focus, select:focus")) continue;
      stale.delete(id);
      await load(location.href, id).catch(() => stale.add(id));
    }
  } finally {
    loading = false;
    if (stale.size) timer ||= setTimeout(renew, 3000);
  }
};
const changed = versions => {
  const topics = Object.keys(versions).filter(k => versions[k] !== kept[k]);
  Object.assign(kept, versions);
  for (const element of document.querySelectorAll("[data-live]"))
    if (element.dataset.live.split(" ").some(t => topics.includes(t))) stale.add(element.id);
  if (stale.size) timer ||= setTimeout(renew, 150); // a burst is one fetch
};
let stream = null;
const listen = () => {
  // A hidden page holds no connection: browsers give a site only a few.
  if (document.hidden) { stream?.close(); stream = null; return; }
  if (stream || !frame.dataset.books) return;
  stream = new EventSource("/events");
  stream.addEventListener("versions", e => { frame.dataset.online = "yes"; changed(JSON.parse(e.data)); });
  stream.onerror = () => {
    frame.dataset.online = "no";
    if (stream?.readyState === EventSource.CLOSED) { stream = null; setTimeout(listen, 10000); }
  };
};
document.addEventListener("visibilitychange", listen);
listen();

// ---- Forms that answer in place, one at a time.
const busy = new Set();
document.addEventListener("submit", async e => {
  const form = e.target, id = form.dataset.swap;
  if (!id || e.defaultPrevented) return;
  e.preventDefault();
  if (busy.has(id)) return;
  busy.add(id);
  const data = new URLSearchParams(new FormData(form, e.submitter));
  e.submitter?.setAttribute("aria-busy", "true");
  try {
    if (form.method === "get") {
      const url = form.action + "?" + data;
      await load(url, id);
      history.replaceState(null, "", url);
      if (e.submitter && "reveal" in form.dataset) document.getElementById(id)?.scrollIntoView({ block: "nearest" });
    } else await load(form.action, id, { method: "POST", body: data });
  } catch { delete form.dataset.swap; form.requestSubmit(e.submitter); } finally { busy.delete(id); e.submitter?.removeAttribute("aria-busy"); }
});
document.addEventListener("change", e => {
  if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
});

// ---- Keys.
// "g" waits for its letter. How long ago it was pressed is the keys' own time: on a
// busy machine a timer ends before the letter, pressed in time, has come in.
let before = "", pressed = 0;
const waits = 1500;
const move = by => {
  const all = rows(document);
  if (!all.length) return;
  const at = all.findIndex(r => r.getAttribute("aria-current") === "true"), from = at >= 0 ? at + by : place >= 0 ? place + Math.min(by, 0) : 0;
  const to = all[Math.min(Math.max(from, 0), all.length - 1)];
  place = -1;
  all.forEach(r => r.removeAttribute("aria-current"));
  to.setAttribute("aria-current", "true");
  to.querySelector("a, button").focus();
  to.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", e => {
  // The focus stays in a dialog that has closed until the next frame.
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog[open]")) {
    if (e.key === "Escape" && e.target.matches("input")) e.target.blur();
    return;
  }
  const wanted = before && e.timeStamp - pressed < waits ? before + " " + e.key : e.key;
  before = "";
  const current = document.querySelector("[data-rows] > [aria-current=true]");
  const target = current?.querySelector(`[data-key="${CSS.escape(wanted)}"]`) || [...document.querySelectorAll(`[data-key="${CSS.escape(wanted)}"]`)].find(x => !x.closest("[data-rows]"));
  if (target) { e.preventDefault(); if (!e.repeat) target.click(); return; }
  switch (e.key) {
    case "g": before = "g"; pressed = e.timeStamp; break;
    case "/": e.preventDefault(); document.querySelector("input[type=search]")?.focus(); break;
    case "j": move(1); break;
    case "k": move(-1); break;
    case "x": current?.querySelector("input[type=checkbox]")?.click(); break;
    case "?": e.preventDefault(); document.getElementById("keys")?.showModal(); break;
  }
});
document.addEventListener("click", e => {
  if (e.target.matches("[data-show]")) document.getElementById(e.target.dataset.show)?.showModal();
  if (e.target.matches("[data-print]")) print();
});

// On a phone the navigation is one line that scrolls: begin it where one is.
const here = document.querySelector(".side nav [aria-current]"), list = here?.closest("ul");
if (list) list.scrollLeft = here.offsetLeft - list.offsetLeft + (here.offsetWidth - list.clientWidth) / 2;
