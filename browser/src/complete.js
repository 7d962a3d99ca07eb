// Complete prefixes, variables, classes, properties and things in a query, by the place at which they stand.

import { curie, expand, tokenize } from "./text.js";
import { folded } from "./names.js";
import { numeral } from "./words.js";

const MOST = 40; // options that are shown
const TYPE = ["a", "rdf:type", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"];
const WORDS = "SELECT DISTINCT WHERE OPTIONAL FILTER VALUES UNION MINUS BIND GRAPH ORDER BY GROUP BY HAVING LIMIT OFFSET COUNT EXISTS NOT PREFIX ASK CONSTRUCT DESCRIBE LANG LANGMATCHES STR REGEX CONTAINS COALESCE BOUND".split(" ");
const TERMS = ["iri", "name", "variable", "string"];

/**
 * Return what stands at an offset of a query: {place, predicate, subject, classes}.
 *
 * `place` is "subject", "predicate", "object", "prefix" or "other"; `classes` are the classes that the query states
 * anywhere for each subject, as they are written.
 */
export function contextAt(text, offset) {
  const classes = new Map();
  let state = { place: "other" };
  let context = null;
  const stack = [];
  let blank = 0;
  for (const { kind, text: word, from } of tokenize(text)) {
    if (from >= offset) context ??= { ...state };
    if (kind === "mark") {
      if (word === "{") {
        stack.push(state);
        state = { place: state.place === "values" ? "value" : "subject" };
      } else if (word === "[") {
        stack.push(state);
        state = { place: "predicate", subject: `[${blank++}` };
      } else if (word === "(") {
        stack.push(state);
        state = { place: state.place === "object" ? "value" : "other" };
      } else if ("}])".includes(word)) {
        state = stack.pop() ?? { place: "other" };
        if (word === "]" && state.place === "subject") state = { place: "predicate", subject: `[${blank - 1}` };
        else if (word === "}") state = { place: stack.length ? "subject" : "other" };
        else if (state.place === "object") state = { ...state, place: "after" };
      } else if (word === "." && state.place !== "other") state = { place: "subject" };
      else if (word === ";") state = { ...state, place: "predicate" };
      else if (word === ",") state = { ...state, place: "object" };
      else if ("/|^!".includes(word) && state.place === "object") state = { ...state, place: "predicate" };
    } else if (state.place === "prefix") {
      if (kind === "iri") state = { place: "other" };
    } else if (kind === "word" && word.toUpperCase() === "PREFIX") state = { place: "prefix" };
    else if (kind === "word" && word.toUpperCase() === "VALUES") state = { ...state, place: "values" };
    else if (kind === "word" && word !== "a" && !/^\d+$/.test(word)) {
      if (state.place !== "other" && state.place !== "values") state = { place: "subject" };
    } else if (TERMS.includes(kind) || word === "a") {
      if (state.place === "subject") state = { place: "predicate", subject: word };
      else if (state.place === "predicate") state = { ...state, place: "object", predicate: word };
      else if (state.place === "object") {
        if (TYPE.includes(state.predicate)) classes.set(state.subject, [...(classes.get(state.subject) ?? []), word]);
        state = { ...state, place: "after" };
      }
    }
  }
  context ??= state;
  return { place: context.place, subject: context.subject, predicate: context.predicate, classes };
}

/** Return a completion source of CodeMirror for a dataset: {prefixes, classes, properties}, and its names. */
export function completer(dataset, names) {
  const properties = dataset.properties.map(([iri, label, count], i) => ({ iri, label, count, i }));
  const classes = dataset.classes.map(([iri, label, count, used]) => ({ iri, label, count, used: new Map(used) }));

  return (context) => {
    const before = context.matchBefore(/[?$]?[\p{L}\p{N}_:.-]*$/u);
    if (!before || (before.from === before.to && !context.explicit)) return null;
    const typed = before.text;
    if (/[\p{L}\p{N}]/u.test(context.state.sliceDoc(before.from - 1, before.from))) return null;
    const text = context.state.doc.toString();
    const { place, subject, predicate, classes: stated } = contextAt(text.slice(0, before.from) + text.slice(before.to), before.from);
    const options = [];
    if (typed.startsWith("?") || typed.startsWith("$") || (!typed && place !== "predicate")) options.push(...variables(text, typed));
    if (place === "prefix") options.push(...declarations(typed));
    else if (place === "predicate") options.push(...terms(properties, typed, inClasses(stated.get(subject) ?? [])));
    else if (place === "object" && TYPE.includes(predicate)) options.push(...terms(classes, typed));
    else if (["subject", "object", "value"].includes(place) && typed.length > 1) options.push(...things(typed));
    else if (place === "other" && typed.includes(":")) options.push(...terms([...classes, ...properties], typed), ...things(typed));
    if (typed && (place === "other" || place === "subject" || place === "after")) options.push(...keywords(typed));
    return options.length ? { from: before.from, options, filter: false } : null;
  };

  /** Return how often things of the classes have each property, by its number; null where no class is known. */
  function inClasses(written) {
    const known = classes.filter(({ iri }) => written.some((word) => iriOf(word) === iri));
    return known.length ? known.reduce((best, each) => (each.used.size < best.used.size ? each : best)).used : null;
  }

  function iriOf(word) {
    return word.startsWith("<") ? word.slice(1, -1) : expand(word, dataset.prefixes);
  }

  function terms(all, typed, used = null) {
    const local = folded(typed.slice(typed.indexOf(":") + 1));
    const prefix = typed.includes(":") ? typed.slice(0, typed.indexOf(":") + 1) : "";
    const options = all.flatMap(({ iri, label, count, i }) => {
      const name = curie(iri, dataset.prefixes);
      const [short, words] = [folded(name.slice(name.indexOf(":") + 1)), folded(label)];
      if (!name.startsWith(prefix)) return [];
      const isStart = short.startsWith(local) || name.startsWith(typed);
      if (!isStart && !short.includes(local) && !` ${words}`.includes(` ${local}`)) return [];
      const here = used?.get(i) ?? 0;
      const detail = `${label === name ? "" : label}  ${numeral(here || count)}×`;
      return [{ label: name, detail, type: all === classes ? "class" : "property", rank: [isStart ? 0 : 1, -here, -count] }];
    });
    return options.sort((one, other) => compare(one.rank, other.rank)).slice(0, MOST);
  }

  function things(typed) {
    return names.find(typed, MOST, ({ claim }) => !claim).map(({ iri, label }) => ({ label: curie(iri, dataset.prefixes), detail: label, type: "variable" }));
  }

  function declarations(typed) {
    return Object.entries(dataset.prefixes).filter(([prefix]) => `${prefix}:`.startsWith(typed)).map(([prefix, iri]) => ({ label: `${prefix}: <${iri}>`, type: "namespace" }));
  }
}

function variables(text, typed) {
  const written = tokenize(text).filter(({ kind, text: name }) => kind === "variable" && name !== typed);
  return [...new Set(written.map(({ text: name }) => name))].filter((name) => name.startsWith(typed)).map((label) => ({ label, type: "variable" }));
}

function keywords(typed) {
  return [...new Set(WORDS)].filter((word) => word.startsWith(typed.toUpperCase()) && typed.length > 1).map((label) => ({ label, type: "keyword" }));
}

function compare(one, other) {
  const i = one.findIndex((value, i) => value !== other[i]);
  return i < 0 ? 0 : one[i] - other[i];
}
