import type { ByteSink } from "../../../../src/catalogue/byte-writer";
import { deriveFileKey } from "../../../../src/crypto/file-codec";
import type { FileKeys } from "../../../../src/crypto/file-keys";
import { MultipartSink } from "../../../../src/storage/multipart-sink";
import { openSealed } from "../../../../src/storage/sealed-object";
import { ClearSink } from "./clear-sink";

/** How a contestant reads and writes R2. */
export interface BenchFiles {
  /** Null where nothing was prepared. */
  open(name: string): Promise<ReadableStream<Uint8Array> | null>;
  sink(name: string): ByteSink;
}

/** As the product does. */
export const sealedFiles = (bucket: R2Bucket): BenchFiles => ({
  open: async (name) => {
    const opened = await openSealed(bucket, benchKeys(name));
    if (!opened.ok) throw new Error(`${name} does not open: ${opened.error.reason}`);
    return opened.value && opened.value.body;
  },
  sink: (name) => new MultipartSink(bucket, benchKeys(name), { httpMetadata: { contentType: "text/csv" } }),
});

/** As the product would if it sealed nothing. */
export const clearFiles = (bucket: R2Bucket): BenchFiles => ({
  open: async (name) => (await bucket.get(`bench/clear/${name}`))?.body ?? null,
  sink: (name) => new ClearSink(bucket, `bench/clear/${name}`),
});

const TENANT_KEY = new Uint8Array(32).fill(1);

export function benchKeys(name: string): FileKeys {
  const path = `bench/sealed/${name}`;
  const current = { version: 1, bytes: deriveFileKey(TENANT_KEY, path) };
  return { path, current, all: [current], acceptsClear: false };
}
