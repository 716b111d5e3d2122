// What the tests ask of a page that somebody uses by keyboard: where the focus
// is, whether it can be seen there, and whether anything else than a key was used.
// It runs before the scripts of each page.
(() => {
  if (window !== top || window.hands) return;
  let keying = false, count = 0, before = null;
  const ids = new WeakMap();
  const fault = text => { try { sessionStorage.faults = (sessionStorage.faults || "") + text + "\n"; } catch { /* a page without storage */ } };
  const words = e => [...e.childNodes].map(n => n.nodeType === 3 ? n.data : n.matches?.("select, input, textarea, kbd") ? "" : n.nodeType === 1 ? words(n) : "").join("");
  const name = e => (e.getAttribute?.("aria-label") || (e.labels?.[0] && words(e.labels[0])) || words(e) || e.value || e.name || e.tagName || "").trim().replace(/\s+/g, " ");

  // A click that no key made: the page's own script clicks what a key stands for.
  for (const type of ["pointerdown", "mousedown", "touchstart", "wheel"]) addEventListener(type, e => fault(type + " on " + name(e.target)), true);
  addEventListener("keydown", () => { keying = true; }, true);
  addEventListener("keydown", () => { keying = false; }); // after the page's own listeners
  addEventListener("click", e => { if (!e.isTrusted && !keying || e.detail) fault("click on " + name(e.target)); }, true);

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }), colours = new Map();
  const colour = text => {
    if (!colours.has(text)) { pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1); colours.set(text, pen.getImageData(0, 0, 1, 1).data); }
    return colours.get(text);
  };
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor); if (c[3] > 200) return c; } return [255, 255, 255]; };
  // contrast is WCAG's of two colours.
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };

  // ring finds fault with the sign of focus: WCAG 2.4.7, and 1.4.11 for its contrast.
  const ring = (e, style, rect) => {
    const width = parseFloat(style.outlineWidth), offset = parseFloat(style.outlineOffset);
    if (style.outlineStyle === "auto") return ""; // the browser's own
    if (style.outlineStyle === "none" || width < 2) return "has no ring";
    const behind = ground(offset < 0 ? e : e.parentElement), of = contrast(colour(style.outlineColor), behind);
    if (of < 3) return "has a ring of contrast " + of.toFixed(1);
    // What an ancestor cuts off is not seen.
    const out = Math.max(0, width + offset) - 1, box = { left: rect.left - out, right: rect.right + out, top: rect.top - out, bottom: rect.bottom + out };
    for (let p = e.parentElement; p && p !== document.documentElement && p !== document.body; p = p.parentElement) {
      const of = getComputedStyle(p);
      if (of.overflowX === "visible" && of.overflowY === "visible") continue;
      const r = p.getBoundingClientRect();
      const cut = [["left", r.left - box.left], ["right", box.right - r.right], ["top", r.top - box.top], ["bottom", box.bottom - r.bottom]].filter(([, by]) => by > 0);
      if (cut.length) return "has its ring cut off at the " + cut.map(([side]) => side).join(", ") + " by " + (p.id || p.className || p.tagName);
    }
    return "";
  };
  // seen finds fault with what lies over it (WCAG 2.4.11) or outside of the window.
  const seen = (e, rect) => {
    if (rect.width < 1 || rect.height < 1) return "has no size";
    if (rect.top < 0 || rect.left < 0 || rect.top > innerHeight - 4 || rect.left > innerWidth - 4) return "is out of sight";
    const x = Math.min(rect.left + rect.width / 2, innerWidth - 1), y = Math.min(rect.top + rect.height / 2, innerHeight - 1), over = document.elementFromPoint(x, y);
    if (over && !e.contains(over) && !over.contains(e)) return "is hidden under " + (over.id || over.className || over.tagName);
    return "";
  };
  // order finds fault with a step that goes back up the page.
  const order = (e, rect) => {
    const at = { e, top: rect.top + scrollY, bottom: rect.bottom + scrollY, left: rect.left }, last = before;
    before = e.closest(".side, .top") ? null : at;
    if (e.tabIndex > 0) return "has a place of its own in the order";
    if (!last?.e.isConnected || !before || !(last.e.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) return "";
    return at.bottom < last.top && at.left <= last.left ? "comes after what stands below it, " + name(last.e) : "";
  };

  window.hands = {
    // focused says what has the focus, "" when nothing has, and what is wrong with it.
    focused: (forward = true) => {
      const e = document.activeElement;
      if (!e || e === document.body || e === document.documentElement) return { id: 0, name: "", faults: [] };
      if (!ids.has(e)) ids.set(e, ++count);
      const rect = e.getClientRects()[0] || e.getBoundingClientRect(), style = getComputedStyle(e);
      return { id: ids.get(e), name: name(e), faults: [ring(e, style, rect), seen(e, rect), forward ? order(e, rect) : ""].filter(x => x) };
    },
    // is says whether the focus is on what is looked for: a selector, or its name.
    is: what => hands.fits(document.activeElement, what),
    fits: (e, what) => /^([#.[]|(h1|main) )/.test(what) ? e.matches(what) : name(e) === what,
    // stands says whether it is there; inside, whether it is in the page and not in what stands around.
    stands: what => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].some(e => hands.fits(e, what) && e.checkVisibility()),
    inside: what => [...document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")].some(e => hands.fits(e, what)),
    faults: () => { try { return sessionStorage.faults || ""; } catch { return ""; } },
  };
})();
