// Say where a syntax error is and what it is. The engine's parser often names a place far behind the mistake, and what
// it expects there as parts of its grammar; the grammar of the editor has better places, and the engine the last word
// on what is an error.

import { SparqlLanguage } from "codemirror-lang-sparql";
import { offsetOf, placeOf, tokenize } from "./text.js";
import { _ } from "./words.js";

const MEANINGS = [
  [/variable that is unbound/, () => _("SELECT has a variable that is neither in GROUP BY nor within an aggregate such as COUNT or SAMPLE")],
  [/SELECT \* is not authorized/, () => _("SELECT * cannot stand with GROUP BY; name the variables")],
  [/^expected "(.+)"$/, ([, expected], words) => [words, _("expected '{expected}'", { expected })].filter(Boolean).join("; ")],
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
  if (!token) return _("the query ends too early");
  const short = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  return _("'{token}' cannot stand here", { token: short });
}

function meaning(message, words) {
  for (const [pattern, meant] of MEANINGS) {
    const match = pattern.exec(message);
    if (match) return meant(match, words);
  }
  return words || _("the query is not valid SPARQL 1.1 ({reason})", { reason: message });
}
