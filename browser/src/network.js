// A network of two columns of an answer, laid out as by publisher/site/pictures/network.py.

import { certainty, figure, labelled, labelOf, link, round, svg } from "./drawing.js";
import { columnName } from "./text.js";
import { _ } from "./words.js";

const NODES = 36; // more could not be read
const ROUNDS = 300; // of the layout
const WIDTH = 832;

/** Return the figure of a network. */
export function drawNetwork({ nodes, links, first, second, hasClaims }, root) {
  const most = [...nodes].sort(([one, count], [two, other]) => other - count || (one.iri < two.iri ? -1 : 1)).slice(0, NODES);
  const shown = new Map(most.sort(([one], [two]) => (nameOf(one) < nameOf(two) ? -1 : 1)));
  const edges = links.filter(({ one, two }) => shown.has(one) && shown.has(two));
  const height = Math.min(560, 140 + 24 * shown.size);
  const places = layout([...shown.keys()], edges, height);
  const size = (node) => round(3 + Math.sqrt(shown.get(node)));
  const discs = labelled([...shown.keys()].map((node) => ({ ...places.get(node), size: size(node), label: nameOf(node), href: root + node.href })), WIDTH);
  const lines = edges.map(({ one, two, counts }) => {
    const mark = markOf(counts);
    const [from, to] = [places.get(one), places.get(two)];
    return svg("path", { class: `${mark} e${Math.min(counts[mark], 4)}`, d: `M${from.x} ${from.y}L${to.x} ${to.y}` });
  });
  const heads = edges.flatMap(({ one, two, toOne, toTwo, counts }) => [
    ...(toOne ? [[two, one]] : []), ...(toTwo ? [[one, two]] : []),
  ].map(([from, to]) => svg("path", { class: `head ${markOf(counts)}`, d: head(places.get(from), places.get(to), size(to) + 1) })));
  const points = discs.map((disc) => link(disc.href, "", ...labelOf(disc), svg("circle", { cx: disc.x, cy: disc.y, r: disc.size })));
  const drawing = svg("svg", { class: "nw-net", viewBox: `0 0 ${WIDTH} ${height}` }, ...lines, ...points, ...heads);
  return figure(_("Network"), drawing, [
    ...(shown.size < nodes.size ? [_("The %(part)s things of %(count)s with most rows.", { part: shown.size, count: nodes.size })] : []),
    _("An arrow leads from “%(first)s” to “%(second)s”.", { first: columnName(first), second: columnName(second) }),
    ...certainty(hasClaims, edges.map(({ counts }) => markOf(counts)), [_("A solid line"), _("A dashed line"), _("A grey line")]),
    _("A thicker line: more rows."),
  ]);
}

/** Return what is most certain of what connects two things. */
const markOf = (counts) => ["fact", "bare", "said"].find((mark) => counts[mark]);

const nameOf = ({ label, iri }) => label || iri.slice(iri.search(/[^/#]*$/));

/** Return an arrowhead that touches the disc at its end. */
function head(from, to, gap) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const [x, y] = [to.x - gap * dx, to.y - gap * dy];
  const [backX, backY] = [x - 8 * dx, y - 8 * dy];
  const corners = [[x, y], [backX - 3.5 * dy, backY + 3.5 * dx], [backX + 3.5 * dy, backY - 3.5 * dx]];
  return `M${corners.map((corner) => corner.map(round).join(" ")).join("L")}z`;
}

/** Place nodes by springs and repulsion from a circle on, without chance (Fruchterman and Reingold, 1991). */
function layout(nodes, edges, height) {
  const ideal = 1.6 / Math.sqrt(nodes.length);
  const at = new Map(nodes.map((node, i) => [node, [Math.cos((2 * Math.PI * i) / nodes.length), Math.sin((2 * Math.PI * i) / nodes.length)]]));
  for (let step = 0; step < ROUNDS; step++) {
    const heat = 0.12 * (1 - step / ROUNDS) + 0.002;
    const force = new Map(nodes.map((node) => [node, at.get(node).map((value) => -0.6 * value)]));
    const push = (one, two, strength) => {
      const difference = [0, 1].map((axis) => at.get(one)[axis] - at.get(two)[axis]);
      const factor = strength(difference);
      for (const axis of [0, 1]) {
        force.get(one)[axis] += difference[axis] * factor;
        force.get(two)[axis] -= difference[axis] * factor;
      }
    };
    nodes.forEach((one, i) => nodes.slice(i + 1).forEach((two) => push(one, two, ([dx, dy]) => (ideal * ideal) / Math.max(dx * dx + dy * dy, 1e-4))));
    for (const { one, two } of edges) push(one, two, ([dx, dy]) => (-0.12 * Math.hypot(dx, dy)) / ideal);
    for (const node of nodes) {
      const length = Math.hypot(...force.get(node)) || 1;
      for (const axis of [0, 1]) at.get(node)[axis] += (force.get(node)[axis] / length) * Math.min(length, heat);
    }
  }
  return scaled(at, height);
}

function scaled(at, height) {
  const [xs, ys] = [0, 1].map((axis) => [...at.values()].map((place) => place[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [across, down] = [Math.max(...xs) - left || 1e-6, Math.max(...ys) - top || 1e-6];
  const place = ([x, y]) => ({ x: Math.round(90 + ((x - left) / across) * (WIDTH - 180)), y: Math.round(24 + ((y - top) / down) * (height - 48)) });
  return new Map([...at].map(([node, found]) => [node, place(found)]));
}
