// The page "SPARQL": it joins the editor, the saved questions, the engine and the answers.

import { picturesOf } from "./columns.js";
import { completer } from "./complete.js";
import { openEditor } from "./editor.js";
import { Engine, QueryFault, Stopped } from "./engine.js";
import { refined } from "./faults.js";
import { fetchJson } from "./fetch.js";
import { Names } from "./names.js";
import { drawNetwork } from "./network.js";
import { csv, element, ResultTable, triplesAsRows } from "./results.js";
import { bind, curie, declare, expand } from "./text.js";
import { drawTimeline } from "./timeline.js";
import { _, ngettext, numeral, pieces, useWords, wordsOfPage } from "./words.js";
import { drawMap } from "./worldmap.js";

const FIRST = `SELECT ?class (COUNT(?thing) AS ?things)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?things) ?class
`;
const MOST_HISTORY = 20;
const WIDE = 700; // pixels from which a time line has its labels beside the bars

const byId = (id) => document.getElementById(id);

class SparqlPage {
  constructor(data, dataset, names) {
    Object.assign(this, { data, dataset, names, question: null, shown: null });
    this.engine = new Engine({
      script: addressOf("browser/worker.js", data.version),
      engine: addressOf("browser/oxigraph.wasm.gz", data.version),
      dump: addressOf(data.dump, data.version),
      digests: data.digests.split(" "),
    });
    this.editor = openEditor(byId("editor"), {
      text: ["# ", _("What is there, and how much of it?"), "\n", FIRST].join(""),
      run: () => this.run(),
      check: (text) => this.engine.check(text, dataset.prefixes).catch(() => null),
      complete: completer(dataset, names),
      change: () => this.showLink(),
    });
    this.fillQuestions();
    byId("run").addEventListener("click", () => this.run());
    byId("stop").addEventListener("click", () => this.engine.stop());
    byId("copy").addEventListener("click", () => this.copyLink());
    byId("identifiers").addEventListener("change", () => this.showAnswer());
    byId("saved").addEventListener("change", ({ target }) => this.choose(target.value));
    addEventListener("hashchange", () => this.openLink());
    this.tellLoading();
    this.openLink();
  }

  async tellLoading() {
    const begin = performance.now();
    this.tell(_("Loading the engine and the data …"));
    try {
      const triples = await this.engine.ready;
      if (!this.isRunning && !this.shown) {
        const loaded = ngettext("{count} triple", "{count} triples", triples);
        this.tell([_("Ready: {triples} loaded in {time}.", { triples: loaded, time: seconds(performance.now() - begin) }), this.remark].filter(Boolean).join(" "));
      }
    } catch (error) {
      if (!(error instanceof Stopped)) this.tell(error.message, true);
    }
  }

  /** Write the status, which a screen reader announces. */
  tell(text, isFault = false) {
    byId("status").textContent = text;
    byId("status").classList.toggle("fault", isFault);
  }

  // --- saved questions ----------------------------------------------------------------------------------------------

  fillQuestions() {
    const groups = Map.groupBy?.(this.dataset.questions, ({ tags }) => tags[0] ?? _("other")) ?? grouped(this.dataset.questions);
    const lists = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([tag, questions]) =>
      element("optgroup", { label: tag }, ...questions.map(({ name, question }) => element("option", { value: name }, question || name))),
    );
    byId("saved").append(element("option", { value: "" }, _("none: a query of your own")), ...lists);
    byId("saved-row").hidden = !this.dataset.questions.length;
  }

  /** Put a saved question into the editor, with values of its parameters. */
  choose(name, values = {}) {
    this.question = this.dataset.questions.find((question) => question.name === name) ?? null;
    byId("saved").value = this.question?.name ?? "";
    byId("about").replaceChildren(...this.description());
    byId("fields").replaceChildren(...(this.question?.parameters ?? []).map((parameter) => this.field(parameter, values[parameter.name] ?? "")));
    byId("parameters").hidden = !this.question?.parameters.length;
    if (!this.question) return;
    this.editor.setText(this.question.text);
    for (const parameter of this.question.parameters) if (values[parameter.name]) this.setParameter(parameter, values[parameter.name]);
    this.tell(this.remark ?? "");
  }

  description() {
    if (!this.question) return [];
    const link = element("a", { href: `queries/${this.question.name}.html` }, _("its page"));
    return [this.question.description, this.question.description ? " " : "", ...pieces(_("See {page}."), { page: link })];
  }

  field({ name, type, description, default: value }, given) {
    const id = `parameter-${name}`;
    const options = { id, name, autocomplete: "off", "aria-describedby": `${id}-note`, placeholder: value ? curie(value.replace(/^<|>$/g, ""), this.dataset.prefixes).replace(/^<(.*)>$/, "$1") : _("any") };
    const input =
      type === "boolean"
        ? element("select", options, ...["", "true", "false"].map((each) => element("option", { value: each }, each || _("any"))))
        : element("input", { ...options, type: type === "date" ? "date" : "text", inputmode: type === "integer" ? "numeric" : undefined, list: type === "iri" ? `${id}-list` : undefined });
    input.value = given;
    const list = element("datalist", { id: `${id}-list` });
    input.addEventListener("input", () => type === "iri" && list.replaceChildren(...this.suggestions(input.value)));
    input.addEventListener("change", () => this.setParameter(this.question.parameters.find((each) => each.name === name), input.value.trim(), input));
    const note = element("span", { id: `${id}-note`, class: "note" }, `${description} (${type})`);
    return element("div", { class: "field" }, element("label", { for: id }, name), input, note, list);
  }

  suggestions(typed) {
    if (typed.trim().length < 2) return [];
    const found = this.names.find(typed, 20, ({ claim }) => !claim);
    return found.map(({ iri, label }) => element("option", { value: curie(iri, this.dataset.prefixes) }, label));
  }

  setParameter(parameter, value, input = byId(`parameter-${parameter.name}`)) {
    const iri = parameter.type === "iri" ? this.iriOf(value) : value;
    const { text, fault } = bind(this.editor.text(), parameter, iri, this.dataset.prefixes);
    input.toggleAttribute("aria-invalid", Boolean(fault));
    if (fault) return this.tell(fault, true);
    this.editor.setText(text);
    this.tell("");
  }

  /** Return the IRI that a reader means: one, a name with a prefix, or the name of a thing. */
  iriOf(value) {
    if (!value || /^</.test(value) || expand(value, this.dataset.prefixes) !== value) return value;
    const same = this.names.all.filter(({ label }) => label.toLowerCase() === value.toLowerCase());
    return same.length === 1 ? same[0].iri : value;
  }

  // --- links --------------------------------------------------------------------------------------------------------

  /** Return the fragment that leads to the query in the editor: by name and parameters where it is a saved one. */
  fragment() {
    const values = Object.fromEntries([...byId("fields").querySelectorAll("[name]")].filter(({ value }) => value).map(({ name, value }) => [name, value.trim()]));
    let text = this.question?.text;
    for (const parameter of this.question?.parameters ?? []) {
      if (values[parameter.name]) text = bind(text, parameter, this.iriOf(values[parameter.name]), this.dataset.prefixes).text ?? text;
    }
    const isSaved = this.question && text === this.editor.text();
    return new URLSearchParams(isSaved ? { name: this.question.name, ...values } : { query: this.editor.text() }).toString();
  }

  showLink() {
    if (this.isOpened) history.replaceState(null, "", `#${this.fragment()}`);
  }

  async copyLink() {
    history.replaceState(null, "", `#${this.fragment()}`);
    try {
      await navigator.clipboard.writeText(location.href);
      this.tell(_("The link to this query is copied."));
    } catch {
      this.tell(_("The address of this page now leads to this query: copy it from there."));
    }
  }

  /** Open the query that the address has. Only a saved one is run: the text of any other is by whoever made the link. */
  openLink() {
    const { name, query, ...values } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    this.isOpened = false;
    this.remark = undefined;
    if (query !== undefined) {
      this.remark = _("The query came with the link and is none of this site: read it, then run it.");
      this.choose("");
      this.editor.setText(query);
      this.tell(this.remark);
    } else if (this.dataset.questions.some((question) => question.name === name)) {
      this.choose(name, values);
      this.run();
    } else if (name) this.tell(_("There is no saved question '{name}'; choose one of the list.", { name }), true);
    this.isOpened = true;
  }

  // --- answers ------------------------------------------------------------------------------------------------------

  async run() {
    if (this.isRunning) return;
    const text = declare(this.editor.text(), this.dataset.prefixes);
    this.editor.setText(text);
    this.setRunning(true);
    this.tell(_("Running …"));
    try {
      this.shown = await this.engine.run(text);
      this.showAnswer();
      this.tell(this.summary());
      this.remember(text, this.summary());
    } catch (error) {
      this.tellFault(error, text);
    } finally {
      this.setRunning(false);
    }
  }

  setRunning(isRunning) {
    this.isRunning = isRunning;
    const focused = document.activeElement;
    byId("run").disabled = isRunning;
    byId("stop").disabled = !isRunning;
    if (focused === byId("run") && isRunning) byId("stop").focus();
    if (focused === byId("stop") && !isRunning) byId("run").focus();
  }

  tellFault(error, text) {
    if (error instanceof Stopped) return this.tell(_("Stopped. The data are loading again; the next query waits for them."));
    if (!(error instanceof QueryFault)) throw error;
    const fault = refined(text, { message: error.message, line: error.line, column: error.column, isSyntax: error.isSyntax });
    const { line, column, message } = fault;
    this.tell(line ? _("Line {line}, column {column}: {message}.", { line, column, message }) : message, true);
    this.editor.show(fault);
    byId("answer").hidden = true;
    this.remember(text, _("an error"));
  }

  summary() {
    const { form, milliseconds, isCut } = this.shown;
    const time = seconds(milliseconds);
    if (form === "ask") {
      const answer = this.shown.body.boolean ? _("Yes") : _("No");
      return _("{answer}, in {time}.", { answer, time });
    }
    const { rows } = this.rows;
    const { facts, claims } = this.table.figures();
    const kinds = [
      facts && ngettext("{count} fact", "{count} facts", facts),
      claims && ngettext("{count} claim", "{count} claims", claims),
    ].filter(Boolean);
    const count = form === "select" ? ngettext("%(count)s row", "%(count)s rows", rows.length) : ngettext("{count} triple", "{count} triples", rows.length);
    const answer = kinds.length ? `${count}: ${kinds.join(_(" and "))}` : count;
    if (isCut) return _("The first {answer}, in {time}. There are more: ask for fewer, or use LIMIT and OFFSET.", { answer, time });
    return _("{answer}, in {time}.", { answer, time });
  }

  showAnswer() {
    if (!this.shown) return;
    const { form, body } = this.shown;
    const nodes = [];
    if (form === "ask") nodes.push(element("p", { class: "big" }, element("strong", {}, body.boolean ? _("Yes.") : _("No."))));
    else {
      this.rows = form === "select" ? { vars: body.head.vars, rows: body.results.bindings } : triplesAsRows(body);
      const options = { names: this.names, prefixes: this.dataset.prefixes, root: "", hasIris: byId("identifiers").checked, language: document.documentElement.lang };
      this.table = new ResultTable(this.rows, options);
      if (this.rows.rows.length) nodes.push(...this.table.render());
      else nodes.push(element("p", {}, _("No rows: nothing in the data matches. That does not say that there is no such thing.")));
    }
    this.pictures = form === "ask" ? [] : picturesOf(this.rows, this.table.claims, this.names, form !== "select");
    this.offerPictures();
    byId("rows").replaceChildren(...nodes);
    byId("files").replaceChildren(...this.files());
    byId("answer").hidden = false;
  }

  // --- pictures -----------------------------------------------------------------------------------------------------

  /** Offer the pictures that the columns of the answer allow; the one that was chosen last is drawn again. */
  offerPictures() {
    const choices = [{ kind: "table", title: _("Table") }, ...this.pictures];
    const chosen = choices.some(({ kind }) => kind === this.view) ? this.view : "table";
    const buttons = choices.map(({ kind, title }) => {
      const radio = element("input", { type: "radio", name: "view", value: kind, checked: kind === chosen });
      radio.addEventListener("change", () => this.showPicture((this.view = kind)));
      return element("label", { class: "check" }, radio, ` ${title}`);
    });
    byId("views").replaceChildren(element("legend", {}, _("Show as")), ...buttons);
    byId("views").hidden = !this.pictures.length;
    this.showPicture(chosen);
  }

  /** Draw a picture above the table, which says the same. */
  async showPicture(kind) {
    const picture = this.pictures.find((each) => each.kind === kind);
    byId("picture").replaceChildren();
    if (!picture) return;
    try {
      const figure = await this.draw(picture);
      if (!this.pictures.includes(picture)) return;
      byId("picture").replaceChildren(figure);
      const frame = figure.querySelector(".scroll");
      frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2; // on a phone the middle says most
    } catch (error) {
      this.tell(_("The picture cannot be drawn: {reason}", { reason: error.message }), true);
    }
  }

  async draw(picture) {
    if (picture.kind === "timeline") return drawTimeline(picture, "", byId("answer").clientWidth >= WIDE);
    if (picture.kind === "network") return drawNetwork(picture, "");
    this.world ??= await fetchJson(addressOf("browser/map.json.gz", this.data.version));
    return drawMap(picture, this.world, "");
  }

  files() {
    const { form, body } = this.shown;
    const json = ["JSON", "json", "application/sparql-results+json", () => JSON.stringify(body)];
    const files = {
      select: [["CSV", "csv", "text/csv", () => csv(this.rows)], json],
      ask: [json],
    }[form] ?? [["N-Triples", "nt", "application/n-triples", () => body]];
    return files.map(([title, extension, type, content]) => {
      const button = element("button", { type: "button" }, _("Save as {format}", { format: title }));
      button.addEventListener("click", () => save(`${this.question?.name ?? "answer"}.${extension}`, type, content()));
      return button;
    });
  }

  remember(text, summary) {
    const entry = element("button", { type: "button" }, firstLine(text));
    entry.addEventListener("click", () => {
      this.choose("");
      this.editor.setText(text);
      this.editor.view.focus();
    });
    byId("past").prepend(element("li", {}, entry, " ", element("span", { class: "v" }, summary)));
    while (byId("past").children.length > MOST_HISTORY) byId("past").lastChild.remove();
    byId("history").hidden = false;
  }
}

function addressOf(path, version) {
  return new URL(`${path}?${version}`, location.href.split("#")[0]).href;
}

function grouped(questions) {
  const groups = new Map();
  for (const question of questions) {
    const tag = question.tags[0] ?? _("other");
    groups.set(tag, [...(groups.get(tag) ?? []), question]);
  }
  return groups;
}

/** Return the line of a query that says most: its summary, or what it selects. */
function firstLine(text) {
  const lines = text.split("\n").map((line) => line.trim());
  const summary = lines.find((line) => line.startsWith("#+ summary:"))?.slice(11);
  return (summary ?? lines.find((line) => line && !/^(#|PREFIX|BASE)/i.test(line)) ?? text).trim().slice(0, 90);
}

function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${numeral(milliseconds / 1000, 1)} s`;
}

function save(name, type, content) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Show the console, or what there is without it; a site may have no saved questions. */
function showConsole(isShown) {
  byId("console").hidden = !isShown;
  for (const id of ["off", "saved-list"]) byId(id)?.toggleAttribute("hidden", isShown);
}

async function open() {
  const off = byId("off");
  useWords(wordsOfPage());
  if (location.protocol === "file:") {
    const message = _("A browser does not let a page from the disk load data. Serve the folder of this site, for example by {command} in it, and open {address}.");
    const [command, address] = ["python3 -m http.server", "http://localhost:8000/sparql.html"].map((code) => element("code", {}, code));
    off.replaceChildren(...pieces(message, { command, address }));
    return;
  }
  const data = byId("console").dataset;
  off.textContent = _("Loading …");
  try {
    const [dataset, names] = await Promise.all(["dataset", "names"].map((name) => fetchJson(addressOf(`browser/${name}.json.gz`, data.version))));
    showConsole(true);
    new SparqlPage(data, dataset, new Names(names));
  } catch (error) {
    showConsole(false);
    off.textContent = error.message;
    throw error;
  }
}

open();
