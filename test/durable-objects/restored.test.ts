import { describe, expect, it } from "vitest";
import { drain } from "../../durable-objects/tenant/relay/drain";
import { projectionSink } from "../../durable-objects/tenant/relay/projection";
import { PLATFORM } from "../../durable-objects/tenant/stores";
import { ShardLog } from "../../src/shards/shard-log";
import { ShardProjection } from "../../src/shards/shard-projection";
import { EVERY_EVENT } from "../../src/domain/event-filter";
import type { EventPlace } from "../../src/domain/delivery-plan";
import { readEvents } from "../../durable-objects/tenant/operations/events";
import { inObject, testSeal, type Tables } from "../ports/sink-worlds";
import { expectWholeChain, logRows } from "../support/chain";
import { migratedShard } from "../support/d1";

const LIMITS = { maxBatches: 50, sendTimeoutMs: 5_000, nowMs: () => Date.now(), random: () => 0 };

/** An object and its shard; what the object is put back to is an earlier state of both its log and its cursors. */
class World {
  private constructor(
    readonly tables: Tables,
    private readonly db: D1Database,
  ) {}

  static async run(test: (world: World) => Promise<void>): Promise<void> {
    const db = await migratedShard();
    await inObject((tables) => test(new World(tables, db)));
  }

  record(...kinds: ("event" | "audit")[]): Promise<void> {
    const { commands, stores } = this.tables;
    return commands.run(() => {
      for (const kind of kinds)
        stores.record(
          PLATFORM,
          kind === "event"
            ? { kind, type: "tenant.resumed", subject: "tenant:t", data: { reason: null } }
            : { kind, type: "key.revoked", subject: "key:k", data: { key_id: "k" } },
          Date.now(),
        );
    });
  }

  relay(): Promise<"empty" | "more" | "failed"> {
    const { tenantId, stores, commands } = this.tables;
    const sink = projectionSink(
      tenantId,
      new ShardProjection(this.db),
      new ShardLog(this.db),
      stores,
      commands,
    );
    return drain(sink, LIMITS);
  }

  /** The object as it was when its log ended at `seq` and its copy of the cursor stood at `cursor`. */
  async putBack(seq: number, cursor: number, epoch = 1): Promise<void> {
    const { commands, stores, sql } = this.tables;
    await commands.run(() => {
      sql.exec(`DELETE FROM log WHERE epoch > ? OR seq > ?`, epoch, seq);
      stores.sinks.save("shard", { epoch, seq: cursor, failures: 0 });
      stores.log.forget();
    });
  }

  async shardIds(): Promise<string[]> {
    const { results } = await this.db
      .prepare(
        `SELECT id FROM (SELECT epoch, seq, id FROM events WHERE tenant_id = ?1
           UNION ALL SELECT epoch, seq, id FROM audit_logs WHERE tenant_id = ?1) ORDER BY epoch, seq`,
      )
      .bind(this.tables.tenantId)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  }

  /** By pages of two, as a reader of the feed. */
  readOn(after: EventPlace): string[] {
    const { stores, tenantId } = this.tables;
    const ids: string[] = [];
    for (let place = after; ;) {
      const query = { after: place, limit: 2, filter: EVERY_EVENT };
      const look = readEvents(stores, query, testSeal(tenantId));
      if (look.type !== "page") throw new Error("All of it is in the object.");
      ids.push(...look.page.events.map(({ id }) => id));
      const { next, last } = look.page;
      if (next.epoch === last.epoch && next.eventSeq === last.eventSeq) return ids;
      place = next;
    }
  }

  rows() {
    return logRows(this.tables.sql);
  }

  async expectShardFollows(): Promise<void> {
    expect(await this.relay()).toBe("empty");
    const rows = this.rows();
    expectWholeChain(rows);
    expect(await this.shardIds()).toEqual(rows.map(({ id }) => id));
  }
}

const twelve = Array.from({ length: 12 }, (_none, n) => (n % 3 === 2 ? "audit" : "event")) as (
  "event" | "audit"
)[];

describe("an object that was restored", () => {
  it("begins a new epoch with what it has added since, and the shard takes back what was undone", () =>
    World.run(async (world) => {
      await world.record(...twelve);
      await world.relay();
      await world.putBack(7, 4);
      await world.record("event", "audit", "event");
      const added = world.rows().slice(-3);
      await world.expectShardFollows();
      const rows = world.rows();
      expect(rows.slice(0, 7).map(({ epoch, seq }) => [epoch, seq])).toEqual(
        Array.from({ length: 7 }, (_none, n) => [1, n + 1]),
      );
      expect(rows.slice(7).map(({ epoch, seq, event_seq, id }) => [epoch, seq, event_seq, id])).toEqual([
        [2, 8, 6, added[0]?.id],
        [2, 9, null, added[1]?.id],
        [2, 10, 7, added[2]?.id],
        [2, 11, 8, rows.at(-1)?.id],
      ]);
      expect(rows.at(-1)).toMatchObject({ type: "tenant.restored" });
      expect(JSON.parse(rows.at(-1)?.payload ?? "")).toMatchObject({
        previous_epoch: 1,
        previous_sequence: 5,
      });
      await world.record("event");
      await world.expectShardFollows();
      expect(world.rows().at(-1)).toMatchObject({ epoch: 2, event_seq: 9 });
    }));

  it("is read whole by whoever follows the log by its places, from the beginning and from the middle", () =>
    World.run(async (world) => {
      await world.record(...twelve);
      await world.relay();
      await world.putBack(7, 4);
      await world.record("event", "audit", "event");
      await world.expectShardFollows();
      const events = world.rows().filter(({ event_seq: sequence }) => sequence !== null);
      for (const from of [0, 2, 5])
        expect(world.readOn({ epoch: from === 0 ? 0 : 1, eventSeq: from })).toEqual(
          events.slice(from).map(({ id }) => id),
        );
      // Somebody has been told of what was undone: the next that they hear is the new epoch's first.
      expect(world.readOn({ epoch: 1, eventSeq: 8 })).toEqual(events.slice(5).map(({ id }) => id));
    }));

  it("is seen also when it has added more than was undone", () =>
    World.run(async (world) => {
      await world.record(...twelve);
      await world.relay();
      await world.putBack(7, 4);
      await world.record(...twelve);
      await world.expectShardFollows();
      expect(world.rows().filter(({ epoch }) => epoch === 2)).toHaveLength(13);
    }));

  it("that lost an epoch of its own begins one above it", () =>
    World.run(async (world) => {
      await world.record(...twelve);
      await world.relay();
      await world.putBack(7, 4);
      await world.record("event");
      await world.expectShardFollows();
      await world.putBack(5, 5);
      await world.record("audit");
      await world.expectShardFollows();
      expect(new Set(world.rows().map(({ epoch }) => epoch))).toEqual(new Set([1, 3]));
    }));

  it("is told from one whose sink took a batch and was not heard", () =>
    World.run(async (world) => {
      await world.record(...twelve);
      await world.relay();
      await world.tables.commands.run(() =>
        world.tables.stores.sinks.save("shard", { epoch: 1, seq: 4, failures: 0 }),
      );
      await world.record("event");
      await world.expectShardFollows();
      expect(new Set(world.rows().map(({ epoch }) => epoch))).toEqual(new Set([1]));
    }));

  it("takes its endpoints along: what they were sent since stays sent, under its new place", () =>
    World.run(async (world) => {
      const { stores, commands } = world.tables;
      await world.record(...twelve);
      await world.relay();
      await world.putBack(7, 4);
      await world.record("event", "event", "event");
      const [waiting] = world.rows().slice(-2);
      await commands.run(() => {
        stores.endpoints.insert({
          endpoint: {
            id: "w",
            kind: "webhook",
            description: "",
            eventTypes: [],
            lane: "fifo",
            format: "cloudevents",
            payload: "full",
            status: "enabled",
            disabledReason: null,
            createdAtMs: 0,
            updatedAtMs: 0,
            lastSuccessAtMs: null,
            failures: 0,
            firstFailureAtMs: null,
            openUntilMs: null,
            heartbeat: { after: { epoch: 1, eventSeq: 5 }, dueMs: null },
          },
          sealed: null,
          cursor: { epoch: 1, eventSeq: 7 },
        });
        stores.deliveries.saveWaiting("w", {
          epoch: 1,
          eventSeq: 7,
          id: waiting?.id ?? "",
          type: "tenant.resumed",
          laneKey: "",
          attempts: 1,
          dueMs: 0,
        });
      });
      await world.expectShardFollows();
      expect(stores.endpoints.find("w")).toMatchObject({ cursor: { epoch: 2, eventSeq: 7 }, lease: null });
      expect(stores.endpoints.find("w")?.endpoint.heartbeat.after).toEqual({ epoch: 1, eventSeq: 5 });
      expect(stores.deliveries.waiting("w")).toMatchObject([{ epoch: 2, eventSeq: 7, id: waiting?.id }]);
    }));
});
