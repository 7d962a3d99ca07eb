// A map of the places of an answer. The shapes of the countries come from the build, in the projection Equal Earth.

import { figure, labelled, labelOf, link, round, svg } from "./drawing.js";
import { _ } from "./words.js";

const WIDTH = 832;
const LEAST = 60; // pixels of the map of the world, at least, that a map of a region shows
// The polynomial of the projection (Šavrič, Patterson and Jenny, 2018), as in publisher/site/pictures/world.py.
const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];

function equalEarth([longitude, latitude]) {
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const slope = 9 * A4 * t ** 8 + 7 * A3 * t ** 6 + 3 * A2 * t ** 2 + A1;
  return [(2 * Math.sqrt(3) * ((longitude * Math.PI) / 180) * Math.cos(t)) / (3 * slope), t * (A1 + A2 * t ** 2 + t ** 6 * (A3 + A4 * t ** 2))];
}

/** Return the figure of a map; `world` is map.json. */
export function drawMap({ places }, world, root) {
  const right = equalEarth([180, 0])[0];
  const scale = world.width / (2 * right);
  const project = (point) => {
    const [x, y] = equalEarth(point);
    return [(x + right) * scale, (world.top - y) * scale];
  };
  const spots = places.map((place) => {
    const [x, y, code] = world.spots[place.spot] ?? place.point;
    return { ...place, code, at: project([x, y]) };
  });
  const frame = frameOf(spots.map(({ at }) => at), world);
  const zoom = WIDTH / frame.width;
  const most = Math.max(...spots.map(({ rows }) => rows));
  const shapes = spots.filter(({ code }) => code).map((spot) => link(spot.href && root + spot.href, "", svg("title", {}, spot.label), svg("path", { class: shade(spot, most), d: world.shapes[spot.code] })));
  for (const shape of shapes) if (shape.hasAttribute("href")) shape.setAttribute("tabindex", "-1"); // its label is the link
  for (const shape of shapes) shape.setAttribute("aria-hidden", "true");
  const land = svg("path", { class: "land", d: Object.values(world.shapes).join("") });
  const borders = [svg("path", { class: "line", d: world.borders }), svg("path", { class: "doubt", d: world.disputed })];
  const transform = `translate(${round(-frame.left * zoom)} ${round(-frame.top * zoom)}) scale(${zoom / world.steps})`;
  const nodes = labelled(spots.map((spot) => ({ ...spot, x: round((spot.at[0] - frame.left) * zoom), y: round((spot.at[1] - frame.top) * zoom), size: spot.code ? 0 : 4 })), WIDTH);
  const discs = nodes.filter(({ code }) => !code).map(({ x, y, size, rows }) => svg("circle", { class: rows ? "" : "said", cx: x, cy: y, r: size }));
  const labels = nodes.map((node) => link(node.href && root + node.href, "", ...labelOf(node)));
  const drawing = svg("svg", { class: spots.some(({ isFact }) => isFact) ? "map" : "map bare", viewBox: `0 0 ${WIDTH} ${Math.round(frame.height * zoom)}` }, svg("g", { transform, class: "lands" }, land, ...shapes, ...borders), ...discs, ...labels);
  return figure(_("Map"), drawing, [
    ...(most > 1 ? [_("The stronger the colour of a country, the more rows name it.")] : []),
    ...(spots.some(({ rows }) => !rows) ? [_("A dotted outline: only claims name it.")] : []),
    world.note,
  ]);
}

/** Return the part of the map around points: wider than high, and the whole world where they are far apart. */
function frameOf(points, world) {
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const extent = (values) => Math.max(...values) - Math.min(...values);
  const width = Math.max(extent(xs) / 0.45, (extent(ys) / 0.5) * (WIDTH / 340), (LEAST * world.width) / WIDTH);
  if (width > 0.6 * world.width) return { left: 0, top: 0, width: world.width, height: world.height };
  const height = (width * 340) / WIDTH;
  return { left: middle(xs) - width / 2, top: middle(ys) - height / 2, width, height };
}

function shade({ rows, claims }, most) {
  if (rows) return `f${Math.ceil(4 * Math.sqrt(rows / most))}`;
  return claims ? "said" : "f0";
}
