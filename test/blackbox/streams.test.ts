import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Api } from "../../scripts/client/api.ts";
import { mintToken } from "../../scripts/edge/dev-keys.ts";
import { EventSourceClient } from "../support/event-source.ts";
import { start, temporaryState, until } from "../support/node/edge-process.ts";

const TENANT = "t_stream";
const KILLS = 3;
const UNDER_LOAD_MS = 1_200;
const CALLERS = 8;
const STREAMS_MAX = 100;
/** A heartbeat that finds nobody is what tells the platform. */
const PATIENCE_MS = 20_000;

interface FeedEvent {
  readonly epoch: number;
  readonly sequence: string;
}

async function launched(stateDir: string) {
  const edge = start("node", stateDir);
  const url = await edge.ready();
  const token = await mintToken(stateDir, { tenant: TENANT });
  return { edge, url, token, api: new Api(url, token) };
}

async function provision(url: string, stateDir: string): Promise<void> {
  const admin = new Api(url, await mintToken(stateDir, { admin: true }));
  await admin.json("POST", "/admin/v1/tenants", 201, {
    tenant_id: TENANT,
    name: TENANT,
    tier: "enterprise",
    overrides: { running_jobs: 2, rate: { sustained: 10_000, burst: 20_000 } },
  });
}

async function opened(url: string, token: string, headers: Record<string, string>, signal?: AbortSignal) {
  const response = await fetch(`${url}/v1/jobs/stream`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: signal ?? null,
  });
  assert.equal(response.status, 200);
  assert(response.body);
  return new EventSourceClient(response.body);
}

async function feedOf(api: Api): Promise<readonly FeedEvent[]> {
  const all: FeedEvent[] = [];
  for (let after = "0"; ;) {
    const page = await api.json<{ data: FeedEvent[]; next: string }>("GET", `/v1/events?after=${after}`, 200);
    if (page.data.length === 0) return all;
    all.push(...page.data);
    after = page.next;
  }
}

const sequenceOf = (place: string): number => Number(place.split("-")[1]);

describe("a stream", { concurrency: true }, () => {
  it("under load, killed with its server again and again, has each event of the feed once", async (t) => {
    const state = temporaryState();
    t.after(() => state.remove());
    const seen: unknown[] = [];
    const ids: string[] = [];
    let lastEventId = "1-0";
    for (let kill = 0; kill <= KILLS; kill++) {
      const { edge, url, token, api } = await launched(state.dir);
      if (kill === 0) await provision(url, state.dir);
      const fileRef = await api.upload("a.csv", new TextEncoder().encode("sku,title,price\n1,a,2\n"));
      const client = await opened(url, token, { "last-event-id": lastEventId });

      let isOver = false;
      const submitting = Array.from({ length: CALLERS }, async () => {
        while (!isOver) await api.submit(fileRef, "validation", "default@1.0.0");
      });
      const load = Promise.all(submitting).catch(() => undefined);
      const isLast = kill === KILLS;
      if (isLast) {
        await delay(UNDER_LOAD_MS);
        isOver = true;
        await load;
        await api.json("POST", "/v1/uploads", 201, { filename: "b.csv", size: 1 });
        // Jobs run on meanwhile: what the feed has now is what the stream must have.
        const { last } = await api.json<{ last: string }>("GET", "/v1/events?limit=1", 200);
        await client.until(() => sequenceOf(client.lastEventId) >= sequenceOf(last));
      } else {
        const reading = client.untilOver().catch(() => undefined);
        await delay(UNDER_LOAD_MS);
        edge.kill("SIGKILL");
        isOver = true;
        await Promise.all([reading, load, edge.ended]);
      }
      seen.push(...client.messages.map(({ data }) => JSON.parse(data) as unknown));
      ids.push(...client.messages.map(({ id }) => id));
      ({ lastEventId } = client);
      if (!isLast) continue;
      const feed = (await feedOf(api)).slice(0, seen.length);
      assert.deepEqual(
        ids,
        feed.map(({ epoch, sequence }) => `${epoch}-${sequence}`),
      );
      assert.deepEqual(seen, feed);
      t.diagnostic(`${seen.length} events over ${KILLS} kills, each once`);
      await client.close();
      edge.kill("SIGTERM");
      await edge.ended;
    }
  });

  it("whose client goes away gives its place to another within a heartbeat", async (t) => {
    const state = temporaryState();
    t.after(() => state.remove());
    const { edge, url, token } = await launched(state.dir);
    await provision(url, state.dir);
    const leaving = new AbortController();
    const open = () => opened(url, token, {}, leaving.signal);
    const clients = await Promise.all(Array.from({ length: STREAMS_MAX }, open));
    await Promise.all(clients.map((client) => client.untilLive()));
    const another = () => fetch(`${url}/v1/events/stream`, { headers: { authorization: `Bearer ${token}` } });
    const refused = await another();
    assert.equal(refused.status, 429);
    assert.equal(((await refused.json()) as { code: string }).code, "quota_exceeded");

    leaving.abort();

    const response = await until("a free place", PATIENCE_MS, async () => {
      const tried = await another();
      if (tried.status === 200) return tried;
      await tried.body?.cancel();
      return undefined;
    });
    await response.body?.cancel();
    edge.kill("SIGTERM");
    await edge.ended;
  });
});
