// Run the edge functions of Netlify and Cloudflare on requests from standard input, in place of their hosts.
//
// node edge.mjs DIST NETLIFY CLOUDFLARE: each line is [method, path, accept]; each answer is a line for both.

import { createInterface } from "node:readline";
import { readFile, stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [dist, netlifyPath, cloudflarePath] = process.argv.slice(2);
const { default: netlify, config } = await import(pathToFileURL(netlifyPath));
const { default: cloudflare } = await import(pathToFileURL(cloudflarePath));

async function asset(request) {
  const path = `${dist}${decodeURI(new URL(request.url ?? request).pathname)}`;
  const isFile = await stat(path).then((status) => status.isFile(), () => false);
  return isFile ? new Response(await readFile(path)) : new Response("no asset", { status: 404 });
}

globalThis.fetch = asset;

async function show(response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [method, path, accept] = JSON.parse(line);
  const request = new Request(`https://site.example.org${path}`, { method, headers: { Accept: accept } });
  const isExcluded = config.excludedPath.some((pattern) => path.endsWith(pattern.slice(2)));
  const next = () => asset(new Request(request.url.replace(/\/$/, "/index.html")));
  console.log(
    JSON.stringify({
      netlify: await show(isExcluded ? await next() : await netlify(request, { next })),
      cloudflare: await show(await cloudflare.fetch(request, { ASSETS: { fetch: asset } })),
    }),
  );
}
