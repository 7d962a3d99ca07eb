// Answer in nginx (njs) for what is no file of the site.

import fs from "fs";
import negotiation from "negotiation.js";
import common from "table.js";

/* global identifiers */ // which nginx reads once, by js_preload_object; its arrays would lack their methods
const table = Object.assign({}, common, identifiers);

async function identifier(r) {
  const root = r.variables.document_root + "/";
  const files = {
    has: (name) => {
      try {
        return fs.statSync(root + name).isFile();
      } catch (_) {
        return false;
      }
    },
    text: (name) => fs.readFileSync(root + name, "utf8"),
  };
  const accept = r.rawHeadersIn.filter((h) => h[0].toLowerCase() === "accept").map((h) => h[1]).join(", ");
  const answer = await negotiation.respond(table, files, r.method, r.variables.request_uri, accept);
  const location = answer.headers.Location;
  Object.keys(answer.headers).forEach((name) => {
    // the configuration adds those of OPEN to all answers, and return() takes the location of a redirect for a body
    if (!(name in negotiation.OPEN) && name !== "Location") {
      r.headersOut[name] = answer.headers[name];
    }
  });
  r.return(answer.status, location || answer.body); // without a body nginx sends the page of the status
}

export default { identifier };
