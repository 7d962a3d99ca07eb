// Show an answer: rows as a table whose claims are marked as claims, triples as a table, or yes and no; and as files.
// Texts of the data are only ever set as text, never parsed as HTML.

import { curie } from "./text.js";
import { external, shown } from "./names.js";
import { _, numeral } from "./words.js";

const STEP = 200; // rows that are shown at once
const LAYERS = ["fact", "claim"]; // the values of a column that says what a row is
const LONG = 40; // characters of a text that needs a wide column
const DATE = /^[-\d/.?~%]{4,24}$/;
const NUMBER = /#(integer|decimal|double|float)$/;
const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** Return a new element with attributes and children. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Return an icon of the site, from the symbols in the page. */
function icon(names) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  for (const name of names) {
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
  }
  return svg;
}

/** Return a text of the data with its language and direction. */
function words(text, language, pageLanguage) {
  const clean = shown(text);
  const lang = language && language.split("-")[0] !== pageLanguage ? language : undefined;
  if (RIGHT_TO_LEFT.test(clean)) return element("bdi", { lang, dir: "rtl" }, clean);
  return lang ? element("span", { lang }, clean) : document.createTextNode(clean);
}

/** A table of SPARQL Results JSON. */
export class ResultTable {
  /** `options` are {names, prefixes, language, root, hasIris}: `hasIris` shows identifiers instead of names. */
  constructor({ vars, rows }, options) {
    Object.assign(this, { vars, rows, options, count: 0 });
    this.claims = rows.map((row) => claimIn(row, vars, options.names));
    this.isMarked = this.claims.some(Boolean);
    this.layer = vars.find((name) => rows.some((row) => row[name]) && rows.every((row) => !row[name] || LAYERS.includes(row[name].value)));
  }

  /** Return the number of rows with a fact and with a claim. */
  figures() {
    const marked = this.claims.filter(Boolean);
    const facts = marked.filter(({ isFact }) => isFact).length;
    return { facts, claims: marked.length - facts };
  }

  /** Return the table with its first rows, and a button for more. */
  render() {
    const heads = [...(this.isMarked ? [_("Status")] : []), ...this.vars].map((name) => element("th", { scope: "col" }, name));
    this.body = element("tbody");
    const table = element("table", { class: "ans" }, element("caption", { class: "vh" }, _("Answer")), element("thead", {}, element("tr", {}, ...heads)), this.body);
    this.more = element("button", { type: "button" });
    this.more.addEventListener("click", () => {
      const first = this.count;
      this.addRows();
      this.body.rows[first].querySelector("a")?.focus();
    });
    this.addRows();
    const region = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": _("Answer") }, table);
    return [region, this.more];
  }

  addRows() {
    const end = Math.min(this.count + STEP, this.rows.length);
    for (; this.count < end; this.count++) this.body.append(this.row(this.rows[this.count], this.claims[this.count]));
    const rest = this.rows.length - this.count;
    this.more.hidden = !rest;
    this.more.textContent = _("Show more rows: {part} of {count}", { part: numeral(Math.min(rest, STEP)), count: numeral(rest) });
  }

  row(row, claim) {
    const cells = this.isMarked ? [element("td", { class: "st" }, ...(claim ? mark(claim) : []))] : [];
    for (const name of this.vars) {
      const term = row[name];
      const cell = element("td", { "data-l": name }, ...(term ? [this.cell(term)] : []));
      const text = cell.textContent;
      cell.className = NUMBER.test(term?.datatype ?? "") ? "num" : DATE.test(text) ? "nw" : text.length > LONG ? "wide-cell" : "";
      cells.push(cell);
    }
    const isFact = claim ? claim.isFact : row[this.layer]?.value === "fact";
    return element("tr", { class: (claim || row[this.layer]) && (isFact ? "fa" : "cl") }, ...cells);
  }

  cell(term) {
    const { language, names } = this.options;
    if (term.type === "bnode") return element("span", { class: "v" }, `_:${shown(term.value)}`);
    if (term.type === "triple") return this.triple(term.value);
    if (term.type !== "uri") {
      const claim = this.options.names.claimOf(term);
      const text = words(term.value, term["xml:lang"], language);
      return claim && claim.prefix ? element("span", {}, claim.prefix, text) : text;
    }
    const name = names.byIri.get(term.value);
    return name ? this.link(name) : this.foreign(term.value);
  }

  triple({ subject, predicate, object }) {
    const parts = [subject, predicate, object].flatMap((part) => [this.cell(part), " "]);
    return element("span", {}, "<< ", ...parts, ">>");
  }

  link({ iri, href, label, language, claim }) {
    const { prefixes, root, hasIris } = this.options;
    const identifier = shown(curie(iri, prefixes));
    const text = hasIris || !label ? identifier : words(label, language, this.options.language);
    return element("a", { href: root + href, title: claim ? claim.sentence : identifier }, text);
  }

  foreign(iri) {
    const text = shown(curie(iri, this.options.prefixes)).replace(/^<(.*)>$/, "$1");
    const short = text.length < 100 ? text : `${text.slice(0, 99)}…`;
    return external(iri) ? element("a", { href: iri, rel: "external" }, short) : document.createTextNode(short);
  }
}

/** Return the claim that a row shows: the first that is no fact, else the first (publisher/query/marks.py). */
function claimIn(row, vars, names) {
  const claims = vars.map((name) => row[name] && names.claimOf(row[name])).filter(Boolean);
  return claims.find(({ isFact }) => !isFact) ?? claims[0];
}

/** Return the mark of a fact or claim: icon and word, and the verdict. */
function mark({ word, isFact, icons, verdict }) {
  const kind = element("b", { class: isFact ? "k" : "k c" }, icon(icons), `${word}.`);
  return [kind, " ", element("span", { class: "v" }, verdict || _("Accepted."))];
}

/** Return N-Triples as the rows of a table. */
export function triplesAsRows(text) {
  const vars = ["subject", "predicate", "object"];
  const line = /^(<[^>]*>|_:\S+) (<[^>]*>) (<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?) \.$/;
  const rows = text.split("\n").flatMap((each) => {
    const match = line.exec(each);
    return match ? [Object.fromEntries(vars.map((name, i) => [name, termOf(match[i + 1])]))] : [];
  });
  return { vars, rows };
}

function termOf(term) {
  if (term.startsWith("<")) return { type: "uri", value: unescaped(term.slice(1, -1)) };
  if (term.startsWith("_:")) return { type: "bnode", value: term.slice(2) };
  const [, value, language, datatype] = /^"(.*)"(?:@([\w-]+)|\^\^<([^>]*)>)?$/s.exec(term);
  return { type: "literal", value: unescaped(value), "xml:lang": language, datatype };
}

const ESCAPES = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f", '"': '"', "'": "'", "\\": "\\" };

function unescaped(text) {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_whole, four, eight, one) =>
    one ? ESCAPES[one] : String.fromCodePoint(parseInt(four ?? eight, 16)),
  );
}

/** Return rows as SPARQL 1.1 Query Results CSV. */
export function csv({ vars, rows }) {
  const field = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const text = (term) => (term === undefined ? "" : term.type === "bnode" ? `_:${term.value}` : field(term.value));
  return [vars.join(","), ...rows.map((row) => vars.map((name) => text(row[name])).join(","))].map((line) => `${line}\r\n`).join("");
}
