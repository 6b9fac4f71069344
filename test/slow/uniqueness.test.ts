import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import { runCatalogue } from "../../src/catalogue/run/run";
import { profileOf } from "../catalogue/support";
import { MemorySink } from "../support/memory-sink";
import { MemorySpillStore } from "../support/memory-spill-store";

const ROWS = 5_000_000;
const BATCH_ROWS = 10_000;
/** So far back lies what every thousandth row repeats: the first of them within the budget, the last far beyond. */
const BACK = 300_000;

function* catalogue(): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode("sku\n");
  for (let from = 0; from < ROWS; from += BATCH_ROWS) {
    let text = "";
    for (let i = from; i < from + BATCH_ROWS; i++) {
      text += `S${i % 1000 === 999 && i > BACK ? i - BACK + 1 : i}\n`;
    }
    yield encoder.encode(text);
  }
}

describe("uniqueness over millions of rows", () => {
  it("is exact beyond its budget", async () => {
    const parsed = parseProfile(profileOf([{ id: "sku_unique", field: "sku", check: { type: "unique" } }]));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const chunks = catalogue();
    const report = new MemorySink();
    const result = await runCatalogue({
      source: new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done, value } = chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      }),
      compressed: false,
      maxInflatedBytes: 0,
      profile: compileProfile(parsed.value),
      mode: "validate",
      output: null,
      report,
      spill: new MemorySpillStore(64 * 1024),
      onProgress: () => "go",
    });
    const repeats = (ROWS - BACK) / 1000;
    expect(result).toMatchObject({ ok: true, value: { counters: { total: ROWS, errors: repeats } } });
    const findings = new TextDecoder().decode(report.bytes()).trimEnd().split("\n");
    expect(findings.length).toBe(repeats);
    findings.forEach((line, i) => {
      const { row, first } = JSON.parse(line) as { row: number; first: { row: number; line: number } };
      expect(row).toBe(BACK + (i + 1) * 1000);
      expect(first).toEqual({ row: row - BACK + 1, line: row - BACK + 2 });
    });
  }, 120_000);
});
