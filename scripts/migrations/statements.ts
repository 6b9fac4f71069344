/** Splits SQL into its statements; a trigger's body, a string and a comment may hold semicolons. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let words: string[] = [];
  let depth = 0;
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (token === ";") {
      if (depth > 0) continue;
      if (words.length > 0) statements.push(sql.slice(start, index).trim());
      start = index + 1;
      words = [];
      continue;
    }
    if (/^(?:--|\/\*)/.test(token)) continue;
    const word = token.toUpperCase();
    words.push(word);
    if (!isTrigger(words)) continue;
    if (word === "BEGIN" || word === "CASE") depth += 1;
    if (word === "END") depth -= 1;
  }
  if (words.length > 0) statements.push(sql.slice(start).trim());
  return statements;
}

/** A comment, a quoted text or name, a word, or any other visible character. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+|[^\s]/g;

function isTrigger(words: readonly string[]): boolean {
  return words[0] === "CREATE" && words[words[1]?.startsWith("TEMP") ? 2 : 1] === "TRIGGER";
}
