/** HTML in which every value is hostile: what is not markup made here is escaped, in text and in quoted attributes. */

export class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | Markup | null | readonly Value[];

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, index) => part + rendered(values[index] ?? null)).join(""));
}

function rendered(value: Value): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(rendered).join("");
  return String(value)
    .replace(UNSEEN, named)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What nobody sees, or what turns the text behind it around, is named instead; U+200D joins emoji. */
const UNSEEN = /(?![\t\n\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const named = (character: string): string =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;
