/** What the classes of a source offer, read off its text: whatever its types say elsewhere, this is how it is called. */

export interface Method {
  /** `Class.method`. */
  readonly name: string;
  /** As it is written; null for what takes nothing, or is no method though it is public. */
  readonly first: string | null;
}

const NOISE = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`/g;
/** So that only the brackets of types are angles. */
const ARROW = "\u21d2";
const MEMBER =
  /^((?:(?:public|private|protected|static|override|readonly|async|abstract|declare|accessor|get|set)\s+)*)\*?\s*([#\w$]+)\s*[?!]?\s*([(=:]|$)/;

/** Every public member of every class. */
export function methodsIn(source: string): readonly Method[] {
  const code = source.replace(NOISE, (noise) => (noise.startsWith("/") ? " " : '""')).replaceAll("=>", ARROW);
  return [...code.matchAll(/\bclass\b(?:\s+(\w+))?/g)].flatMap(({ 0: head, 1: name = "class", index }) => {
    const [, ...members] = partsOf(code.slice(index + head.length));
    return members.flatMap((member) => methodOf(name, member));
  });
}

/** From behind a class's name: its heritage, then each member up to its body. */
function partsOf(code: string): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  let body = 0;
  for (const char of code) {
    const change = "({[<".includes(char) ? 1 : ")}]>".includes(char) ? -1 : 0;
    if (body > 0) body += "<>".includes(char) ? 0 : change;
    else if (depth === 0 && char === "{" && parts.length > 0) body = 1;
    else if (depth > 0 || !"{};".includes(char)) {
      depth += change;
      part += char;
      continue;
    } else if (char === "}") return [...parts, part];
    if (body > 0) continue;
    parts.push(part);
    part = "";
  }
  throw new Error("A class does not end.");
}

function methodOf(className: string, member: string): readonly Method[] {
  const text = withoutTypeArguments(member).trim();
  const found = MEMBER.exec(text);
  if (!found) return [];
  const [head, modifiers = "", name = "", opens] = found;
  if (name === "constructor" || name.startsWith("#") || /\b(?:private|protected)\b/.test(modifiers))
    return [];
  const rest = text.slice(head.length);
  const arrow = /^\s*(?:async\s*)?\(/.exec(opens === "=" ? rest : "")?.[0];
  const parameters = opens === "(" ? rest : arrow === undefined ? null : rest.slice(arrow.length);
  return [{ name: `${className}.${name}`, first: parameters === null ? null : firstOf(parameters) }];
}

function withoutTypeArguments(text: string): string {
  const shorter = text.replace(/<[^<>]*>/g, "");
  return shorter === text ? text : withoutTypeArguments(shorter);
}

/** The first parameter of a list, from behind its opening parenthesis. */
function firstOf(parameters: string): string | null {
  let depth = 0;
  let end = 0;
  for (; end < parameters.length; end++) {
    const char = parameters.charAt(end);
    if (depth === 0 && ",)".includes(char)) break;
    depth += "({[".includes(char) ? 1 : ")}]".includes(char) ? -1 : 0;
  }
  return parameters.slice(0, end).trim() || null;
}
