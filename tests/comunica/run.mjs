// node run.mjs DUMP.nt FILE.rq…: run the queries on the dump and print {"name": answer} as JSON.
// An answer is {form: "select" | "ask", body: SPARQL results JSON}, {form: "construct", body: N-Triples}
// or {error: message}.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { QueryEngine } from '@comunica/query-sparql-file';
import { Parser, Store } from 'n3';

const FORMS = { bindings: 'select', boolean: 'ask', quads: 'construct' };

async function answer(engine, store, query) {
  const result = await engine.query(query, { sources: [store] });
  const form = FORMS[result.resultType];
  const mediaType = form === 'construct' ? 'application/n-triples' : 'application/sparql-results+json';
  const { data } = await engine.resultToString(result, mediaType);
  const body = await text(data);
  if (form === 'construct') return { form, body };
  const { metadata, ...standard } = JSON.parse(body); // Comunica's own addition to the format
  return { form, body: JSON.stringify(standard) };
}

const [dump, ...files] = process.argv.slice(2);
const store = new Store(new Parser({ format: 'N-Triples' }).parse(readFileSync(dump, 'utf8')));
const engine = new QueryEngine();
const answers = {};
for (const file of files) {
  try {
    answers[basename(file, '.rq')] = await answer(engine, store, readFileSync(file, 'utf8'));
  } catch (error) {
    answers[basename(file, '.rq')] = { error: String(error) };
  }
}
process.stdout.write(JSON.stringify(answers));
