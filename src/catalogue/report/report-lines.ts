const NEWLINE = 0x0a;

/** The lines of NDJSON as its chunks come, those of a chunk at once; each is held until its end is there. */
export async function* linesOf(
  ndjson: ReadableStream<Uint8Array>,
): AsyncGenerator<readonly string[], undefined, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const reader = ndjson.getReader();
  let rest = "";
  let hasEnded = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const isWhole = value.lastIndexOf(NEWLINE) >= 0;
      rest += decoder.decode(value, { stream: true });
      if (!isWhole) continue;
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield lines;
    }
    hasEnded = true;
    rest += decoder.decode();
    if (rest !== "") yield [rest];
  } finally {
    if (!hasEnded) await reader.cancel();
  }
}
