// Dates of EDTF level 1 and of XML Schema: the days that they cover, and their words as publisher/site/words.py has them.

import { _, monthName } from "./words.js";

const SEASONS = {
  21: (year) => _("spring {year}", { year }),
  22: (year) => _("summer {year}", { year }),
  23: (year) => _("autumn {year}", { year }),
  24: (year) => _("winter {year}", { year }),
};
const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T[\d:.]+(?:Z|[-+][\d:]+)?)?)?)?([?~%])?$/;
const DOUBT = {
  "?": (date) => _("{date} (uncertain)", { date }),
  "~": (date) => _("{date} (about)", { date }),
  "%": (date) => _("{date} (about, uncertain)", { date }),
};
const OPEN = ["", ".."];

/** Return {words, first, last} of a text, the first and last day as a Date or null; null where it is no time. */
export function timeOf(text) {
  const slash = text.indexOf("/");
  const [begin, end] = slash < 0 ? [text, text] : [text.slice(0, slash), text.slice(slash + 1)];
  const [first, last] = [daysOf(begin), daysOf(end)];
  if ((!first && !OPEN.includes(begin)) || (!last && !OPEN.includes(end)) || (!first && (slash < 0 || !last))) return null;
  return { words: words(begin, end, slash < 0, first, last), first: first?.[0] ?? null, last: last?.[1] ?? null };
}

function words(begin, end, isSingle, first, last) {
  if (isSingle) return dateWords(begin);
  if (!first) return _("by {date}", { date: dateWords(end) });
  return last ? _("{begin} to {end}", { begin: dateWords(begin), end: dateWords(end) }) : _("{date}, on", { date: dateWords(begin) });
}

/** Return the first and the last day of a day, month, season or year; null where there is no such date. */
function daysOf(text) {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (!year) return null;
  if (match[2] === undefined) return [date(year, 1, 1), date(year, 12, 31)];
  if (SEASONS[month] && match[3] === undefined) return [date(year, 3 * (month - 20), 1), date(year, 3 * (month - 20) + 3, 0)];
  if (month < 1 || month > 12) return null;
  if (match[3] === undefined) return [date(year, month, 1), date(year, month + 1, 0)];
  const found = date(year, month, day);
  return day && found.getUTCMonth() === month - 1 ? [found, found] : null;
}

function date(year, month, day) {
  const found = new Date(0);
  found.setUTCFullYear(year, month - 1, day);
  return found;
}

function dateWords(text) {
  const [, digits, month, day, doubt] = DATE.exec(text);
  const date = withMonth(Number(digits), Number(month ?? 0), Number(day ?? 0));
  return DOUBT[doubt]?.(date) ?? date;
}

function withMonth(year, month, day) {
  if (SEASONS[month]) return SEASONS[month](year);
  if (!month) return String(year);
  if (!day) return _("{month} {year}", { month: monthName(month), year });
  return _("{day} {month} {year}", { day, month: monthName(month, { isAlone: false }), year });
}
