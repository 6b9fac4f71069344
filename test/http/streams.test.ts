import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { tenantObjectName } from "../../src/domain/tenant";
import { STREAMS_MAX } from "../../src/domain/stream-door";
import type { EventSourceClient } from "../support/event-source";
import { problemOf } from "../support/problems";
import { placesOf, StreamedTenant } from "../support/streams";
import { eventually, freshTenantId, request } from "../support/tenants";
import { adminToken, sign, tenantToken } from "../support/tokens";

const endOf = ({ messages }: EventSourceClient) => {
  const last = messages.at(-1);
  return { event: last?.event, code: (JSON.parse(last?.data ?? "{}") as { code?: string }).code };
};

const socketsOf = ({ stub }: StreamedTenant): Promise<number> =>
  runInDurableObject(stub, (_object, ctx) => ctx.getWebSockets().length);

const remaining = (response: Response): number => Number(response.headers.get("x-ratelimit-remaining"));

describe("a stream", () => {
  it("begins now, and tells of each event as the feed has it, by its place", async () => {
    const own = await StreamedTenant.fresh();
    const response = await own.get("/v1/events/stream");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      ratelimit: expect.any(String),
    });
    await response.body?.cancel();

    const client = await own.stream();
    await client.untilLive();
    expect(client.blocks.map(({ text }) => text)).toEqual(["retry: 2000\nid: 1-2", ": live"]);
    await own.submitMany(2);
    await client.untilMessages(2);
    const [first] = client.blocks.slice(2);
    expect(first?.text.split("\n").map((line) => line.slice(0, 20))).toEqual([
      "id: 1-3",
      "event: job.submitted",
      'data: {"specversion"',
    ]);
    const told = client.messages.map(({ data }) => JSON.parse(data) as unknown);
    expect(told).toEqual(await own.feed("&after=1-2"));
    await client.close();
  });

  it("begins after a place, in Last-Event-ID before the query, and after the newest for one that is not reached", async () => {
    const own = await StreamedTenant.fresh();
    await own.submitMany(2);
    const begins = async (query: string, lastEventId: string) => {
      const client = await own.stream(query, lastEventId);
      await client.untilLive();
      await client.close();
      return [client.blocks[0]?.id, ...placesOf(client)];
    };
    expect(await begins("?after=1-2", "")).toEqual(["1-2", "1-3", "1-4"]);
    expect(await begins("?after=0", "")).toEqual(["1-0", "1-1", "1-2", "1-3", "1-4"]);
    expect(await begins("?after=1-2", "1-3")).toEqual(["1-3", "1-4"]);
    expect(await begins("", "3")).toEqual(["1-3", "1-4"]);
    const ahead = await own.stream("?after=7-1", "1-900");
    await ahead.untilLive();
    expect(ahead.lastEventId).toBe("1-4");
    await own.submit();
    await ahead.untilMessages(1);
    expect(placesOf(ahead)).toEqual(["1-5"]);
    await ahead.close();
  });

  it("goes on where it was, without gap or repeat, however often it is cut off", async () => {
    const own = await StreamedTenant.fresh();
    const total = 40;
    const submitting = own.submitMany(total);
    const seen: string[] = [];
    let lastEventId = "1-2";
    for (let take = 1; seen.length < total; take = 1 + (take % 7)) {
      const client = await own.stream("", lastEventId);
      await client.untilMessages(Math.min(take, total - seen.length));
      await client.close();
      seen.push(...placesOf(client));
      ({ lastEventId } = client);
    }
    await submitting;
    expect(seen).toEqual(Array.from({ length: total }, (_, n) => `1-${n + 3}`));
  });

  it("of one type passes over the rest, and does not look through it again when it comes back", async () => {
    const own = await StreamedTenant.fresh();
    const client = await own.stream("?type=job.cancelled&after=0");
    await client.untilLive();
    expect([client.lastEventId, client.messages.length]).toEqual(["1-2", 0]);
    const id = await own.submit();
    await client.until(({ lastEventId }) => lastEventId === "1-3");
    expect(client.blocks.at(-1)?.text).toBe("id: 1-3");
    await own.cancel(id);
    await client.untilMessages(1);
    expect(client.messages).toMatchObject([{ id: "1-4", event: "job.cancelled" }]);
    await client.close();
  });

  it("gives the old envelope to whoever asks for it", async () => {
    const own = await StreamedTenant.fresh();
    const client = await own.stream("?format=legacy&after=1-1");
    await client.untilMessages(1);
    await client.close();
    const [event] = await own.feed("&format=legacy&after=1-1");
    expect(JSON.parse(client.messages[0]?.data ?? "")).toEqual(event);
    expect(event).toMatchObject({ schema_version: "1", tenant_id: own.tenant.id });
  });

  it("takes one token when it is opened and none for what it tells", async () => {
    const own = await StreamedTenant.fresh({ sustained: 1, burst: 100 });
    const before = remaining(await own.get("/v1/tenant"));
    const response = await own.get("/v1/events/stream?after=0");
    expect(before - remaining(response)).toBeLessThanOrEqual(1);
    await own.submitMany(3);
    await eventually(
      () => own.last(),
      (last) => last === "1-5",
    );
    const used = before - remaining(await own.get("/v1/tenant"));
    expect(used).toBeLessThanOrEqual(6);
    await response.body?.cancel();
  });

  it("answers HEAD without being one", async () => {
    const own = await StreamedTenant.fresh();
    const response = await own.tenant.call("HEAD", "/v1/events/stream");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 0,
    );
  });

  it.each([
    ["a place that is none", "/v1/events/stream?after=x", {}],
    ["a last id that is none", "/v1/events/stream", { "last-event-id": "1-x" }],
    ["an unknown parameter", "/v1/events/stream?limit=1", {}],
    ["an unknown format", "/v1/jobs/stream?format=xml", {}],
  ])("refuses %s", async (_name, path, headers) => {
    const own = await StreamedTenant.fresh();
    await problemOf(await own.get(path, headers), 400, "validation_error");
  });
});

describe("who may follow", () => {
  it("is told by scope: jobs:read at the one door, events:read at the other, and both see the same", async () => {
    const own = await StreamedTenant.fresh();
    const ofJobs = await tenantToken(own.tenant.id, "jobs:read");
    const ofEvents = await tenantToken(own.tenant.id, "events:read");
    await problemOf(await own.get("/v1/events/stream", {}, ofJobs), 403, "insufficient_scope");
    await problemOf(await own.get("/v1/jobs/stream", {}, ofEvents), 403, "insufficient_scope");
    const key = await own.tenant.json<{ key: string }>("POST", "/v1/api-keys", {
      name: "x",
      scopes: ["events:read"],
    });
    await problemOf(await own.get("/v1/jobs/stream", {}, key.key), 403, "insufficient_scope");
    const [head, ...rest] = await Promise.all(
      [
        ["/v1/jobs/stream?after=0", ofJobs],
        ["/v1/events/stream?after=0", ofEvents],
        ["/v1/events/stream?after=0", key.key],
      ].map(async ([path = "", token]) => {
        const response = await own.get(path, {}, token);
        const reader = response.body?.getReader();
        let text = "";
        while (!text.includes(": live")) text += new TextDecoder().decode((await reader?.read())?.value);
        await reader?.cancel();
        return text;
      }),
    );
    expect(head).toContain("file.uploaded");
    expect(rest).toEqual([head, head]);
  });

  it("sees nothing of another tenant, and is not even woken by it", async () => {
    const [own, other] = [await StreamedTenant.fresh(), await StreamedTenant.fresh()];
    const client = await own.stream();
    await client.untilLive();
    await other.submitMany(3);
    await own.submit();
    await client.untilMessages(1);
    await client.close();
    expect(client.messages.map(({ data }) => (JSON.parse(data) as { tenantid: string }).tenantid)).toEqual([
      own.tenant.id,
    ]);
  });

  it("is asked again: a tenant that is suspended is told so, and its stream ends", async () => {
    const own = await StreamedTenant.fresh();
    const client = await own.stream();
    await client.untilLive();
    await own.operate("POST", "/suspend", { reason: "unpaid" });
    await client.untilOver();
    expect(endOf(client)).toEqual({ event: "end", code: "tenant_suspended" });
    expect(client.lastEventId).toBe("1-2");
    await own.operate("POST", "/resume");
    const again = await own.stream("", client.lastEventId);
    await again.untilMessages(2);
    expect(again.messages.map(({ event }) => event)).toEqual(["tenant.suspended", "tenant.resumed"]);
    await again.close();
  });

  it("is asked again: a revoked key's stream ends at once, although nothing happens", async () => {
    const own = await StreamedTenant.fresh();
    const made = await own.tenant.json<{ id: string; key: string }>("POST", "/v1/api-keys", {
      name: "x",
      scopes: ["events:read"],
    });
    const client = await own.stream("", "", made.key);
    await client.untilLive();
    await own.tenant.call("DELETE", `/v1/api-keys/${made.id}`);
    await client.untilOver();
    expect(endOf(client)).toEqual({ event: "end", code: "unauthenticated" });
  });

  it("is asked again: a revoked token's stream ends, another goes on", async () => {
    const own = await StreamedTenant.fresh();
    const token = await sign({ tenant_id: own.tenant.id, scope: "events:read", jti: "stream-1" });
    const [ended, goesOn] = [await own.stream("", "", token), await own.stream()];
    await Promise.all([ended.untilLive(), goesOn.untilLive()]);
    await own.operate("POST", "/token-revocations", { token_id: "stream-1" });
    await ended.untilOver();
    expect(endOf(ended)).toEqual({ event: "end", code: "unauthenticated" });
    await own.submit();
    await goesOn.untilMessages(1);
    await goesOn.close();
  });

  it("ends with the token that it was opened with", async () => {
    const own = await StreamedTenant.fresh();
    // Good for two seconds, by the leeway alone.
    const exp = Math.floor(Date.now() / 1000) - 28;
    const token = await sign({ tenant_id: own.tenant.id, scope: "events:read" }, { claims: { exp } });
    const client = await own.stream("", "", token);
    await client.untilOver();
    expect(endOf(client)).toEqual({ event: "end", code: "unauthenticated" });
  });

  it("ends with the key that it was opened with, also when its end was moved meanwhile", async () => {
    const own = await StreamedTenant.fresh();
    const { id, key } = await own.tenant.json<{ id: string; key: string }>("POST", "/v1/api-keys", {
      name: "x",
      scopes: ["events:read"],
    });
    const client = await own.stream("", "", key);
    await client.untilLive();
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const patched = await own.tenant.call("PATCH", `/v1/api-keys/${id}`, { body: { expires_at: expiresAt } });
    expect(patched.status).toBe(200);
    await client.untilOver();
    expect(endOf(client)).toEqual({ event: "end", code: "unauthenticated" });
  });

  it("is written down where it is support that looks", async () => {
    const own = await StreamedTenant.fresh();
    const { key } = await (
      await request("POST", `/admin/v1/tenants/${own.tenant.id}/support-access`, {
        token: await adminToken(),
        body: { reason: "Ticket 1: nothing arrives", scopes: ["events:read"] },
      })
    ).json<{ key: string }>();
    const client = await own.stream("", "", key);
    await client.untilLive();
    await own.submit();
    await client.untilMessages(1);
    await client.close();
    const looks = await runInDurableObject(own.stub, (_object, { storage }) =>
      storage.sql
        .exec<{ payload: string }>("SELECT payload FROM log WHERE type = 'support.access'")
        .toArray()
        .map(({ payload }) => (JSON.parse(payload) as { operation: string }).operation),
    );
    // One for what there was, one for what came.
    expect(looks).toEqual(["streamEvents", "streamEvents"]);
  });

  it("is nobody where there is no tenant, and nothing is stored", async () => {
    const id = freshTenantId();
    const token = await tenantToken(id);
    for (const path of ["/v1/events/stream", "/v1/jobs/stream", "/v1/events?wait=30"])
      await problemOf(await request("GET", path, { token }), 404, "tenant_not_found");
    const rows = await runInDurableObject(env.TENANTS.getByName(tenantObjectName(id)), (_object, ctx) => [
      ...ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'"),
      ...ctx.getWebSockets(),
    ]);
    expect(rows).toEqual([]);
  });
});

describe("a log whose object was restored", () => {
  it("is followed from where the old epoch was cut off into the new one, by stream and feed alike", async () => {
    const own = await StreamedTenant.fresh();
    await own.submitMany(2);
    const client = await own.stream("?after=1-2");
    await client.untilMessages(2);
    // As if the object had been put back to before 1-4, and had then told of something else.
    await runInDurableObject(own.stub, (_object, { storage }) => {
      storage.sql.exec(
        `INSERT INTO log (epoch, seq, kind, event_seq, id, type, subject, time_ms, actor_id, traceparent, payload,
           sealed, salt, payload_digest, prev_hash, hash)
         SELECT 2, seq, kind, event_seq, 'other', type, subject, time_ms, actor_id, traceparent, payload,
           sealed, salt, payload_digest, prev_hash, hash FROM log WHERE epoch = 1 AND event_seq = 4`,
      );
    });
    await evictDurableObject(own.stub);
    await own.submit();
    await client.untilMessages(4);
    expect(placesOf(client)).toEqual(["1-3", "1-4", "2-4", "2-5"]);
    await client.close();

    // A page ends where its epoch does.
    const places = async (after: string): Promise<string[]> => {
      type Page = { data: { epoch: number; sequence: string }[]; next: string; last: string };
      const { data, next, last } = await own.tenant.json<Page>("GET", `/v1/events?after=${after}`);
      const here = data.map(({ epoch, sequence }) => `${epoch}-${sequence}`);
      return next === last ? here : [...here, ...(await places(next))];
    };
    expect(await places("1-2")).toEqual(["1-3", "2-4", "2-5"]);
    expect(await places("1-4")).toEqual(["2-4", "2-5"]);
    const late = await own.stream("", "1-2");
    await late.untilMessages(3);
    expect(placesOf(late)).toEqual(["1-3", "2-4", "2-5"]);
    await late.close();
  });
});

describe("an object that hibernates", () => {
  it("keeps its streams, and wakes them with what comes next", async () => {
    const own = await StreamedTenant.fresh();
    const client = await own.stream();
    await client.untilLive();
    for (const count of [1, 2, 3]) {
      await evictDurableObject(own.stub);
      await own.submit();
      await client.untilMessages(count);
    }
    expect(placesOf(client)).toEqual(["1-3", "1-4", "1-5"]);
    await client.close();
  });

  it("and loses its sockets has them opened again, with nothing missing", async () => {
    const own = await StreamedTenant.fresh({ sustained: 1, burst: 100 });
    const client = await own.stream();
    await client.untilLive();
    await evictDurableObject(own.stub, { webSockets: "close" });
    await own.submitMany(3);
    await client.untilMessages(3);
    expect(placesOf(client)).toEqual(["1-3", "1-4", "1-5"]);
    expect(await socketsOf(own)).toBe(1);
    await client.close();
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 0,
    );
  });
});

describe("a tenant's streams", () => {
  it("are so many at a time, waiting polls among them; one that ends makes place for another", async () => {
    const own = await StreamedTenant.fresh();
    const clients = await Promise.all(Array.from({ length: STREAMS_MAX }, () => own.stream()));
    await problemOf(await own.get("/v1/events/stream"), 429, "quota_exceeded");
    await problemOf(await own.get(`/v1/events?after=${await own.last()}&wait=1`), 429, "quota_exceeded");
    // Whoever does not have to wait is no stream.
    expect((await own.get("/v1/events?after=0&wait=1")).status).toBe(200);
    await clients.pop()?.close();
    const next = await eventually(
      () => own.get("/v1/events/stream"),
      ({ status }) => status === 200,
    );
    await next.body?.cancel();
    await Promise.all(clients.map((client) => client.close()));
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 0,
    );
  });
});

describe("a poll that waits", () => {
  const poll = async (own: StreamedTenant, query: string) => {
    const response = await own.get(`/v1/events?${query}`);
    expect(response.status).toBe(200);
    return response.json<{ data: { type: string; sequence: string }[]; next: string; last: string }>();
  };

  it("answers at once what there is", async () => {
    const own = await StreamedTenant.fresh();
    const startMs = Date.now();
    expect((await poll(own, "after=1-1&wait=30")).data.map(({ type }) => type)).toEqual(["file.uploaded"]);
    expect(Date.now() - startMs).toBeLessThan(5_000);
  });

  it("answers with the first event that comes, whatever its filter passes over before", async () => {
    const own = await StreamedTenant.fresh();
    const all = poll(own, "after=1-2&wait=30");
    const filtered = poll(own, "after=1-2&wait=30&type=job.cancelled");
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 2,
    );
    const id = await own.submit();
    expect(await all).toMatchObject({ data: [{ type: "job.submitted" }], next: "1-3", last: "1-3" });
    await own.cancel(id);
    expect(await filtered).toMatchObject({ data: [{ type: "job.cancelled" }], next: "1-4", last: "1-4" });
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 0,
    );
  });

  it("answers empty when nothing came in its time", async () => {
    const own = await StreamedTenant.fresh();
    const startMs = Date.now();
    expect(await poll(own, "after=1-2&wait=1")).toEqual({ data: [], next: "1-2", last: "1-2" });
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  it("is refused when its tenant is suspended meanwhile", async () => {
    const own = await StreamedTenant.fresh();
    const waiting = own.get("/v1/events?after=1-2&wait=30");
    await eventually(
      () => socketsOf(own),
      (sockets) => sockets === 1,
    );
    await own.operate("POST", "/suspend", { reason: "unpaid" });
    await problemOf(await waiting, 403, "tenant_suspended");
  });

  it.each(["31", "-1", "1.5", "x"])("refuses to wait %s seconds", async (wait) => {
    const own = await StreamedTenant.fresh();
    await problemOf(await own.get(`/v1/events?wait=${wait}`), 400, "validation_error");
  });
});
