// node endpoint.mjs URL QUERY: run a SELECT query at a SPARQL endpoint and print SPARQL results JSON.
import { text } from 'node:stream/consumers';
import { QueryEngine } from '@comunica/query-sparql-file';

const [url, query] = process.argv.slice(2);
const engine = new QueryEngine();
const result = await engine.query(query, { sources: [{ type: 'sparql', value: url }] });
const { data } = await engine.resultToString(result, 'application/sparql-results+json');
process.stdout.write(await text(data));
