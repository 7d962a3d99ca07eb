// Answer as a Netlify edge function for what is no file of the site.

import negotiation from "./publisher/negotiation.js";
import table from "./publisher/table.js";

export default async (request, context) => {
  const url = new URL(request.url);
  const asset = (name) => fetch(new URL("/" + name, url)); // the names have extensions: see config
  const files = {
    has: async (name) => (await fetch(new URL("/" + name, url), { method: "HEAD" })).ok,
    text: async (name) => (await asset(name)).text(),
  };
  if (url.pathname.endsWith("/") && (request.method === "GET" || request.method === "HEAD")) {
    return context.next();
  }
  const accept = request.headers.get("Accept") || "";
  const answer = await negotiation.respond(table, files, request.method, url.pathname, accept);
  if (answer.status === 404) {
    return context.next(); // a file without an extension, or the page 404.html
  }
  if (!answer.file) {
    return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
  }
  const headers = Object.assign({}, answer.headers, { "Content-Type": "text/html; charset=utf-8" });
  return new Response((await asset(answer.file)).body, { status: answer.status, headers: headers });
};

// Documents and other files are served without a function; POST and OPTIONS to them are, too.
export const config = { path: "/*", excludedPath: Object.keys(table.types).map((extension) => "/*." + extension) };
