// The engine: Oxigraph with the published data, in a worker, so that the page stays alive and can end a query.
//
// A message is {id, task, …}; its answer has the same id and {value} or {fault: {message, line, column, isFatal}}.

import init, { Store } from "oxigraph";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Fault, fetchBytes, unpacked } from "./fetch.js";
import { declare, expand, declaredPrefixes, formOf, limited, missingDeclarations, placeOf, tokenize, undeclared } from "./text.js";
import { _, useWords } from "./words.js";

// Rows that an answer has at most: more of them fill the memory of a phone.
const MOST = 50_000;
const PIECE = 250_000; // bytes that are parsed at once
const NEWLINE = 10;

let store;
let empty;

/** Load the engine and the data, and return the number of triples. As for 'publisher query', the default graph has the triples of all graphs. */
async function load({ engine, dump, digests, words }) {
  if (words) useWords(words);
  const [module, packed] = await Promise.all([fetchBytes(engine).then(unpacked), fetchBytes(dump)]);
  if (!digests.includes(bytesToHex(sha256(packed)))) {
    throw new Fault(_("The data do not have the checksum of this page: one of the two is old. Load the page again."));
  }
  await init({ module_or_path: module });
  [store, empty] = [new Store(), new Store()];
  for (const quads of pieces(await unpacked(packed))) {
    store.load(quads, { format: "application/n-quads", no_transaction: true, lenient: true });
  }
  store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }");
  const [counts] = store.query("SELECT (COUNT(*) AS ?triples) { ?s ?p ?o }");
  return Number(counts.get("triples").value);
}

/**
 * Yield N-Quads in pieces. A browser puts in the optimised code of the engine when a function is called again: in one
 * call, 100,000 triples take ten times as long. Quads with blank nodes are one piece, because each has its own names.
 */
function* pieces(bytes) {
  const decoder = new TextDecoder();
  const blank = [];
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(NEWLINE, Math.min(from + PIECE, bytes.length - 1)) + 1 || bytes.length;
    const lines = decoder.decode(bytes.subarray(from, to)).split("\n");
    blank.push(...lines.filter((line) => line.includes("_:")));
    yield lines.filter((line) => !line.includes("_:")).join("\n");
    from = to;
  }
  yield blank.join("\n");
}

/** Return the answer: {form, body, isCut, milliseconds}; `body` is SPARQL Results JSON, or sorted N-Triples. */
function run({ text }) {
  const form = checked(text);
  const isGraph = form === "construct" || form === "describe";
  query(empty, text, isGraph); // an error has its place in the text as it is written
  const begin = performance.now();
  const body = query(store, form === "select" ? limited(text, MOST + 1) : text, isGraph);
  const milliseconds = performance.now() - begin;
  if (isGraph) return { form, body: [...new Set(body.split(/(?<=\n)/))].sort().join(""), isCut: false, milliseconds };
  const answer = JSON.parse(body);
  const isCut = (answer.results?.bindings.length ?? 0) > MOST;
  if (isCut) answer.results.bindings.pop();
  return { form, body: answer, isCut, milliseconds };
}

/** Find a syntax error: run the query on no data, with the known prefixes declared. */
function check({ text, prefixes }) {
  const { at, lines } = missingDeclarations(text, prefixes);
  const whole = declare(text, prefixes);
  const before = placeOf(text, at).line;
  try {
    const form = checked(whole);
    query(empty, whole, form === "construct" || form === "describe");
    return null;
  } catch (error) {
    const fault = faultOf(error);
    if (fault.line >= before) fault.line = Math.max(fault.line - lines.length, before);
    return fault;
  }
}

/** Return the form of a query. Throws a fault with its place for what the engine says less clearly, or not at all. */
function checked(text) {
  const { form, fault, token } = formOf(text);
  if (fault) throw located(fault, text, token);
  const service = tokenize(text).find(({ kind, text: word }) => kind === "word" && word.toUpperCase() === "SERVICE");
  if (service) throw located(_("SERVICE asks another host, and this page sends nothing to any"), text, service);
  const [name] = undeclared(text);
  if (name) {
    const prefix = name.text.slice(0, name.text.indexOf(":"));
    throw located(_("the prefix '{prefix}:' is not declared; add the line 'PREFIX {prefix}: <…>' at the top", { prefix }), text, name);
  }
  return form;
}

function query(data, text, isGraph) {
  try {
    return data.query(text, { results_format: isGraph ? "application/n-triples" : "application/sparql-results+json" });
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw error;
    const words = String(error.message ?? error);
    const place = /^error at (\d+):(\d+): (.*)$/s.exec(words);
    if (place) {
      const [, line, column, expected] = place;
      throw Object.assign(new Fault(expected), { line: Number(line), column: Number(column), isSyntax: true });
    }
    const unknown = /custom function <([^>]*)>/.exec(words);
    if (!unknown) throw new Fault(words);
    const prefixes = declaredPrefixes(text);
    const token = tokenize(text).find(({ kind, text: name }) =>
      kind === "iri" ? name.slice(1, -1) === unknown[1] : expand(name, prefixes) === unknown[1],
    );
    throw located(_("there is no function <{iri}>; call a function of SPARQL 1.1", { iri: unknown[1] }), text, token);
  }
}

function located(message, text, token) {
  return Object.assign(new Fault(message), token ? placeOf(text, token.from) : {});
}

function faultOf(error) {
  if (error instanceof Fault) return { message: error.message, line: error.line, column: error.column, isSyntax: error.isSyntax };
  const isFatal = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  const message = isFatal
    ? _("The query needs more memory than a browser gives, or is nested too deep. Ask for less, or run it with 'publisher query' on the dumps.")
    : _("The engine failed: {reason}", { reason: error.message ?? error });
  return { message, isFatal };
}

const TASKS = { load, run, check };

onmessage = async ({ data: { id, task, ...values } }) => {
  try {
    postMessage({ id, value: await TASKS[task](values) });
  } catch (error) {
    postMessage({ id, fault: faultOf(error) });
  }
};
