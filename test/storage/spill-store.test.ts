import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { R2SpillStore } from "../../src/storage/spill-store";
import { clearWork } from "../../src/storage/work-files";
import { freshKeys } from "./sealed-world";

async function readAll(store: R2SpillStore, partition: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(partition)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const names = async (path: string) =>
  (await env.FILES.list({ prefix: `${path}-` })).objects.map(({ key }) => key);

describe("R2SpillStore", () => {
  it("gives back what each partition was given, in order, over objects and stores", async () => {
    const keys = freshKeys();
    const expected = new Map<number, Buffer>();
    const random = fc.sample(fc.tuple(fc.nat(200), fc.nat(60_000)), { seed: 7, numRuns: 400 });
    let store = new R2SpillStore(env.FILES, keys, "run-0");
    for (const [i, [partition, length]] of random.entries()) {
      const bytes = Buffer.alloc(length, i);
      await store.append(partition, bytes);
      expected.set(partition, Buffer.concat([expected.get(partition) ?? Buffer.alloc(0), bytes]));
      if (i % 150 !== 149) continue;
      // A run that goes on from a checkpoint has a store of its own over the same objects.
      await store.flush();
      store = new R2SpillStore(env.FILES, keys, `run-${i}`, store.spilledBy);
    }
    for (const [partition, bytes] of expected) {
      expect(Buffer.compare(await readAll(store, partition), bytes)).toBe(0);
    }
    expect((await readAll(store, 999)).length).toBe(0);
    const [partition = 0, bytes] = [...expected][0] ?? [];
    expect((await readAll(store, partition)).length).toBe(bytes?.length);
    expect((await names(keys.path)).length).toBeGreaterThan(2);
    await clearWork(env.FILES, keys.path);
    expect(await names(keys.path)).toEqual([]);
  });

  it("shows nothing of what it holds", async () => {
    const keys = freshKeys();
    const store = new R2SpillStore(env.FILES, keys, "run");
    await store.append(1, new TextEncoder().encode("CANARY".repeat(1000)));
    await store.flush();
    for (const name of await names(keys.path)) {
      const bytes = Buffer.from(await (await env.FILES.get(name))!.arrayBuffer());
      expect(bytes.includes("CANARY")).toBe(false);
    }
    await clearWork(env.FILES, keys.path, "run");
    expect(await names(keys.path)).toEqual([]);
  });

  it("writes nothing, and asks R2 for nothing, while nothing is spilled", async () => {
    const refuse = () => Promise.reject(new Error("R2 was asked"));
    const bucket = {
      put: refuse,
      get: refuse,
      head: refuse,
      list: refuse,
      delete: refuse,
    } as unknown as R2Bucket;
    const store = new R2SpillStore(bucket, freshKeys(), "run");
    await store.flush();
    expect(store.isEmpty).toBe(true);
  });

  it("knows its own run's objects and those of the runs before it, and no others'", async () => {
    const keys = freshKeys();
    const stale = new R2SpillStore(env.FILES, keys, "stale");
    const store = new R2SpillStore(env.FILES, keys, "run");
    await stale.append(1, new Uint8Array([1]));
    await store.append(1, new Uint8Array([2]));
    await stale.flush();
    expect([...(await readAll(store, 1))]).toEqual([2]);
    await clearWork(env.FILES, keys.path, "stale");
    expect([...(await readAll(new R2SpillStore(env.FILES, keys, "next", store.spilledBy), 1))]).toEqual([2]);
    await clearWork(env.FILES, keys.path);
  });

  it("takes what lies elsewhere for what it is: not its own", async () => {
    const keys = freshKeys();
    const store = new R2SpillStore(env.FILES, keys, "run");
    await store.append(1, new Uint8Array(100));
    await store.flush();
    const [name = ""] = await names(keys.path);
    const stored = await env.FILES.get(name);
    const bytes = new Uint8Array(await stored!.arrayBuffer());
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await env.FILES.put(name, bytes, { customMetadata: stored!.customMetadata ?? {} });
    await expect(readAll(new R2SpillStore(env.FILES, keys, "next", ["run"]), 1)).rejects.toThrow();
    await clearWork(env.FILES, keys.path);
  });
});
