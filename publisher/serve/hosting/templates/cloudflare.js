// Answer as a Cloudflare Worker for what is no file of the site.

import negotiation from "./negotiation.js";
import table from "./table.js";

export default {
  async fetch(request, env) {
    const asset = (name) => env.ASSETS.fetch(new Request(new URL("/" + name, request.url)));
    const url = new URL(request.url);
    const path = url.pathname.startsWith(table.basePath) ? url.pathname.slice(table.basePath.length) : url.pathname.slice(1);
    if (request.method === "GET" || request.method === "HEAD") {
      const name = path === "" || path.endsWith("/") ? path + "index.html" : path;
      const file = await env.ASSETS.fetch(new Request(new URL("/" + name, request.url), request));
      if (file.status !== 404) {
        const headers = new Headers(file.headers);
        const own = negotiation.headersOf(table, decodeURI(name));
        Object.keys(own).forEach((header) => headers.set(header, own[header]));
        return new Response(file.body, { status: file.status, headers: headers });
      }
    }
    const files = {
      has: async (name) => (await asset(name)).status === 200,
      text: async (name) => (await asset(name)).text(),
    };
    const accept = request.headers.get("Accept") || "";
    const answer = await negotiation.respond(table, files, request.method, url.pathname, accept);
    if (!answer.file) {
      return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
    }
    const headers = Object.assign({}, answer.headers, { "Content-Type": "text/html; charset=utf-8" });
    return new Response((await asset(answer.file)).body, { status: answer.status, headers: headers });
  },
};
