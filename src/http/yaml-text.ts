import { isAlias, isMap, isScalar, isSeq, parseDocument, stringify, type ParsedNode } from "yaml";
import { err, ok, type Result } from "../domain/result";

/** Enough for files that are written by hand; each costs a walk over the whole document. */
const MAX_ALIASES = 200;
/** What all aliases of one anchor may unfold to: an alias of aliases multiplies. */
const MAX_UNFOLDED = 1_000;
/** Far deeper than any profile: the parser goes down by recursion. */
const MAX_BRACKETS = 500;

const CORE = { version: "1.2", schema: "core", strict: true } as const;
const TOO_MUCH = "The YAML is nested too deeply, or its aliases unfold to too much.";

/** YAML 1.2, core schema, one document; whatever needs a tag of somebody's own is refused. */
export function parseYaml(text: string): Result<unknown, string> {
  if (openBrackets(text) > MAX_BRACKETS) return err(`More than ${MAX_BRACKETS} brackets are open at once.`);
  try {
    // Looked for by the parser itself, keys that stand twice cost the square of their number.
    const document = parseDocument(text, { ...CORE, merge: false, uniqueKeys: false, prettyErrors: false });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) return err(`${placeOf(text, fault.pos[0])}: ${wordsOf(fault.message)}`);
    const misuse = misuseIn(document.contents);
    return misuse === null ? ok(document.toJS({ maxAliasCount: MAX_UNFOLDED })) : err(misuse);
  } catch (error) {
    // A RangeError is the parser's stack, used up by nesting; a ReferenceError an alias of nothing, or of too much.
    if (error instanceof ReferenceError && error.message.startsWith("Unresolved alias"))
      return err(error.message);
    if (error instanceof RangeError || error instanceof ReferenceError) return err(TOO_MUCH);
    throw error;
  }
}

export const yamlText = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

const wordsOf = (message: string): string => (message.includes("call stack") ? TOO_MUCH : message);

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

/** What is YAML and no JSON, or too much of it: in one pass. */
function misuseIn(root: ParsedNode | null): string | null {
  const open: (ParsedNode | null)[] = [root];
  let aliases = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isAlias(node) && ++aliases > MAX_ALIASES) return `It has more than ${MAX_ALIASES} aliases.`;
    if (isSeq(node)) for (const item of node.items) open.push(item as ParsedNode);
    if (!isMap(node)) continue;
    const names = new Set<string>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) return "A member's name has to be a text.";
      const name = String(key.value);
      if (names.has(name)) return `The member "${name.slice(0, 80)}" stands twice in one place.`;
      names.add(name);
      open.push(value as ParsedNode | null);
    }
  }
  return null;
}

/** How deep `[` and `{` are nested at most, wherever they stand. */
function openBrackets(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
  }
  return deepest;
}
