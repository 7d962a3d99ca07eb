// The text of SPARQL 1.1 queries, without a parser: tokens, places, prefixes, parameters, limits.
// The counterparts in Python are publisher/rdf/sparql.py and publisher/query/parameters.py.

import { _ } from "./words.js";

// Terminals of SPARQL 1.1, section 19.8. "<" begins an IRI wherever one can stand: the longest match wins.
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>#[^\n\r]*)`,
    String.raw`(?<iri><[^<>"{}|^\x60\\\x00-\x20]*>)`,
    String.raw`(?<string>"{3}(?:[^"\\]|\\.|"(?!""))*"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]+)`,
    String.raw`(?<name>(?:[\p{L}\p{N}_][\p{L}\p{N}_.-]*)?:[\p{L}\p{N}_.:%-]*)`,
    String.raw`(?<word>[\p{L}\p{N}_]+)`,
    String.raw`(?<mark>\S)`,
  ].join("|"),
  "gsu",
);

/** Return the tokens of a query without its comments: {kind, text, from, to}. */
export function tokenize(text) {
  const tokens = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    if (kind !== "comment") tokens.push({ kind, text: match[0], from: match.index, to: match.index + match[0].length });
  }
  return tokens;
}

/** Return {line, column} of an offset, both from 1; columns count Unicode characters, as Oxigraph does. */
export function placeOf(text, offset) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: Array.from(before.at(-1)).length + 1 };
}

/** Return the offset of a line and a column, both from 1. */
export function offsetOf(text, line, column) {
  const lines = text.split("\n");
  if (line > lines.length) return text.length;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return start + Array.from(lines[line - 1]).slice(0, column - 1).join("").length;
}

/** Return the prefixes that a query declares. */
export function declaredPrefixes(text) {
  const tokens = tokenize(text);
  const prefixes = {};
  for (let i = 0; i + 2 < tokens.length; i++) {
    const [word, name, iri] = tokens.slice(i, i + 3);
    if (word.text.toLowerCase() === "prefix" && name.kind === "name" && iri.kind === "iri") {
      prefixes[name.text.slice(0, -1)] = iri.text.slice(1, -1);
    }
  }
  return prefixes;
}

/** Return the tokens that use a prefix that the query does not declare. */
export function undeclared(text) {
  const declared = declaredPrefixes(text);
  return tokenize(text).filter(({ kind, text: name }) => {
    const prefix = name.slice(0, name.indexOf(":"));
    return kind === "name" && prefix !== "_" && !Object.hasOwn(declared, prefix);
  });
}

/** Return the lines to add to a query so that it declares the known prefixes that it uses, and where: {at, lines}. */
export function missingDeclarations(text, prefixes) {
  const names = undeclared(text).map((token) => token.text.slice(0, token.text.indexOf(":")));
  const known = [...new Set(names)].filter((prefix) => Object.hasOwn(prefixes, prefix)).sort();
  const first = tokenize(text)[0]?.from ?? 0;
  return { at: text.lastIndexOf("\n", first - 1) + 1, lines: known.map((prefix) => `PREFIX ${prefix}: <${prefixes[prefix]}>\n`) };
}

/** Return the query with a declaration of each known prefix that it uses. */
export function declare(text, prefixes) {
  const { at, lines } = missingDeclarations(text, prefixes);
  return text.slice(0, at) + lines.join("") + text.slice(at);
}

const FORMS = ["select", "ask", "construct", "describe"];
const UPDATES = ["insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"];

/** Return {form} of a query, or {fault, token} for what is no query: its first word after the prologue decides. */
export function formOf(text) {
  for (const token of tokenize(text)) {
    const word = token.text.toLowerCase();
    if (token.kind !== "word" || word === "prefix" || word === "base") continue;
    if (FORMS.includes(word)) return { form: word };
    const fault = UPDATES.includes(word)
      ? _("{word} is SPARQL Update; only queries are run here", { word: word.toUpperCase() })
      : _("expected {expected}, found '{found}'", { expected: FORMS.join(", ").toUpperCase(), found: token.text });
    return { fault, token };
  }
  return { fault: _("there is no query in it") };
}

/**
 * Return a SELECT query that has at most `most` rows: with a LIMIT before a VALUES clause at its end, if any.
 * A query that has a LIMIT of its own stays as it is, unless that is greater.
 */
export function limited(text, most) {
  const tokens = tokenize(text);
  let depth = 0;
  let group = -1; // the token that closes the pattern
  tokens.forEach((token, i) => {
    if (token.kind !== "mark") return;
    if ("{(".includes(token.text)) depth += 1;
    if ("})".includes(token.text)) depth -= 1;
    if (token.text === "}" && depth === 0 && group < 0) group = i;
  });
  if (group < 0) return text;
  depth = 0;
  let end = text.length;
  for (let i = group + 1; i < tokens.length; i++) {
    const { kind, text: word, from, to } = tokens[i];
    if (kind === "mark" && "{(".includes(word)) depth += 1;
    if (kind === "mark" && "})".includes(word)) depth -= 1;
    if (depth || kind !== "word") continue;
    if (word.toUpperCase() === "LIMIT") {
      const { text: number, from, to } = tokens[i + 1] ?? {};
      return Number(number) > most ? `${text.slice(0, from)}${most}${text.slice(to)}` : text;
    }
    if (word.toUpperCase() === "VALUES") {
      end = from;
      break;
    }
  }
  return `${text.slice(0, end)}\nLIMIT ${most}\n${text.slice(end)}`; // the line before may end in a comment
}

// --- parameters ---------------------------------------------------------------------------------------------------

/** Return [from, to] of the value of a parameter, between the braces of `VALUES ?name { … }`; null without one. */
export function valueSpan(text, name) {
  const tokens = tokenize(text);
  const found = tokens.flatMap((word, i) => {
    const [variable, brace] = tokens.slice(i + 1, i + 3);
    const isClause = word.text.toUpperCase() === "VALUES" && brace?.text === "{";
    return isClause && [`?${name}`, `$${name}`].includes(variable.text) ? [i + 2] : [];
  });
  if (found.length !== 1) return null;
  const end = tokens.slice(found[0]).find((token) => token.text === "}");
  return [tokens[found[0]].to, end?.from ?? text.length];
}

const LITERALS = {
  boolean: [/^(true|false)$/, () => _("true or false")],
  integer: [/^[+-]?\d+$/, () => _("a whole number such as 20")],
  decimal: [/^[+-]?(\d+(\.\d*)?|\.\d+)$/, () => _("a number such as 70.5")],
  date: [/^\d{4}-\d\d-\d\d$/, () => _("a date such as 2018-11-19")],
};
const XSD = "http://www.w3.org/2001/XMLSchema#";
const IRI = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/|urn:)[^<>"{}|^`\\\x00-\x20]+$/;

/** Return a value as a SPARQL term of the type of a parameter: {term}, or what was expected: {expected}. */
export function termOf(type, value, prefixes) {
  if (type === "string") return { term: JSON.stringify(value).replace(/[\u2028\u2029\x7f]/g, escapeCharacter) };
  if (type === "iri") {
    const bare = /^<.*>$/.test(value) ? value.slice(1, -1) : expand(value, prefixes);
    return IRI.test(bare) ? { term: `<${bare}>` } : { expected: _("an IRI, a name with a prefix, or a name of a thing") };
  }
  const [pattern, expected] = LITERALS[type];
  const isReal = pattern.test(value) && (type !== "date" || isDay(value));
  return isReal ? { term: `"${value}"^^<${XSD}${type}>` } : { expected: expected() };
}

function escapeCharacter(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isDay(text) {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Return the IRI of a name with a known prefix, anything else as it is. */
export function expand(name, prefixes) {
  const colon = name.indexOf(":");
  const prefix = name.slice(0, Math.max(colon, 0));
  return colon >= 0 && Object.hasOwn(prefixes, prefix) ? prefixes[prefix] + name.slice(colon + 1) : name;
}

const LOCAL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?$/u;

/** Return an IRI as SPARQL reads it: a name with a prefix that needs no escapes, else `<iri>`. */
export function curie(iri, prefixes) {
  const fitting = Object.entries(prefixes).filter(([, space]) => iri.startsWith(space) && LOCAL.test(iri.slice(space.length)));
  if (!fitting.length) return `<${iri}>`;
  const [prefix, space] = fitting.reduce((best, each) => (each[1].length > best[1].length ? each : best));
  return `${prefix}:${iri.slice(space.length)}`;
}

/** Return the query with the value of a parameter replaced: {text}, or {fault} for a value that is not of its type. */
export function bind(text, parameter, value, prefixes) {
  const span = valueSpan(text, parameter.name);
  if (!span) return { fault: _("the query has no '{clause}' any more", { clause: `VALUES ?${parameter.name} { … }` }) };
  let term = parameter.default ?? "UNDEF";
  if (value !== "") {
    const read = termOf(parameter.type, value, { ...prefixes, ...declaredPrefixes(text) });
    if (!read.term) return { fault: _("{parameter}: expected {expected}", { parameter: parameter.name, expected: read.expected }) };
    term = read.term;
  }
  return { text: `${text.slice(0, span[0])} ${term} ${text.slice(span[1])}` };
}

/** Return the name of a variable in words: "organizationName" is "organization". */
export function columnName(variable) {
  const words = variable.replace(/Name$/, "").replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").replaceAll("_", " ").toLowerCase();
  return words || variable;
}
