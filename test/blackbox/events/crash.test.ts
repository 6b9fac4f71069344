import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Api } from "../../../scripts/client/api.ts";
import { mintToken } from "../../../scripts/edge/dev-keys.ts";
import { start, temporaryState, until } from "../../support/node/edge-process.ts";
import { ReceiverServer } from "../../support/node/receiver-server.ts";
import { eventsOf, feedOf, firsts } from "./known-events.ts";

/** A short run by itself; `KILLS=20` for the whole one. */
const KILLS = Number(process.env["KILLS"] ?? 4);
const TENANT = "t_killed";
const OTHER = "t_killed_too";
const PROFILE = "default@1.0.0";
const CLIENTS = 4;
const BETWEEN_KILLS_MS = 700;
const DEADLINE_MS = 60_000;

test(
  `after ${KILLS} SIGKILLs under load feed, webhooks and archive are equal record by record`,
  { timeout: 60_000 + KILLS * 15_000 },
  async () => {
    const state = temporaryState();
    const receivers = new ReceiverServer();
    await receivers.listen();
    const launch = () =>
      start(
        "node",
        state.dir,
        ...["LEASE_SECONDS=1", "ARCHIVE_SECONDS=1", "WEBHOOK_SCHEDULE_SECONDS=0,0,0,1,1,1,1,1"].flatMap(
          (variable) => ["--var", variable],
        ),
      );
    const apiOf = async (url: string, tenant: string) =>
      new Api(url, await mintToken(state.dir, { tenant, ttlSeconds: 3_600 }));
    try {
      let edge = launch();
      let url = await edge.ready();
      const admin = new Api(url, await mintToken(state.dir, { admin: true }));
      for (const tenant of [TENANT, OTHER]) {
        await admin.json("POST", "/admin/v1/tenants", 201, {
          tenant_id: tenant,
          name: tenant,
          tier: "enterprise",
          overrides: { running_jobs: 0, rate: { sustained: 10_000, burst: 10_000 } },
        });
        const api = await apiOf(url, tenant);
        for (const lane of ["fifo", "per_job", "parallel"])
          await api.json("POST", "/v1/webhooks", 201, { url: receivers.url(`${tenant}-${lane}`), lane });
      }

      const acknowledged: string[] = [];
      let isLoading = true;
      /** Submits and cancels until the end; what fails for a kill is a client's affair. */
      const load = async (tenant: string) => {
        let fileRef: string | null = null;
        while (isLoading)
          try {
            const api = await apiOf(url, tenant);
            fileRef ??= await api.upload("a.csv", new TextEncoder().encode("sku,title\n1,x\n"));
            const { id } = await api.submit(fileRef, "validation", PROFILE);
            if (tenant === TENANT) acknowledged.push(id);
            await api.json("POST", `/v1/jobs/${id}/cancel`, 200);
          } catch {
            await delay(20);
          }
      };
      const clients = [
        ...Array.from({ length: CLIENTS }, () => load(TENANT)),
        ...Array.from({ length: CLIENTS }, () => load(OTHER)),
      ];
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(BETWEEN_KILLS_MS);
        edge.kill("SIGKILL");
        await edge.ended;
        edge = launch();
        url = await edge.ready();
      }
      await delay(BETWEEN_KILLS_MS);
      isLoading = false;
      await Promise.all(clients);

      for (const tenant of [TENANT, OTHER]) {
        const api = await apiOf(url, tenant);
        const feed = await feedOf(api);
        assert.deepEqual(
          feed.map(({ sequence }) => Number(sequence)),
          feed.map((_event, index) => index + 1),
          "the feed is gapless",
        );
        const archived = await until(`the archive of ${tenant}`, DEADLINE_MS, async () => {
          const events = await feedOf(api, "&source=archive");
          return events.length >= feed.length && events;
        });
        assert.deepEqual(archived, feed, "the archive equals the feed record by record");
        const { data: hooks } = await api.json<{ data: { id: string; lane: string }[] }>(
          "GET",
          "/v1/webhooks",
          200,
        );
        assert.equal(hooks.length, 3);
        for (const { lane } of hooks) {
          const name = `${tenant}-${lane}`;
          // The webhooks were made after the tenant's first event.
          const wanted = feed.filter(({ type }) => type !== "tenant.provisioned");
          const got = await until(`every event at ${name}`, DEADLINE_MS, async () => {
            const events = firsts(eventsOf(await receivers.received(name)));
            return events.length >= wanted.length && events;
          });
          const inOrder = got.toSorted((a, b) => Number(a.sequence) - Number(b.sequence));
          assert.deepEqual(inOrder, wanted, `${name} equals the feed record by record`);
          if (lane === "fifo") assert.deepEqual(got, wanted, `${name} came in order`);
          if (lane === "per_job")
            for (const subject of new Set(got.map((event) => event.subject)))
              assert.deepEqual(
                got.filter((event) => event.subject === subject),
                wanted.filter((event) => event.subject === subject),
                `${subject} came in order`,
              );
        }
        if (tenant === TENANT) {
          const submitted = new Set(
            feed.filter(({ type }) => type === "job.submitted").map(({ subject }) => subject),
          );
          for (const id of acknowledged) assert(submitted.has(`job:${id}`), `${id} was acknowledged`);
        }
      }
      edge.kill("SIGTERM");
      await edge.ended;
    } finally {
      receivers.close();
      state.remove();
    }
  },
);
