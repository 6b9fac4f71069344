import type { RunKeys } from "../../durable-objects/tenant/operations/runs";
import type { RunState } from "../catalogue/run/run-state";
import type { FileKeys } from "../crypto/file-keys";
import type { Checkpoint } from "../domain/checkpoint";
import { workName } from "../storage/keys";
import { MultipartSink } from "../storage/multipart-sink";
import { PartLane } from "../storage/part-lane";
import { DigestingSink } from "../storage/report-digest";
import { R2SpillStore } from "../storage/spill-store";
import { clearWork, putWork, readWork } from "../storage/work-files";

const CSV = { httpMetadata: { contentType: "text/csv; charset=utf-8" } };
const NDJSON = { httpMetadata: { contentType: "application/x-ndjson" } };

/** What a run must agree with its forerunner on to go on from there. */
export type Origin = Pick<Checkpoint, "inputBytes" | "madeBy">;

/** What the tenant's object knows of the runs before. */
export interface Forerunner {
  readonly checkpoint: Checkpoint | null;
  /** One that nobody goes on from any more. */
  readonly abandoned?: Checkpoint | null;
}

/** The two files that a run writes: new ones, or those that it goes on with. */
interface Writing {
  readonly output: MultipartSink | null;
  readonly report: MultipartSink;
  /** The report, and its digest as it grows. */
  readonly digested: DigestingSink;
  /** Where the engine goes on; null for a run from the beginning. */
  readonly state: RunState | null;
}

/**
 * What one run writes: the corrected file and the report, which go on from a checkpoint where there is one that still
 * holds, and the checkpoints it makes itself. What it lays aside has its own id in the name, so that a run which lost
 * its lease and does not know it yet harms none that came after.
 */
export class RunFiles {
  readonly spill: R2SpillStore;
  /** Whether a successor can go on from something: then nothing that was sent is taken back. */
  isKept: boolean;
  /** How many checkpoints this run itself has made. */
  kept = 0;
  #rests = 0;

  private constructor(
    private readonly bucket: R2Bucket,
    private readonly keys: RunKeys,
    private readonly origin: Origin,
    private readonly runId: string,
    readonly writing: Writing,
    /** The checkpoint in force: what it names is needed until another is. */
    private inForce: Checkpoint | null,
  ) {
    this.spill = new R2SpillStore(bucket, keys.work, runId, inForce?.spilledBy ?? []);
    this.isKept = inForce !== null;
  }

  static async open(
    bucket: R2Bucket,
    keys: RunKeys,
    corrects: boolean,
    origin: Origin,
    { checkpoint, abandoned = null }: Forerunner,
  ): Promise<RunFiles> {
    const lane = new PartLane();
    const runId = crypto.randomUUID();
    const resumed = checkpoint && holds(checkpoint, origin) && (await resume(bucket, keys, lane, checkpoint));
    if (abandoned) await endUploads(bucket, keys, abandoned);
    if (resumed) return new RunFiles(bucket, keys, origin, runId, resumed, checkpoint);
    if (checkpoint) await endUploads(bucket, keys, checkpoint);
    const output = corrects ? new MultipartSink(bucket, keys.output, CSV, lane) : null;
    const report = new MultipartSink(bucket, keys.report, NDJSON, lane);
    const writing = { output, report, digested: new DigestingSink(report), state: null };
    return new RunFiles(bucket, keys, origin, runId, writing, null);
  }

  /** Of the oldest key that anything written is sealed by. */
  get keyVersion(): number {
    const { output, report } = this.writing;
    return Math.min(report.keyVersion, output?.keyVersion ?? Infinity);
  }

  /** Whether a checkpoint that is in force has not led this run any further, or only to a file that cannot be closed. */
  get leadsNowhere(): boolean {
    const { output, report, state } = this.writing;
    return (state !== null && this.kept === 0) || report.isClosing || (output?.isClosing ?? false);
  }

  /** Stores what no part holds; in force once its account has been committed, and until then the one before is. */
  async checkpoint(engine: RunState): Promise<Checkpoint> {
    const output = this.writing.output && (await this.writing.output.checkpoint());
    const report = await this.writing.report.checkpoint();
    await this.spill.flush();
    const restName = workName(this.keys.work.path, this.runId, `rest-${++this.#rests}`);
    const account = new TextEncoder().encode(engine.json);
    await putWork(this.bucket, { ...this.keys.work, path: restName }, [
      ...(output ? [output.rest] : []),
      report.rest,
      account,
      engine.bytes,
    ]);
    return {
      ...this.origin,
      restName,
      spilledBy: this.spill.spilledBy,
      output: output && output.state,
      report: report.state,
      reportBlocks: this.writing.digested.blocks,
      accountBytes: account.length,
    };
  }

  /** The checkpoint is in force: what only the one before has named goes. */
  async noteKept(checkpoint: Checkpoint): Promise<void> {
    const before = this.inForce;
    this.inForce = checkpoint;
    this.isKept = true;
    this.kept++;
    if (before) await this.bucket.delete(before.restName);
  }

  /** The checkpoint was refused: nobody will ever ask for it. */
  noteRefused({ restName }: Checkpoint): Promise<void> {
    return this.bucket.delete(restName);
  }

  /** Takes back what was sent, unless it was closed or a successor goes on with it. */
  async end(): Promise<void> {
    if (this.isKept) return;
    const { output, report } = this.writing;
    const laidAside = this.spill.isEmpty
      ? Promise.resolve()
      : clearWork(this.bucket, this.keys.work.path, this.runId);
    await Promise.all([output?.abort(), report.abort(), laidAside]);
  }
}

const holds = (checkpoint: Checkpoint, { inputBytes, madeBy }: Origin): boolean =>
  checkpoint.inputBytes === inputBytes && checkpoint.madeBy === madeBy;

/** Of a checkpoint that nobody goes on from. */
async function endUploads(bucket: R2Bucket, keys: RunKeys, { output, report }: Checkpoint): Promise<void> {
  for (const [{ path }, uploadId] of [
    [keys.output, output?.uploadId ?? null],
    [keys.report, report.uploadId],
  ] as const)
    // One that is over cannot be aborted, and need not be.
    if (uploadId !== null)
      await bucket
        .resumeMultipartUpload(path, uploadId)
        .abort()
        .catch(() => undefined);
}

/** Null where something of it is gone: the key, or the file. */
async function resume(
  bucket: R2Bucket,
  keys: RunKeys,
  lane: PartLane,
  { restName, output, report, reportBlocks, accountBytes }: Checkpoint,
): Promise<Writing | null> {
  const sizes = [...(output ? [output.restBytes] : []), report.restBytes, accountBytes];
  const restKeys: FileKeys = { ...keys.work, path: restName };
  const pieces = await readWork(bucket, restKeys, sizes);
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
