import { describe, expect, it } from "vitest";
import type { Sink } from "../../durable-objects/tenant/relay/drain";
import type { JobMessage } from "../../src/queues/messages";
import { describeKept, keeps } from "./contract";
import { sinkContract } from "./sink-contract";
import {
  archiveWorld,
  leaseWorld,
  listWorld,
  projectionWorld,
  type ArchiveBatch,
  type ListBatch,
  type ProjectionBatch,
} from "./sink-worlds";

describe("Sink", () => {
  describeKept("projectionSink over D1", sinkContract<ProjectionBatch>(), projectionWorld);
  describeKept("archiveSink over R2", sinkContract<ArchiveBatch>(), archiveWorld);
  describeKept("leaseSink over a queue", sinkContract<readonly JobMessage[]>(), leaseWorld);
  describeKept("the drain tests' sink over a list", sinkContract<ListBatch>(), listWorld());
});

type Spoil = Parameters<typeof listWorld>[0] & {};

describe("the contract finds a sink that", () => {
  it.each<readonly [string, Spoil, string]>([
    [
      "moves on by loading",
      ({ sink, state }) => ({
        load: () => {
          const batch = sink.load();
          state.cursor += batch?.length ?? 0;
          return batch;
        },
      }),
      "loads the same batch until it is taken or has failed",
    ],
    ["stays where it is", () => ({ taken: async () => {} }), "is past a batch once it was taken"],
    [
      "turns a batch around",
      ({ sink }) => ({ load: () => sink.load()?.toReversed() ?? null }),
      "loads the same batch until it is taken or has failed",
    ],
    [
      "skips what it never sent",
      ({ sink, state }) => ({
        taken: async (batch) => {
          await sink.taken(batch);
          state.cursor++;
        },
      }),
      "brings everything over, in order and once",
    ],
    [
      "loads an empty batch at the end",
      ({ sink }) => ({ load: () => sink.load() ?? [] }),
      "has nothing to load when all was taken",
    ],
    [
      "takes a refusal for an answer",
      ({ sink }) => ({ send: (batch) => sink.send(batch).catch(() => undefined) }),
      "throws when the batch was not taken, and nothing arrives",
    ],
    [
      "gives up what failed",
      ({ sink, state }) => ({
        failed: async (batch, error, retryAtMs) => {
          await sink.failed(batch, error, retryAtMs);
          state.cursor += batch.length;
        },
      }),
      "keeps a batch that failed for the next alarm",
    ],
    [
      "tries again when it likes",
      ({ sink }) => ({ failed: (batch, error) => sink.failed(batch, error, 0) }),
      "remembers when to try again",
    ],
    ["counts no failure", () => ({ failures: () => 0 }), "counts failures in a row, whoever asks"],
    [
      "never forgives",
      ({ sink, state }) => ({
        taken: async (batch) => {
          const { failures } = state;
          await sink.taken(batch);
          state.failures = failures;
        },
      }),
      "forgets its failures once a batch is taken",
    ],
    [
      "takes for sent what was added meanwhile",
      (list) => takingAll(list),
      "holds nothing while a batch is on its way: what is added meanwhile comes behind",
    ],
  ])("%s", async (_fault, spoil, clause) => {
    expect(await keeps(listWorld(spoil), sinkContract<ListBatch>(), clause)).toBe(false);
  });
});

/** Loads all there is, and by the time it was taken goes behind whatever there is then. */
function takingAll({ sink, state }: Parameters<Spoil>[0]): Partial<Sink<ListBatch>> {
  const following = (): ListBatch => {
    const at = state.cursor;
    const all: number[] = [];
    for (let batch = sink.load(); batch !== null; batch = sink.load()) {
      all.push(...batch);
      state.cursor += batch.length;
    }
    state.cursor = at;
    return all;
  };
  return {
    load: () => {
      const all = following();
      return all.length === 0 ? null : all;
    },
    taken: async () => void (state.cursor += following().length),
  };
}
