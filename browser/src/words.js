// The page's own words in its language: translations by the English text, from the block "texts" of the page, which a
// page in English does not have.

let [texts, locale] = [{}, "en"];

/** Return what `useWords` needs, from the page: the worker has no page, and gets it in a message. */
export function wordsOfPage() {
  const language = document.documentElement.lang || "en";
  return { texts: JSON.parse(document.getElementById("texts")?.textContent ?? "{}"), language };
}

/** Use translations, and numbers and months of a language, in digits from 0 to 9 as on the other pages. */
export function useWords(words) {
  texts = words.texts;
  locale = words.language.split("-")[0] === "en" ? "en" : `${words.language}-u-nu-latn`;
}

const filled = (text, values) => text.replace(/\{(\w+)\}|%\((\w+)\)s/g, (whole, name, other) => values[name ?? other] ?? whole);

/** Return a message in the language of the page, with the values of its placeholders, `{name}` or `%(name)s`. */
export function _(message, values = {}) {
  return filled(texts[message] ?? message, values);
}

/** Return a message in the form that its number has; `count` is the number as a text. */
export function ngettext(one, many, number, values = { count: numeral(number) }) {
  const form = texts[one]?.[texts[""][number < 200 ? number : 100 + (number % 100)]];
  return filled(form ?? (number === 1 ? one : many), values);
}

/** Return a text with nodes in place of its placeholders: texts and nodes in their order. */
export function pieces(text, nodes) {
  return text.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? nodes[piece] : piece));
}

/** Return a number as text, with so many digits after the decimal point. */
export function numeral(value, digits = 0) {
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Return the name of a month, from 1 to 12, as within a date or as it stands alone. */
export function monthName(month, { isShort = false, isAlone = true } = {}) {
  const format = { month: isShort ? "short" : "long", timeZone: "UTC", ...(isAlone ? {} : { day: "numeric" }) };
  const parts = new Intl.DateTimeFormat(locale, format).formatToParts(Date.UTC(2000, month - 1, 1));
  return parts.find(({ type }) => type === "month").value;
}
