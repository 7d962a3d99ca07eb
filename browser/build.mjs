// Bundle the scripts of the SPARQL page into the folder that is named on the command line, with the engine and the
// licences of what is in them.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const modules = join(here, "node_modules");

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/sparql.js", "src/worker.js", "src/sparql.css"],
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife", // a page from the disk may load it, and say what to do
  target: ["chrome111", "firefox114", "safari16.4"], // of 2023
  define: { "import.meta.url": "location.href" }, // the address of the engine is always given
  legalComments: "none", // they are in licenses.txt
  logLevel: "warning",
});
mkdirSync(out, { recursive: true });
// Packed, because hosts rarely pack a file of this kind; the page unpacks it.
writeFileSync(join(out, "oxigraph.wasm.gz"), gzipSync(readFileSync(join(modules, "oxigraph/web_bg.wasm")), { level: 9 }));

const names = Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
const texts = [...new Set(names)].sort().map((name) => {
  const { version, license, repository } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  const file = readdirSync(join(modules, name)).find((each) => /^licen[cs]e/i.test(each));
  // Oxigraph has no such file in its package; of its two licences this is the one of the publisher, too.
  const text = readFileSync(file ? join(modules, name, file) : join(here, "../LICENSE"), "utf8");
  if (!file && !license.includes("Apache-2.0")) throw new Error(`${name}: there is no text of its licence`);
  return `${name} ${version}\nLicence: ${license}\n${repository?.url ?? ""}\n\n${text.trim()}\n`;
});
writeFileSync(join(out, "licenses.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
