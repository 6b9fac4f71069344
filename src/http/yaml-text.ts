import { parseDocument, stringify } from "yaml";
import { err, ok, type Result } from "../domain/result";

/** What an alias may unfold to, as a multiple of what is written: enough for files by hand, nothing for a bomb. */
const MAX_ALIASES = 100;
/** Far deeper than any profile: the parser goes down by recursion. */
const MAX_BRACKETS = 500;

/** YAML 1.2, core schema, one document; whatever needs a tag of somebody's own is refused. */
export function parseYaml(text: string): Result<unknown, string> {
  if (openBrackets(text) > MAX_BRACKETS) return err(`More than ${MAX_BRACKETS} brackets are open at once.`);
  try {
    const document = parseDocument(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: true,
      strict: true,
    });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) return err(fault.message.split("\n", 1)[0] ?? "The body is not YAML.");
    return ok(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    // A RangeError is its own stack, used up by nesting; a ReferenceError an alias without an anchor, or a bomb.
    if (error instanceof RangeError || error instanceof ReferenceError || error instanceof TypeError)
      return err("The YAML is nested too deeply, or its aliases unfold to too much.");
    throw error;
  }
}

export const yamlText = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

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
