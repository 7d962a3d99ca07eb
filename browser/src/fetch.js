// Fetch files of the site, packed or not.

import { _ } from "./words.js";

/** An error with words for people. */
export class Fault extends Error {}

/** Return the bytes of a file. */
export async function fetchBytes(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Fault(_("{file} cannot be loaded: the site does not answer. Check the connection, and load the page again.", { file: nameOf(url) }));
  }
  if (!response.ok) {
    throw new Fault(_("{file} cannot be loaded: the site answers {status}. Tell its editors that the file is missing.", { file: nameOf(url), status: response.status }));
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Return the content of bytes in gzip. Some hosts have unpacked such a file on the way: then it is what arrived. */
export async function unpacked(bytes) {
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the value in a file of JSON. */
export async function fetchJson(url) {
  return JSON.parse(new TextDecoder().decode(await unpacked(await fetchBytes(url))));
}

function nameOf(url) {
  return new URL(url).pathname.split("/").slice(-2).join("/");
}
