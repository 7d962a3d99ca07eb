"use strict";
// "I have the text": find the passages of an article in a text that the reader has, by the first 64 bits of SHA-256,
// and mark them.
// Nothing is sent anywhere. Positions count Unicode characters, as in the data.
(() => {
  const form = document.getElementById("own");
  const result = document.getElementById("own-result");
  const shown = document.getElementById("own-marked");
  const area = document.getElementById("own-text");
  const { passages, digest } = JSON.parse(document.getElementById("passages").textContent);
  // The texts of this page in its language, by the English ones; none where that is English.
  const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
  const _ = (message, values = {}) => (texts[message] ?? message).replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
  const encoder = new TextEncoder();
  const WINDOW = 600; // characters by which a copy may begin earlier or later

  async function sha256(text) {
    const hash = await crypto.subtle.digest("SHA-256", encoder.encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function isAt(characters, start, end, expected) {
    if (start < 0 || end > characters.length) return false;
    return (await sha256(characters.slice(start, end).join(""))).startsWith(expected);
  }

  // Return by how many characters the copy is shifted at a passage: the last shift first, then others near to it.
  async function shiftOf(characters, [start, end, expected], shift, width) {
    if (await isAt(characters, start + shift, end + shift, expected)) return shift;
    for (let by = 1; by <= width; by++) {
      for (const other of [shift - by, shift + by]) {
        if (await isAt(characters, start + other, end + other, expected)) return other;
      }
    }
    return null;
  }

  async function find(characters) {
    const found = [];
    let shift = 0;
    for (const passage of passages) {
      const here = await shiftOf(characters, passage, shift, found.length ? 12 : WINDOW);
      if (here === null) continue;
      shift = here;
      found.push({ start: passage[0] + here, end: passage[1] + here, kind: passage[3], anchor: passage[4] });
    }
    return found;
  }

  function mark(characters, found) {
    const cuts = [...new Set([0, characters.length, ...found.flatMap(({ start, end }) => [start, end])])];
    cuts.sort((one, other) => one - other);
    const pieces = document.createDocumentFragment();
    for (let i = 0; i + 1 < cuts.length; i++) {
      const covering = found.filter(({ start, end }) => start <= cuts[i] && cuts[i + 1] <= end);
      const text = document.createTextNode(characters.slice(cuts[i], cuts[i + 1]).join(""));
      if (!covering.length) {
        pieces.append(text);
        continue;
      }
      const kinds = covering.reduce((all, { kind }) => all | kind, 0);
      const marked = document.createElement("mark");
      const link = document.createElement("a");
      marked.className = ["", "fact", "claim", "both"][kinds];
      link.href = `#${covering[0].anchor}`;
      link.append(text);
      marked.append(link);
      pieces.append(marked);
    }
    shown.replaceChildren(pieces);
    shown.hidden = false;
  }

  async function check() {
    const text = area.value.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
    if (!text.trim()) {
      result.textContent = _("There is no text yet: paste it, or open a file.");
      return;
    }
    if (!globalThis.crypto?.subtle) {
      result.textContent = _("This browser computes digests only on pages that come by https, from localhost or from the disk.");
      return;
    }
    result.textContent = _("Comparing …");
    const characters = Array.from(text);
    const found = await find(characters);
    const whole = (await sha256(text)) === digest || (await sha256(text.trimEnd())) === digest;
    const counts = _("{number} of {count} passages match.", { number: found.length, count: passages.length });
    const same = _("It is the same text, character by character.");
    const other = _("The text as a whole is another edition or copy.");
    result.textContent = `${counts} ${whole ? same : other}`;
    mark(characters, found);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  document.getElementById("own-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    area.value = await file.text();
    check();
  });
})();
