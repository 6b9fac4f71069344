import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Streams, type Heard } from "../../durable-objects/tenant/streams";
import { tenantObjectName } from "../../src/domain/tenant";
import { answerIn, atTheDoor, STREAMS_MAX } from "../../src/domain/stream-door";
import type { Caller } from "../../src/domain/tenant-context";
import { callerOf, operatorOf } from "../support/callers";
import { freshTenant, freshTenantId } from "../support/tenants";

/** What a knock at the door of a tenant's object comes to. */
const knock = (tenantId: string, caller: Caller, entry: "new" | "again" = "new") =>
  runInDurableObject(
    env.TENANTS.getByName(tenantObjectName(tenantId as Caller["tenantId"])),
    async (object, ctx) => {
      const request = new Request("https://x/", { headers: atTheDoor(caller, entry) });
      const outcome = await object
        .fetch(request)
        .then(({ status, headers }) => ({ status, answer: answerIn(headers) }), String);
      return { outcome, sockets: ctx.getWebSockets().length };
    },
  );

describe("the door of a tenant's object", () => {
  it("opens to a caller of the tenant, and says where its log is", async () => {
    const { id } = await freshTenant();
    const { outcome, sockets } = await knock(id, callerOf(id, { actorId: "joão 🚪" }));
    expect([outcome, sockets]).toMatchObject([
      {
        status: 101,
        answer: { rate: {}, outcome: { ok: true, value: { last: { epoch: 1, eventSeq: 1 } } } },
      },
      1,
    ]);
  });

  it("takes a token for a new stream, and none for one that goes on", async () => {
    const { id } = await freshTenant();
    expect(await knock(id, callerOf(id), "again")).toMatchObject({ outcome: { answer: { rate: null } } });
  });

  it("does not open to another tenant's caller, nor to an operator, nor to what knocks in another way", async () => {
    const [own, other] = [await freshTenant(), await freshTenant()];
    const foreign = await knock(own.id, callerOf(other.id));
    expect(foreign).toEqual({ outcome: expect.stringContaining("TenantIsolationError"), sockets: 0 });
    expect(await knock(own.id, operatorOf(own.id))).toMatchObject({
      outcome: expect.stringContaining("tenant plane"),
      sockets: 0,
    });
    const plain = await env.TENANTS.getByName(tenantObjectName(own.id)).fetch("https://x/v1/events/stream");
    expect(plain.status).toBe(426);
  });

  it("is closed where there is no tenant", async () => {
    const id = freshTenantId();
    expect(await knock(id, callerOf(id))).toEqual({
      outcome: {
        status: 200,
        answer: { rate: null, outcome: { ok: false, error: { reason: "tenant_not_found" } } },
      },
      sockets: 0,
    });
  });
});

describe("the wake-ups of a tenant", () => {
  /** Streams over sockets that keep what they are sent; `looks` counts how often the platform is asked for them. */
  function streamsOf(sockets: number) {
    const sent: string[][] = Array.from({ length: sockets }, () => []);
    const seen = { looks: 0, reads: 0 };
    const list = sent.map((texts) => ({ send: (text: string) => void texts.push(text) }));
    const streams = new Streams({
      acceptWebSocket: () => undefined,
      getWebSockets: () => {
        seen.looks++;
        return list as unknown as WebSocket[];
      },
    });
    const tell = (eventSeq: number, credentials = 0) =>
      streams.tell((): Heard => {
        seen.reads++;
        return { last: { epoch: 1, eventSeq }, credentials };
      });
    return { streams, sent, seen, tell, list };
  }

  it("go to everybody, once for each place, and say to ask again when a credential may have ended", () => {
    const { sent, tell } = streamsOf(2);
    tell(1);
    tell(1);
    tell(3);
    tell(3, 1);
    tell(4, 1);
    expect(sent).toEqual([
      ["1-1", "1-3", "ask", "1-4"],
      ["1-1", "1-3", "ask", "1-4"],
    ]);
  });

  it("cost a commit nothing where nobody listens", () => {
    const { seen, tell } = streamsOf(0);
    for (let n = 1; n <= 100; n++) tell(n);
    expect(seen).toEqual({ looks: 1, reads: 0 });
  });

  it("reach the others when one socket is broken", () => {
    const { sent, tell, list } = streamsOf(2);
    list[0] = {
      send: () => {
        throw new Error("broken");
      },
    };
    tell(1);
    expect(sent).toEqual([[], ["1-1"]]);
  });

  it("have room for so many, and no more", () => {
    expect(streamsOf(STREAMS_MAX - 1).streams.open()).not.toBeNull();
    expect(streamsOf(STREAMS_MAX).streams.open()).toBeNull();
  });
});
