// Say where a syntax error is and what it is. The engine's parser often names a place far behind the mistake, and what
// it expects there as parts of its grammar; the grammar of the editor has better places, and the engine the last word
// on what is an error.

import { SparqlLanguage } from "codemirror-lang-sparql";
import { offsetOf, placeOf, tokenize } from "./text.js";

const MEANINGS = [
  [/variable that is unbound/, "SELECT has a variable that is neither in GROUP BY nor within an aggregate such as COUNT or SAMPLE"],
  [/SELECT \* is not authorized/, "SELECT * cannot stand with GROUP BY; name the variables"],
  [/^expected "(.+)"$/, (match) => `expected '${match[1]}'`],
];

/** Return the fault of a query with the place and the words for people; faults that are not of syntax stay. */
export function refined(text, fault) {
  if (!fault?.isSyntax) return fault;
  const offset = firstError(text);
  const isBetter = offset !== null && offset <= offsetOf(text, fault.line, fault.column);
  const place = isBetter ? placeOf(text, offset) : { line: fault.line, column: fault.column };
  return { ...fault, ...place, message: meaning(fault.message, isBetter ? found(text, offset) : "") };
}

/** Return where the grammar of the editor finds the first error, or null. */
function firstError(text) {
  let first = null;
  SparqlLanguage.parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) first = Math.min(first ?? from, from);
    },
  });
  return first;
}

/** Return the token at an offset, in words. */
function found(text, offset) {
  const token = tokenize(text).find(({ to }) => to > offset);
  return token ? `'${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}' cannot stand here` : "the query ends too early";
}

function meaning(message, words) {
  for (const [pattern, said] of MEANINGS) {
    const match = pattern.exec(message);
    if (!match) continue;
    const told = typeof said === "string" ? said : said(match);
    return words && typeof said !== "string" ? `${words}; ${told}` : told;
  }
  return words || `the query is not valid SPARQL 1.1 (${message})`;
}
