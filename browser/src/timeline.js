// A time line of the rows of an answer, as publisher/site/pictures/timeline.py draws those of facts.

import { certainty, figure, link, round, shorten, svg } from "./drawing.js";
import { _, monthName } from "./words.js";

const BARS = 120; // more could not be read
const MONTHS = 24; // from which the axis is of years
const LETTER = 5.7; // pixels, about, of a letter of a label
const HEAD = 40; // pixels for the axis
const REACH = 18; // pixels of an end that is not known

/** An axis of months, or of years where the months are many: those without rows are left out. */
class Axis {
  constructor(times, width, left) {
    Object.assign(this, { width, left });
    const days = times.flatMap(({ first, last }) => [first, last]).filter(Boolean);
    this.isByYear = new Set(days.map((day) => day.getUTCFullYear() * 12 + day.getUTCMonth())).size > MONTHS;
    const periods = [...new Set(days.map((day) => this.period(day)))].sort((one, two) => one - two);
    const starts = new Map();
    const gaps = [];
    let x = 0;
    periods.forEach((period, number) => {
      if (number && period - periods[number - 1] > 1) {
        gaps.push(x + 1.2);
        x += 0.4;
      }
      x += number ? 1 : 0;
      starts.set(period, x);
    });
    this.scale = (width - left - 2 * REACH) / (x + 1);
    this.starts = new Map([...starts].map(([period, start]) => [period, left + REACH + start * this.scale]));
    this.breaks = gaps.map((gap) => round(left + REACH + gap * this.scale));
  }

  period(day) {
    return this.isByYear ? day.getUTCFullYear() : day.getUTCFullYear() * 12 + day.getUTCMonth();
  }

  /** Return where a day begins, or ends with `days` of 1. */
  x(day, days = 0) {
    const ofYear = (day - Date.UTC(day.getUTCFullYear(), 0, 1)) / 86_400_000;
    const share = this.isByYear ? (ofYear + days) / 366 : (day.getUTCDate() - 1 + days) / 31;
    return this.starts.get(this.period(day)) + share * this.scale;
  }

  /** Return [x, width] of the certain and of the possible stretch of a time. */
  bar({ first, last }) {
    const [left, right] = [this.x(first ?? last), this.x(last ?? first, 1)];
    if (first && last) return { solid: [round(left), round(Math.max(right - left, 4))] };
    const [low, high] = [first ? left : left - REACH, last ? right : right + REACH];
    return { open: [round(low), round(high - low)] };
  }

  ticks(height) {
    let [lastMonth, lastYear, year] = [-99, -99, 0];
    return [...this.starts].flatMap(([period, start]) => {
      const nodes = [svg("path", { d: `M${round(start)} 32V${height}` })];
      const own = this.isByYear ? period : Math.floor(period / 12);
      if (own !== year && start - lastYear > 30) {
        nodes.push(svg("text", { class: "y", x: round(start), y: 12 }, String(own)));
        [lastYear, year] = [start, own];
      }
      if (!this.isByYear && start - lastMonth > 24) {
        nodes.push(svg("text", { x: round(start), y: 25 }, monthName((period % 12) + 1, { isShort: true })));
        lastMonth = start;
      }
      return nodes;
    });
  }
}

/** Return the figure of a time line, for the width of a screen. */
export function drawTimeline({ bars, hasClaims }, root, isWide) {
  const shown = bars.slice(0, BARS);
  const times = shown.map(({ time }) => time);
  const axis = isWide ? new Axis(times, 832, 300) : new Axis(times, 328, 0);
  const row = isWide ? 22 : 34;
  const height = HEAD + 8 + shown.length * row;
  const gaps = axis.breaks.map((x) => svg("path", { class: "gap", d: `M${x - 4} 38l4-9m2 9l4-9` }));
  const lines = shown.map((bar, number) => drawBar(bar, axis, HEAD + 14 + number * row, root, isWide));
  const drawing = svg("svg", { class: "tl", viewBox: `0 0 ${axis.width} ${height}` }, svg("g", { class: "axis" }, ...axis.ticks(height), ...gaps), ...lines);
  const caption = [
    ...(shown.length < bars.length ? [_("The first %(part)s of %(count)s.", { part: shown.length, count: bars.length })] : []),
    ...certainty(hasClaims, shown.map(({ mark }) => mark), [_("A filled bar"), _("A bar of dashes"), _("A grey bar")]),
    ...(times.some(({ first, last }) => !first || !last) ? [_("Dotted: it may have begun earlier or lasted longer.")] : []),
    ...(axis.breaks.length ? [_("Two strokes on the axis: time without rows is left out there.")] : []),
  ];
  return figure(_("Time line"), drawing, caption, false);
}

function drawBar({ href, label, time, mark }, axis, top, root, isWide) {
  const short = shorten(label, Math.floor((axis.left || axis.width) / LETTER));
  const { solid, open } = axis.bar(time);
  const [x, width] = solid ?? open;
  const y = isWide ? top : top + 10;
  const line = solid
    ? svg("path", { class: "bar", d: mark === "said" ? `M${x} ${y - 3}h${width}v6h-${width}z` : `M${x} ${y}h${width}` })
    : svg("path", { class: "open", d: `M${x} ${y}h${width}` });
  const isRight = x + width + 6 + time.words.length * LETTER < axis.width;
  const when = svg("text", { class: "w", x: round(isRight ? x + width + 6 : x - 6), y: y + 4, "text-anchor": isRight ? "start" : "end" }, time.words);
  const parts = [svg("text", { x: 0, y: isWide ? top + 4 : top }, short), line, ...(isWide ? [when] : [])];
  return link(href && root + href, mark, ...(short === label ? [] : [svg("title", {}, label)]), ...parts);
}
