// The names of the things of the dataset, their pages, and the marks of claims; a build writes them into names.json.

/** Characters that a page does not show: control characters, and those that turn the direction of the text around. */
const UNSEEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;
const LINKED = /^(https?:\/\/|mailto:)[^\s<>"']+$/i;

/** Return a text of the data as a page may show it. */
export function shown(text) {
  return text.replace(UNSEEN, "");
}

/** Return an IRI if a page may link to it, else an empty string. */
export function external(iri) {
  return LINKED.test(iri) ? iri : "";
}

/** Return a text without capitals and marks, for comparison. */
export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * What the build knows of the things: {iri, href, label, language, claim, isArticle, spot}, by IRI and by sentence of a
 * claim. `spot` is the number of the name of the country or place where a thing is on the map.
 */
export class Names {
  constructor({ base = "", names = [], claims = {}, marks = [], verdicts = [], articles = [], spots = {} } = {}) {
    const isArticle = new Set(articles);
    this.all = names.map(([iri, href, label = "", language = ""], i) => ({
      iri: iri.startsWith("/") ? base + iri.slice(1) : iri,
      href: href || `${iri.slice(1)}.html`,
      label,
      language,
      claim: claims[i] && claimOf(claims[i], marks, verdicts),
      isArticle: isArticle.has(i),
      spot: spots[i],
    }));
    this.hasClaims = marks.length > 0;
    this.byIri = new Map(this.all.map((name) => [name.iri, name]));
    const stated = this.all.filter(({ claim }) => claim?.sentence);
    stated.sort((one, other) => other.claim.isFact - one.claim.isFact); // of two claims, the one that is no fact is found
    this.bySentence = new Map(stated.map((name) => [name.claim.sentence, name]));
  }

  /** Return the claim that a term of an answer is, or whose sentence it is; undefined for anything else. */
  claimOf(term) {
    const name = term.type === "uri" ? this.byIri.get(term.value) : this.bySentence.get(shown(term.value));
    return name?.claim;
  }

  /** Return up to `most` things whose name or local name has the words that begin as typed, the best first. */
  find(typed, most, isWanted = () => true) {
    this.folded ??= this.all.map(({ iri, label }) => `${folded(label)} ${iri.slice(iri.search(/[^/#]*$/)).toLowerCase()}`);
    const words = folded(typed).split(/[\s:]+/).filter(Boolean);
    const found = [];
    this.all.forEach((name, i) => {
      const text = ` ${this.folded[i].replace(/[-_]/g, " ")}`;
      if (isWanted(name) && words.every((word) => text.includes(` ${word}`))) found.push([text.length, name]);
    });
    return found.sort(([one], [other]) => one - other).slice(0, most).map(([, name]) => name);
  }
}

function claimOf([mark, verdict, prefix, sentence], marks, verdicts) {
  const [word, isFact, icons] = marks[mark];
  return { word, isFact: Boolean(isFact), icons, verdict: verdicts[verdict], prefix, sentence };
}
