// Print the extension that negotiation.js chooses for each header of a JSON list on standard input.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [negotiationPath, tablePath] = process.argv.slice(2);
const { default: negotiation } = await import(pathToFileURL(negotiationPath));
const { default: table } = await import(pathToFileURL(tablePath));
const headers = JSON.parse(readFileSync(0, "utf8"));
const chosen = headers.map((header) => negotiation.choose(header, table.representations));
console.log(JSON.stringify(chosen.map((representation) => (representation === null ? null : representation.extension))));
