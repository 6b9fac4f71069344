import type { SpillStore } from "../catalogue/run/uniqueness/spill";
import type { FileKeys } from "../crypto/file-keys";
import { workName } from "./keys";
import { putWork } from "./work-files";
import { headSealed, type ReadableHead } from "./sealed-object";

/** What is appended is sent together: an object a partition and buffer would be some ten thousand of them. */
const OBJECT_BYTES = 4 * 1024 ** 2;
const ENTRY_BYTES = 12;
/** So many heads and directories are asked for at once. */
const OPEN_AT_ONCE = 6;

/** Where a partition's bytes lie in one object. */
interface Entry {
  readonly partition: number;
  readonly offset: number;
  readonly length: number;
}

interface SpilledObject {
  readonly head: ReadableHead;
  readonly entries: readonly Entry[];
}

/**
 * Spilled keys in R2, sealed, as objects that each hold what came together, a directory first. Objects are only ever
 * added: what a killed run has sent after its checkpoint comes again, and its reader knows the records for what they
 * are. `flush` before a checkpoint, or what was appended since is lost with the run.
 */
export class R2SpillStore implements SpillStore {
  readonly #pending = new Map<number, Uint8Array[]>();
  #pendingBytes = 0;
  #objects: Promise<readonly SpilledObject[]> | null = null;
  /** Objects are listed in the order of their names. */
  #sent = 0;

  constructor(
    private readonly bucket: R2Bucket,
    /** Of the path that the names of all its objects begin with. */
    private readonly keys: FileKeys,
    private readonly runId: string,
    /** The runs that this one goes on with, in their order: what others have sent does not count. */
    private readonly forerunners: readonly string[] = [],
  ) {}

  /** Whether this run has sent nothing. */
  get isEmpty(): boolean {
    return this.#sent === 0;
  }

  /** The runs whose objects count. */
  get spilledBy(): readonly string[] {
    return this.#sent > 0 ? [...this.forerunners, this.runId] : this.forerunners;
  }

  append(partition: number, bytes: Uint8Array): void | Promise<void> {
    const pieces = this.#pending.get(partition);
    if (pieces) pieces.push(bytes.slice());
    else this.#pending.set(partition, [bytes.slice()]);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= OBJECT_BYTES) return this.flush();
  }

  /** Sends what has gathered. */
  async flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const partitions = [...this.#pending];
    this.#pending.clear();
    this.#pendingBytes = 0;
    this.#objects = null;
    const path = workName(this.keys.path, this.runId, `spill-${digits(this.#sent++, 6)}`);
    const pieces = [directoryOf(partitions), ...partitions.flatMap(([, of]) => of)];
    await putWork(this.bucket, { ...this.keys, path }, pieces);
  }

  read(partition: number): ReadableStream<Uint8Array> {
    const pieces = this.#pieces(partition);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => void (await pieces.return()),
      },
      { highWaterMark: 0 },
    );
  }

  async *#pieces(partition: number): AsyncGenerator<Uint8Array, void, undefined> {
    await this.flush();
    for (const { head, entries } of await (this.#objects ??= this.#open())) {
      const entry = entries.find((of) => of.partition === partition);
      if (!entry) continue;
      yield* opened(head, entry.offset, entry.length);
    }
  }

  async #open(): Promise<readonly SpilledObject[]> {
    const paths: string[] = [];
    for (const runId of this.spilledBy)
      for await (const path of spilledPaths(this.bucket, this.keys.path, runId)) paths.push(path);
    const objects: SpilledObject[] = [];
    for (let at = 0; at < paths.length; at += OPEN_AT_ONCE)
      objects.push(
        ...(await Promise.all(paths.slice(at, at + OPEN_AT_ONCE).map((path) => this.#openOne(path)))),
      );
    return objects;
  }

  async #openOne(path: string): Promise<SpilledObject> {
    const head = await headSealed(this.bucket, { ...this.keys, path });
    if (!head.ok || head.value === null) throw new Error("Spilled keys cannot be read any more.");
    return { head: head.value, entries: await readDirectory(head.value) };
  }
}

const digits = (value: number, count: number): string => String(value).padStart(count, "0");

/** In the order in which the run has sent them. */
async function* spilledPaths(
  bucket: Pick<R2Bucket, "list">,
  path: string,
  runId: string,
): AsyncGenerator<string> {
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({
      prefix: workName(path, runId, "spill-").replace(/\.bin$/, ""),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key } of page.objects) yield key;
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}

/** How many partitions there are, then each one's number, offset and length. */
function directoryOf(partitions: readonly (readonly [number, readonly Uint8Array[]])[]): Uint8Array {
  const size = 4 + partitions.length * ENTRY_BYTES;
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, partitions.length);
  let offset = size;
  for (const [i, [partition, pieces]] of partitions.entries()) {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const at = 4 + i * ENTRY_BYTES;
    view.setUint32(at, partition);
    view.setUint32(at + 4, offset);
    view.setUint32(at + 8, length);
    offset += length;
  }
  return new Uint8Array(view.buffer);
}

async function readDirectory(head: ReadableHead): Promise<readonly Entry[]> {
  const count = (await bytesOf(head, 0, 4)).getUint32(0);
  const view = await bytesOf(head, 4, count * ENTRY_BYTES);
  return Array.from({ length: count }, (_, i) => ({
    partition: view.getUint32(i * ENTRY_BYTES),
    offset: view.getUint32(i * ENTRY_BYTES + 4),
    length: view.getUint32(i * ENTRY_BYTES + 8),
  }));
}

async function bytesOf(head: ReadableHead, offset: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for await (const piece of opened(head, offset, length)) {
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return new DataView(bytes.buffer);
}

async function* opened(head: ReadableHead, offset: number, length: number): AsyncGenerator<Uint8Array> {
  const body = await head.open({ offset, length });
  if (!body.ok) throw new Error(`Spilled keys cannot be read any more: ${body.error.reason}.`);
  yield* body.value;
}
