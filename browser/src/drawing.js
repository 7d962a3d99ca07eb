// What all pictures of answers share: elements of SVG, labels where they cover least, and the figure around.

import { element } from "./results.js";
import { _ } from "./words.js";

const SPACE = "http://www.w3.org/2000/svg";
const LETTER = 5.8; // pixels, about, of a letter of a label

/** Return a new element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== "") node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Return a link around children, or a group where there is no page. */
export function link(href, className, ...children) {
  return href ? svg("a", { href, class: className }, ...children) : svg("g", { class: className }, ...children);
}

/** Return a text cut at the end of a word. */
export function shorten(text, most) {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 2);
  return `${cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut} …`;
}

/** Return nodes {x, y, size, label, …} with the place of each label: on the side on which it covers least. */
export function labelled(nodes, width) {
  const boxes = nodes.map(({ x, y, size }) => [x - size, y - size, x + size, y + size]);
  return nodes.map((node) => {
    const label = shorten(node.label.split(" (")[0], 34);
    const [length, gap, { x, y }] = [LETTER * label.length, node.size + 3, node];
    const sides = [
      ["start", x + gap, y + 4, x + gap],
      ["end", x - gap, y + 4, x - gap - length],
      ["middle", x, y - gap - 2, x - length / 2],
      ["middle", x, y + gap + 9, x - length / 2],
    ];
    const costs = sides.map(([, , base, left]) => covered(boxes, left, base, length, width));
    const [anchor, labelX, labelY, left] = sides[costs.indexOf(Math.min(...costs))];
    boxes.push([left, labelY - 10, left + length, labelY + 3]);
    return { ...node, short: label, labelX: round(labelX), labelY: round(labelY), anchor };
  });
}

function covered(boxes, left, base, length, width) {
  const [right, top, bottom] = [left + length, base - 10, base + 3];
  const area = boxes.reduce((sum, [x, y, r, b]) => sum + Math.max(0, Math.min(right, r) - Math.max(left, x)) * Math.max(0, Math.min(bottom, b) - Math.max(top, y)), 0);
  return area + 100 * (Math.max(0, -left) + Math.max(0, right - width));
}

/** Return the label of a node, with its whole text where that was cut. */
export function labelOf({ short, label, labelX, labelY, anchor }) {
  const text = svg("text", { x: labelX, y: labelY, "text-anchor": anchor }, short);
  return short === label ? [text] : [svg("title", {}, label), text];
}

/** Return the words of the caption about the marks that a picture has, in a dataset with claims; `lines` name them. */
export function certainty(hasClaims, marks, lines) {
  if (!hasClaims) return [];
  const has = new Set(marks);
  return [
    has.has("fact") && _("%(line)s: a fact.", { line: lines[0] }),
    has.has("said") && _("%(line)s: only a claim.", { line: lines[1] }),
    has.has("bare") && _("%(line)s: the row does not say whether it is a fact.", { line: lines[2] }),
  ].filter(Boolean);
}

/** Return a figure; a drawing that is wider than a phone is scrolled in its frame. */
export function figure(name, drawing, caption, isScrolled = true) {
  const frame = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, drawing);
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", _("{name}; the table below says the same", { name }));
  const hint = element("p", { class: "note sideways" }, _("Where the picture is wider than the screen, scroll it sideways."));
  return element("figure", {}, ...(isScrolled ? [hint] : []), frame, element("figcaption", {}, caption.join(" ")));
}

/** Round to a tenth of a pixel. */
export const round = (value) => Math.round(value * 10) / 10;
