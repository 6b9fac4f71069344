/**
 * One job's pipeline in a process of its own: `node --expose-gc memory-pass.mjs CATALOGUE`. The catalogue is
 * read and corrected, and what comes of it sealed into parts as the product does it; what R2 gives and takes is left out,
 * and with it the opening of the input. Says the most memory it held above what it held idle.
 */

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { compileProfile } from "../../../src/catalogue/profile/compile";
import { runCatalogue } from "../../../src/catalogue/run/run";
import type { FileKeys } from "../../../src/crypto/file-keys";
import { MultipartSink } from "../../../src/storage/multipart-sink";
import { PartLane } from "../../../src/storage/part-lane";
import { BENCH_PROFILE } from "./bench-profile";

const [catalogue = ""] = process.argv.slice(2);

function keysOf(path: string): FileKeys {
  const current = { version: 1, bytes: crypto.getRandomValues(new Uint8Array(32)) };
  return { path, current, all: [current], acceptsClear: false };
}

/** What R2 bills as a write. */
let writes = 0;
async function billed<T>(answer: T): Promise<T> {
  writes++;
  return answer;
}

/** Takes parts and forgets them. */
const nowhere = {
  put: () => billed(null),
  createMultipartUpload: () =>
    billed({
      uploadId: "upload",
      uploadPart: (partNumber: number) => billed({ partNumber, etag: "etag" }),
      complete: () => billed(null),
      abort: async () => undefined,
    }),
} as unknown as R2Bucket;

(globalThis as { gc?: () => void }).gc?.();
const idleBytes = process.memoryUsage().rss;
let mostBytes = idleBytes;
const begunCpu = process.cpuUsage();
const lane = new PartLane();
const outcome = await runCatalogue({
  source: Readable.toWeb(
    createReadStream(catalogue, { highWaterMark: 256 * 1024 }),
  ) as unknown as ReadableStream<Uint8Array>,
  compressed: false,
  maxInflatedBytes: 0,
  profile: compileProfile(BENCH_PROFILE),
  mode: "correct",
  output: new MultipartSink(nowhere, keysOf("output.csv"), {}, lane),
  report: new MultipartSink(nowhere, keysOf("report.ndjson"), {}, lane),
  onProgress: () => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
    return "go";
  },
});
if (!outcome.ok) throw new Error(outcome.error.detail);
const { user, system } = process.cpuUsage(begunCpu);
const { bytesRead } = outcome.value;
console.log(
  JSON.stringify({ bytesRead, aboveIdleBytes: mostBytes - idleBytes, cpuMs: (user + system) / 1000, writes }),
);
