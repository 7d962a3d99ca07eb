// Which pictures the columns of an answer allow: as publisher/site/pictures/answers.py decides for the pages of questions.

import { timeOf } from "./dates.js";
import { shown } from "./names.js";
import { _ } from "./words.js";

const END = /^((end|ended|until|till|to|through|last)([A-Z_].*)?|.*(End|Until|To))$/;
const LATITUDE = /^((.*_)?(lat|latitude)|.*(Lat|Latitude))$/;
const LONGITUDE = /^((.*_)?(lon|lng|long|longitude)|.*(Lon|Lng|Long|Longitude))$/;
const NUMBER = /#(integer|decimal|double|float)$/;
const POINT = /^(?:<[^>]*>)?\s*POINT\s*\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)\s*\)$/i;
const LAYERS = { fact: "fact", claim: "said" };

/** The rows of an answer with what they are about: `claims` has the claim of each row, if any. */
class Columns {
  constructor({ vars, rows }, claims, names) {
    Object.assign(this, { vars, rows, claims, names });
    this.layer = vars.find((name) => this.is(name, (term) => isPlain(term) && term.value in LAYERS));
    this.things = vars.filter((name) => this.is(name, (term) => this.thing(term)));
    const texts = vars.filter((name) => this.is(name, (term) => term.type === "literal" && !time(term) && !isNumber(term)));
    const several = (name) => new Set(this.values(name).map(keyOf)).size;
    this.subject = (this.things.length ? this.things : texts).reduce((best, name) => (!best || several(name) > several(best) ? name : best), "");
  }

  values(name) {
    return this.rows.map((row) => row[name]).filter(Boolean);
  }

  /** Tell whether all values of a column are of a kind, and so many of them different. */
  is(name, test, least = 1) {
    const values = new Map(this.values(name).map((term) => [keyOf(term), term]));
    return values.size >= least && [...values.values()].every(test);
  }

  /** Return the thing that a term is, if it has a page of its own and is no article. */
  thing(term) {
    const name = term?.type === "uri" ? this.names.byIri.get(term.value) : undefined;
    return name && !name.href.includes("#") && !name.isArticle ? name : undefined;
  }

  /** Return what a row is: fact, claim ("said") or, where it does not say so, neither. */
  mark(number) {
    const claim = this.claims[number];
    if (claim) return claim.isFact ? "fact" : "said";
    return (this.layer && LAYERS[this.rows[number][this.layer]?.value]) || "bare";
  }

  /** Return {href, label} of a row: of its claim, or of its subject. */
  name(number) {
    const claim = this.claims[number];
    if (claim?.sentence) return { href: this.claimHref(this.rows[number]), label: claim.prefix + claim.sentence };
    const term = this.rows[number][this.subject];
    return term ? named(term, this.names) : undefined;
  }

  claimHref(row) {
    const term = this.vars.map((name) => row[name]).find((each) => each && this.names.claimOf(each));
    const name = term.type === "uri" ? this.names.byIri.get(term.value) : this.names.bySentence.get(shown(term.value));
    return name.href;
  }
}

function named(term, names) {
  const name = term.type === "uri" ? names.byIri.get(term.value) : undefined;
  return { href: name?.href ?? "", label: name ? name.label || local(name.iri) : shown(term.value) };
}

const local = (iri) => iri.slice(iri.search(/[^/#]*$/));
const keyOf = (term) => JSON.stringify([term.type, term.value, term["xml:lang"], term.datatype]);
const isPlain = (term) => term.type === "literal" && !term["xml:lang"] && (!term.datatype || term.datatype.endsWith("#string"));
const isNumber = (term) => NUMBER.test(term.datatype ?? "");
const time = (term) => (term?.type === "literal" && !isNumber(term) ? timeOf(term.value) : null);

/** Return the pictures that an answer allows: {kind, title, …} with what each draws. */
export function picturesOf(table, claims, names, isGraph) {
  const columns = new Columns(isGraph ? linked(table, names) : table, isGraph ? [] : claims, names);
  const found = [timeline(columns), network(columns), map(columns)].filter(Boolean);
  return found.map((picture) => ({ ...picture, hasClaims: names.hasClaims }));
}

/** Return the triples of a graph that connect things, without their predicates. */
function linked({ rows }, names) {
  const vars = ["subject", "object"];
  const probe = new Columns({ vars, rows: [] }, [], names);
  return { vars, rows: rows.filter((row) => vars.every((name) => probe.thing(row[name]))) };
}

function timeline(columns) {
  const dated = columns.vars.filter((name) => columns.is(name, time));
  const start = dated.find((name) => !END.test(name) && columns.is(name, time, 2));
  if (!start) return null;
  const end = dated.find((name) => END.test(name) && name !== start);
  const bars = new Map();
  columns.rows.forEach((row, number) => {
    const [when, name] = [span(time(row[start]), time(row[end])), columns.name(number)];
    if (!when || !name) return;
    const bar = { ...name, time: when, mark: columns.mark(number) };
    const key = JSON.stringify([bar.href, bar.label, when.words, bar.mark]);
    if (!bars.has(key)) bars.set(key, bar);
  });
  if (new Set([...bars.values()].map((bar) => bar.time.words)).size < 2) return null;
  const order = ({ time: { first, last } }) => first ?? last;
  return { kind: "timeline", title: _("Time line"), bars: [...bars.values()].sort((one, two) => order(one) - order(two) || (one.label < two.label ? -1 : 1)) };
}

function span(begin, until) {
  if (begin?.first && until?.last && begin.first < until.last && begin.words !== until.words) {
    return { words: _("{begin} to {end}", { begin: begin.words, end: until.words }), first: begin.first, last: until.last };
  }
  return begin;
}

function network(columns) {
  const [first, second] = columns.things;
  if (!second) return null;
  const links = new Map();
  const nodes = new Map();
  columns.rows.forEach((row, number) => {
    const [from, to] = [columns.thing(row[first]), columns.thing(row[second])];
    if (!from || !to || from === to) return;
    const [one, two] = from.iri < to.iri ? [from, to] : [to, from];
    const key = `${one.iri} ${two.iri}`;
    const link = links.get(key) ?? { one, two, counts: { fact: 0, bare: 0, said: 0 } };
    links.set(key, link);
    link.counts[columns.mark(number)]++;
    link[to === two ? "toTwo" : "toOne"] = true;
    for (const node of [from, to]) nodes.set(node, (nodes.get(node) ?? 0) + 1);
  });
  if (nodes.size < 3 || links.size < 2) return null;
  return { kind: "network", title: _("Network"), nodes, links: [...links.values()], first, second };
}

function map(columns) {
  const places = byCoordinates(columns);
  if (!places.size) {
    const spots = columns.things.filter((name) => columns.is(name, (term) => columns.thing(term).spot !== undefined));
    columns.rows.forEach((row, number) => {
      for (const name of spots) {
        const spot = columns.thing(row[name])?.spot;
        if (spot !== undefined) count(places, spot, { spot, ...named({ type: "uri", value: columns.names.all[spot].iri }, columns.names) }, columns.mark(number));
      }
    });
  }
  return places.size < 2 ? null : { kind: "map", title: _("Map"), places: [...places.values()] };
}

function byCoordinates(columns) {
  const { vars } = columns;
  const [latitude, longitude] = [LATITUDE, LONGITUDE].map((pattern) => vars.find((name) => pattern.test(name)));
  const texts = vars.filter((name) => columns.is(name, (term) => term.type === "literal" && pointOf(term.value)));
  const places = new Map();
  columns.rows.forEach((row, number) => {
    const text = texts.map((name) => row[name]).find(Boolean);
    const point = text ? pointOf(text.value) : point2(row[longitude], row[latitude]);
    const term = row[columns.subject];
    if (point && term) count(places, keyOf(term), { point, ...named(term, columns.names) }, columns.mark(number));
  });
  return places;
}

function count(places, key, place, mark) {
  const own = places.get(key) ?? { ...place, rows: 0, claims: 0 };
  places.set(key, own);
  own[mark === "said" ? "claims" : "rows"]++;
  own.isFact ||= mark === "fact";
}

function pointOf(text) {
  const match = POINT.exec(text.trim());
  return match && within(Number(match[1]), Number(match[2]));
}

function point2(longitude, latitude) {
  if (longitude?.type !== "literal" || latitude?.type !== "literal" || !longitude.value.trim() || !latitude.value.trim()) return null;
  return within(Number(longitude.value), Number(latitude.value));
}

/** Return longitude and latitude in degrees; null for what is out of range. */
function within(x, y) {
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}
