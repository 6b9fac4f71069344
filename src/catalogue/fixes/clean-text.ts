/** Text as a marketplace shows it: without HTML, control characters and, if asked, emoji. Each step is linear. */

const BREAKING_TAG = /^<\/?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|section|article)\b/i;
const TAG = /<[/!]?[A-Za-z!][^<>]*>/g;
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g;
const ACCENTED = /^([A-Za-z])(acute|grave|circ|tilde|uml|cedil|ring)$/;
// Tabs and line ends are text; the zero-width joiner and the variation selectors are what emoji are made of.
const CONTROL = /(?![\t\n\r])\p{Cc}|[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]/gu;
const EMOJI =
  /\p{Extended_Pictographic}\ufe0f|[\p{Emoji_Presentation}\p{Emoji_Modifier}\u{1f1e6}-\u{1f1ff}]|\ufe0f|\u200d|\u20e3/gu;

const MARKS: Readonly<Record<string, string>> = {
  acute: "\u0301",
  grave: "\u0300",
  circ: "\u0302",
  tilde: "\u0303",
  uml: "\u0308",
  cedil: "\u0327",
  ring: "\u030a",
};
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["ordm", "º"],
  ["ordf", "ª"],
  ["deg", "°"],
  ["ndash", "–"],
  ["mdash", "—"],
  ["hellip", "…"],
  ["bull", "•"],
  ["reg", "®"],
  ["copy", "©"],
  ["trade", "™"],
]);

/** Entities may hide tags, and tags entities: what needs more rounds than this is left as it then is. */
const ROUNDS_MAX = 4;

export function cleanText(text: string, keepsEmoji: boolean): string {
  let cleaned = text;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = cleaned;
    cleaned = cleanOnce(before, keepsEmoji);
    if (cleaned === before) return cleaned;
  }
  return cleaned;
}

function cleanOnce(text: string, keepsEmoji: boolean): string {
  const untagged = text.replace(TAG, (tag) => (BREAKING_TAG.test(tag) ? " " : ""));
  const spaced = untagged === text ? text : untagged.replace(/ {2,}/g, " ").trim();
  const decoded = spaced.includes("&") ? spaced.replace(ENTITY, decode) : spaced;
  const printable = decoded.replace(CONTROL, "");
  return keepsEmoji ? printable : printable.replace(EMOJI, "");
}

function decode(entity: string, decimal?: string, hex?: string, name = ""): string {
  if (decimal !== undefined) return character(Number.parseInt(decimal, 10)) ?? entity;
  if (hex !== undefined) return character(Number.parseInt(hex, 16)) ?? entity;
  const accented = ACCENTED.exec(name);
  const mark = accented?.[2];
  if (accented?.[1] && mark !== undefined) return (accented[1] + (MARKS[mark] ?? "")).normalize("NFC");
  return NAMED.get(name) ?? entity;
}

function character(code: number): string | null {
  const isOne = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isOne ? String.fromCodePoint(code) : null;
}
