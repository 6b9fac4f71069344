import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/catalogue/byte-writer";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { parseProfile } from "../../../src/catalogue/profile/profile";
import { bindColumns } from "../../../src/catalogue/reading/binding";
import { HeaderNames } from "../../../src/catalogue/reading/header-names";
import { INDEX_ROOM_BYTES, RowIndex } from "../../../src/catalogue/reading/row-index";
import { SourceOffsets } from "../../../src/catalogue/reading/source-offsets";
import { FindingKinds } from "../../../src/catalogue/report/finding-kinds";
import { Report } from "../../../src/catalogue/report/report";
import { RowFindings } from "../../../src/catalogue/run/row-findings";
import { RowJudge } from "../../../src/catalogue/run/row-judge";
import { RowStructure } from "../../../src/catalogue/run/row-structure";
import { Uniqueness } from "../../../src/catalogue/run/uniqueness/uniqueness";
import { MemorySink } from "../../support/memory-sink";
import { MemorySpillStore } from "../../support/memory-spill-store";
import { profileOf } from "../support";
import { csvOf, rows, SOUP_PROFILE } from "./oracle";

const LABELS = ["sku", "color", "gtin", "active", "rest"];

interface Setting {
  readonly profile?: unknown;
  readonly bytes?: number;
  readonly store?: MemorySpillStore | null;
}

/** A judge, the uniqueness it asks, and the report of both: what a run is made of, between two rows. */
function newRun({ profile = SOUP_PROFILE, bytes = 800, store = null }: Setting) {
  const parsed = parseProfile(profile);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const compiled = compileProfile(parsed.value);
  const sink = new MemorySink();
  const report = new Report(new ByteWriter(sink));
  const { columns } = bindColumns(new HeaderNames(compiled, new Map()), LABELS);
  const kinds = new FindingKinds(report, "en", LABELS);
  const judging = { profile: compiled, columns, width: LABELS.length, kinds, report };
  const uniqueness = Uniqueness.of({ ...judging, bytes, store });
  if (!uniqueness) throw new Error("there is nothing to compare");
  const index = new RowIndex(0x2c, LABELS.length);
  const findings = new RowFindings(report, new SourceOffsets("utf-8", 0), 2);
  const structure = new RowStructure(kinds, findings, LABELS.length, 0);
  const judge = new RowJudge(
    {
      ...judging,
      findings,
      structure,
      corrector: null,
      derived: null,
      isWritable: null,
      uniqueness,
      observer: null,
    },
    index,
  );
  const judgeText = async (text: string) => {
    const content = new TextEncoder().encode(text);
    const held = new Uint8Array(content.length + INDEX_ROOM_BYTES);
    held.set(content);
    index.index(held, 0, content.length, true);
    for (let row = 0; row < index.rowCount; await uniqueness.flush()) {
      row = judge.judge({ bytes: held, index }, row, true);
    }
  };
  const lines = async () => {
    await report.flush();
    // Each text that is judged is a file of its own here.
    return new TextDecoder().decode(sink.bytes()).replace(/"byte_offset":\d+/g, '"byte_offset":0');
  };
  return { uniqueness, findings, judgeText, lines };
}

function recordsOf(file: string): string[] {
  const records: string[] = [];
  let isOpen = false;
  for (const line of file.split("\n").slice(1)) {
    if (isOpen) records.push(`${records.pop()}\n${line}`);
    else records.push(line);
    if ((line.split('"').length - 1) % 2 === 1) isOpen = !isOpen;
  }
  return records;
}

const goesOn = () => Promise.resolve(true);

describe("a snapshot of uniqueness", () => {
  it.each([false, true])(
    "resumes a run at any row with the same findings (through a store: %s)",
    async (spills) => {
      const store = () => (spills ? new MemorySpillStore(33) : null);
      await fc.assert(
        fc.asyncProperty(
          rows,
          fc.nat(),
          fc.nat({ max: 40 }),
          fc.boolean(),
          async (all, at, further, drains) => {
            const records = recordsOf(csvOf(all));
            expect(records.length).toBe(all.length);
            const cut = at % (records.length + 1);
            const whole = newRun({ store: store() });
            await whole.judgeText(records.join("\n"));
            const wholeLate = await whole.uniqueness.finish(goesOn);

            const kept = store();
            const killed = newRun({ store: kept });
            await killed.judgeText(records.slice(0, cut).join("\n"));
            const before = await killed.lines();
            const snapshot = killed.uniqueness.snapshot();
            const { rows: judged, line } = killed.findings;
            // What the killed run spills after the snapshot is in the store twice in the end.
            await killed.judgeText(records.slice(cut, cut + further).join("\n"));
            if (drains) await killed.uniqueness.finish(goesOn);

            const resumed = newRun({ store: kept });
            resumed.uniqueness.restore(snapshot);
            expect(resumed.uniqueness.snapshot()).toEqual(snapshot);
            resumed.findings.rows = judged;
            resumed.findings.line = line;
            await resumed.judgeText(records.slice(cut).join("\n"));
            const late = await resumed.uniqueness.finish(goesOn);
            expect(before + (await resumed.lines())).toBe(await whole.lines());
            expect(late).toEqual(wholeLate);
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it("takes about 14 bytes a key", async () => {
    const run = newRun({
      profile: profileOf([{ id: "s", field: "sku", check: { type: "unique" } }]),
      bytes: 1e6,
    });
    const count = 20_000;
    await run.judgeText(Array.from({ length: count }, (_, i) => `K${i},,,,`).join("\n"));
    expect(run.uniqueness.snapshot().length).toBeLessThan(count * 14 + 200);
  });

  it("is refused by another version, another run and when it was cut", async () => {
    const run = newRun({});
    await run.judgeText("A,red,96385074,yes,.\nB,red,,no,.");
    const snapshot = run.uniqueness.snapshot();
    const restoring = (bytes: Uint8Array, setting: Setting = {}) => {
      return () => newRun(setting).uniqueness.restore(bytes);
    };
    expect(restoring(snapshot)).not.toThrow();
    expect(restoring(Uint8Array.from(snapshot, (byte, i) => (i === 0 ? 2 : byte)))).toThrow(
      "another version",
    );
    expect(restoring(snapshot, { bytes: 1600 })).toThrow("another run");
    expect(restoring(snapshot, { store: new MemorySpillStore() })).toThrow("another run");
    const other = profileOf([{ id: "sku_unique", field: "sku", check: { type: "unique" } }]);
    expect(restoring(snapshot, { profile: other })).toThrow("another run");
    for (let size = 0; size < snapshot.length; size++) {
      expect(restoring(snapshot.subarray(0, size))).toThrow("snapshot of uniqueness");
    }
  });
});
