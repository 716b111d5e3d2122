// Goes through a consent page as a browser without scripts does: reads the
// form, presses a button, and stops where the browser would be sent back.

const unescape = (text) => text.replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n))
  .replace(/&#x([0-9a-f]+);/gi, (_, n) => String.fromCharCode(parseInt(n, 16)))
  .replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

function attributes(tag) {
  const found = {};
  for (const [, name, value] of tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)) found[name] = unescape(value ?? '');
  return found;
}

/** formOf gives the fields of a page's form as a browser would submit them. */
export function formOf(page) {
  const fields = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const a = attributes(tag.slice(6, -1));
    if ((a.type === 'radio' || a.type === 'checkbox') && !('checked' in a)) continue;
    if (a.name) fields.append(a.name, a.value ?? '');
  }
  for (const [, name, options] of page.matchAll(/<select[^>]*\bname="([^"]+)"[^>]*>(.*?)<\/select>/gs)) {
    const chosen = options.match(/<option[^>]*\bselected\b[^>]*>/)?.[0] ?? options.match(/<option[^>]*>/)?.[0];
    if (chosen) fields.append(name, attributes(chosen.slice(7, -1)).value ?? '');
  }
  return fields;
}

/** consent answers the page with a decision and gives the redirect's URL. */
export async function consent(address, decision = 'allow') {
  const shown = await fetch(address);
  const page = await shown.text();
  if (shown.status !== 200) throw new Error(`the consent page answers ${shown.status}: ${page}`);
  if (/<script/i.test(page)) throw new Error('the consent page has a script');
  const fields = formOf(page);
  fields.set('decision', decision);
  const answer = await fetch(shown.url, { method: 'POST', body: fields, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (!location) throw new Error(`consent answers ${answer.status} without a redirect: ${await answer.text()}`);
  return location;
}
