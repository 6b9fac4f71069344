import { describe, expect, it } from "vitest";
import { IDLE, submit } from "../support/delivery-hands";
import { freshTenant } from "../support/tenants";
import { feed, hook, hookTo, TestReceiver } from "../support/webhooks";

const TENANTS = 12;
const EVENTS = 20;
/** Longer than the test takes: nobody may have waited for it. */
const NEVER_MS = 9_000;
const SLOW_MS = 300;

describe("many tenants at once", () => {
  it("are told in time, each in its order, though one receiver never answers and another is slow", async () => {
    const crowd = await Promise.all(
      Array.from({ length: TENANTS }, async (_, n) => {
        const tenant = await freshTenant(IDLE);
        const receiver = new TestReceiver();
        if (n === 0) await receiver.answer({ status: 200, delayMs: NEVER_MS });
        if (n === 1) await receiver.answer({ status: 200, delayMs: SLOW_MS });
        const { id } = await hookTo(tenant, receiver);
        return { tenant, receiver, id };
      }),
    );
    const [dead, slow, ...others] = crowd;
    if (!dead || !slow) throw new Error("unreachable");
    const fromMs = Date.now();
    await submit(dead.tenant, 1);
    await dead.receiver.got(1);
    await Promise.all([slow, ...others].map(({ tenant }) => submit(tenant, EVENTS - 1)));
    for (const { tenant, receiver } of others)
      expect(await receiver.got(EVENTS)).toEqual((await feed(tenant)).slice(-EVENTS));

    const got = await slow.receiver.got(3);
    expect(got).toEqual((await feed(slow.tenant)).slice(-EVENTS).slice(0, got.length));
    // It has still not said a word, and only its own events wait.
    expect(Date.now() - fromMs).toBeLessThan(NEVER_MS);
    expect(await dead.receiver.events()).toHaveLength(1);
    expect((await hook(dead.tenant, dead.id)).delivery.sequence).toBe("1-1");
  });

  it("of one tenant's endpoints, a dead one delays no other", async () => {
    const tenant = await freshTenant(IDLE);
    const [dead, well] = [new TestReceiver(), new TestReceiver()];
    await dead.answer({ status: 200, delayMs: NEVER_MS });
    await hookTo(tenant, dead);
    const { id } = await hookTo(tenant, well);
    const fromMs = Date.now();
    await submit(tenant, EVENTS - 1);
    await dead.got(1);
    expect(await well.got(EVENTS)).toEqual((await feed(tenant)).slice(-EVENTS));
    expect(Date.now() - fromMs).toBeLessThan(NEVER_MS);
    expect(await dead.events()).toHaveLength(1);
    expect((await hook(tenant, id)).delivery).toMatchObject({ waiting: 0, failures_in_a_row: 0 });
  });
});
