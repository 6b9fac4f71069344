import type { RunKeys } from "../../durable-objects/tenant/operations/runs";
import type { RunState } from "../catalogue/run/run-state";
import type { Checkpoint, CheckpointSlot } from "../domain/checkpoint";
import { readRest, saveRest } from "../storage/checkpoint-file";
import { MultipartSink } from "../storage/multipart-sink";
import { PartLane } from "../storage/part-lane";
import { DigestingSink } from "../storage/report-digest";
import { R2SpillStore } from "../storage/spill-store";

const CSV = { httpMetadata: { contentType: "text/csv; charset=utf-8" } };
const NDJSON = { httpMetadata: { contentType: "application/x-ndjson" } };

/** What a run must agree with its forerunner on to go on from there. */
export type Origin = Pick<Checkpoint, "inputBytes" | "madeBy">;

/**
 * What one run writes: the corrected file and the report, which go on from a checkpoint where there is one that still
 * holds, and the checkpoints it makes itself.
 */
export class RunFiles {
  /** Whether a successor can go on from something: then nothing that was sent is taken back. */
  isKept: boolean;
  /** How many checkpoints this run itself has made. */
  kept = 0;

  private constructor(
    private readonly bucket: R2Bucket,
    private readonly keys: RunKeys,
    private readonly origin: Origin,
    readonly output: MultipartSink | null,
    readonly report: MultipartSink,
    /** The report, and its digest as it grows. */
    readonly digested: DigestingSink,
    readonly spill: R2SpillStore,
    /** Where the engine goes on; null for a run from the beginning. */
    readonly state: RunState | null,
    private slot: CheckpointSlot,
  ) {
    this.isKept = state !== null;
  }

  static async open(
    bucket: R2Bucket,
    keys: RunKeys,
    corrects: boolean,
    origin: Origin,
    checkpoint: Checkpoint | null,
  ): Promise<RunFiles> {
    const lane = new PartLane();
    const spill = new R2SpillStore(bucket, keys.spill);
    const resumed = checkpoint && holds(checkpoint, origin) && (await resume(bucket, keys, lane, checkpoint));
    if (resumed) {
      const { output, report, digested, state } = resumed;
      return new RunFiles(
        bucket,
        keys,
        origin,
        output,
        report,
        digested,
        spill,
        state,
        checkpoint.slot === 0 ? 1 : 0,
      );
    }
    const output = corrects ? new MultipartSink(bucket, keys.output, CSV, lane) : null;
    const report = new MultipartSink(bucket, keys.report, NDJSON, lane);
    return new RunFiles(bucket, keys, origin, output, report, new DigestingSink(report), spill, null, 0);
  }

  /** Of the oldest key that anything written is sealed by. */
  get keyVersion(): number {
    return Math.min(this.report.keyVersion, this.output?.keyVersion ?? Infinity);
  }

  /** Stores what no part holds; in force once its account has been committed, and until then the one before is. */
  async checkpoint(engine: RunState): Promise<Checkpoint> {
    const output = this.output && (await this.output.checkpoint());
    const report = await this.report.checkpoint();
    await this.spill.flush();
    const { slot } = this;
    const account = new TextEncoder().encode(engine.json);
    await saveRest(this.bucket, this.keys.checkpoints[slot], [
      ...(output ? [output.rest] : []),
      report.rest,
      account,
      engine.bytes,
    ]);
    this.slot = slot === 0 ? 1 : 0;
    return {
      ...this.origin,
      slot,
      output: output && output.state,
      report: report.state,
      reportBlocks: this.digested.blocks,
      accountBytes: account.length,
    };
  }

  noteKept(): void {
    this.isKept = true;
    this.kept++;
  }

  /** Takes back what was sent: unless it was closed, or a successor goes on with it. */
  async end(): Promise<void> {
    if (!this.isKept) await Promise.all([this.output?.abort(), this.report.abort(), this.spill.clear()]);
  }
}

const holds = (checkpoint: Checkpoint, { inputBytes, madeBy }: Origin): boolean =>
  checkpoint.inputBytes === inputBytes && checkpoint.madeBy === madeBy;

/** Null where something of it is gone: the key, or the file. */
async function resume(
  bucket: R2Bucket,
  keys: RunKeys,
  lane: PartLane,
  { slot, output, report, reportBlocks, accountBytes }: Checkpoint,
): Promise<(Pick<RunFiles, "output" | "report" | "digested"> & { state: RunState }) | null> {
  const sizes = [...(output ? [output.restBytes] : []), report.restBytes, accountBytes];
  const pieces = await readRest(bucket, keys.checkpoints[slot], sizes);
  if (pieces === null) return null;
  const rests = [...pieces];
  const bytes = rests.pop() ?? new Uint8Array();
  const json = new TextDecoder().decode(rests.pop());
  const outputSink = output && MultipartSink.resume(bucket, keys.output, CSV, lane, output);
  const reportSink = MultipartSink.resume(bucket, keys.report, NDJSON, lane, report);
  if (reportSink === null || (output !== null && outputSink === null)) return null;
  const digested = new DigestingSink(
    reportSink,
    reportBlocks.map((block) => Buffer.from(block, "hex")),
  );
  for (const sink of outputSink ? [outputSink, digested] : [digested])
    await sink.write(rests.shift() ?? new Uint8Array());
  return { output: outputSink, report: reportSink, digested, state: { json, bytes } };
}
