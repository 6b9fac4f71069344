import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { FileKeys } from "../../src/crypto/file-keys";
import { STORED_CHUNK_BYTES } from "../../src/crypto/file-codec";
import { readReportPage, type ReportPlace } from "../../src/storage/report-reader";
import { bucketWith, freshKeys, freshPath, putStored, store, storedAt, TestKeyring } from "./sealed-world";

/** Lines of many lengths; all together they lie across chunks and across what is read at once. */
const FINDINGS = Array.from({ length: 3_000 }, (_, row) => ({ row, text: "é".repeat((row * 37) % 300) }));
const ndjson = (findings: readonly unknown[]) =>
  new TextEncoder().encode(findings.map((finding) => `${JSON.stringify(finding)}\n`).join(""));
const REPORT = ndjson(FINDINGS);

async function stored(bytes = REPORT): Promise<FileKeys> {
  const keys = freshKeys();
  await store(keys, bytes);
  return keys;
}

const page = (keys: FileKeys, place: Partial<ReportPlace> = {}, bucket = env.FILES) =>
  readReportPage(bucket, keys, { fromByte: 0, skip: 0, limit: 100, ...place });

async function pageOf(keys: FileKeys, place: Partial<ReportPlace> = {}) {
  const read = await page(keys, place);
  if (!read.ok || read.value === null || read.value === "missing") throw new Error("no page");
  return read.value;
}

describe("a report", () => {
  it("is read to its end, page by page", async () => {
    const keys = await stored();
    const findings: unknown[] = [];
    for (let fromByte: number | null = 0; fromByte !== null;) {
      const { findings: some, nextByte } = await pageOf(keys, { fromByte, limit: 97 });
      findings.push(...some);
      fromByte = nextByte;
    }
    expect(findings).toEqual(FINDINGS);
  });

  it("passes over findings, also over more than is read at once", async () => {
    const keys = await stored();
    const { findings, nextByte } = await pageOf(keys, { skip: 2_500, limit: 3 });
    expect(findings).toEqual(FINDINGS.slice(2_500, 2_503));
    expect((await pageOf(keys, { fromByte: nextByte ?? 0, limit: 1 })).findings).toEqual([FINDINGS[2_503]]);
    expect(await pageOf(keys, { skip: 3_000 })).toEqual({ findings: [], nextByte: null });
  });

  it("has no page that does not begin where a finding does", async () => {
    const keys = await stored(ndjson(FINDINGS.slice(0, 3)));
    const size = ndjson(FINDINGS.slice(0, 3)).length;
    const first = ndjson(FINDINGS.slice(0, 1)).length;
    expect((await pageOf(keys, { fromByte: first })).findings).toEqual(FINDINGS.slice(1, 3));
    for (const fromByte of [1, first - 1, first + 1, size - 1, size + 1, 10 ** 15])
      expect(await page(keys, { fromByte })).toEqual({ ok: true, value: null });
    expect(await pageOf(keys, { fromByte: size })).toEqual({ findings: [], nextByte: null });
  });

  it("may be empty, or not there", async () => {
    const none = { findings: [], nextByte: null };
    expect(await pageOf(await stored(new Uint8Array(0)))).toEqual(none);
    expect(await page(freshKeys())).toEqual({ ok: true, value: "missing" });
  });

  it("is read as long as its key is left, and is unreadable then", async () => {
    const ring = new TestKeyring();
    const path = freshPath();
    await store(ring.at(path, [1]), REPORT);
    expect((await pageOf(ring.at(path, [1, 2]), { limit: 1 })).findings).toEqual([FINDINGS[0]]);
    expect(await page(ring.at(path, [2]))).toEqual({ ok: false, error: { reason: "unknown_version" } });
  });

  it("that was altered is unreadable from there on", async () => {
    const keys = await stored();
    const { bytes, metadata } = await storedAt(keys.path);
    const at = 2 * STORED_CHUNK_BYTES + 30;
    await putStored(keys.path, { bytes: bytes.with(at, bytes[at]! ^ 1), metadata });
    const altered = { ok: false, error: { reason: "altered" } };
    expect(await page(keys, { skip: 1_000 })).toEqual(altered);
    expect(await page(keys)).toEqual(altered);
  });

  it("that is overwritten while it is read is read anew", async () => {
    const keys = await stored();
    const other = ndjson(FINDINGS.toReversed());
    let gets = 0;
    const get = async (key: string, options: R2GetOptions) => {
      if (gets++ === 1) {
        await env.FILES.delete(key);
        await store(keys, other);
      }
      return env.FILES.get(key, options);
    };
    const bucket = bucketWith({ get } as unknown as R2Bucket);
    const read = await page(keys, { skip: 2_500, limit: 5 }, bucket);
    expect(read).toMatchObject({ value: { findings: FINDINGS.toReversed().slice(2_500, 2_505) } });
    expect(gets).toBeGreaterThan(2);
  });
});
