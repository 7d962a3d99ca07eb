// Choose and find documents as `publisher serve` does (RFC 9110, 12.5.1). The same module runs in nginx (njs), in edge
// functions and in Node; it is written in the part of JavaScript that njs 0.7 knows.

const NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const RANGE = new RegExp("^(" + NAME + ")/(" + NAME + ")$");
const WEIGHT = /^([0-9]+(\.[0-9]*)?|\.[0-9]+)$/;
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,79}$/;
const MOST_PARTS = 32;
const OPEN = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag, Link, Location, Vary",
  "X-Content-Type-Options": "nosniff",
};

// Optional white space is space and tab (RFC 9110, 5.6.3); trim() removes more.
function strip(text) {
  return text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
}

// Split at a separator that is not within a quoted string; an open quotation goes to the end.
function split(text, separator) {
  const parts = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === "\\") {
      i++;
    } else if (c === '"') {
      quoted = !quoted;
    } else if (c === separator && !quoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

// Return the media ranges of a header; what is malformed is left out, and a malformed weight is 1.
function parseAccept(header) {
  const ranges = [];
  split(header, ",").forEach((element) => {
    const parts = split(element, ";").map(strip).filter((part, i) => i === 0 || part !== "");
    const match = RANGE.exec(parts[0] === "*" ? "*/*" : parts[0].toLowerCase());
    if (match === null || (match[1] === "*" && match[2] !== "*")) {
      return;
    }
    let weight = 1;
    let parameters = 0;
    for (let i = 1; i < parts.length; i++) {
      const equals = parts[i].indexOf("=");
      const key = strip(equals < 0 ? parts[i] : parts[i].slice(0, equals));
      if (key.toLowerCase() === "q") {
        const value = equals < 0 ? "" : strip(parts[i].slice(equals + 1));
        weight = WEIGHT.test(value) ? Math.min(parseFloat(value), 1) : 1;
        break;
      }
      parameters++;
    }
    ranges.push({ type: match[1], subtype: match[2], parameters: parameters, weight: weight });
  });
  return ranges;
}

// How precisely a range names a media type; 0 where it does not match.
function specificity(range, mediaType) {
  if (range.type + "/" + range.subtype === mediaType) {
    return 3 + range.parameters;
  }
  if (range.subtype !== "*") {
    return 0;
  }
  return range.type === "*" ? 1 : range.type === mediaType.split("/")[0] ? 2 : 0;
}

// Return the representation that is wanted most, or null where none is; `available` has the preferred one first.
function choose(header, available) {
  let ranges = parseAccept(header);
  if (ranges.length === 0) {
    ranges = [{ type: "*", subtype: "*", parameters: 0, weight: 1 }];
  }
  let best = null;
  let wanted = { weight: 0, named: false };
  available.forEach((representation) => {
    let specific = 0;
    let weight = 0;
    ranges.forEach((range) => {
      const precision = specificity(range, representation.mediaType);
      if (precision > specific) {
        specific = precision;
        weight = range.weight;
      } else if (precision === specific && precision > 0) {
        weight = Math.max(weight, range.weight);
      }
    });
    const named = specific > 2;
    if (weight > wanted.weight || (weight > 0 && weight === wanted.weight && named && !wanted.named)) {
      best = representation;
      wanted = { weight: weight, named: named };
    }
  });
  return best;
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch (_) {
    return path;
  }
}

function has(object, key) {
  return Object.prototype.hasOwnProperty.call(object, key);
}

// Return the documents of a page by extension, or null where there is no such page.
async function documentsOf(table, files, path) {
  if (has(table.irregular, path)) {
    return table.irregular[path];
  }
  const parts = path.split("/");
  const regular = parts.length > 1 && table.folders.indexOf(parts[0]) >= 0 && parts.every((part) => SAFE.test(part));
  if (!regular || !(await files.has(path + ".html"))) {
    return null;
  }
  const documents = {};
  table.formats.forEach((extension) => {
    documents[extension] = path + "." + extension;
  });
  return documents;
}

// Find what an identifier leads to: documents, and the place in the page of an article that a claim has.
async function find(table, files, path) {
  const documents = await documentsOf(table, files, path);
  if (documents !== null) {
    return { documents: documents, anchor: "" };
  }
  const parts = path.split("/");
  for (let count = Math.min(parts.length - 1, MOST_PARTS); count > 1; count--) {
    const around = await documentsOf(table, files, parts.slice(0, count).join("/"));
    if (around !== null) {
      const anchor = parts[parts.length - 1];
      const page = SAFE.test(anchor) ? await files.text(around.html) : "";
      if (page.indexOf('id="' + anchor + '"') >= 0) {
        return { documents: around, anchor: "#" + anchor };
      }
      const triples = has(around, "nt") ? await files.text(around.nt) : "";
      if (triples.indexOf("\n<" + table.base + path + "> ") >= 0) {
        return { documents: around, anchor: "" };
      }
    }
  }
  return null;
}

function text(status, body, headers) {
  const own = { "Content-Type": "text/plain; charset=utf-8" };
  return { status: status, headers: Object.assign({}, OPEN, headers, own), body: body };
}

// Redirect to the document that is wanted most, or list those that there are.
function negotiate(table, found, prefix, accept) {
  const available = table.representations.filter((r) => has(found.documents, r.extension));
  const url = (r) => prefix + found.documents[r.extension];
  const links = available.map((r) => "<" + url(r) + '>; rel="alternate"; type="' + r.mediaType + '"');
  const headers = { Vary: "Accept", Link: links.join(", ") };
  const chosen = choose(accept, available);
  if (chosen === null) {
    const list = available.map((r) => r.mediaType + " " + url(r) + "\n").join("");
    return text(406, "None of the formats of the header Accept is here. There are:\n\n" + list, headers);
  }
  const location = url(chosen) + (chosen === table.representations[0] ? found.anchor : "");
  return text(303, location + "\n", Object.assign(headers, { Location: location }));
}

function withdrawn(table, replacement, prefix) {
  if (replacement === "") {
    return { status: 410, headers: OPEN, file: "410.html" };
  }
  return text(301, "", { Location: replacement.replace("{prefix}/", prefix) });
}

// Answer a request for what is no file of the site. `url` is percent-encoded and may have a query; `files` tells by
// has(name) whether the site has a file, and returns its content by text(name).
async function respond(table, files, method, url, accept) {
  if (method === "OPTIONS") {
    return { status: 204, headers: Object.assign({}, OPEN, table.preflight), body: "" };
  }
  if (method !== "GET" && method !== "HEAD") {
    return text(405, "Only " + table.methods + " are answered here.\n", { Allow: table.methods });
  }
  const path = url.split("?")[0];
  const prefix = path.indexOf(table.basePath) === 0 ? table.basePath : "/";
  const raw = path.slice(prefix.length);
  if (raw === ".well-known/void") {
    return text(303, "", { Location: prefix + "dumps/void.ttl" });
  }
  const names = decode(raw) === raw ? [raw] : [decode(raw), raw]; // an identifier can have escapes of its own
  for (let i = 0; i < names.length; i++) {
    if (has(table.gone, names[i])) {
      return withdrawn(table, table.gone[names[i]], prefix);
    }
  }
  for (let i = 0; i < names.length; i++) {
    const found = names[i] === "" ? null : await find(table, files, names[i]);
    if (found !== null) {
      return negotiate(table, found, prefix, accept);
    }
  }
  return { status: 404, headers: OPEN, file: "404.html" };
}

// Return the headers of a file of the site: its media type, and typed links (RFC 8288) where it is a document.
function headersOf(table, name) {
  const match = /^(.*\/)?([^/]*?)(\.([^./]+))?$/.exec(name);
  const folder = match[1] || "";
  const extension = match[4] || "";
  let mediaType = extension === "" ? "text/plain" : has(table.types, extension) ? table.types[extension] : "";
  mediaType = mediaType === "" ? "application/octet-stream" : mediaType;
  const charset = mediaType.indexOf("text/") === 0 ? "; charset=utf-8" : "";
  const headers = { "Content-Type": mediaType + charset, "Cache-Control": "no-cache" };
  if (table.formats.indexOf(extension) >= 0 && table.folders.indexOf(folder.split("/")[0]) >= 0) {
    const own = table.links[extension].replace(/\{path\}/g, folder).replace(/\{name\}/g, match[2]);
    headers.Link = own;
  }
  return Object.assign({}, OPEN, headers);
}

export default { OPEN, choose, headersOf, respond };
