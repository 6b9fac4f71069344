/** JSON in what a person has pasted: bare, behind an answer's headers, in a line of a log, one or several. */

const STARTS_MAX = 32;
const VALUES_MAX = 500;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Every value that stands in the text by itself; none if there is none. */
export function pastedJson(text: string): readonly unknown[] {
  const whole = parsed(text);
  if (whole !== undefined) return typeof whole === "string" ? valuesIn(whole) : [whole];
  return valuesIn(text);
}

function valuesIn(text: string): readonly unknown[] {
  const values: unknown[] = [];
  let inVain = 0;
  let at = nextStart(text, 0);
  while (at >= 0 && inVain < STARTS_MAX && values.length < VALUES_MAX) {
    const end = endOf(text, at);
    const value = end < 0 ? undefined : parsed(text.slice(at, end));
    if (value === undefined) inVain++;
    else values.push(value);
    at = nextStart(text, value === undefined ? at + 1 : end);
  }
  return values;
}

function nextStart(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) return at;
  }
  return -1;
}

/** Behind the bracket that closes the one at `start`; -1 if nothing does. */
function endOf(text: string, start: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isQuoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isQuoted = false;
    } else if (code === QUOTE) isQuoted = true;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return at + 1;
  }
  return -1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
