import { err, ok, type Result } from "../domain/result";

export type JsonObject = Readonly<Record<string, unknown>>;
type JsonFault = "malformed" | "duplicate_name" | "too_deep";

const MAX_DEPTH = 32;

/**
 * JSON whose member names are unique in each object (RFC 7519 §4), however they are spelled. Parsers disagree on
 * which of two wins, so a text with two means nothing. Linear in the text's length.
 */
export function parseStrictJson(text: string): Result<unknown, JsonFault> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("malformed");
  }
  const fault = faultOf(text);
  return fault === null ? ok(value) : err(fault);
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Walks a text that is known to be JSON, so that only brackets, commas and strings need to be told apart. */
function faultOf(text: string): JsonFault | null {
  /** The names met so far in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let nameNext = false;
  for (let at = 0; at < text.length; at++)
    switch (text[at]) {
      case "{":
      case "[":
        nameNext = text[at] === "{";
        open.push(nameNext ? new Set() : null);
        if (open.length > MAX_DEPTH) return "too_deep";
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        nameNext = open.at(-1) !== null;
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (nameNext && names) {
          const name = unescaped(text.slice(at, end + 1));
          if (names.has(name)) return "duplicate_name";
          names.add(name);
        }
        nameNext = false;
        at = end;
      }
    }
  return null;
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

const unescaped = (literal: string): string =>
  literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
