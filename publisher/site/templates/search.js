"use strict";
// Search the index that pagefind has made of the pages. A statement that is found is shown whole, with the mark that
// says whether it is a fact or a claim, and leads to its place in the article.
(() => {
  const STEP = 10; // results that are shown at once
  const RANKED = 30; // results that are put in order by their names
  const PASSAGES = 4; // statements of one page
  const AROUND = 12; // words before and after one that is found
  const LONGEST = 60; // words of a statement

  const byId = (id) => document.getElementById(id);
  const [form, input, status, list, kinds, more] = ["search", "q", "status", "results", "kinds", "more"].map(byId);
  const marks = JSON.parse(byId("marks").textContent);
  // The texts of this page in its language, by the English ones; none where that is English.
  const texts = JSON.parse(byId("texts")?.textContent ?? "{}");

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
  const _ = (message, values = {}) => filled(texts[message] ?? message, values);

  function ngettext(one, many, number, values) {
    const form = texts[one]?.[texts[""][number < 200 ? number : 100 + (number % 100)]];
    return filled(form ?? (number === 1 ? one : many), values);
  }

  const EVERYTHING = _("everything");
  const NEGATIVE = _("Fact, negative");
  const FACT = _("Fact");
  let engine = null;
  let results = [];
  let shown = 0;
  let turn = 0; // of the search that was asked for last
  let kind = "";

  function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function icon(names) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("aria-hidden", "true");
    for (const name of names) {
      const use = document.createElementNS(space, "use");
      use.setAttribute("href", `#i-${name}`);
      svg.append(use);
    }
    return svg;
  }

  // Return the words of a page from one number to another, with those that are found marked.
  function words(page, from, to) {
    const pieces = [];
    for (let i = from; i < to; i++) {
      pieces.push(page.found.has(i) ? element("mark", { class: "hit" }, page.words[i]) : page.words[i]);
      if (i + 1 < to) pieces.push(page.space);
    }
    return pieces;
  }

  function excerpt(page, from, to, first) {
    const begin = Math.max(from, Math.min(first - AROUND, to - 2 * AROUND));
    const end = Math.min(to, begin + 2 * AROUND);
    return [begin > from ? "… " : "", ...words(page, begin, end), end < to ? " …" : ""];
  }

  // Return the mark at the head of a statement, such as "Forecast, a denial.", or null for other text.
  function markOf(text) {
    const [head] = text.split(". ", 1);
    const [word, ...others] = head.split(", ");
    const known = marks[word];
    if (!known || head.length > 80 || !text.startsWith(`${head}.`)) return null;
    const isFact = word === FACT;
    const icons = isFact ? [text.startsWith(NEGATIVE) ? "negative" : "fact"] : [known];
    if (!isFact && others.includes(_("a denial"))) icons.push("denial");
    return { head: `${head}.`, isFact, icons };
  }

  // Return a statement, or an entry of a vocabulary, as an item that leads to its place.
  function passage(page, anchor, from, to) {
    const first = [...page.found].find((place) => place >= from && place < to);
    const mark = markOf(page.words.slice(from, to).join(page.space));
    const link = { href: `${page.url}#${anchor}`, class: "go" };
    if (!mark) return element("li", { class: "hit-at" }, element("a", link, ...excerpt(page, from, to, first)));
    const start = from + mark.head.split(" ").length;
    const end = Math.min(to, from + LONGEST);
    const label = element("b", { class: "k" }, icon(mark.icons), mark.head);
    const said = element("a", link, ...words(page, start, end), end < to ? " …" : "");
    return element("li", { class: mark.isFact ? "fact" : "claim" }, element("p", {}, label, " ", said));
  }

  // Return how many of the words that are asked for a text has.
  function score(page, from, to) {
    const text = page.words.slice(from, to).join(page.space).toLocaleLowerCase();
    return page.asked.filter((word) => text.includes(word)).length;
  }

  // Return the places of a page that are found, those with most of the words first: each statement or entry once, with
  // the words up to the next.
  function passages(page) {
    const places = page.anchors.filter(({ element: name, id }) => /^(li|section|h2)$/.test(name) && id);
    places.sort((one, other) => one.location - other.location);
    const found = [];
    places.forEach(({ element: name, id, location }, number) => {
      const end = places[number + 1]?.location ?? page.words.length;
      const isFound = [...page.found].some((place) => place >= location && place < end);
      if (name !== "h2" && isFound) found.push({ id, location, end, score: score(page, location, end) });
    });
    return found.sort((one, other) => other.score - one.score);
  }

  function item(data) {
    const isSegmented = data.raw_content.includes("\u200b");
    const page = {
      url: data.url,
      anchors: data.anchors,
      asked: input.value.trim().toLocaleLowerCase().split(/\s+/),
      words: isSegmented ? data.raw_content.split("\u200b") : data.content.split(/\s+/),
      space: isSegmented ? "" : " ",
      found: new Set(data.locations),
    };
    const [what] = data.filters.kind ?? [""];
    const label = what === _("fact") ? [icon(["fact"]), `${FACT}.`] : [`${what[0].toUpperCase()}${what.slice(1)}.`];
    const head = element(
      "p",
      { class: "found" },
      element("b", { class: what === _("fact") ? "k" : "k plain" }, ...label),
      " ",
      element("a", { href: data.url, class: "go", dir: "auto" }, data.meta.title),
    );
    const node = element("li", {}, head);
    const about = data.meta.description ?? "";
    const read = `${data.meta.title} ${about}`.toLocaleLowerCase();
    const untold = page.asked.find((word) => !read.includes(word));
    if (about) node.append(element("p", { class: "about" }, about));
    const places = passages(page);
    if (places.length) {
      const best = places.slice(0, PASSAGES).map(({ id, location, end }) => passage(page, id, location, end));
      node.append(element("ul", { class: "list" }, ...best));
      const left = places.length - PASSAGES;
      if (left > 0) node.append(element("p", { class: "note" }, _("{number} more on this page", { number: left })));
    } else if (untold && page.found.size) {
      const all = [...page.found];
      const first = all.find((place) => page.words[place].toLocaleLowerCase().includes(untold)) ?? all[0];
      node.append(element("p", { class: "about" }, "“", ...excerpt(page, 0, page.words.length, first), "”"));
    }
    return node;
  }

  async function showMore() {
    const now = turn;
    const data = await Promise.all(results.slice(shown, shown + STEP).map((result) => result.data()));
    if (now !== turn) return;
    list.append(...data.map(item));
    shown += data.length;
    more.hidden = shown >= results.length;
  }

  function showKinds(counts) {
    const known = Object.entries(counts).filter(([name, count]) => count || name === kind);
    known.sort(([one, few], [other, many]) => many - few || one.localeCompare(other));
    const all = known.reduce((sum, [, count]) => sum + count, 0);
    kinds.hidden = known.length < 2;
    kinds.replaceChildren(
      element("legend", {}, _("Only")),
      ...[["", all], ...known].map(([name, count]) => {
        const choice = element("input", { type: "radio", name: "kind", value: name });
        choice.checked = name === kind;
        return element("label", {}, choice, ` ${name || EVERYTHING} `, element("span", { class: "n" }, count));
      }),
    );
  }

  function remember() {
    const parameters = new URLSearchParams();
    if (input.value.trim()) parameters.set("q", input.value.trim());
    if (kind) parameters.set("kind", kind);
    history.replaceState(null, "", `?${parameters}`);
  }

  function show(number, filters) {
    list.replaceChildren();
    shown = 0;
    more.hidden = true;
    const asked = input.value.trim();
    const where = kind ? _(" of the kind “{kind}”", { kind }) : "";
    status.textContent = number
      ? ngettext("{number} page{where} for “{asked}”.", "{number} pages{where} for “{asked}”.", number, { number, where, asked })
      : _("Nothing{where} is found for “{asked}”. Try fewer words, or the beginning of a name.", { where, asked });
    const isFocused = kinds.contains(document.activeElement);
    showKinds(filters);
    if (isFocused) kinds.querySelector(":checked")?.focus();
    return showMore();
  }

  const plain = (word) => word.normalize("NFKD").toLocaleLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

  // Tell whether the words of a page that are found begin as those that are asked for do: for a word that is nowhere,
  // the engine returns words that share a letter or two with it.
  function isMeant(data, asked) {
    const words = data.content.split(/\s+/);
    const found = data.locations.map((place) => plain(words[place] ?? ""));
    const wanted = asked.split(/\s+/).map(plain).filter(Boolean);
    const heads = wanted.map((word) => word.slice(0, Math.max(3, Math.ceil(word.length * 0.6))));
    return data.raw_content.includes("\u200b") || heads.every((head) => found.some((word) => word.includes(head)));
  }

  const spaced = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

  // Return the place of a page among those that are found: first the thing with just that name, then things whose names
  // have all the words, those with few others first, then facts and others in the order of the engine.
  function rank(data, asked) {
    const [title, wanted] = [spaced(data.meta.title ?? ""), spaced(asked)];
    const isFact = data.filters.kind?.[0] === _("fact");
    if (title === wanted) return isFact ? 1 : 0;
    const [words, asking] = [title.split(" "), wanted.split(" ")];
    const isNamed = !isFact && wanted && asking.every((word) => words.some((own) => own.startsWith(word)));
    return isNamed ? 3 - asking.length / words.length : 3;
  }

  // Put the first results in the order of their names; the engine knows words alone.
  async function ranked(found, asked) {
    const first = await Promise.all(found.slice(0, RANKED).map(async (result) => ({ result, place: rank(await result.data(), asked) })));
    return [...first.sort((one, other) => one.place - other.place).map(({ result }) => result), ...found.slice(RANKED)];
  }

  async function load() {
    const loaded = await import("./pagefind/pagefind.js");
    // What a thing is in a line is in its page as well, and does not make it a better result.
    await loaded.options({ ranking: { metaWeights: { title: 5, description: 0 } } });
    await loaded.filters(); // it counts the kinds only where their file is loaded
    return loaded;
  }

  async function search() {
    const now = ++turn;
    const asked = input.value.trim();
    remember();
    if (!asked) {
      list.replaceChildren();
      kinds.hidden = more.hidden = true;
      status.textContent = "";
      return;
    }
    if (location.protocol === "file:") {
      status.textContent = _("From the disk a browser does not let a page read its index. Serve the folder, for example by “python3 -m http.server”, or find things in the index from A to Z.");
      return;
    }
    try {
      engine ??= load();
      const found = await (await engine).search(asked, kind ? { filters: { kind } } : {});
      if (now !== turn) return;
      const first = await found.results[0]?.data();
      if (now !== turn) return;
      const ordered = first && isMeant(first, asked) ? await ranked(found.results, asked) : [];
      if (now !== turn) return;
      results = ordered;
      await show(results.length, results.length ? (found.totalFilters.kind ?? {}) : {});
    } catch (error) {
      engine = null;
      status.textContent = _("The index of the search cannot be read ({reason}). Try again, or use the index from A to Z.", { reason: error.message });
    }
  }

  // The arrow keys go through the field and the links of the results.
  function step(event) {
    const isWithin = event.target === input || list.contains(event.target) || more.contains(event.target);
    if (!isWithin || event.isComposing) return;
    const stops = [input, ...list.querySelectorAll("a.go"), ...(more.hidden ? [] : [more.firstElementChild])];
    const place = stops.indexOf(event.target);
    const next = { ArrowDown: place + 1, ArrowUp: place - 1, Escape: 0 }[event.key];
    if (next === undefined || (event.key === "Escape" && place === 0)) return;
    event.preventDefault();
    stops[Math.min(Math.max(next, 0), stops.length - 1)].focus();
    if (next <= 0) input.select();
  }

  function setUpKey() {
    const box = byId("slash");
    try {
      box.checked = localStorage.getItem("search-key") !== "off";
      box.addEventListener("change", () => localStorage.setItem("search-key", box.checked ? "on" : "off"));
    } catch {
      box.parentElement.hidden = true; // the browser keeps nothing for this site
    }
  }

  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  kinds.addEventListener("change", (event) => {
    kind = event.target.value;
    search();
  });
  more.firstElementChild.addEventListener("click", async () => {
    const place = list.childElementCount;
    await showMore();
    list.children[place]?.querySelector("a.go")?.focus();
  });
  addEventListener("keydown", step);

  setUpKey();
  const parameters = new URLSearchParams(location.search);
  input.value = parameters.get("q") ?? "";
  kind = parameters.get("kind") ?? "";
  input.focus();
  if (input.value) search();
})();
