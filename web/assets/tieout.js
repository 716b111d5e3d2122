// The whole script of Tieout. Every page works without it; it adds three things:
//   <section id="x" data-live="books connections">  is fetched again when one of these has changed
//   <form data-swap="x">  is sent in place, and the element x of the answer swapped in
//   keys: "?" shows them. <a data-key="g h">, <button data-key="u">, rows in [data-rows]
"use strict";
const frame = document.documentElement;
const header = "X-Fragment";

// swap puts an element's new text in place of the old one, and leaves the focus
// where it was.
const swap = (id, html) => {
  const old = document.getElementById(id);
  if (!old) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!fresh || fresh.outerHTML === old.outerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...old.querySelectorAll("a,button,input,select,summary")].indexOf(focused);
  const open = [...old.querySelectorAll("details[open][id]")].map(d => d.id);
  const ticked = [...old.querySelectorAll("input[type=checkbox]:checked")].map(i => i.name + " " + i.value);
  old.replaceWith(document.importNode(fresh, true));
  const now = document.getElementById(id);
  for (const name of open) document.getElementById(name)?.setAttribute("open", "");
  for (const box of now.querySelectorAll("input[type=checkbox]")) box.checked ||= ticked.includes(box.name + " " + box.value);
  if (focused) ((focused.id && document.getElementById(focused.id)) || now.querySelectorAll("a,button,input,select,summary")[place] || now.querySelector("a,button"))?.focus({ preventScroll: true });
  now.classList.add("renewed");
};

// load fetches one element of a page.
const load = async (url, id, options = {}) => {
  const answer = await fetch(url, { ...options, headers: { ...options.headers, [header]: id }, credentials: "same-origin" });
  if (answer.status === 401) { location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search)); return; }
  if (answer.headers.get(header) !== id) { location.assign(answer.url); return; } // another page, or an error: show it whole
  swap(id, await answer.text());
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

// ---- Forms that answer in place.
document.addEventListener("submit", async e => {
  const form = e.target, id = form.dataset.swap;
  if (!id || e.defaultPrevented) return;
  e.preventDefault();
  const data = new URLSearchParams(new FormData(form, e.submitter));
  e.submitter?.setAttribute("aria-busy", "true");
  try {
    if (form.method === "get") {
      const url = form.action + "?" + data;
      await load(url, id);
      history.replaceState(null, "", url);
      if (e.submitter && "reveal" in form.dataset) document.getElementById(id)?.scrollIntoView({ block: "nearest" });
    } else await load(form.action, id, { method: "POST", body: data });
  } catch { form.submit(); } finally { e.submitter?.removeAttribute("aria-busy"); }
});
document.addEventListener("change", e => {
  if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
});

// ---- Keys.
let before = "";
const rows = () => [...document.querySelectorAll("[data-rows] > *")].filter(r => r.querySelector("a, button"));
const move = by => {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex(r => r.getAttribute("aria-current") === "true");
  const to = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  all.forEach(r => r.removeAttribute("aria-current"));
  to.setAttribute("aria-current", "true");
  to.querySelector("a, button").focus();
  to.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, dialog")) {
    if (e.key === "Escape" && e.target.matches("input")) e.target.blur();
    return;
  }
  const wanted = before ? before + " " + e.key : e.key;
  before = "";
  const current = document.querySelector("[data-rows] > [aria-current=true]");
  const target = current?.querySelector(`[data-key="${CSS.escape(wanted)}"]`) || [...document.querySelectorAll(`[data-key="${CSS.escape(wanted)}"]`)].find(x => !x.closest("[data-rows]"));
  if (target) { e.preventDefault(); target.click(); return; }
  switch (e.key) {
    case "g": before = "g"; setTimeout(() => { before = ""; }, 1500); break;
    case "/": e.preventDefault(); document.querySelector("input[type=search]")?.focus(); break;
    case "j": move(1); break;
    case "k": move(-1); break;
    case "?": e.preventDefault(); document.getElementById("keys")?.showModal(); break;
  }
});
document.addEventListener("click", e => {
  if (e.target.matches("[data-show]")) document.getElementById(e.target.dataset.show)?.showModal();
  if (e.target.matches("[data-print]")) print();
});
