import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileProfile } from "../../src/catalogue/profile/compile";
import { parseProfile } from "../../src/catalogue/profile/profile";
import type { CatalogueRun } from "../../src/catalogue/run/catalogue-run";
import { runCatalogue } from "../../src/catalogue/run/run";
import type { RunState } from "../../src/catalogue/run/run-state";
import { MemorySink } from "../support/memory-sink";
import { MemorySpillStore } from "../support/memory-spill-store";
import { bytesOf } from "./soups";
import { chunked, profileOf } from "./support";

const encoder = new TextEncoder();

const PROFILE = profileOf([
  {
    id: "spaces",
    field: "a",
    check: { type: "normalized", trim: true, collapse_spaces: true },
    fix: { type: "normalize", trim: true, collapse_spaces: true },
    severity: "warning",
  },
  { id: "price", field: "b", check: { type: "decimal", scale: 2 }, fix: { type: "normalize_decimal" } },
  { id: "needed", field: "c", check: { type: "required" } },
  { id: "once", field: "b", check: { type: "unique_together", fields: ["c"] }, severity: "warning" },
]);

interface Sinks {
  readonly output: MemorySink;
  readonly report: MemorySink;
}

const EVERY_BYTES = 64 * 1024;

function runOver(
  file: Uint8Array,
  sinks: Sinks,
  more: Partial<CatalogueRun>,
): ReturnType<typeof runCatalogue> {
  const parsed = parseProfile(PROFILE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return runCatalogue({
    source: chunked(file, (at) => at + 50_000),
    compressed: false,
    maxInflatedBytes: 1e9,
    profile: compileProfile(parsed.value),
    mode: "correct",
    ...sinks,
    onProgress: () => "go",
    ...more,
  });
}

const freshSinks = (): Sinks => ({ output: new MemorySink(), report: new MemorySink() });

/** What the sinks hold when a state is saved, as a store of parts would keep it. */
interface Kept extends Sinks {
  readonly state: RunState;
}

async function copyOf({ output, report }: Sinks): Promise<Sinks> {
  const copy = freshSinks();
  await copy.output.write(output.bytes());
  await copy.report.write(report.bytes());
  return copy;
}

/** Runs to the end, keeping every state that it could go on from. */
async function runKeeping(file: Uint8Array, more: Partial<CatalogueRun> = {}) {
  const sinks = freshSinks();
  const kept: Kept[] = [];
  const save = async (state: RunState) => {
    kept.push({ state, ...(await copyOf(sinks)) });
    return "go" as const;
  };
  const result = await runOver(file, sinks, { checkpoints: { everyBytes: EVERY_BYTES, save }, ...more });
  return { result, sinks, kept };
}

async function goOnFrom(kept: Kept, file: Uint8Array, more: Partial<CatalogueRun> = {}) {
  const sinks = await copyOf(kept);
  const result = await runOver(file, sinks, {
    resume: {
      state: kept.state,
      sourceAt: async (byte) => chunked(file.subarray(byte), (at) => at + 70_001),
    },
    ...more,
  });
  return { result, sinks };
}

/** All that can make a place hard to go on from: quoted line ends, ragged and blank rows, stray quotes, a row too long. */
function nastyFile(seed: number, rows: number): Uint8Array {
  const random = fc.sample(fc.nat(1_000_000), { seed, numRuns: rows });
  const lines = random.map((pick, row) => {
    const price = pick % 7 === 0 ? `1.${100 + (pick % 900)},50` : `${pick % 5000}.25`;
    switch (pick % 23) {
      case 0:
        return "";
      case 1:
        return `"quoted\nline ${row}",${price},x`;
      case 2:
        return `6.4" TV ${row},${price}`;
      case 3:
        return `"never closed ${row},${price},y`;
      case 4:
        return ` two  spaces ${row},${price},z,extra`;
      case 5:
        return `ação ${row},abc,`;
      default:
        return `text ${"lorem ipsum ".repeat(pick % 9)}${row},${price},${pick % 3 === 0 ? "" : "v"}`;
    }
  });
  lines.splice(rows >> 1, 0, `${"w".repeat(1_300_000)},1,2`);
  return encoder.encode(`a,b,c\n${lines.join("\n")}\n`);
}

describe("a run that goes on from a checkpoint", () => {
  it.each([1, 2, 3])(
    "ends with the same bytes and the same account, from wherever it was kept (%i)",
    async (seed) => {
      const file = nastyFile(seed, 24_000);
      const whole = await runKeeping(file);
      expect(whole.result.ok).toBe(true);
      expect(whole.kept.length).toBeGreaterThan(5);
      for (const kept of whole.kept) {
        const { result, sinks } = await goOnFrom(kept, file);
        expect(result).toEqual(whole.result);
        expect(Buffer.compare(sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
        expect(Buffer.compare(sinks.report.bytes(), whole.sinks.report.bytes())).toBe(0);
      }
    },
  );

  it("goes on with keys that were spilled, of which the store then has some twice", async () => {
    const file = nastyFile(8, 12_000);
    const options = { spill: new MemorySpillStore(5_000), uniquenessBytes: 20_000 };
    const whole = await runKeeping(file, options);
    expect(whole.result.ok).toBe(true);
    for (const kept of [whole.kept[1]!, whole.kept.at(-1)!]) {
      const { result, sinks } = await goOnFrom(kept, file, options);
      expect(result).toEqual(whole.result);
      expect(Buffer.compare(sinks.report.bytes(), whole.sinks.report.bytes())).toBe(0);
    }
  });

  it("remembers how the first window was written, and what has contradicted it", async () => {
    const lines = Array.from({ length: 50_000 }, (_, row) => {
      const price = row > 40_000 && row % 1_000 === 0 ? "1,234.50" : row % 3 === 0 ? "1.234" : "10,50";
      return `text ${row},"${price}",v`;
    });
    const file = encoder.encode(`a,b,c\n${lines.join("\n")}\n`);
    const whole = await runKeeping(file);
    expect(whole.result).toMatchObject({
      ok: true,
      value: {
        conventions: [{ numbers: { convention: "br" }, contradictions: 9 }],
        byRule: expect.arrayContaining([expect.objectContaining({ code: "mixed-convention", findings: 1 })]),
      },
    });
    for (const kept of [whole.kept[1]!, whole.kept.at(-1)!]) {
      const { result, sinks } = await goOnFrom(kept, file);
      expect(result).toEqual(whole.result);
      expect(Buffer.compare(sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
      expect(Buffer.compare(sinks.report.bytes(), whole.sinks.report.bytes())).toBe(0);
    }
  });

  it.each(["utf-16le", "utf-16be", "windows-1252"] as const)(
    "goes on in %s, at the byte of the source and not of what is read",
    async (encoding) => {
      const file = bytesOf(new TextDecoder().decode(nastyFile(8, 12_000)), encoding);
      const packed = new Uint8Array(
        await new Response(chunked(file, (at) => at + 50_000).pipeThrough(gzip())).arrayBuffer(),
      );
      const whole = await runKeeping(file);
      expect(whole.result).toMatchObject({ ok: true, value: { reading: { encoding } } });
      expect(whole.kept.length).toBeGreaterThan(2);
      for (const kept of whole.kept) {
        const { result, sinks } = await goOnFrom(kept, file);
        expect(result).toEqual(whole.result);
        expect(Buffer.compare(sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
        expect(Buffer.compare(sinks.report.bytes(), whole.sinks.report.bytes())).toBe(0);
      }
      const inflated = await goOnFrom(whole.kept.at(-1)!, packed, { compressed: true });
      expect(Buffer.compare(inflated.sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
    },
  );

  it("goes on with gzip too, passing over what is done", async () => {
    const file = nastyFile(4, 6_000);
    const packed = new Uint8Array(
      await new Response(chunked(file, (at) => at + 50_000).pipeThrough(gzip())).arrayBuffer(),
    );
    const options = { compressed: true };
    const whole = await runKeeping(packed, options);
    const kept = whole.kept.at(-1)!;
    const { result, sinks } = await goOnFrom(kept, packed, options);
    expect(result).toEqual(whole.result);
    expect(Buffer.compare(sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
  });

  it("is kept about as often as asked, and never without need", async () => {
    const file = nastyFile(5, 9_000);
    const { kept } = await runKeeping(file);
    const offsets = kept.map(({ state }) => (JSON.parse(state.json) as { offset: number }).offset);
    for (const [i, offset] of offsets.entries())
      expect(offset - (offsets[i - 1] ?? 0)).toBeGreaterThanOrEqual(EVERY_BYTES);
    expect((await runKeeping(encoder.encode("a,b,c\n1,2,3\n"))).kept).toEqual([]);
  });

  it("stops where it was kept, if it is told to", async () => {
    const file = nastyFile(6, 6_000);
    const save = async () => "stop" as const;
    const result = await runOver(file, freshSinks(), { checkpoints: { everyBytes: EVERY_BYTES, save } });
    expect(result).toMatchObject({ ok: false, error: { reason: "stopped" } });
  });

  it("begins at the beginning where another version has kept the state", async () => {
    const file = nastyFile(7, 2_000);
    const whole = await runKeeping(file);
    const strange = { state: { json: `{"version":0}`, bytes: new Uint8Array() }, ...freshSinks() };
    const { result, sinks } = await goOnFrom(strange, file);
    expect(result).toEqual(whole.result);
    expect(Buffer.compare(sinks.output.bytes(), whole.sinks.output.bytes())).toBe(0);
  });
});

const gzip = (): ReadableWritablePair<Uint8Array, Uint8Array> =>
  new CompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
