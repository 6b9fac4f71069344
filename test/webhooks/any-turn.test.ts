import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANES, type Lane } from "../../src/domain/delivery-plan";
import {
  cancel,
  changeEndpoint,
  deaf,
  Hand,
  hold,
  IDLE,
  idsOf,
  stubOf,
  submit,
} from "../support/delivery-hands";
import { freshTenant } from "../support/tenants";
import { feed, hook, hookTo, TestReceiver, type Event } from "../support/webhooks";

type Turn =
  | { readonly type: "happens"; readonly job: number }
  | {
      readonly type: "delivers";
      readonly answers: readonly number[];
      readonly ends: "heard" | "unheard" | "evicted";
    }
  | { readonly type: "replays_dead" }
  | { readonly type: "replays"; readonly back: number };

const turns = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant("happens" as const), job: fc.nat(2) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant("delivers" as const),
        answers: fc.array(fc.constantFrom(200, 200, 200, 500, 500, 503, 404), {
          minLength: 1,
          maxLength: 12,
        }),
        ends: fc.constantFrom("heard" as const, "heard" as const, "unheard" as const, "evicted" as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ type: "replays_dead" as const }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("replays" as const), back: fc.nat(4) }) },
  ),
  { minLength: 4, maxLength: 12 },
);

/** Plays the turns on a tenant's real object, with a receiver that keeps in mind what it has taken. */
async function play(lane: Lane, played: readonly Turn[]): Promise<void> {
  const tenant = await freshTenant(IDLE);
  const { id } = await hookTo(tenant, new TestReceiver(), { lane, event_types: ["job.*"] });
  await hold(tenant, id);
  const jobs = await submit(tenant, 3);
  const cancelled = new Set<string>();
  const taken: Event[] = [];
  for (const turn of played)
    switch (turn.type) {
      case "happens": {
        const job = jobs[turn.job] ?? "";
        if (cancelled.has(job)) await submit(tenant);
        else await cancel(tenant, job);
        cancelled.add(job);
        break;
      }
      case "delivers": {
        let next = 0;
        const answers = (event: Event) => {
          const status = turn.answers[next++ % turn.answers.length] ?? 200;
          if (status === 200) taken.push(event);
          return new Response(null, { status });
        };
        const on = turn.ends === "unheard" ? deaf(false) : env;
        await changeEndpoint(tenant, id, (stored) => ({
          ...stored,
          endpoint: { ...stored.endpoint, openUntilMs: null },
        }));
        await new Hand(answers, { env: on }).deliver(await hold(tenant, id));
        await hold(tenant, id);
        if (turn.ends === "evicted") await evictDurableObject(stubOf(tenant));
        break;
      }
      case "replays_dead":
        await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
        await hold(tenant, id);
        break;
      case "replays": {
        const from = Math.max(1, ((await feed(tenant)).length ?? 0) - turn.back);
        await tenant.json("POST", `/v1/webhooks/${id}/replay`, { from_sequence: from });
        await hold(tenant, id);
        break;
      }
    }
  const wanted = (await feed(tenant)).filter(({ type }) => type.startsWith("job."));
  for (let rounds = 0; rounds < 10; rounds++) {
    await tenant.json("POST", `/v1/webhooks/${id}/dead-letters/replay`);
    await changeEndpoint(tenant, id, (stored) => ({
      ...stored,
      endpoint: { ...stored.endpoint, openUntilMs: null },
    }));
    await new Hand((event) => {
      taken.push(event);
      return new Response(null, { status: 200 });
    }).deliver(await hold(tenant, id));
    const { waiting, dead_letters: left, sequence, last_sequence: last } = (await hook(tenant, id)).delivery;
    if (waiting + left === 0 && sequence === last) break;
  }
  expect(new Set(idsOf(taken))).toEqual(new Set(idsOf(wanted)));
  expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, dead_letters: 0 });
}

describe.each(LANES)("on a real object, lane %s", (lane) => {
  it("gets everything in the end, whatever failed, died or was replayed", async () => {
    await fc.assert(
      fc.asyncProperty(turns, (played) => play(lane, played)),
      { seed: 11, numRuns: 6 },
    );
  });
});
